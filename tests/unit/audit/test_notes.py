"""Signed notes against the specification's example, Go's own test vectors, a real log, and sigstore's reader."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import SignedNote
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore._utils import KeyID
from sigstore.errors import VerificationError
from sigstore_models.common import v1 as sigstore_common

from app.audit.notes import (
    MAX_SIGNATURES,
    Algorithm,
    Ed25519Signer,
    Ed25519Verifier,
    KeyMalformed,
    Note,
    NoteMalformed,
    NoteSignature,
    NoteUnverified,
    SignatureInvalid,
    VerifierKey,
    is_key_name,
    parse_note,
    parse_signature_line,
    parse_verifier_key,
    sign_note,
    verify_note,
)

# The example of the specification (c2sp.org/signed-note, "Verifier keys").
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""

# The vectors of golang.org/x/mod/sumdb/note (note_test.go).
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH_KEY = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
GO_TEXT = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.
"""
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)

# A signed tree of the Go checksum database, and the key that every Go installation has built in.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = """\
go.sum database tree
6476701
mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=

— sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=
"""


def go_signer(text):
    """Read Go's form of a private key: PRIVATE+KEY+name+key id+base64(algorithm, seed)."""
    _, _, name, _, encoded = text.split("+", 4)
    return Ed25519Signer(name, Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded)[1:]))


def verifier(text):
    return Ed25519Verifier(parse_verifier_key(text))


PETER, ENOCH = verifier(PETER_KEY), verifier(ENOCH_KEY)
MARIE = Ed25519Signer("hub.example/marie", Ed25519PrivateKey.from_private_bytes(b"m" * 32))


@pytest.mark.parametrize(
    ("key", "note"),
    [(SPEC_KEY, SPEC_NOTE), (PETER_KEY, f"{GO_TEXT}\n{PETER_LINE}"), (SUMDB_KEY, SUMDB_NOTE)],
    ids=["specification", "Go", "sum.golang.org"],
)
def test_notes_that_others_signed_are_verified(key, note):
    parsed = parse_note(note.encode())
    (signature,) = verify_note(parsed, [verifier(key)])

    assert key.startswith(f"{signature.name}+{signature.key_id.hex()}+")
    assert parsed.to_bytes() == note.encode()


def test_a_key_that_go_made_signs_to_the_same_bytes():
    signer = go_signer(PETER_SECRET)

    assert signer.key.to_text() == PETER_KEY
    assert sign_note(GO_TEXT, signer).to_bytes() == f"{GO_TEXT}\n{PETER_LINE}".encode()


@pytest.mark.parametrize("key", [SPEC_KEY, PETER_KEY, ENOCH_KEY, SUMDB_KEY])
def test_a_verifier_key_is_written_as_it_was_read(key):
    assert parse_verifier_key(key).to_text() == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "PeterNeumann++ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another key id
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another name
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # capitals
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",  # cut short
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",  # one bit of the key
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq_LDE4izWy10TW",  # base64 of URLs
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long, with its key id
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # unknown algorithm, likewise
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4i!zWy10TW",  # a character that decoders may skip
        " " + PETER_KEY,
        PETER_KEY + "\n",
        PETER_KEY + "é",
    ],
)
def test_a_verifier_key_of_any_other_form_is_refused(key):
    with pytest.raises(KeyMalformed):
        parse_verifier_key(key)


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\tb", "a\nb", "a\x00b", "a\u2028b", "\udc80"]
)
def test_a_key_cannot_bear_a_name_that_would_be_read_otherwise(name):
    assert not is_key_name(name)
    with pytest.raises(KeyMalformed):
        VerifierKey(name, Algorithm.ED25519, bytes(32))
    with pytest.raises(NoteMalformed):
        NoteSignature(name, bytes(4), bytes(64))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_public_key_has_the_length_of_its_kind(length):
    with pytest.raises(KeyMalformed):
        VerifierKey("marie", Algorithm.ED25519, bytes(length))


@pytest.mark.parametrize("length", [0, 3, 5])
def test_a_key_id_has_four_bytes(length):
    with pytest.raises(NoteMalformed):
        NoteSignature("marie", bytes(length), bytes(64))


