"""What the worker does in a founded installation, and that old operational rows go and evidence stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import Checkpoint, Line, Log
from app.identity.models import Throttle
from app.installation.duties import open_duties
from app.installation.stopping import StopBell
from app.installation.working import work_once
from app.kernel import clock
from app.web.models import Receipt
from config.secrets import DELIVERY, SecretMissing
from xapi.models import Cursor


def work(house):
    """Let the worker do what waits, and return what failed."""
    with open_duties(house.settings, house.storage) as duties:
        return work_once(duties, StopBell())


def count(house, model):
    """Return how many rows a table has."""
    with house.storage.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.mark.requirement("PF-2")
def test_the_worker_seals_every_log_that_has_lines_and_reads_it_for_statements(house):
    failed = work(house)

    with house.storage.reading() as session:
        sizes = dict(session.execute(select(Log.id, Log.size).where(Log.size > 0)).all())
        sealed = dict(session.execute(select(Checkpoint.log_id, Checkpoint.size)).all())
        read = dict(session.execute(select(Cursor.log_id, Cursor.next_index)).all())
    assert failed == []
    assert sealed == sizes
    assert read == sizes


def written(house, action):
    """Return how often an act stands in the log."""
    return [line["action"] for line in house.lines()].count(action)


def test_refusals_of_strangers_get_one_line_when_their_minute_is_over(house):
    house.client().act("/sign-in", {"login": "nobody.here", "password": "whatever it may be"})
    now = clock.now()

    at_once = work(house), written(house, "web:strangers:refuse")
    with clock.simulated(now + timedelta(minutes=2)):
        later = work(house), written(house, "web:strangers:refuse")

    assert at_once == ([], 0)
    assert later == ([], 1)


def test_what_only_served_operation_is_cleared_away_and_evidence_is_not(house):
    lines = count(house, Line)
    with house.storage.transaction() as session:
        now = clock.now()
        for key, age in (("old", 31), ("recent", 29)):
            session.add(Receipt(key=key, actor="person:1", answer="/", accepted_at=now - timedelta(days=age)))
        old = {"failures": 2, "first_failure_at": now - timedelta(days=2), "until": None, "locked": False}
        session.add(Throttle(door="address:192.0.2.1", **old))

    work(house)

    with house.storage.reading() as session:
        assert session.scalars(select(Receipt.key)).all() == ["recent"]
    assert count(house, Throttle) == 0
    assert count(house, Line) == lines


def test_without_its_secret_the_worker_does_not_begin(house):
    (house.settings.keys / DELIVERY).unlink()

    with pytest.raises(SecretMissing, match="cahier init"):
        work(house)


@pytest.mark.requirement("AS-16.5.1")
def test_a_log_that_cannot_be_sealed_keeps_nothing_else_from_being_done(house):
    work(house)
    for memory in house.settings.keys.glob("log-*.checkpoint"):
        memory.unlink()
    house.signed_in("trainee")
    with clock.simulated(clock.now() + timedelta(hours=1)):
        failed = work(house)

    with house.storage.reading() as session:
        read = dict(session.execute(select(Cursor.log_id, Cursor.next_index)).all())
        sizes = dict(session.execute(select(Log.id, Log.size).where(Log.size > 0)).all())
    # The memory that is gone is what both need, each for itself.
    assert failed == ["checkpoints", "integrity"]
    assert read == sizes
