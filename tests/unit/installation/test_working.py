"""The worker: each duty by itself, in its rhythm, and stopped without losing what it does."""

import os
import threading

import pytest

from app.installation.stopping import StopBell
from app.installation.working import LONGEST_PAUSE, ROUNDS_OF_ONE_STEP, Duty, _Turn, work_once, work_until_told


class Counted:
    """A duty's work that says how many rounds are left, and counts those it did."""

    def __init__(self, rounds=0, then=None):
        self.left, self.done, self.then = rounds, 0, then

    def __call__(self):
        self.done += 1
        if self.then:
            self.then()
        self.left -= 1
        return self.left > 0


def failing():
    """Fail as a database that is away does."""
    raise ConnectionError("the database is away")


def test_a_duty_is_done_until_nothing_waits():
    work = Counted(rounds=7)

    assert work_once([Duty("seven rounds", 1.0, work)], StopBell()) == []
    assert work.done == 7


@pytest.mark.requirement("AS-16.5.1")
def test_a_failing_duty_is_named_and_stops_no_other():
    before, after = Counted(), Counted()
    duties = [Duty("before", 1.0, before), Duty("broken", 1.0, failing), Duty("after", 1.0, after)]

    assert work_once(duties, StopBell()) == ["broken"]
    assert (before.done, after.done) == (1, 1)


def test_endless_work_lets_the_others_have_their_turn():
    endless, other = Counted(rounds=10**9), Counted()

    work_once([Duty("endless", 1.0, endless), Duty("other", 1.0, other)], StopBell())

    assert (endless.done, other.done) == (ROUNDS_OF_ONE_STEP, 1)


def test_a_duty_that_keeps_failing_is_tried_ever_more_rarely_and_at_once_when_it_went_well():
    turn, pauses = _Turn(Duty("broken", 1.0, failing)), []
    for _ in range(12):
        turn.due = 0.0
        turn.take(StopBell())
        pauses.append(turn.due - _now())

    assert [round(pause) for pause in pauses[:4]] == [2, 4, 8, 16]
    assert round(pauses[-1]) == LONGEST_PAUSE
    assert turn.failures == 12


def _now():
    import time

    return time.monotonic()


def test_a_worker_that_is_told_to_stop_finishes_its_round_and_begins_no_other():
    bell = StopBell()
    first, second = Counted(rounds=10**9, then=bell.ring), Counted()

    work_until_told([Duty("first", 1.0, first), Duty("second", 1.0, second)], bell)

    assert (first.done, second.done) == (1, 0)


def test_a_worker_that_sleeps_wakes_up_when_it_is_told_to_stop():
    bell, work = StopBell(), Counted()
    worker = threading.Thread(target=work_until_told, args=([Duty("rare", 3600.0, work)], bell), daemon=True)
    worker.start()

    bell.ring()
    worker.join(30)

    assert not worker.is_alive()


def test_a_bell_can_be_rung_by_many_without_blocking():
    bell = StopBell()
    for _ in range(100_000):
        bell.ring()
    bell.wait(60.0)

    assert bell.has_rung()


def test_a_bell_lets_go_when_something_else_has_news():
    bell, (reader, writer) = StopBell(), os.pipe()
    os.write(writer, b"news")

    bell.wait(60.0, [reader])

    assert not bell.has_rung()