def test_a_key_may_have_any_other_name():
    name = "cahier.example/Équipe-3/日本—x"
    signer = Ed25519Signer(name, MARIE.private_key)
    note = parse_note(sign_note("text\n", signer).to_bytes())

    assert verify_note(note, [verifier(signer.key.to_text())])[0].name == name


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("6476701", "6476702"),
        ("go.sum", "go.Sum"),
        ("9Wk=\n\n", "9Wk=\n\n\n"),
        ("Az3grsLX", "Az3grsLY"),
        ("GeoWwO", "GeoWwP"),
    ],
)
def test_a_note_that_was_changed_is_refused(before, after):
    assert before in SUMDB_NOTE
    with pytest.raises(SignatureInvalid):
        verify_note(parse_note(SUMDB_NOTE.replace(before, after).encode()), [verifier(SUMDB_KEY)])


@pytest.mark.parametrize("position", range(64))
def test_each_byte_of_a_signature_counts(position):
    note = sign_note(GO_TEXT, MARIE)
    (good,) = note.signatures
    changed = bytearray(good.signature)
    changed[position] ^= 1
    false = NoteSignature(good.name, good.key_id, bytes(changed))

    with pytest.raises(SignatureInvalid):
        verify_note(Note(GO_TEXT, (false,)), [Ed25519Verifier(MARIE.key)])


def test_signatures_of_unknown_keys_are_passed_over():
    note = parse_note(f"{GO_TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode())

    assert [signature.name for signature in verify_note(note, [PETER])] == ["PeterNeumann"]
    assert [signature.name for signature in verify_note(note, [ENOCH, PETER])] == ["PeterNeumann", "EnochRoot"]


def test_a_note_that_no_known_key_signed_is_refused():
    note = parse_note(f"{GO_TEXT}\n{PETER_LINE}".encode())

    for known in ([], [ENOCH], [Ed25519Verifier(MARIE.key)]):
        with pytest.raises(NoteUnverified):
            verify_note(note, known)


def test_a_known_name_with_another_key_id_is_an_unknown_key():
    other = Ed25519Signer("PeterNeumann", MARIE.private_key)

    with pytest.raises(NoteUnverified):
        verify_note(sign_note(GO_TEXT, other), [PETER])


def test_a_false_signature_of_a_known_key_spoils_the_note_whoever_else_signed():
    line = ENOCH_LINE.replace("zPCpD", "zPCpE")
    note = parse_note(f"{GO_TEXT}\n{PETER_LINE}{line}".encode())

    with pytest.raises(SignatureInvalid):
        verify_note(note, [PETER, ENOCH])


def test_a_key_that_signed_twice_counts_once_and_both_are_verified():
    false = ENOCH_LINE.replace("zPCpD", "zPCpE")
    twice = parse_note(f"{GO_TEXT}\n{ENOCH_LINE}{ENOCH_LINE}".encode())
    spoilt = parse_note(f"{GO_TEXT}\n{ENOCH_LINE}{false}".encode())

    assert len(verify_note(twice, [ENOCH])) == 1
    with pytest.raises(SignatureInvalid):
        verify_note(spoilt, [ENOCH])


def test_two_verifiers_that_cannot_be_told_apart_are_refused():
    with pytest.raises(KeyMalformed):
        verify_note(sign_note(GO_TEXT, MARIE), [Ed25519Verifier(MARIE.key), PETER, PETER])


def test_a_key_for_cosignatures_does_not_verify_plain_signatures():
    with pytest.raises(KeyMalformed):
        Ed25519Verifier(VerifierKey("a", Algorithm.COSIGNATURE, bytes(32)))


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        GO_TEXT.encode(),
        f"{GO_TEXT}\n".encode(),  # no signature
        f"{GO_TEXT}{PETER_LINE}".encode(),  # no empty line
        f"{GO_TEXT}\n{PETER_LINE[:-1]}".encode(),  # no newline at the end
        f"{GO_TEXT}\n{PETER_LINE}\n".encode(),  # an empty line after the signatures
        f"{GO_TEXT}\n{PETER_LINE}Unexpected line.\n".encode(),
        f"\x01{GO_TEXT}\n{PETER_LINE}".encode(),
        f"{GO_TEXT.replace(' ', chr(9))}\n{PETER_LINE}".encode(),
        f"{GO_TEXT}\n{PETER_LINE}".replace("\n", "\r\n").encode(),
        b"\xff" + f"{GO_TEXT}\n{PETER_LINE}".encode(),
        f"{GO_TEXT}\n{PETER_LINE}".encode("utf-16"),
        f"{GO_TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Peter Neumann')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('PeterNeumann', 'Peter+Neumann')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('PeterNeumann', '')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('PeterNeumann ', 'PeterNeumann  ')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('—', '-')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('— ', '')}".encode(),
        f"{GO_TEXT}\n{PETER_LINE.replace('AM=', 'AN=')}".encode(),  # the same bytes, spelt another way
        f"{GO_TEXT}\n{PETER_LINE.replace('=', '')}".encode(),
        f"{GO_TEXT}\n— PeterNeumann x08gow==\n".encode(),  # a key id, and nothing signed
        f"{GO_TEXT}\n— PeterNeumann \n".encode(),
        f"{GO_TEXT}\n— PeterNeumann\n".encode(),
        f"{GO_TEXT}\n{PETER_LINE}".replace("AM=\n", "AM= \n").encode(),
        f"{GO_TEXT}\n{PETER_LINE * (MAX_SIGNATURES + 1)}".encode(),
        f"{GO_TEXT}\n{PETER_LINE * 10_000}".encode(),
    ],
)
def test_what_is_not_a_signed_note_is_refused(note):
    with pytest.raises(NoteMalformed):
        parse_note(note)


