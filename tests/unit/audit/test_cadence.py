"""When a log is sealed: at once where a record was closed, soon after anything else, daily whatever happens."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.actions import CLOSING, HOUSEKEEPING, Action
from app.audit.anchors import Stamp, latest_anchor, latest_token, log_token
from app.audit.housekeeping import record_release, release_of
from app.audit.models import Checkpoint, Log, TimestampToken
from app.audit.sealing import log_of_operator, seal_due_logs
from app.audit.services import Subject, note
from app.audit.signer import CheckpointSigner
from app.kernel import clock
from app.kernel.actors import system_actor

ACTOR = system_actor("test")


def alpha(session, house):
    """Return ALPHA's log."""
    log = log_of_operator(session, house.operator_id("ALPHA"))
    assert log is not None
    return log


def sealed(house):
    """Let the worker seal what is due, and return the size under the last checkpoint of ALPHA's log."""
    seal_due_logs(house.storage, CheckpointSigner(house.settings.keys))
    with house.storage.reading() as session:
        log = alpha(session, house)
        return session.scalar(select(func.max(Checkpoint.size)).where(Checkpoint.log_id == log.id)) or 0


def act(house, action):
    """Write a line of this action in ALPHA's log."""
    with house.acting() as session:
        note(session, action, Subject("record", "r1", house.operator_id("ALPHA")), actor=ACTOR)


def stamp(house):
    """Keep a token over the last checkpoint of ALPHA's log."""
    with house.acting() as session:
        log = alpha(session, house)
        size = session.scalar(select(func.max(Checkpoint.size)).where(Checkpoint.log_id == log.id))
        checkpoint = session.get_one(Checkpoint, (log.id, size))
        log_token(session, log, checkpoint, Stamp("https://tsa.example", b"token", clock.now()), actor=ACTOR)


def test_what_is_not_a_closure_waits_for_its_minutes(house):
    with clock.simulated(clock.now()) as simulation:
        act(house, Action.ENTRY_RECORDED)
        first = sealed(house)
        act(house, Action.ENTRY_RECORDED)
        at_once = sealed(house)
        simulation.advance(minutes=5)
        later = sealed(house)

    assert (first, at_once, later) == (1, 1, 2)


@pytest.mark.parametrize("action", sorted(CLOSING))
def test_a_closure_is_sealed_at_once(house, action):
    with clock.simulated(clock.now()):
        act(house, Action.ENTRY_RECORDED)
        sealed(house)
        act(house, action)

        assert sealed(house) == 2


@pytest.mark.requirement("PF-14")
def test_a_log_gives_a_sign_of_life_every_day_and_nothing_else_while_nobody_acts(house):
    with clock.simulated(clock.now()) as simulation:
        act(house, Action.ENTRY_RECORDED)
        sealed(house)
        sizes = []
        for _ in range(3):
            simulation.advance(hours=24)
            sizes.append(sealed(house))
            stamp(house)
            simulation.advance(minutes=10)
            sizes.append(sealed(house))

    idle = house.lines("ALPHA")[1:]
    assert sizes == [2, 2, 4, 4, 6, 6]
    assert {line["action"] for line in idle} <= HOUSEKEEPING
    assert [line["action"] for line in idle].count("audit:log:heartbeat") == 3


@pytest.mark.requirement("PF-14")
def test_housekeeping_alone_asks_for_no_checkpoint(house):
    with clock.simulated(clock.now()) as simulation:
        act(house, Action.ENTRY_RECORDED)
        sealed(house)
        stamp(house)
        simulation.advance(hours=23)

        assert sealed(house) == 1


@pytest.mark.requirement("PF-14")
def test_an_act_that_only_looks_like_housekeeping_is_sealed(house):
    with clock.simulated(clock.now()) as simulation:
        act(house, Action.ENTRY_RECORDED)
        sealed(house)
        with house.acting() as session:
            log = alpha(session, house)
            subject = Subject("log", log.origin, log.operator_id)
            note(session, Action.ENTRY_CORRECTED, subject, actor=ACTOR)
        simulation.advance(minutes=5)

        assert sealed(house) == 2


@pytest.mark.requirement("PF-5", "PF-6")
def test_the_latest_token_is_the_one_over_the_longest_tree(house):
    operator_id = house.operator_id("ALPHA")
    with clock.simulated(clock.now()) as simulation:
        act(house, Action.RECORD_COMPLETED)
        sealed(house)
        with house.storage.reading() as session:
            before = latest_anchor(session, operator_id)
        for _ in range(2):
            stamp(house)
            simulation.advance(seconds=1)
            act(house, Action.RECORD_COMPLETED)
            sealed(house)

    with house.storage.reading() as session:
        anchor, of_another = latest_anchor(session, operator_id), latest_anchor(session, house.operator_id("BETA"))
        log = alpha(session, house)
        latest = latest_token(session, log.id)
        kept = session.scalars(select(TimestampToken).order_by(TimestampToken.size)).all()

    assert (before, of_another) == (None, None)
    assert latest is not None
    assert latest.id == kept[-1].id
    assert anchor is not None
    assert [token.size for token in kept] == [1, 3]
    assert anchor.facts() == {
        "origin": log.origin,
        "size": 3,
        "root": anchor.checkpoint.root.hex(),
        "token": kept[-1].token_digest,
    }


@pytest.mark.requirement("PF-13")
def test_a_release_is_recorded_once_and_again_when_a_source_file_changes(house):
    files = {"app/one.py": b"1", "app/two.py": b"2"}
    releases = [release_of("1.0", files), release_of("1.0", files), release_of("1.0", files | {"app/two.py": b"3"})]
    recorded = []
    for release in releases:
        with house.storage.transaction() as session:
            recorded.append(record_release(session, release, actor=ACTOR))

    lines = [line for line in house.lines() if line["action"] == "audit:release:record"]
    assert recorded == [True, False, True]
    assert [line["after"] for line in lines] == [
        {"version": "1.0", "digest": release.digest, "files": 2} for release in (releases[0], releases[2])
    ]


def test_every_log_is_sealed_by_itself(house):
    with clock.simulated(clock.now() + timedelta(minutes=1)):
        act(house, Action.ENTRY_RECORDED)
        sealed(house)
        with house.storage.reading() as session:
            sizes = dict(session.execute(select(Log.id, Log.size).where(Log.size > 0)).all())
            kept = dict(session.execute(select(Checkpoint.log_id, Checkpoint.size)).all())

    assert kept == sizes
