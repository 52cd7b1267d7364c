"""Signed notes: text with one or more signatures under it, as C2SP signed-note writes them.

Format: <https://c2sp.org/signed-note>, the same as Go's `golang.org/x/mod/sumdb/note`. Where the specification leaves a
reader a choice, this one is strict: a note has one spelling, so that equal notes are equal bytes. Imports nothing but
the standard library and `cryptography`, so that a verifier can carry this file along.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from hashlib import sha256
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_SIGNATURES: Final = 100  # the specification asks for room for 16 at least; Go stops at 100

_KEY_ID_SIZE = 4
_LINE_START = "\N{EM DASH} "


class NoteError(Exception):
    """Something about a note, a signature on it or a key is not as it must be."""


class NoteMalformed(NoteError):
    """The bytes are not a signed note, or the text cannot become one."""


class KeyMalformed(NoteError):
    """A verifier key, its name or its algorithm cannot be used."""


class SignatureInvalid(NoteError):
    """A key that is known did not make the signature that bears its name."""


class NoteUnverified(NoteError):
    """No known key signed the note, so that its text must not be used."""


class Algorithm(IntEnum):
    """What a key signs, and how (signed-note, "Signature types"; only what this application needs)."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    MLDSA_COSIGNATURE = 0x06


_KEY_SIZES = {Algorithm.ED25519: 32, Algorithm.COSIGNATURE: 32, Algorithm.MLDSA_COSIGNATURE: 1312}


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name under which it signs.

    Raises KeyMalformed if the name is empty or holds a space or a plus, or the key is not as long as its kind is.
    """

    name: str
    algorithm: Algorithm
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise KeyMalformed(f"not a name for a key: {self.name!r}")
        if len(self.public_key) != _KEY_SIZES[self.algorithm]:
            size = _KEY_SIZES[self.algorithm]
            raise KeyMalformed(f"a key of this kind has {size} bytes, not {len(self.public_key)}")

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, tell keys apart; no proof of anything."""
        return sha256(self.name.encode() + b"\n" + self._material()).digest()[:_KEY_ID_SIZE]

    def to_text(self) -> str:
        """Return the form that is handed to others (signed-note, "Verifier keys")."""
        return f"{self.name}+{self.key_id.hex()}+{_to_base64(self._material())}"

    def _material(self) -> bytes:
        return bytes([self.algorithm]) + self.public_key


def parse_verifier_key(text: str) -> VerifierKey:
    """Read a verifier key, `name+key id+key` (signed-note, "Verifier keys"); raises KeyMalformed."""
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        material = _from_base64(encoded)
        algorithm = Algorithm(material[0])
    except (ValueError, IndexError):
        raise KeyMalformed(f"not a verifier key: {text[:200]!r}") from None
    key = VerifierKey(name, algorithm, material[1:])
    if key_id != key.key_id.hex():
        raise KeyMalformed(f"the key id of {name!r} is {key.key_id.hex()}, not {key_id[:20]!r}")
    return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who claims to have signed, and the bytes after the key id, not yet verified."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name) or len(self.key_id) != _KEY_ID_SIZE or not self.signature:
            raise NoteMalformed(f"not a signature: name {self.name!r}, key id {self.key_id.hex()}")

    def line(self) -> str:
        """Return the signature as its line in a note, newline included."""
        return f"{_LINE_START}{self.name} {_to_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it; `verify_note` must have passed before the text is used.

    Raises NoteMalformed if the text does not end in a newline or holds a control character, or if there are no
    signatures or too many.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        check_note_text(self.text)
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise NoteMalformed(f"a note has 1 to {MAX_SIGNATURES} signatures, not {len(self.signatures)}")

    def to_bytes(self) -> bytes:
        """Return the note as it is stored, published and parsed."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()

    def with_signatures(self, *signatures: NoteSignature) -> Self:
        """Return the note with signatures added; one of the same key is replaced, as when a witness signs anew."""
        added = {(signature.name, signature.key_id) for signature in signatures}
        kept = [signature for signature in self.signatures if (signature.name, signature.key_id) not in added]
        return replace(self, signatures=(*kept, *signatures))


class Signer(Protocol):
    """Whoever signs notes: a key in this process, or the way to one in another."""

    @property
    def key(self) -> VerifierKey:
        """The key with which others verify."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the signature over the text of a note, without key id."""
        ...


