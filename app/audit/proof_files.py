"""Proof files: that a line is in a log, for whoever holds nothing but the line, the file and the log's key (PF-1).

Format: C2SP tlog-proof (<https://c2sp.org/tlog-proof>), version 1, read strictly: a proof has one spelling. Imports
nothing but the modules of notes, checkpoints and the tree, so that a verifier can carry it along.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.audit.checkpoints import MAX_NUMBER, parse_checkpoint
from app.audit.notes import Note, NoteError, Verifier, parse_note, verify_note
from app.audit.proofs import verify_inclusion
from app.audit.tree import HASH_SIZE

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
ENDING: Final = ".tlog-proof"
MOST_HASHES: Final = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


class ProofFileMalformed(Exception):
    """The bytes are not a proof file."""


class ProofOfAnotherLog(Exception):
    """A proof is good, but of another log."""


@dataclass(frozen=True)
class ProofFile:
    """A proof of inclusion with the checkpoint that it leads to; `extra` is opaque, and nobody vouches for it."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Return the file (tlog-proof, "Format")."""
        lines = [FIRST_LINE]
        if self.extra is not None:
            lines.append(f"extra {_to_base64(self.extra)}")
        lines += [f"index {self.index}", *map(_to_base64, self.proof)]
        return "".join(f"{line}\n" for line in [*lines, ""]).encode() + self.checkpoint.to_bytes()


def parse_proof_file(data: bytes) -> ProofFile:
    """Read a proof file, verifying nothing; raises ProofFileMalformed."""
    head, blank, note = data.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        checkpoint = parse_note(note)
        parse_checkpoint(checkpoint.text)
    except (UnicodeDecodeError, NoteError) as error:
        raise ProofFileMalformed(f"no checkpoint follows the proof: {error}") from None
    if first != FIRST_LINE or not blank or not lines:
        raise ProofFileMalformed(f"a proof begins with {FIRST_LINE}, and has an index")
    extra = _from_base64(lines.pop(0).removeprefix("extra ")) if lines[0].startswith("extra ") else None
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None or int(index[1]) > MAX_NUMBER or len(lines) > MOST_HASHES + 1:
        raise ProofFileMalformed("a proof has an index and at most 63 hashes")
    proof = ProofFile(int(index[1]), tuple(map(_hash, lines[1:])), checkpoint, extra)
    if proof.to_bytes() != data:
        raise ProofFileMalformed("the proof is not written as the specification writes it")
    return proof


def verify_proof_file(proof: ProofFile, leaf: bytes, origin: str, verifiers: Iterable[Verifier]) -> None:
    """Raise unless the leaf hash is in the log of an origin, under a checkpoint that a key of that log signed.

    Raises ProofOfAnotherLog; NoteUnverified or SignatureInvalid; ProofInvalid or NotAHash. Give it the log's keys
    alone; what witnesses say of the checkpoint is for a policy to judge.
    """
    # Steps 2 and 4 of tlog-proof, "Verifying a tlog proof"; step 1 is the caller's, step 3 the policy's.
    checkpoint = parse_checkpoint(proof.checkpoint.text)
    if checkpoint.origin != origin:
        raise ProofOfAnotherLog(f"a proof of {checkpoint.origin!r}, not of {origin!r}")
    verify_note(proof.checkpoint, verifiers)
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.proof, checkpoint.root)


def _hash(line: str) -> bytes:
    data = _from_base64(line)
    if len(data) != HASH_SIZE:
        raise ProofFileMalformed(f"a hash has {HASH_SIZE} bytes")
    return data


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ProofFileMalformed("hashes and extra data are base64") from None
