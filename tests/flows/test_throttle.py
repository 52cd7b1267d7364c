"""Failures close doors: one login at one place, or one address; never a person's work elsewhere (C3, ES-5)."""

import pytest
from sqlalchemy import func, select

from app.audit.models import StrangerRefusal
from app.identity.models import Throttle
from app.identity.services.doors import forget_old_failures
from app.kernel import clock
from app.web.refusals import write_stranger_refusals
from tests.installation import NOTICE, password_of

FAILURES_THAT_LOCK = 6
ATTEMPTS_OF_A_FLOOD = 100  # tests/unit/web/test_refusals.py counts a thousand


def try_in(client, login, password=None, **more):
    """Send the sign-in form."""
    return client.act("/sign-in", {"login": login, "password": password or password_of(login)}, **more)


def guess_code(client, login, **more):
    """Try a code that does not exist: a failure like a wrong password, and quicker, because no password is checked."""
    password = "some words long enough"
    fields = {"login": login, "code": "0000-0000", "password": password, "repeated": password}
    fields |= {"notice": NOTICE.digest, "informed": "y"}
    return client.act("/activate", fields, **more)


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


def fail(client, login, times, **more):
    """Try a wrong password some times and return the statuses."""
    return [try_in(client, login, "not the password at all", **more).status_code for _ in range(times)]


@pytest.mark.requirement("P11.300(d)", "A11d-11.7", "CI-Q11")
def test_failures_make_one_wait_and_then_lock_the_login(house, client):
    with clock.simulated(clock.now()) as time:
        answers = []
        for _ in range(FAILURES_THAT_LOCK):
            answers += fail(client, "trainee", 1)
            time.advance(seconds=10)
        closed = try_in(client, "trainee")

    assert answers == [403] * FAILURES_THAT_LOCK
    assert closed.status_code == 429
    assert closed.headers["Retry-After"] == "891"
    assert "dans 15 minutes" in closed.text
    assert "identity:person:lock" in actions(house.lines())


def test_an_unknown_login_locks_in_the_same_way(house, client):
    with clock.simulated(clock.now()) as time:
        for _ in range(FAILURES_THAT_LOCK):
            fail(client, "nobody.here", 1)
            time.advance(seconds=10)
        closed = try_in(client, "nobody.here", "whatever it was")

    assert closed.status_code == 429
    assert "identity:person:lock" not in actions(house.lines())


def test_the_lock_passes_after_a_quarter_of_an_hour(house, client):
    with clock.simulated(clock.now()) as time:
        for _ in range(FAILURES_THAT_LOCK):
            fail(client, "trainee", 1)
            time.advance(seconds=10)
        time.advance(minutes=15)
        answer = try_in(client, "trainee")

    assert answer.status_code == 303


def test_a_success_forgets_the_failures(house, client):
    with clock.simulated(clock.now()) as time:
        for _ in range(3):
            fail(client, "trainee", 3)
            assert try_in(client, "trainee").status_code == 303
            client.act("/sign-out")
            time.advance(seconds=1)

    with house.storage.reading() as session:
        doors = session.scalars(select(Throttle.door)).all()
    assert [door for door in doors if door.startswith("login:")] == []


@pytest.mark.requirement("AS-6.1.1", "ES-5")
def test_a_stranger_who_locks_a_login_does_not_lock_out_its_person_on_a_tablet_they_used(house, client):
    try_in(client, "assessor")
    client.act("/sign-out")
    stranger = house.client()
    with clock.simulated(clock.now()) as time:
        for _ in range(FAILURES_THAT_LOCK):
            fail(stranger, "assessor", 1)
            time.advance(seconds=10)

        assert try_in(stranger, "assessor").status_code == 429
        assert try_in(client, "assessor").status_code == 303


def test_a_forged_memory_of_a_tablet_is_worth_nothing(house, client):
    client.set_cookie("cahier-device", "WyJhYWFhIixbXV0.forged")
    with clock.simulated(clock.now()) as time:
        for _ in range(FAILURES_THAT_LOCK):
            fail(house.client(), "trainee", 1)
            time.advance(seconds=10)

        assert try_in(client, "trainee").status_code == 429


@pytest.mark.requirement("AS-2.4.1")
def test_an_address_that_tries_many_logins_is_closed_and_another_is_not(house):
    here, there = {"REMOTE_ADDR": "192.0.2.7"}, {"REMOTE_ADDR": "192.0.2.8"}
    with clock.simulated(clock.now()):
        attempts = [
            guess_code(house.client(), f"guess{number}", environ_base=here).status_code
            for number in range(FAILURES_THAT_LOCK * 10 + 1)
        ]

        assert attempts[-2:] == [403, 429]
        assert try_in(house.client(), "trainee", environ_base=here).status_code == 429
        assert try_in(house.client(), "trainee", environ_base=there).status_code == 303


def test_whoever_the_browser_says_it_forwards_for_changes_nothing(house):
    with clock.simulated(clock.now()):
        answers = [
            guess_code(house.client(), f"guess{number}", headers={"X-Forwarded-For": f"198.51.100.{number}"})
            for number in range(FAILURES_THAT_LOCK * 10 + 2)
        ]

    assert [answer.status_code for answer in answers[-3:]] == [403, 429, 429]


@pytest.mark.requirement("AS-16.3.1")
def test_a_flood_of_strangers_writes_one_line_a_minute(house):
    before = house.all_lines()
    with clock.simulated(clock.now().replace(second=5)) as time:
        # Each from another address, so that no door stops them; on the page that checks no password, to be quick.
        client = house.client()
        for number in range(ATTEMPTS_OF_A_FLOOD):
            guess_code(client, f"guess{number}", environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})
        flooded = house.all_lines()
        time.advance(minutes=2)
        with house.acting() as session:
            assert write_stranger_refusals(session)
        with house.storage.reading() as session:
            assert session.scalar(select(func.count()).select_from(StrangerRefusal)) == 0

    line = house.lines()[-1]
    assert flooded == before
    assert house.all_lines() == before + 1
    assert line["after"]["refusals"] == {"activation-failed": ATTEMPTS_OF_A_FLOOD}


def test_the_day_after_no_address_is_kept(house, client):
    with clock.simulated(clock.now()) as time:
        fail(client, "trainee", 2)
        time.advance(hours=25)
        with house.acting() as session:
            forget_old_failures(session)
        with house.storage.reading() as session:
            assert session.scalars(select(Throttle.door)).all() == []