class Verifier(Protocol):
    """A known key and what its signatures must look like."""

    @property
    def key(self) -> VerifierKey:
        """The key whose signatures this verifies."""
        ...

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raise SignatureInvalid unless the key signed the text of a note."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519Signer:
    """Signs notes with an Ed25519 key (signed-note, "Ed25519 signatures")."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def key(self) -> VerifierKey:
        """The key with which others verify."""
        return VerifierKey(self.name, Algorithm.ED25519, self.private_key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """Return the signature over the text of a note."""
        return self.private_key.sign(text)


@dataclass(frozen=True, slots=True)
class Ed25519Verifier:
    """Verifies plain Ed25519 signatures on notes; raises KeyMalformed for a key of another algorithm."""

    key: VerifierKey

    def __post_init__(self) -> None:
        if self.key.algorithm is not Algorithm.ED25519:
            raise KeyMalformed(f"{self.key.name!r} is not a key for plain Ed25519 signatures")

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raise SignatureInvalid unless the key signed the text of a note."""
        verify_ed25519(self.key, signature, text)


def sign_note(text: str, *signers: Signer) -> Note:
    """Sign a text that ends in a newline; raises NoteMalformed if it cannot be a note's text."""
    check_note_text(text)
    return Note(text, tuple(NoteSignature(s.key.name, s.key.key_id, s.sign(text.encode())) for s in signers))


def verify_note(note: Note, verifiers: Iterable[Verifier]) -> list[NoteSignature]:
    """Return the signatures of known keys, one a key in the order of the note, each verified.

    Signatures of unknown keys are passed over (signed-note, "Signatures"). Raises SignatureInvalid if a known key's is
    false, NoteUnverified if no known key signed, KeyMalformed if two verifiers cannot be told apart.
    """
    known = _by_identity(verifiers)
    text = note.text.encode()
    verified: dict[tuple[str, bytes], NoteSignature] = {}
    for signature in note.signatures:
        identity = (signature.name, signature.key_id)
        if identity in known:
            known[identity].verify(text, signature.signature)
            verified.setdefault(identity, signature)
    if not verified:
        raise NoteUnverified("no known key signed the note")
    return list(verified.values())


def verify_ed25519(key: VerifierKey, signature: bytes, message: bytes) -> None:
    """Raise SignatureInvalid unless the signature over the message is the key's (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except InvalidSignature:
        raise SignatureInvalid(f"{key.name!r} did not sign this text") from None


def parse_note(data: bytes) -> Note:
    """Read a signed note, verifying nothing; raises NoteMalformed (signed-note, "Format")."""
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteMalformed("a note is UTF-8") from None
    # The text may hold empty lines, signature lines cannot: the last empty line ends the text.
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise NoteMalformed("a note is text, an empty line and signature lines that end in newlines")
    # Split at newlines only; str.splitlines would split at other characters too. The limit saves work on floods.
    signatures = lines[:-1].split("\n", MAX_SIGNATURES)
    return Note(text + "\n", tuple(parse_signature_line(line + "\n") for line in signatures))


def parse_signature_line(line: str) -> NoteSignature:
    """Read one signature line with its newline, as a witness returns it; raises NoteMalformed."""
    try:
        name, encoded = line.removeprefix(_LINE_START).removesuffix("\n").split(" ")
        raw = _from_base64(encoded)
    except ValueError:
        raise NoteMalformed(f"not a signature line: {line[:200]!r}") from None
    signature = NoteSignature(name, raw[:_KEY_ID_SIZE], raw[_KEY_ID_SIZE:])
    if signature.line() != line:  # no em dash, no newline, or base64 with bits that stand for nothing
        raise NoteMalformed(f"not a signature line: {line[:200]!r}")
    return signature


def is_key_name(name: str) -> bool:
    """Say whether a key can bear this name: not empty, no space of any kind, no plus, no control character."""
    return bool(name) and "+" not in name and _is_plain(name) and not any(map(str.isspace, name))


def check_note_text(text: str) -> None:
    """Raise NoteMalformed unless the text ends in a newline and can be written without loss."""
    if not text.endswith("\n"):
        raise NoteMalformed("the text of a note ends in a newline")
    if not _is_plain(text.replace("\n", "")):
        raise NoteMalformed(
            "the text of a note holds no control character but newline, and nothing that is not Unicode"
        )


def _is_plain(text: str) -> bool:
    """Say whether every character is encodable and none is an ASCII control character."""
    try:
        return min(text.encode(), default=0x20) >= 0x20
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def _by_identity(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        identity = (verifier.key.name, verifier.key.key_id)
        if identity in known:
            raise KeyMalformed(f"two verifiers for {verifier.key.name!r} have the same key id")
        known[identity] = verifier
    return known


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
