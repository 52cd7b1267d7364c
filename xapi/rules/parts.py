"""Requests in several parts: statements first, then what is attached to them (Communication §1.5.2; RFC 2046 §5.1).

Reading is python-multipart's; what a part must say, and that each belongs to an attachment, is the standard's.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from xapi.errors import Malformed

HASH_HEADER: Final = "X-Experience-API-Hash"
_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}


@dataclass
class Part:
    """One part of a request: its headers by names in lower case, and its bytes."""

    headers: dict[str, str] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Attached:
    """What is attached to statements: its digest as they give it, in lower case, and its bytes."""

    digest: str
    content: bytes


def split_parts(content_type: str, data: bytes) -> tuple[bytes, list[Attached]]:
    """Return the statements of a `multipart/mixed` request, and what is attached to them; raise Malformed."""
    first, *others = _read_parts(content_type, data) or [Part()]
    if parse_options_header(first.headers.get("content-type", ""))[0] != b"application/json":
        raise Malformed("Content-Type", "of the first part must be application/json: it is the statements")
    return bytes(first.content), [_read_attached(part) for part in others]


def check_attached(attachments: Iterable[Mapping[str, Any]], attached: Sequence[Attached]) -> None:
    """Raise Malformed unless each attachment without an address came along, and nothing else did."""
    came, wanted = {item.digest for item in attached}, set()
    for attachment in attachments:
        digest = attachment["sha2"].lower()
        wanted.add(digest)
        if "fileUrl" not in attachment and digest not in came:
            raise Malformed("attachments", f"{digest} has no fileUrl, and did not come along as a part")
    if came - wanted:
        raise Malformed("body", f"holds a part that no statement names: {min(came - wanted)}")


def join_parts(statements: bytes, attached: Iterable[tuple[str, Attached]]) -> tuple[str, bytes]:
    """Return the content type and the bytes of an answer with attachments, each with its own type."""
    boundary = secrets.token_hex(16)
    body = _written(boundary, {"Content-Type": "application/json"}, statements)
    for kind, item in attached:
        headers = {"Content-Type": kind, "Content-Transfer-Encoding": "binary", HASH_HEADER: item.digest}
        body += _written(boundary, headers, item.content)
    return f"multipart/mixed; boundary={boundary}", body + f"--{boundary}--\r\n".encode()


def _written(boundary: str, headers: Mapping[str, str], content: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"--{boundary}\r\n{lines}\r\n".encode() + content + b"\r\n"


def _read_attached(part: Part) -> Attached:
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise Malformed("Content-Transfer-Encoding", "of an attachment must be binary")
    digest = part.headers.get(HASH_HEADER.lower(), "").lower()
    algorithm = _ALGORITHMS.get(len(digest))
    if algorithm is None:
        raise Malformed(HASH_HEADER, "of an attachment must be given: its SHA-2 digest in hexadecimal digits")
    if hashlib.new(algorithm, part.content).hexdigest() != digest:
        raise Malformed(HASH_HEADER, f"{digest} is not the digest of what came with it")
    return Attached(digest, bytes(part.content))


def _read_parts(content_type: str, data: bytes) -> list[Part]:
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise Malformed("Content-Type", "must name the boundary between the parts")
    reading = _Reading()
    try:
        parser = MultipartParser(boundary, reading.callbacks())
        parser.write(data)
        parser.finalize()
    except MultipartParseError as error:
        raise Malformed("body", f"is not in parts as its header says: {error}") from None
    if not reading.is_whole:
        raise Malformed("body", "ends before its last part does")
    return reading.parts


class _Reading:
    """Collects what the parser finds."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.is_whole = False
        self._name = self._value = b""

    def callbacks(self) -> Any:
        return {
            "on_part_begin": lambda: self.parts.append(Part()),
            "on_part_data": self._add_data,
            "on_header_field": self._add_name,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_end": self._end,
        }

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].content += data[start:end]

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self.parts[-1].headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1").strip()
        self._name = self._value = b""

    def _end(self) -> None:
        self.is_whole = True
