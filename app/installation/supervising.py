"""Keeps the processes of `cahier run` alive and stops them together."""

import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkProcess

from app.installation.stopping import StopBell, follow_parent

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
STEADY_AFTER = 60.0
SECONDS_TO_STOP = 15.0
"""Seconds. A process that lived for STEADY_AFTER is started again soon; one that keeps ending waits ever longer."""

_log = logging.getLogger("cahier.run")
# Forked, so that what was imported once serves all; nothing is open yet that two processes may not share.
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Part:
    """A process of the house: what it does, and whether the house can go on without it for a while."""

    name: str
    work: Callable[[], None]
    essential: bool


@dataclass
class Running:
    """A part and its present process, if it has one."""

    part: Part
    process: ForkProcess | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0

    def start(self) -> None:
        """Start the part in a process of its own."""
        parent = os.getpid()

        def work() -> None:
            follow_parent(parent)
            self.part.work()

        self.process = _fork.Process(target=work, name=f"cahier {self.part.name}")
        self.process.start()
        self.started = time.monotonic()

    def bury(self) -> int:
        """Note that the process ended, decide when the next one starts, and return the exit code."""
        if self.process is None:
            return 0
        self.process.join()
        code = self.process.exitcode or 0
        now = time.monotonic()
        self.failures = 1 if now - self.started >= STEADY_AFTER else self.failures + 1
        self.due = now + pause_after(self.failures)
        self.process = None
        return code

    def stop(self, seconds: float) -> None:
        """Tell the process to stop, and end it when it does not."""
        if self.process is None:
            return
        self.process.join(seconds)
        if self.process.is_alive():
            _log.error("the %s did not stop in time and was ended", self.part.name)
            self.process.kill()
            self.process.join()
        self.process = None


def pause_after(failures: int) -> float:
    """Return the seconds before the next start: one, doubled for each failure in a row, a minute at most."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)


def supervise(parts: Sequence[Part], bell: StopBell) -> bool:
    """Run the parts until the bell rings, and then stop them; return False when an essential one ended by itself."""
    running = [Running(part) for part in parts]
    try:
        while not bell.has_rung():
            for one in running:
                if one.process is None and one.due <= time.monotonic():
                    one.start()
            _wait(running, bell)
            for one in running:
                if one.process is None or one.process.is_alive():
                    continue
                code = one.bury()
                if bell.has_rung():
                    continue
                _log.error("the %s ended with %s", one.part.name, code)
                if one.part.essential:
                    return False
        return True
    finally:
        _stop(running)


def _wait(running: Sequence[Running], bell: StopBell) -> None:
    dues = [one.due for one in running if one.process is None]
    seconds = max(min(dues) - time.monotonic(), 0.0) if dues else None
    bell.wait(seconds, [one.process.sentinel for one in running if one.process is not None])


def _stop(running: Sequence[Running]) -> None:
    for one in running:
        if one.process is not None:
            one.process.terminate()
    give_up = time.monotonic() + SECONDS_TO_STOP
    for one in running:
        one.stop(max(give_up - time.monotonic(), 0.0))
