"""Signed notes, checkpoints, cosignatures and inclusion proofs as C2SP writes them down."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.verifier.parts.canonical import LARGEST_INTEGER
from app.verifier.parts.faults import Malformed

LOG_KEY = 0x01
WITNESS_KEY = 0x04
MLDSA_KEY = 0x06
KEY_SIZES = {LOG_KEY: 32, WITNESS_KEY: 32, MLDSA_KEY: 1312}
COSIGNATURE_SIZES = {WITNESS_KEY: 72, MLDSA_KEY: 2428}
MOST_SIGNATURES = 100
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
KEY_NAME = re.compile(r"[^\s+]+")
SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class NoteKey:
    """A verifier key: its name, its four-byte id, its type, and the key: Ed25519 but for one of MLDSA_KEY."""

    name: str
    identity: bytes
    kind: int
    public: bytes

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether a signature over a message is this key's; Malformed where nobody here can read its kind."""
        if self.kind == MLDSA_KEY:
            return verifies_mldsa(self.public, signature, message)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def verifies_mldsa(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether an ML-DSA-44 signature is good; Malformed with a `cryptography` from before it knew them."""
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey  # noqa: PLC0415
    except ImportError as error:
        raise Malformed("cosignature-unreadable") from error
    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except UnsupportedAlgorithm as error:
        raise Malformed("cosignature-unreadable") from error
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True)
class NoteSignature:
    """A signature under a note: who says to have signed, the key's id, the value, and the line as it stands."""

    name: str
    identity: bytes
    value: bytes
    line: str


@dataclass(frozen=True)
class Note:
    """A text and the signatures under it."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def made_by(self, key: NoteKey) -> list[NoteSignature]:
        """Return the signatures that carry the name and id of a key."""
        return [one for one in self.signatures if one.name == key.name and one.identity == key.identity]


@dataclass(frozen=True)
class Checkpoint:
    """The head of a log: whose, how long, and its root; with the note that says so."""

    origin: str
    size: int
    root: bytes
    note: Note


@dataclass(frozen=True)
class InclusionProof:
    """Where a line stands, the path to the root, and the checkpoint that the proof carries."""

    index: int
    path: list[bytes]
    checkpoint: Checkpoint


def decode_base64(text: str) -> bytes:
    """Return the bytes of a base64 text in its one canonical form; anything else is Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("base64") from error
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64")
    return data


def read_key(text: str) -> NoteKey:
    """Return the verifier key that a text of the form name+id+key says."""
    parts = text.split("+", 2)
    if len(parts) != 3 or KEY_NAME.fullmatch(parts[0]) is None:
        raise Malformed("note-key")
    name, identity, material = parts[0], parts[1], decode_base64(parts[2])
    if KEY_SIZES.get(material[0] if material else 0) != len(material) - 1:
        raise Malformed("note-key")
    expected = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
    if identity != expected.hex():
        raise Malformed("note-key")
    return NoteKey(name, expected, material[0], material[1:])


def read_note(data: bytes) -> Note:
    """Return a signed note from its bytes."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("note") from error
    body, gap, signed = text.rpartition("\n\n")
    lines = signed.split("\n")
    controls = any(sign < " " and sign != "\n" for sign in text)
    if not gap or controls or lines.pop() != "" or not 0 < len(lines) <= MOST_SIGNATURES:
        raise Malformed("note")
    return Note(f"{body}\n", tuple(_read_signature(line) for line in lines))


def _read_signature(line: str) -> NoteSignature:
    found = SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise Malformed("note")
    value = decode_base64(found[2])
    if len(value) < 5:
        raise Malformed("note")
    return NoteSignature(found[1], value[:4], value[4:], line)


def read_checkpoint(data: bytes) -> Checkpoint:
    """Return a checkpoint from a signed note: origin, size and root, and no extension lines."""
    note = read_note(data)
    lines = note.text.removesuffix("\n").split("\n")
    if len(lines) != 3 or not lines[0] or DECIMAL.fullmatch(lines[1]) is None or int(lines[1]) > LARGEST_INTEGER:
        raise Malformed("checkpoint")
    root = decode_base64(lines[2])
    if len(root) != 32:
        raise Malformed("checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root, note)


def read_inclusion(data: bytes) -> InclusionProof:
    """Return an inclusion proof from its text (tlog-proof)."""
    head, gap, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("proof-of-inclusion") from error
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1" or len(lines) < 2:
        raise Malformed("proof-of-inclusion")
    word, _, index = lines[1].partition(" ")
    if word != "index" or DECIMAL.fullmatch(index) is None:
        raise Malformed("proof-of-inclusion")
    return InclusionProof(int(index), read_hashes(lines[2:]), read_checkpoint(note))


def read_hashes(lines: list[str]) -> list[bytes]:
    """Return the hashes that stand in base64, one a line; no proof has more than 64 twice."""
    hashes = [decode_base64(line) for line in lines[:129]]
    if len(lines) > 128 or any(len(one) != 32 for one in hashes):
        raise Malformed("proof-hashes")
    return hashes


def log_signature(checkpoint: Checkpoint, keys: list[NoteKey]) -> NoteSignature:
    """Return the log's own signature under a checkpoint, verified with one of its keys; Malformed without one."""
    for key in keys:
        made = checkpoint.note.made_by(key)
        if any(not key.verifies(one.value, checkpoint.note.text.encode()) for one in made):
            raise Malformed("checkpoint-signature")
        if made:
            return made[0]
    raise Malformed("checkpoint-unsigned")


def note_as_signed(checkpoint: Checkpoint, signature: NoteSignature) -> bytes:
    """Return the note as the log signed it, without the signatures of others: what a token stamps."""
    return f"{checkpoint.note.text}\n{signature.line}\n".encode()


def is_cosigned(checkpoint: Checkpoint, key: NoteKey) -> bool:
    """Say whether a witness cosigned a checkpoint (tlog-cosignature); Malformed if what says so is not true."""
    made = checkpoint.note.made_by(key)
    for one in made:
        if len(one.value) != COSIGNATURE_SIZES[key.kind] or one.value[0] & 0x80:
            raise Malformed("cosignature", name=key.name)
        message = _cosigned(checkpoint, key, one.value[:8])
        if not key.verifies(one.value[8:], message):
            raise Malformed("cosignature", name=key.name)
    return bool(made)


def _cosigned(checkpoint: Checkpoint, key: NoteKey, time: bytes) -> bytes:
    """Return what a witness of this kind signs."""
    if key.kind == WITNESS_KEY:
        return f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n{checkpoint.note.text}".encode()
    names = [key.name.encode(), checkpoint.origin.encode()]
    if any(len(name) > 255 for name in names):
        raise Malformed("cosignature", name=key.name)
    cosigner, origin = (bytes([len(name)]) + name for name in names)
    end = checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + cosigner + time + origin + bytes(8) + end + checkpoint.root
