"""The sheet: what a record's entries say of its steps, cells, checks, and what its signatures cover."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exercises.errors import UnknownPart
from app.notebook.rules.sheet import (
    EntryFacts,
    Sheet,
    StepState,
    content_digest,
    missing_for_completion,
    review_digest,
    step_digest,
)
from app.notebook.rules.words import EntryKind, Judgement
from tests.unit.notebook.entries import Entries, done, exception

HEADER = {"number": "TST-2026-0001"}


def states(sheet: Sheet) -> dict[str, StepState]:
    """Return the state of every step."""
    return {step.step.id: step.state for step in sheet.steps}


def test_at_first_the_order_holds_back_what_comes_later_in_its_own_section_only() -> None:
    assert states(Entries().sheet()) == {
        "weighing": StepState.OPEN,
        "reading": StepState.BLOCKED,
        "cleaning": StepState.OPEN,
    }


@pytest.mark.requirement("P11.10(f)")
def test_a_step_opens_when_the_one_before_is_complete_and_not_when_it_is_only_filled() -> None:
    filled = Entries().fill("weighing")

    assert filled.sheet().step("reading").state is StepState.BLOCKED
    assert filled.complete("weighing").sheet().step("reading").state is StepState.OPEN


@pytest.mark.requirement("ER-13")
def test_a_completed_step_with_a_check_waits_for_the_second_person() -> None:
    entries = Entries().fill("weighing").complete("weighing").fill("reading").complete("reading")

    assert entries.sheet().step("reading").state is StepState.CHECK_NEEDED
    assert entries.check().sheet().step("reading").state is StepState.COMPLETE


@pytest.mark.requirement("ER-13", "ER-17")
@pytest.mark.parametrize("field", ["drift", "mass"])
def test_a_correction_anywhere_the_check_covered_asks_for_the_check_again(field: str) -> None:
    entries = done().put(field, "0.15", 1 if field == "drift" else None, kind=EntryKind.CORRECTION)

    step = entries.sheet().step("reading")

    assert step.state is StepState.CHECK_NEEDED
    assert step.check is None
    assert entries.check().sheet().step("reading").state is StepState.COMPLETE


def test_a_correction_that_the_check_did_not_cover_leaves_it_fresh() -> None:
    entries = done().put("clean", "false", kind=EntryKind.CORRECTION)

    assert entries.sheet().step("reading").state is StepState.COMPLETE


def test_a_second_reading_does_not_make_its_own_check_stale() -> None:
    entries = done()
    entries.add(EntryKind.SECOND_READING, "reading", field_id="drift", position=1, value="0.1")

    assert entries.sheet().step("reading").state is StepState.COMPLETE


@pytest.mark.requirement("ER-20")
def test_a_step_set_aside_is_done_until_it_is_taken_up_again() -> None:
    aside = Entries().add(EntryKind.NOT_APPLICABLE, "cleaning")

    assert aside.sheet().step("cleaning").state is StepState.NOT_APPLICABLE
    assert aside.add(EntryKind.STEP_RESUMED, "cleaning").sheet().step("cleaning").state is StepState.OPEN


@pytest.mark.requirement("ER-20")
def test_a_blank_is_missing_and_not_applicable_is_not() -> None:
    entries = Entries().put("mass", "10.0")

    missing = [cell.field.id for cell in entries.sheet().step("weighing").missing]

    assert missing == ["remark"]
    assert not entries.put("remark", None).sheet().step("weighing").missing


def test_each_reading_of_a_repeated_field_is_missing_until_it_is_there_and_a_calculated_one_never() -> None:
    entries = Entries().put("drift", "0.1", 2)

    missing = [(cell.field.id, cell.position) for cell in entries.sheet().step("reading").missing]

    assert missing == [("drift", 1), ("drift", 3)]


@pytest.mark.requirement("ER-18")
def test_an_exception_without_a_comment_keeps_its_step_from_being_settled() -> None:
    silent, commented = exception("cleaning"), exception("cleaning", comment="c" * 64)

    assert missing_for_completion(done().sheet(silent)) == ["cleaning"]
    assert missing_for_completion(done().sheet(commented)) == []


@pytest.mark.requirement("P11.10(e)-2", "ER-17")
def test_a_cell_holds_its_latest_entry_and_keeps_every_one_before() -> None:
    entries = Entries().put("mass", "5.0").put("mass", "10.0", kind=EntryKind.CORRECTION, corrects=1)

    cell = entries.sheet().cell("mass", None)

    assert str(cell.reading) == "10.0"
    assert [entry.value for entry in cell.history] == ["5.0", "10.0"]


def test_what_fields_hold_is_what_formulas_see() -> None:
    values = Entries().put("mass", "10.0").put("drift", "0.1", 3).put("remark", None).sheet().values

    assert values["mass"] == Decimal("10.0")
    assert values["drift"] == [None, None, Decimal("0.1")]
    assert values["remark"] is None


@pytest.mark.requirement("ER-06")
def test_what_a_limit_said_last_counts_even_when_another_entry_said_it() -> None:
    said: dict[str, Any] = {"field": "drift", "position": 1, "outcome": "pending", "bounds": {}}
    later = said | {"outcome": "within"}
    entries = Entries().put("drift", "0.1", 1, evaluation=(said,)).put("mass", "10.0", evaluation=(later,))

    assert entries.sheet().cell("drift", 1).outcomes == (later,)


def test_what_is_not_there_any_more_is_in_no_limit() -> None:
    said: dict[str, Any] = {"field": "remark", "position": None, "outcome": "outside", "bounds": {}}
    entries = Entries().put("remark", "x", evaluation=(said,)).put("remark", None)

    assert entries.sheet().cell("remark", None).outcomes == ()


@pytest.mark.parametrize("name", ["step", "cell"])
def test_a_part_the_exercise_does_not_have_is_not_found(name: str) -> None:
    sheet = Entries().sheet()

    with pytest.raises(UnknownPart):
        sheet.step("other") if name == "step" else sheet.cell("other", None)


@pytest.mark.requirement("A11d-13.8", "ER-01")
@given(place=st.integers(0, len(done()) - 1))
def test_the_content_digest_changes_when_any_entry_is_taken_out_or_moved(place: int) -> None:
    entries = list(done())
    whole = content_digest(HEADER, Sheet(done().sheet().exercise, tuple(entries), ()))
    taken = entries.pop(place)

    without = content_digest(HEADER, Sheet(done().sheet().exercise, tuple(entries), ()))
    moved = content_digest(HEADER, Sheet(done().sheet().exercise, (*entries, replace(taken, sequence=99)), ()))

    assert len({whole, without, moved}) == 3


SHOWN_ONLY = {"raw", "shown", "why"}
"""What a digest leaves out: texts that may be erased, and what was typed, which the value says."""


@pytest.mark.requirement("A11d-13.8")
@pytest.mark.parametrize("name", sorted({field.name for field in fields(EntryFacts)} - SHOWN_ONLY))
def test_the_content_digest_changes_with_every_fact_of_an_entry(name: str) -> None:
    entries = done()
    other: dict[str, Any] = {
        "kind": EntryKind.REPEAT,
        "source": next(source for source in type(entries[0].source) if source is not entries[0].source),
        "evaluation": ({"outcome": "within"},),
        "recorded_at": entries[0].recorded_at.replace(minute=1),
        "sequence": 77,
        "position": 2,
        "attempt": 2,
        "corrects": 3,
    }
    before = content_digest(HEADER, entries.sheet())
    entries[0] = replace(entries[0], **{name: other.get(name, "other")})

    assert content_digest(HEADER, entries.sheet()) != before


@pytest.mark.requirement("A11d-13.8")
def test_the_content_digest_changes_with_an_exception_its_comment_and_the_header_but_not_with_its_judgement() -> None:
    entries, found = done(), exception("cleaning")
    judged = replace(found, judgement=Judgement.ACCEPTED, grounds="g" * 64, judged_by="person-3")

    plain, opened, commented = (
        content_digest(HEADER, entries.sheet(*found)) for found in ((), (found,), (replace(found, comment="c" * 64),))
    )

    assert len({plain, opened, commented}) == 3
    assert content_digest(HEADER, entries.sheet(judged)) == opened
    assert content_digest({"number": "TST-2026-0002"}, entries.sheet()) != plain


@pytest.mark.requirement("A11d-13.8")
def test_the_review_digest_changes_with_every_judgement_and_its_grounds() -> None:
    found = exception("cleaning")
    judged = replace(found, judgement=Judgement.ACCEPTED, grounds="g" * 64, judged_by="person-3")
    variants = [
        found,
        judged,
        replace(judged, judgement=Judgement.NOT_ACCEPTED),
        replace(judged, grounds="h" * 64),
        replace(judged, judged_by="person-4"),
    ]

    assert len({review_digest("a" * 64, [variant]) for variant in variants}) == len(variants)


@pytest.mark.requirement("ER-13", "A11d-13.8")
def test_a_check_covers_its_step_and_those_of_its_section_before_and_nothing_that_comes_after() -> None:
    entries = Entries().fill("weighing").complete("weighing").fill("reading").complete("reading")
    before = step_digest(entries.sheet(), "reading")

    assert step_digest(entries.check().fill("cleaning").sheet(), "reading") == before
    assert step_digest(entries.put("mass", "9.9", kind=EntryKind.CORRECTION).sheet(), "reading") != before
