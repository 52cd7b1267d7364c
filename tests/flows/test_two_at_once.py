"""Two tabs, two people, at the same moment: exactly one act goes through, and what was signed is what stands."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.assessment.services import return_record, sign_review
from app.kernel.errors import CahierError
from app.notebook import queries
from app.notebook.rules.words import RecordState
from app.notebook.services.closing import complete_record
from app.notebook.services.entries import Place, correct_entry, record_entry
from app.signatures.rules import Coverage
from tests.benches import Bench, a_bench, furnish, key_of
from tests.installation import Installation

REFUSALS = (CahierError, IntegrityError, StaleDataError)
"""What the slower of two gets; the door turns the database's own answers into a conflict (app/web/acting.py)."""


@pytest.fixture
def small(house: Installation) -> Installation:
    """A house with the small exercise, and keys for those who sign."""
    furnish(house, "trainee", "trainee2", "assessor")
    return house


def at_once(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run jobs at the same moment, and return why those failed that did; each refusal is one that people can get."""
    with ThreadPoolExecutor(len(jobs)) as threads:
        failures = [done.exception() for done in [threads.submit(job) for job in jobs]]
    refused = [failure for failure in failures if failure]
    assert all(isinstance(failure, REFUSALS) for failure in refused), refused
    return refused


def coverage_of(bench: Bench) -> dict[str, Coverage]:
    """Return what the signatures over the whole record are worth, by meaning."""
    record, sheet = bench.record, bench.sheet
    with bench.house.storage.reading() as session:
        blocks = queries.signature_blocks(session, record, sheet)
    return {block.meaning.value: block.coverage for block in blocks if block.part is None}


@pytest.mark.requirement("P11.10(f)", "ER-01")
def test_two_values_for_one_cell_at_once_give_one_entry(small: Installation) -> None:
    bench = a_bench(small)
    lines = small.all_lines()

    refused = at_once(
        *[
            lambda typed=typed: bench.act(record_entry, Place("mass"), {"value": typed})
            for typed in ("10,1", "10,2", "9,9")
        ]
    )

    assert len(refused) == 2
    assert [entry.sequence for entry in bench.sheet.entries] == [1]
    assert small.all_lines() == lines + 1


@pytest.mark.requirement("ER-17")
def test_two_corrections_of_one_value_at_once_give_one(small: Installation) -> None:
    bench = a_bench(small).enter("mass", "10")

    refused = at_once(*[lambda typed=typed: bench.correct(1, typed) for typed in ("10,1", "10,2")])

    assert len(refused) == 1
    assert [entry.corrects for entry in bench.sheet.entries] == [None, 1]


@pytest.mark.requirement("ES-3", "A11d-13.8")
def test_a_correction_that_meets_the_signature_leaves_no_signature_over_what_was_not_shown(small: Installation) -> None:
    bench = a_bench(small).finish()
    key = key_of(small, "trainee")
    record, sheet = bench.record, bench.sheet
    shown = queries.signable_record(record, sheet).digest

    refused = at_once(
        lambda: bench.act(complete_record, key, shown),
        lambda: bench.act(correct_entry, 1, {"value": "10,2"}, reason="Relu"),
    )

    assert len(refused) == 1
    signed = bench.record.state is RecordState.COMPLETED
    assert coverage_of(bench) == ({"PERFORMED": Coverage.COVERS} if signed else {})
    assert len(bench.sheet.entries) == len(sheet.entries) + (not signed)


@pytest.mark.requirement("P11.10(f)", "ES-4")
def test_signing_the_review_and_returning_the_record_at_once_give_one_of_them(small: Installation) -> None:
    bench = a_bench(small).perform().begin_review()
    key = key_of(small, "assessor")
    shown, line = bench.shown_review()

    refused = at_once(
        lambda: bench.act(sign_review, key, shown, line, by="assessor"),
        lambda: bench.act(return_record, by="assessor", reason="Weigh it again"),
    )

    assert len(refused) == 1
    reviewed = bench.record.state is RecordState.REVIEWED
    assert ("REVIEWED" in coverage_of(bench)) is reviewed
    assert bench.record.state in (RecordState.REVIEWED, RecordState.RETURNED)
