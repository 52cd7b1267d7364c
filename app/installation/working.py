"""The worker: what nobody at a screen waits for, done again and again, each step by itself.

A step that fails is logged and tried again later, more and more rarely while it keeps failing; it never stops another.
Any number of workers may run on one database: every step takes its work under a lock or a lease.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.installation.stopping import StopBell

LONGEST_PAUSE = 300.0
ROUNDS_OF_ONE_STEP = 50
"""A step with endless work lets the others have their turn after so many rounds."""

_log = logging.getLogger("cahier.worker")


@dataclass(frozen=True)
class Duty:
    """A step of the worker: `work` does one round and says whether more may wait; `every` is how often, in seconds."""

    name: str
    every: float
    work: Callable[[], bool]


@dataclass
class _Turn:
    """When a duty is next due, and how often it failed in a row."""

    duty: Duty
    due: float = 0.0
    failures: int = 0

    def take(self, bell: StopBell) -> bool:
        """Do the duty until nothing waits, and say whether it went well."""
        try:
            more = self._do(bell)
        except Exception:
            self.failures += 1
            _log.exception("%s failed, %s in a row", self.duty.name, self.failures)
            longest = max(self.duty.every, LONGEST_PAUSE)
            self.due = time.monotonic() + min(self.duty.every * (1 << min(self.failures, 12)), longest)
            return False
        self.failures = 0
        self.due = time.monotonic() + (0.0 if more else self.duty.every)
        return True

    def _do(self, bell: StopBell) -> bool:
        return all(not bell.has_rung() and self.duty.work() for _ in range(ROUNDS_OF_ONE_STEP))


def work_until_told(duties: Sequence[Duty], bell: StopBell) -> None:
    """Do each duty when it is due until the bell rings; what has begun is finished first."""
    turns = [_Turn(duty) for duty in duties]
    while not bell.has_rung():
        for turn in turns:
            if turn.due <= time.monotonic() and not bell.has_rung():
                turn.take(bell)
        bell.wait(max(min(turn.due for turn in turns) - time.monotonic(), 0.0))


def work_once(duties: Sequence[Duty], bell: StopBell) -> list[str]:
    """Do each duty once, until nothing waits, and return the names of those that failed."""
    return [duty.name for duty in duties if not _Turn(duty).take(bell)]
