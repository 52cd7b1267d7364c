"""Requests and answers in several parts."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import Malformed
from xapi.rules.parts import Attached, check_attached, join_parts, split_parts

STATEMENTS = b'{"actor":{}}'
CONTENT = b"a\r\n--b\x00\xff\r\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
MIXED = 'multipart/mixed; boundary="b"'


def part(content: bytes = CONTENT, **changed: str | None) -> bytes:
    """Return a part that holds an attachment, with some headers changed or (None) left out."""
    headers: dict[str, str | None] = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": DIGEST,
    }
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return lines.encode() + b"\r\n" + content


def request_of(*parts, first=b"Content-Type: application/json\r\n\r\n" + STATEMENTS, end=b"--b--\r\n"):
    """Return the bytes of a request."""
    return b"".join(b"--b\r\n" + one + b"\r\n" for one in (first, *parts)) + end


def attached(digest, **more):
    """Return an attachment as a statement names it."""
    return {"sha2": digest} | more


def test_a_request_is_split_into_statements_and_what_is_attached():
    assert split_parts(MIXED, request_of(part())) == (STATEMENTS, [Attached(DIGEST, CONTENT)])


@given(st.lists(st.binary(max_size=200) | st.sampled_from([b"\r\n" * 9, b"\r\n--b", b"--b--", b"\x00"]), max_size=4))
def test_any_bytes_come_back_as_they_were_attached(contents):
    sent = [Attached(hashlib.sha512(content).hexdigest(), content) for content in contents]
    kind, body = join_parts(STATEMENTS, [("application/octet-stream", item) for item in sent])

    assert split_parts(kind, body) == (STATEMENTS, sent)


@pytest.mark.parametrize("name", ["sha224", "sha256", "sha384", "sha512"])
def test_each_sha2_is_understood_in_either_case(name):
    digest = hashlib.new(name, CONTENT).hexdigest()

    _, (found,) = split_parts(MIXED, request_of(part(X_Experience_API_Hash=digest.upper())))
    assert found.digest == digest


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        ("multipart/mixed", request_of(), "boundary"),
        ('multipart/mixed; boundary=""', request_of(), "boundary"),
        ("multipart/mixed; boundary=other", request_of(), "body"),
        (MIXED, b"", "body"),
        (MIXED, b"--b", "body"),
        (MIXED, request_of(end=b""), "body: ends before"),
        (MIXED, request_of(part(), end=b"--b\r\n"), "body: ends before"),
        (MIXED, b"--b--\r\n", "body|first part"),
        (MIXED, request_of(first=b"\r\n" + STATEMENTS), "first part"),
        (MIXED, request_of(first=b"Content-Type: text/plain\r\n\r\n" + STATEMENTS), "first part"),
        (MIXED, request_of(part(X_Experience_API_Hash=None)), "must be given"),
        (MIXED, request_of(part(X_Experience_API_Hash="ab")), "must be given"),
        (MIXED, request_of(part(X_Experience_API_Hash="z" * 64)), "not the digest"),
        (MIXED, request_of(part(X_Experience_API_Hash="é" * 64)), "not the digest|must be given"),
        (MIXED, request_of(part(content=CONTENT + b"x")), "not the digest"),
        (MIXED, request_of(part(Content_Transfer_Encoding=None)), "must be binary"),
        (MIXED, request_of(part(Content_Transfer_Encoding="base64")), "must be binary"),
    ],
)
def test_a_request_that_is_not_in_parts_as_it_says_is_refused(kind, data, why):
    with pytest.raises(Malformed, match=why):
        split_parts(kind, data)


@given(st.text(st.characters(max_codepoint=255), max_size=80), st.binary(max_size=300))
def test_whatever_comes_is_understood_or_refused(boundary, data):
    for kind, body in ((f"multipart/mixed; boundary={boundary}", data), (MIXED, b"--b\r\n" + data), (boundary, data)):
        try:
            split_parts(kind, body)
        except Malformed as error:
            assert error.why  # noqa: PT017


def test_an_attachment_comes_along_or_has_an_address():
    item = Attached(DIGEST, CONTENT)

    check_attached([attached(DIGEST.upper())], [item])
    check_attached([attached(DIGEST, fileUrl="https://a.example/f")], [])
    check_attached([attached(DIGEST), attached(DIGEST)], [item])
    with pytest.raises(Malformed, match="did not come along"):
        check_attached([attached(DIGEST)], [])
    with pytest.raises(Malformed, match="no statement names"):
        check_attached([], [item])
