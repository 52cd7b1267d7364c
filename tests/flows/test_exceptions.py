"""What departs from the master: always recordable, flagged, commented, and never gone again."""

import pytest

from app.notebook.rules.words import ExceptionKind
from tests.benches import said, text_of
from tests.benches.pages import BALANCE
from tests.benches.reading import key

COMMENT_FIRST = "Comment on each value outside its limits first: exception %(numbers)s."


@pytest.fixture
def outside(bench):
    """A record in which the first mass is outside its action limit."""
    bench.prepare()
    bench.enter("weighing", "masses-1", "89,0")
    return bench


@pytest.mark.requirement("ER-18", "WC-1.4.1")
def test_a_value_outside_its_limits_is_recorded_and_flagged_in_words(outside):
    page = outside.step("weighing")

    assert outside.latest("masses-1").value == "89.0"
    assert said("Outside the action limit") in page
    assert "90 à 110 mg" in page


@pytest.mark.requirement("ER-06")
def test_the_bounds_that_were_used_stand_in_the_entry(outside):
    (found,) = outside.latest("masses-1").evaluation

    assert found["outcome"] == "outside"
    assert (found["bounds"]["minimum"], found["bounds"]["maximum"]) == ("90", "110")


@pytest.mark.requirement("ER-06")
@pytest.mark.parametrize(("value", "opened"), [("90", 0), ("110", 0), ("110,00", 0), ("110,01", 1), ("89,99", 1)])
def test_a_limit_holds_to_the_last_digit(bench, value, opened):
    bench.prepare()
    bench.enter("weighing", "masses-1", value)

    assert len(bench.sheet().exceptions) == opened


@pytest.mark.requirement("ER-18", "A11d-8.4")
def test_a_step_waits_for_the_comment_on_its_exception(outside):
    for number in (2, 3):
        outside.enter("weighing", f"masses-{number}", "100,0")

    refused = outside.complete("weighing")
    outside.comment(1, "Goutte perdue.")
    done = outside.complete("weighing")

    assert refused.status_code == 403
    assert said(COMMENT_FIRST, numbers="1") in text_of(refused)
    assert done.status_code == 303


def test_a_comment_needs_words_and_is_made_once(outside):
    empty = outside.comment(1, " ")
    first = outside.comment(1, "Goutte perdue.")
    second = outside.comment(1, "Autre chose.")

    assert (empty.status_code, first.status_code, second.status_code) == (422, 303, 409)
    assert outside.exception(1).comment_shown == "Goutte perdue."


@pytest.mark.requirement("ER-17", "ER-18")
def test_correcting_to_a_good_value_keeps_the_exception(outside):
    outside.change("correct", "masses-1", "99,0", "Erreur de frappe.")

    assert outside.latest("masses-1").value == "99.0"
    assert outside.exception(1).facts["value"] == "89.0"
    assert said("Exception %(number)s", number=1) in outside.page()


@pytest.mark.requirement("ER-18", "ER-24")
def test_a_further_attempt_that_fails_alike_opens_its_own_exception(outside):
    outside.change("repeat", "masses-1", "89,0", "Pesée refaite.")

    assert [found.facts.get("attempt", 1) for found in outside.sheet().exceptions] == [1, 2]


@pytest.mark.requirement("ER-08")
def test_equipment_past_its_date_opens_an_exception(bench):
    bench.enter("instrument", "balance", BALANCE | {"due": "2020-01-01"})

    assert bench.exception(1).kind is ExceptionKind.EXPIRED
    assert said("Date passed") in bench.step("instrument")


@pytest.mark.requirement("ER-11", "ER-18")
def test_a_result_that_leaves_its_specification_through_a_correction_keeps_the_record_open(bench):
    bench.execute()
    bench.change("correct", "masses-1", "121,0", "Lu de travers.")

    kinds = [found.kind for found in bench.sheet().exceptions]
    landing = bench.trainee.get(f"{bench.path}/next?after=weighing").location
    refused = bench.sign(shown="0" * 64)

    assert kinds == [ExceptionKind.ACTION_LIMIT, ExceptionKind.SPECIFICATION_LIMIT]
    assert landing.endswith("/steps/weighing")
    assert refused.status_code == 403


@pytest.mark.requirement("ER-18")
def test_the_way_on_leads_to_a_comment_that_is_missing_in_a_step_that_is_done(bench):
    bench.execute()
    bench.change("correct", "masses-1", "108,0")
    bench.change("correct", "masses-2", "109,0")
    bench.check("weighing", at__masses__1="3", second__masses__1="100,0")

    landing = bench.trainee.get(f"{bench.path}/next?after=weighing").location

    assert landing.endswith("/steps/result")


@pytest.mark.requirement("ER-19", "A11d-8.4")
def test_the_performer_reports_an_exception_at_any_moment(bench):
    once = key()
    form = {"reason": "Coupure de courant.", "idempotency_key": once}

    answers = [bench.trainee.act(f"{bench.path}/steps/result/exceptions", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [found.kind for found in bench.sheet().exceptions] == [ExceptionKind.RAISED]
    assert "Coupure de courant." in bench.step("result")


def test_reporting_works_without_the_dialog_too(bench):
    page = text_of(bench.trainee.get(f"{bench.path}/steps/result/exceptions"))
    refused = bench.trainee.act(f"{bench.path}/steps/result/exceptions", {"reason": ""})

    assert said("What departs from the instruction?") in page
    assert refused.status_code == 422
