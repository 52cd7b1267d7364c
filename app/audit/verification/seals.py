"""What was signed of a log: its stored checkpoints, and what its signer remembers, met while the tree grows."""

from collections.abc import Iterator
from heapq import merge
from typing import NamedTuple

from sqlalchemy import select

from app.audit import models
from app.audit.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from app.audit.notes import Ed25519Verifier, NoteError, parse_note
from app.audit.signer import Trust
from app.audit.succession import LogKey
from app.audit.tree import EMPTY_ROOT
from app.audit.verification.snapshot import Head, Snapshot
from app.audit.verification.verdict import Code, Finding, Findings, shown
from app.storage.tables import table_of

CHUNK = 256


class Seal(NamedTuple):
    """A stored checkpoint by its note, or what the signer remembers where there is none."""

    size: int
    note: bytes | None
    remembered: Checkpoint | None = None


class Seals:
    """Judges each seal of a log against the root that the tree has at its size."""

    def __init__(self, snap: Snapshot, head: Head, trust: Trust, findings: Findings) -> None:
        self._origin, self._findings = head.origin, findings
        self._keys = trust.keys.get(head.origin, ())
        remembered = trust.remembered.get(head.origin)
        memory = [Seal(remembered.size, None, remembered)] if remembered else []
        self._coming = merge(_stored(snap, head), memory, key=lambda seal: seal.size)
        self._next = next(self._coming, None)
        self.sealed = 0
        self.good = 0

    def due(self, size: int) -> Iterator[int]:
        """Yield the sizes up to this one at which something was signed; call `judge` after each."""
        while self._next and self._next.size <= size:
            yield max(self._next.size, 0)
            self._next = next(self._coming, None)

    def judge(self, root: bytes) -> None:
        """Judge the seal that is due against the root of the tree at its size."""
        seal = self._next
        if seal is None:
            return
        checkpoint = seal.remembered or self._open(seal)
        if checkpoint is None:
            return
        if (checkpoint.size, checkpoint.root) == (seal.size, root):
            if seal.remembered or self._keys_for(seal.size):
                self.sealed = seal.size
            self.good += seal.remembered is None
            return
        code = Code.SIGNER_CONTRADICTED if seal.remembered else Code.CHECKPOINT_CONTRADICTED
        self._add(code, seal.size, f"{seal.size} {root.hex()}", f"{checkpoint.size} {checkpoint.root.hex()}")

    def finish(self, size: int) -> None:
        """Judge what was signed of a longer log than this."""
        for due in self.due(0):
            if due == 0:
                self.judge(EMPTY_ROOT)
        while self._next:
            code = Code.SIGNER_AHEAD if self._next.remembered else Code.CHECKPOINT_AHEAD
            self._add(code, size, str(self._next.size), str(size))
            self._next = next(self._coming, None)

    def _open(self, seal: Seal) -> Checkpoint | None:
        note, keys = seal.note or b"", self._keys_for(seal.size)
        try:
            if not self._keys:
                self._findings.add(Finding(Code.KEY_MISSING, self._origin))
            if not keys and self._is_between(seal.size):
                return parse_checkpoint(parse_note(note).text)
            return open_checkpoint(note, self._origin, [Ed25519Verifier(one.key) for one in keys])
        except (NoteError, AttributeError) as error:
            self._add(Code.CHECKPOINT_INVALID, seal.size, "", f"{type(error).__name__}: {error}")
            return None

    def _keys_for(self, size: int) -> list[LogKey]:
        return [one for one in self._keys if one.may_sign(size)]

    def _is_between(self, size: int) -> bool:
        """Say whether no key is good for a size: none is known, or an emergency ended the old one before it.

        What was signed there seals nothing, and is compared with the tree all the same.
        """
        return not self._keys or any(size < one.first for one in self._keys)

    def _add(self, code: Code, index: int, expected: str, found: str) -> None:
        self._findings.add(Finding(code, self._origin, index, expected=shown(expected), found=shown(found)))


def _stored(snap: Snapshot, head: Head) -> Iterator[Seal]:
    columns = table_of(models.Checkpoint).c
    query = select(columns.size, columns.note).where(columns.log_id == head.id).order_by(columns.size)
    for rows in snap.stream(query, CHUNK):
        for row in rows:
            yield Seal(*row)
