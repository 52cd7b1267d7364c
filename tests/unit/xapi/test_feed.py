"""The feed reads each line once, stores each statement once, and goes on after whatever happened to it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files

import pytest

from app.audit.actions import Action
from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel.actors import Permission, system_actor
from app.storage import Storage
from app.storage.errors import AppendOnlyViolation
from tests.unit.xapi.trail import HUB, STATEMENTS_OF_A_RECORD, write_line, write_record
from xapi.feed import derive_once
from xapi.models import Statement
from xapi.queries import statements
from xapi.statements import registration_of


class Killed(Exception):
    """The worker is killed here."""


def test_a_record_becomes_its_statements_in_the_order_of_the_trail(lrs):
    record = write_record(lrs.storage, operator_id=lrs.alpha)
    lrs.read_all()

    assert [item["verb"]["id"].rsplit("/", 1)[1] for item in lrs.statements()] == [
        "initialized",
        "recorded-out-of-limit",
        "update",
        "completed",
        "confirm",
        "signed",
        "submit",
        "signed",
        "passed",
        "earned",
    ]
    assert {item["context"]["registration"] for item in lrs.statements()} == {str(registration_of(record))}


def test_reading_again_stores_nothing_again(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    lrs.read_all()
    before = [row.body for row in lrs.rows()]

    assert derive_once(lrs.storage, HUB) == 0
    assert [row.body for row in lrs.rows()] == before


def test_new_lines_are_read_after_the_old_ones(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    lrs.read_all()
    write_line(lrs.storage, Action.STEP_COMPLETED, operator_id=lrs.alpha, step="weigh")
    lrs.read_all()

    assert len(lrs.rows()) == STATEMENTS_OF_A_RECORD + 1


def test_the_size_of_a_stretch_changes_nothing(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    rounds = lrs.read_all(lines_at_once=2)

    assert rounds >= 5
    assert len(lrs.rows()) == STATEMENTS_OF_A_RECORD


def test_every_log_is_read_and_each_statement_belongs_to_its_operator(lrs):
    for operator in (lrs.alpha, lrs.beta, None):
        write_record(lrs.storage, operator_id=operator)
    lrs.read_all()
    owners = [row.operator_id for row in lrs.rows()]

    assert {owner: owners.count(owner) for owner in owners} == {
        lrs.alpha: STATEMENTS_OF_A_RECORD,
        lrs.beta: STATEMENTS_OF_A_RECORD,
        None: STATEMENTS_OF_A_RECORD,
    }


def test_ordinals_have_no_gap_and_each_stretch_is_stored_later_than_the_one_before(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    lrs.read_all(lines_at_once=3)
    rows = lrs.rows()

    assert [row.ordinal for row in rows] == list(range(1, len(rows) + 1))
    assert [row.stored for row in rows] == sorted(row.stored for row in rows)
    assert len({row.stored for row in rows}) > 1


def test_a_feed_that_is_killed_before_the_end_of_its_transaction_leaves_nothing_half_done(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    with pytest.raises(Killed):
        derive_once(DyingStorage(lrs.storage.engine), HUB)
    rows_after_the_kill = len(lrs.rows())
    lrs.read_all()

    assert rows_after_the_kill == 0
    assert len(lrs.rows()) == STATEMENTS_OF_A_RECORD


def test_two_feeds_at_once_store_each_statement_once(lrs):
    for _ in range(4):
        write_record(lrs.storage, operator_id=lrs.alpha)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: lrs.read_all(lines_at_once=3), range(4)))

    assert len(lrs.rows()) == 4 * STATEMENTS_OF_A_RECORD
    assert [row.ordinal for row in lrs.rows()] == list(range(1, 4 * STATEMENTS_OF_A_RECORD + 1))


def test_the_lag_counts_the_lines_that_wait(lrs):
    lrs.read_all()
    write_record(lrs.storage, operator_id=lrs.alpha)
    with lrs.storage.reading() as session:
        waiting = sum(lag.lines for lag in statements.lags(session))
    lrs.read_all()
    with lrs.storage.reading() as session:
        left = sum(lag.lines for lag in statements.lags(session))

    assert (waiting, left) == (9, 0)


def test_statements_carry_the_titles_of_the_version_that_was_executed(lrs):
    source = files("config") / "exercises" / "PIP-001.yaml"
    exercise = parse_exercise(source.read_text(encoding="utf-8"), "PIP-001.yaml")
    with lrs.storage.transaction() as session:
        load_exercise(session, exercise, actor=system_actor("command", Permission.EXERCISE_LOAD))
    step = next(iter(exercise.steps()))
    write_line(lrs.storage, Action.STEP_COMPLETED, operator_id=lrs.alpha, version=exercise.version, step=step.id)
    lrs.read_all()
    (completed,) = lrs.statements()
    parent = completed["context"]["contextActivities"]["parent"][0]

    assert completed["object"]["definition"]["name"] == step.title.as_mapping()
    assert parent["definition"]["name"]["fr"] == exercise.title.in_language("fr")


def test_a_stored_statement_cannot_be_changed(lrs):
    write_record(lrs.storage, operator_id=lrs.alpha)
    lrs.read_all()

    with pytest.raises(AppendOnlyViolation), lrs.storage.transaction() as session:
        session.get_one(Statement, 1).body = b"{}"


class DyingStorage(Storage):
    """A storage whose transactions are cut off just before they would be committed."""

    @contextmanager
    def transaction(self):
        """Give a transaction that ends in a kill."""
        with super().transaction() as session:
            yield session
            raise Killed
