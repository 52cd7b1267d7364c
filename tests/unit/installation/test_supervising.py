"""Processes kept alive together: one that dies is started again, an essential one takes the house down with it."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from app.installation.stopping import StopBell
from app.installation.supervising import LONGEST_PAUSE, Part, pause_after, supervise

# The tests' own threads; `cahier run` forks while it has one.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def patient():
    """Wait to be told to stop."""
    bell = StopBell()
    bell.listen()
    bell.wait(None)


class Diary:
    """Lets the processes of a test write down that they began; a file, because they share no memory."""

    def __init__(self, path: Path):
        self.path = path
        path.touch()

    def writes(self, work):
        """Return work that notes its process first."""

        def noted():
            with self.path.open("a") as file:
                file.write(f"{os.getpid()}\n")
            work()

        return noted

    def pids(self):
        """Return the processes that began, in order."""
        return [int(line) for line in self.path.read_text().splitlines()]

    def wait_for(self, count):
        """Wait until so many processes began, and return them."""
        give_up = time.monotonic() + 60
        while len(self.pids()) < count:
            assert time.monotonic() < give_up, "no process began"
            time.sleep(0.05)
        return self.pids()


@pytest.fixture
def diary(tmp_path):
    """Where processes note that they began."""
    return Diary(tmp_path / "diary")


def is_gone(pid):
    """Say whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def supervise_aside(parts, bell):
    """Supervise from a thread, so that the test can act meanwhile; return the thread and its verdict."""
    verdict = []
    thread = threading.Thread(target=lambda: verdict.append(supervise(parts, bell)), daemon=True)
    thread.start()
    return thread, verdict


def test_the_bell_stops_every_process(diary):
    bell = StopBell()
    parts = [Part(name, diary.writes(patient), essential=True) for name in ("web", "worker")]
    thread, verdict = supervise_aside(parts, bell)
    pids = diary.wait_for(2)

    bell.ring()
    thread.join(60)

    assert verdict == [True]
    assert [is_gone(pid) for pid in pids] == [True, True]


def test_a_worker_that_is_killed_is_started_again_and_the_web_goes_on(diary):
    bell = StopBell()
    parts = [Part("web", patient, essential=True), Part("worker", diary.writes(patient), essential=False)]
    thread, verdict = supervise_aside(parts, bell)
    (first,) = diary.wait_for(1)

    os.kill(first, signal.SIGKILL)
    _, second = diary.wait_for(2)
    bell.ring()
    thread.join(60)

    assert verdict == [True]
    assert first != second


def test_the_end_of_the_web_ends_the_house(diary):
    parts = [Part("web", lambda: None, essential=True), Part("worker", diary.writes(patient), essential=False)]

    went_well = supervise(parts, StopBell())

    assert not went_well
    assert all(is_gone(pid) for pid in diary.pids())


def test_a_part_that_keeps_ending_waits_ever_longer():
    assert [pause_after(failures) for failures in (1, 2, 3, 4)] == [1.0, 2.0, 4.0, 8.0]
    assert pause_after(1000) == LONGEST_PAUSE
