"""How long-running processes are told to stop: a bell that rings for SIGTERM and SIGINT, and that one can wait for."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from multiprocessing import connection
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_SIGNAL_AT_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG of Linux


class StopBell:
    """Rings once the process is told to stop.

    A pipe, because a handler may not take a lock that the interrupted code holds, as an Event does.
    """

    def __init__(self) -> None:
        self._rung = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)

    def has_rung(self) -> bool:
        """Say whether the process was told to stop."""
        return self._rung

    def listen(self) -> None:
        """Ring for the signals that stop a process; for the main thread of a process."""
        for number in SIGNALS:
            signal.signal(number, self._hear)

    def ring(self) -> None:
        """Tell whoever waits to stop."""
        if not self._rung:
            self._rung = True
            os.write(self._writer, b".")

    def wait(self, seconds: float | None, others: Iterable[int] = ()) -> None:
        """Wait until the bell rings, one of the other file descriptors has news, or the time is over."""
        if not self._rung:
            connection.wait([self._reader, *others], seconds)

    def _hear(self, *_: Any) -> None:
        self.ring()


def follow_parent(parent: int) -> None:
    """Let a forked process end with its parent, however that ends, and leave stopping to the parent's signals."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent stops its children
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNAL_AT_PARENTS_DEATH, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(0)