def test_a_note_may_have_as_many_signatures_as_the_limit_says():
    note = parse_note(f"{GO_TEXT}\n{PETER_LINE * MAX_SIGNATURES}".encode())

    assert len(note.signatures) == MAX_SIGNATURES >= 16


def test_the_last_empty_line_ends_the_text():
    text = "first\n\n— PeterNeumann is quoted here\n\n\n"
    note = parse_note(sign_note(text, MARIE).to_bytes())

    assert note.text == text
    assert verify_note(note, [Ed25519Verifier(MARIE.key)])


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\r\n", "\x00\n", "\udc80\n"])
def test_a_text_that_would_not_survive_is_not_signed(text):
    with pytest.raises(NoteMalformed):
        sign_note(text, MARIE)


def test_a_note_without_a_signer_is_no_note():
    with pytest.raises(NoteMalformed):
        sign_note(GO_TEXT)


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"], include_characters="\n")))
def test_every_text_comes_back_as_it_was_signed(text):
    note = sign_note(text + "\n", MARIE, go_signer(PETER_SECRET))

    assert parse_note(note.to_bytes()) == note
    assert len(verify_note(note, [Ed25519Verifier(MARIE.key), PETER])) == 2


def test_a_later_signature_joins_those_before():
    note = sign_note(GO_TEXT, go_signer(PETER_SECRET))
    joined = note.with_signatures(parse_signature_line(ENOCH_LINE))

    assert joined.to_bytes() == f"{GO_TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()


def test_a_new_signature_of_the_same_key_takes_the_place_of_the_old():
    old = NoteSignature("hub.example/marie", MARIE.key.key_id, b"old")
    joined = Note(GO_TEXT, (old, *sign_note(GO_TEXT, go_signer(PETER_SECRET)).signatures)).with_signatures(
        *sign_note(GO_TEXT, MARIE).signatures
    )

    assert [signature.name for signature in joined.signatures] == ["PeterNeumann", "hub.example/marie"]
    assert len(verify_note(joined, [Ed25519Verifier(MARIE.key), PETER])) == 2


# Read by code that is not ours


def sigstore_key(signer):
    raw = signer.private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    details = sigstore_common.PublicKeyDetails.PKIX_ED25519
    return RekorKeyring(
        Keyring([sigstore_common.PublicKey(raw_bytes=base64.b64encode(raw), key_details=details, valid_for=None)])
    )


def test_sigstore_verifies_what_we_sign():
    note = sign_note("one\ntwo\n", MARIE, go_signer(PETER_SECRET))
    theirs = SignedNote.from_text(note.to_bytes().decode())
    theirs.verify(sigstore_key(MARIE), KeyID(MARIE.key.key_id))

    assert theirs.note == note.text
    assert [(line.name, line.sig_hash) for line in theirs.signatures] == [
        (signature.name, signature.key_id) for signature in note.signatures
    ]
    with pytest.raises(VerificationError):
        theirs.verify(sigstore_key(go_signer(PETER_SECRET)), KeyID(MARIE.key.key_id))
