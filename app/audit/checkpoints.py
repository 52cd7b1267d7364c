"""Checkpoints: a log's size and root in a signed note, and the cosignatures of witnesses under it.

Formats: C2SP tlog-checkpoint (<https://c2sp.org/tlog-checkpoint>) and C2SP tlog-cosignature
(<https://c2sp.org/tlog-cosignature>): timestamped, with Ed25519 as ours are, or ML-DSA-44, which is verified only. A
checkpoint says what the log is, never that it may be so: whether it continues the one before is for
`proofs.verify_consistency` (PF-2, PF-11).
"""

import base64
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from app.audit.notes import (
    Algorithm,
    KeyMalformed,
    Note,
    NoteError,
    NoteMalformed,
    NoteSignature,
    SignatureInvalid,
    Signer,
    Verifier,
    VerifierKey,
    check_note_text,
    parse_note,
    sign_note,
    verify_ed25519,
    verify_note,
)
from app.audit.tree import HASH_SIZE

MAX_NUMBER: Final = 2**63 - 1  # for a size as for a time: what every reader can hold

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_TIMESTAMP_SIZE = 8
_SIGNATURE_SIZES = {Algorithm.COSIGNATURE: 64, Algorithm.MLDSA_COSIGNATURE: 2420}
_SUBTREE_LABEL = b"subtree/v1\n\0"
_LONGEST_NAME = 255


class CheckpointMalformed(NoteError):
    """The text of a note is not that of a checkpoint, or the values cannot become one."""


class OriginMismatch(NoteError):
    """A checkpoint is signed as it should be, but speaks of another log."""


class CosignatureMalformed(SignatureInvalid):
    """A cosignature has not the form of one, or its time is out of range."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Which log, how many leaves, and the root over them; extension lines are opaque. Raises CheckpointMalformed."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_NUMBER:
            raise CheckpointMalformed(f"a log cannot have {self.size} leaves")
        if len(self.root) != HASH_SIZE:
            raise CheckpointMalformed(f"a root has {HASH_SIZE} bytes, not {len(self.root)}")
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line:
                raise CheckpointMalformed(f"not a line of a checkpoint: {line[:200]!r}")
        try:
            check_note_text(self.to_text())
        except NoteMalformed as error:
            raise CheckpointMalformed(str(error)) from None

    def to_text(self) -> str:
        """Return the text that is signed (tlog-checkpoint, "Note text")."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a verified note; raises CheckpointMalformed unless it is the one spelling of a checkpoint."""
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not _SIZE.fullmatch(lines[1]):
        raise CheckpointMalformed("a checkpoint has an origin, a size and a root, each on its line")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError:
        raise CheckpointMalformed("the root of a checkpoint is base64") from None
    checkpoint = Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:]))
    if checkpoint.to_text() != text:
        raise CheckpointMalformed("the checkpoint is not written as the specification writes it")
    return checkpoint


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """Sign a checkpoint; never to sign two inconsistent ones is for the signer to see to (tlog-checkpoint)."""
    return sign_note(checkpoint.to_text(), signer)


def open_checkpoint(data: bytes, origin: str, verifiers: Iterable[Verifier]) -> Checkpoint:
    """Return the checkpoint of a log from a signed note, once it is proven to be one.

    Raises NoteMalformed, SignatureInvalid, NoteUnverified, CheckpointMalformed or OriginMismatch. Give it the keys of
    the log alone: with witnesses among the verifiers, a cosignature without the log's signature would do.
    """
    # To take a checkpoint as the log's own:
    # (1) the bytes are a signed note; (2) a key of the log signed it, and no known key's signature is false;
    # (3) its text is a checkpoint; (4) it speaks of this log.
    note = parse_note(data)
    verify_note(note, verifiers)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise OriginMismatch(f"a checkpoint of {checkpoint.origin!r}, not of {origin!r}")
    return checkpoint


# Cosignatures


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness: states that at a time this was the largest consistent tree it knew of a log.

    The key is the witness's alone: the signed message does not name the witness, so that a key shared by two would let
    each pass for the other.
    """

    name: str
    private_key: Ed25519PrivateKey

    @property
    def key(self) -> VerifierKey:
        """The key with which others verify."""
        return VerifierKey(self.name, Algorithm.COSIGNATURE, self.private_key.public_key().public_bytes_raw())

    def cosign(self, checkpoint: Checkpoint, time: int) -> NoteSignature:
        """Return the cosignature over a checkpoint that was verified and found consistent; time in POSIX seconds.

        Raises CosignatureMalformed if the time is negative or past 2^63 - 1.
        """
        signature = self.private_key.sign(_cosigned_message(checkpoint.to_text().encode(), time))
        return NoteSignature(self.name, self.key.key_id, time.to_bytes(_TIMESTAMP_SIZE, "big") + signature)


@dataclass(frozen=True, slots=True)
class CosignatureVerifier:
    """Verifies the cosignatures of one witness; raises KeyMalformed for a key of another algorithm."""

    key: VerifierKey

    def __post_init__(self) -> None:
        if self.key.algorithm not in _SIGNATURE_SIZES:
            raise KeyMalformed(f"{self.key.name!r} is not a key for cosignatures")

    def verify(self, text: bytes, signature: bytes) -> None:
        """Raise SignatureInvalid or CosignatureMalformed unless the witness cosigned this text at the time it names."""
        time = cosignature_time(signature, self.key.algorithm)
        if self.key.algorithm is Algorithm.COSIGNATURE:
            verify_ed25519(self.key, signature[_TIMESTAMP_SIZE:], _cosigned_message(text, time))
            return
        message = _cosigned_subtree(self.key.name, text, time)
        try:
            MLDSA44PublicKey.from_public_bytes(self.key.public_key).verify(signature[_TIMESTAMP_SIZE:], message)
        except (InvalidSignature, ValueError):
            raise SignatureInvalid(f"{self.key.name!r} did not cosign this text") from None


def cosignature_time(signature: bytes, algorithm: Algorithm = Algorithm.COSIGNATURE) -> int:
    """Return when a cosignature says it was made, in POSIX seconds; raises CosignatureMalformed."""
    wanted = _TIMESTAMP_SIZE + _SIGNATURE_SIZES[algorithm]
    if len(signature) != wanted:
        raise CosignatureMalformed(f"a cosignature has {wanted} bytes, not {len(signature)}")
    time = int.from_bytes(signature[:_TIMESTAMP_SIZE], "big")
    _check_time(time)
    return time


def _cosigned_message(text: bytes, time: int) -> bytes:
    """Return what a witness signs (tlog-cosignature, "Ed25519 signed message")."""
    _check_time(time)
    return b"cosignature/v1\ntime %d\n%b" % (time, text)


def _cosigned_subtree(name: str, text: bytes, time: int) -> bytes:
    """Return what a witness signs with ML-DSA-44 (tlog-cosignature, "ML-DSA-44 signed message")."""
    checkpoint = parse_checkpoint(text.decode())
    names = [name.encode(), checkpoint.origin.encode()]
    if max(map(len, names)) > _LONGEST_NAME:
        raise CosignatureMalformed(f"a name in a cosignature has at most {_LONGEST_NAME} bytes")
    cosigner, origin = (bytes([len(one)]) + one for one in names)
    places = struct.pack(">QQ", 0, checkpoint.size)
    return _SUBTREE_LABEL + cosigner + struct.pack(">Q", time) + origin + places + checkpoint.root


def _check_time(time: int) -> None:
    if not 0 <= time <= MAX_NUMBER:
        raise CosignatureMalformed(f"not a time of a cosignature: {time}")
