"""Attempts are counted before they are tried, also when many come at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.identity.models import Throttle
from app.identity.rules.doors import doors_of
from app.identity.services.doors import forget_attempt, keep_failure, knock, open_doors
from app.identity.services.passwords import _NOBODY, HASHER
from app.kernel import clock
from app.kernel.errors import TooMany

DOORS = doors_of("somebody", "192.0.2.7", 6)


def failures(storage):
    """Return how many failures stand at the doors."""
    with storage.reading() as session:
        return sorted(session.scalars(select(Throttle.failures)))


@pytest.mark.requirement("AS-15.4.2", "AS-6.3.1")
def test_of_many_attempts_at_once_only_a_few_get_through(storage):
    started = clock.now()

    def attempt(_):
        with clock.simulated(started):
            try:
                with storage.transaction() as session:
                    knock(session, DOORS)
            except TooMany:
                return False
            return True

    with ThreadPoolExecutor(8) as pool:
        through = sum(pool.map(attempt, range(40)))

    assert through == 4
    assert failures(storage) == [4, 4]


def test_an_attempt_that_did_not_fail_leaves_no_trace(storage):
    with storage.transaction() as session:
        knock(session, DOORS)
    with storage.transaction() as session:
        forget_attempt(session, DOORS, opened=True)

    assert failures(storage) == []


def test_a_success_does_not_forgive_an_address_its_other_failures(storage):
    others = doors_of("somebody.else", "192.0.2.7", 6)
    for doors in (others, others, DOORS):
        with storage.transaction() as session:
            knock(session, doors)
    with storage.transaction() as session:
        forget_attempt(session, DOORS, opened=True)

    assert failures(storage) == [2, 2]


def test_an_act_that_failed_for_another_reason_does_not_forgive_failures(storage):
    for _ in range(3):
        with storage.transaction() as session:
            knock(session, DOORS)
    with storage.transaction() as session:
        forget_attempt(session, DOORS, opened=False)

    assert failures(storage) == [2, 2]


def test_failures_of_yesterday_do_not_count_today(storage):
    with clock.simulated(clock.now()) as time:
        for _ in range(3):
            with storage.transaction() as session:
                knock(session, DOORS)
        time.advance(hours=24)
        with storage.transaction() as session:
            knock(session, DOORS)

    assert failures(storage) == [1, 1]


def test_opening_a_login_opens_it_at_every_place_and_no_other(storage):
    here, other = doors_of("somebody", "192.0.2.7", 6, known_place="device:1"), doors_of("other", "192.0.2.8", 6)
    for doors in (DOORS, here, other):
        with storage.transaction() as session:
            knock(session, doors)
    with storage.transaction() as session:
        keep_failure(session, DOORS)
    with storage.transaction() as session:
        open_doors(session, DOORS[1].name.split(":")[1])

    with storage.reading() as session:
        left = set(session.scalars(select(Throttle.door)))
    assert left == {DOORS[0].name, other[0].name, other[1].name}


@pytest.mark.requirement("AS-11.4.2")
def test_nobodys_password_costs_as_much_to_check_as_anybodys():
    assert not HASHER.check_needs_rehash(_NOBODY)
    assert HASHER.memory_cost >= 19 * 1024
    assert HASHER.time_cost >= 2
