"""The verification itself, from the heads of the logs to the verdict."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.audit.errors import LogMissing
from app.audit.signer import Trust
from app.audit.verification.contents import Contents
from app.audit.verification.cosigned import judge_cosignatures
from app.audit.verification.lines import INDEX, LogWalk
from app.audit.verification.naming import Naming
from app.audit.verification.origins import check_origins
from app.audit.verification.snapshot import Head, Snapshot, snapshot
from app.audit.verification.states import StateWalk
from app.audit.verification.verdict import Findings, LogVerdict, Verdict
from app.storage import Storage
from app.storage.vault import Vault

Progress = Callable[[int, int], None]
"""Told how many lines of how many were verified."""


def verify(
    storage: Storage, trust: Trust, *, whole: bool = True, origin: str | None = None, progress: Progress | None = None
) -> Verdict:
    """Verify all logs, or the one of an origin, and with `whole` the rows that their lines speak of.

    `trust` must have been read before, so that it cannot be ahead of what is read now. Raises LogMissing for an origin
    without a log; what is wrong is a finding, never an exception.
    """
    with snapshot(storage) as snap, _without_collector():
        return _Verification(snap, trust, origin, progress or _silent).run(storage.vault if whole else None, whole)


class _Verification:
    def __init__(self, snap: Snapshot, trust: Trust, origin: str | None, progress: Progress) -> None:
        self._snap, self._trust, self._progress = snap, trust, progress
        self._findings = Findings()
        self._heads = snap.heads()
        self._chosen = [head for head in self._heads if origin in (None, head.origin)]
        if origin is not None and not self._chosen:
            raise LogMissing(f"no log {origin}")
        self._log_id = None if origin is None else self._chosen[0].id
        self._total = sum(max(head.size, 0) for head in self._chosen)
        self._done = 0

    def run(self, vault: Vault | None, whole: bool) -> Verdict:
        """Return the verdict."""
        check_origins(self._snap, self._heads, self._trust, self._findings)
        states = StateWalk(self._snap, self._heads, self._log_id, self._findings, vault) if whole else None
        logs = tuple(self._walk(head, states) for head in self._chosen)
        if states:
            for table in sorted(states.suspects()):
                Naming(self._snap, table, self._heads, self._chosen, self._findings).name()
        rows = states.rows if states else 0
        return Verdict(whole, logs, rows, self._findings.kept, self._findings.omitted)

    def _walk(self, head: Head, states: StateWalk | None) -> LogVerdict:
        walk = LogWalk(self._snap, head, self._trust, self._findings)
        contents = Contents(head, self._findings) if states else None
        for rows, leaves in walk.chunks():
            if contents and states:
                states.meet((head.id, rows[-1][INDEX]), contents.read(rows, leaves))
            self._done += len(rows)
            self._progress(self._done, self._total)
        cosigned = judge_cosignatures(self._snap, head, self._trust.policy, self._findings)
        return replace(walk.verdict(), cosigned=cosigned.size, cosigning=cosigned.pending)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the collector of cycles: millions of objects come and go here, none in a cycle, and it looks at all."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
