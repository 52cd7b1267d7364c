"""What one new value brings with it: results calculated again, limits held against all it touches, exceptions."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.kernel.actors import Actor, Role
from app.notebook.models import Entry, Record, RecordException
from app.notebook.rules.reading import read_typed
from app.notebook.rules.words import EntryKind, ExceptionKind
from app.notebook.services.bench import Bench
from app.notebook.services.consequences import Consequences, follow_up
from tests.unit.notebook.entries import Entries, exception

ZONE = "Europe/Brussels"
TRAINEE = Actor("person:1", {}, frozenset({Role.TRAINEE}), "operator")


def bench_of(entries: Entries, *exceptions: Any) -> Bench:
    """Return a bench over these entries, with nothing behind it."""
    record = Record(id="record", zone=ZONE)
    return Bench(Session(), record, entries.sheet(*exceptions), TRAINEE, Role.TRAINEE)


def put(bench: Bench, field: str, value: str | None, position: int | None = None, attempt: int = 1) -> Consequences:
    """Return what a value brings with it."""
    cell = bench.sheet.cell(field, position)
    typed = read_typed(cell.field, {"value": value}, "en", ZONE) if value is not None else None
    return follow_up(bench, cell, typed, attempt)


def outcomes(found: Consequences) -> list[tuple[str, int | None, str]]:
    """Return what limits said, of which place."""
    return [(said["field"], said["position"], said["outcome"]) for said in found.evaluation]


def drifts(*values: str) -> Entries:
    """Return entries with these readings of the drift."""
    entries = Entries()
    for position, value in enumerate(values, start=1):
        entries.put("drift", value, position)
    return entries


@pytest.mark.requirement("ER-11")
def test_a_result_appears_with_the_last_value_it_needs_and_not_before() -> None:
    assert not put(bench_of(drifts("0.10")), "drift", "0.20", 2).calculated

    (found,) = put(bench_of(drifts("0.10", "0.20")), "drift", "0.30", 3).calculated

    assert (found.field.id, found.value, found.corrects) == ("mean_drift", Decimal("0.2"), None)


@pytest.mark.requirement("ER-11")
def test_a_corrected_input_gives_a_further_result_that_names_the_one_before() -> None:
    entries = drifts("0.10", "0.20", "0.30").put("mean_drift", "0.2", kind=EntryKind.CALCULATED)

    (found,) = put(bench_of(entries), "drift", "0.60", 3).calculated

    assert (found.text, found.corrects) == ("0.30", 4)


@pytest.mark.requirement("ER-11")
def test_a_result_that_stays_what_it_was_gets_no_further_entry() -> None:
    mean = put(bench_of(drifts("0.10", "0.20")), "drift", "0.30", 3).calculated[0].text
    entries = drifts("0.10", "0.20", "0.30").put("mean_drift", mean, kind=EntryKind.CALCULATED)

    assert not put(bench_of(entries), "drift", "0.30", 3).calculated


@pytest.mark.requirement("ER-06")
def test_a_limit_that_depends_on_a_missing_value_is_pending_and_opens_nothing() -> None:
    found = put(bench_of(Entries()), "drift", "5", 1)

    assert outcomes(found) == [("drift", 1, "pending")]
    assert not found.exceptions


@pytest.mark.requirement("ER-06", "ER-18")
def test_a_pending_limit_is_decided_by_the_value_it_waited_for() -> None:
    found = put(bench_of(drifts("5", "0.1")), "mass", "10.0")

    assert outcomes(found) == [("mass", None, "within"), ("drift", 1, "outside"), ("drift", 2, "within")]
    assert [(outside.field.id, outside.position, outside.value) for outside in found.exceptions] == [("drift", 1, "5")]


@pytest.mark.requirement("ER-06")
@pytest.mark.parametrize(
    ("value", "is_outside"), [("9.5", False), ("9.4999", True), ("10.5", False), ("10.50001", True)]
)
def test_a_bound_itself_is_within_and_the_least_beyond_it_is_outside(value: str, is_outside: bool) -> None:
    assert bool(put(bench_of(Entries()), "mass", value).exceptions) is is_outside


@pytest.mark.requirement("ER-18")
def test_the_same_value_against_the_same_bounds_opens_one_exception_only() -> None:
    first = put(bench_of(Entries()), "mass", "12.0").exceptions[0]
    facts = {"value": "12.0", "bounds": dict(first.result.bounds)}
    known = exception("weighing", field_id="mass", facts=facts)
    bench = bench_of(Entries().put("mass", "12.0").put("mass", "10.0", kind=EntryKind.CORRECTION), known)

    assert not put(bench, "mass", "12.0").exceptions
    assert put(bench, "mass", "12.1").exceptions
    assert put(bench, "mass", "12.0", attempt=2).exceptions


def test_not_applicable_is_held_against_no_limit() -> None:
    assert not put(bench_of(Entries()), "remark", None).evaluation


@pytest.mark.requirement("ER-07", "ER-11", "ER-18")
def test_results_and_exceptions_are_entries_of_their_own_that_name_their_cause() -> None:
    entries = drifts("0.10", "0.20").put("mass", "0.5")
    bench = bench_of(entries)

    put(bench, "drift", "0.30", 3).add_to(bench, sequence=4)

    (result,) = [row for row in bench.session.new if isinstance(row, Entry)]
    (opened,) = [row for row in bench.session.new if isinstance(row, RecordException)]
    assert (result.sequence, result.kind, result.source.value) == (5, EntryKind.CALCULATED, "calculation")
    assert result.inputs == {"formula": "mean(drift)", "fields": ["drift"], "cause": 4}
    assert (opened.number, opened.entry, opened.kind) == (1, 4, ExceptionKind.ACTION_LIMIT)
    assert (opened.field_id, opened.position, opened.facts["value"]) == ("drift", 3, "0.30")
