"""What strangers are refused is counted, whoever comes at the same time, and written as one line a minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select

from app.audit.models import Line, StrangerRefusal
from app.identity.errors import ActivationFailed, SignInFailed
from app.identity.services.operators import found_hub
from app.kernel import clock
from app.kernel.actors import system_actor
from app.web.refusals import keep_refusal, write_stranger_refusals

MINUTE = datetime.fromisoformat("2026-11-23T09:05:12+00:00")


@pytest.fixture
def hub(storage):
    with storage.transaction() as session:
        found_hub(session, "cahier.test", actor=system_actor("command"))
    return storage


def lines(storage):
    with storage.reading() as session:
        return len(session.scalars(select(Line.index)).all())


@pytest.mark.requirement("AS-16.3.1")
def test_a_thousand_refusals_of_strangers_write_one_line(hub):
    with clock.simulated(MINUTE) as time:
        for _ in range(999):
            keep_refusal(hub, SignInFailed(), None, "identity.sign_in")
        keep_refusal(hub, ActivationFailed(), None, "identity.activate")
        flooded = lines(hub)
        time.advance(minutes=1)
        with hub.transaction() as session:
            written = write_stranger_refusals(session)
        with hub.transaction() as session:
            again = write_stranger_refusals(session)

    with hub.reading() as session:
        body = session.scalars(select(Line.body).order_by(Line.index.desc())).first()
    assert (flooded, written, again, lines(hub)) == (1, True, False, 2)
    assert b'"refusals":{"activation-failed":1,"sign-in-failed":999}' in body


def test_the_minute_that_still_runs_is_not_written(hub):
    with clock.simulated(MINUTE):
        keep_refusal(hub, SignInFailed(), None, "identity.sign_in")
        with hub.transaction() as session:
            written = write_stranger_refusals(session)

    assert not written


@pytest.mark.requirement("AS-15.4.2")
def test_refusals_that_come_at_once_are_all_counted(hub):
    def be_refused(_):
        with clock.simulated(MINUTE):
            keep_refusal(hub, SignInFailed(), None, "identity.sign_in")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(be_refused, range(64)))

    with hub.reading() as session:
        assert session.scalars(select(StrangerRefusal.refusals)).all() == [64]


def test_a_known_person_is_named_in_a_line_of_their_own(hub):
    keep_refusal(hub, SignInFailed(subject="person:someone"), None, "identity.sign_in")

    with hub.reading() as session:
        subject = session.scalars(select(Line.subject).order_by(Line.index.desc())).first()
    assert subject == "person:someone"
