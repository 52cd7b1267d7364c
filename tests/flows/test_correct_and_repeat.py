"""A slip of the pen is corrected, a measurement repeated: everything that ever stood there stays readable."""

import pytest

from app.notebook.rules.sheet import StepState
from app.notebook.rules.words import EntryKind
from tests.benches import said, text_of
from tests.benches.pages import BALANCE

UNCOVERED = "No longer covered: what was signed has changed"


@pytest.fixture
def weighing(bench):
    """A record with its preparation done and one mass recorded."""
    bench.prepare()
    bench.enter("weighing", "masses-1", "98,9")
    return bench


@pytest.mark.requirement("P11.10(e)-2", "ER-17")
def test_a_correction_keeps_the_value_before_with_person_time_and_reason(weighing):
    weighing.change("correct", "masses-1", "99,8", "Chiffres inversés.")

    page = weighing.step("weighing")

    assert "99,8" in page
    assert "98,9" in page
    assert said("Reason: %(reason)s", reason="Chiffres inversés.") in page
    assert page.count("Léa Martin ·") >= 2


@pytest.mark.requirement("P11.10(e)-2")
def test_after_three_corrections_all_four_values_are_in_their_order(weighing):
    for value in ("99,1", "99,2", "99,3"):
        weighing.change("correct", "masses-1", value)

    page = weighing.step("weighing")
    places = [page.index(f"{value} mg") for value in ("99,2", "99,1", "98,9")]

    assert [entry.value for entry in weighing.sheet().cell("masses", 1).history] == ["98.9", "99.1", "99.2", "99.3"]
    assert places == sorted(places)


@pytest.mark.requirement("A11-9-2")
@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_a_correction_without_a_reason_is_refused_and_keeps_what_was_typed(weighing, reason):
    answer = weighing.change("correct", "masses-1", "99,8", reason)

    assert answer.status_code == 422
    assert 'value="99,8"' in answer.text
    assert weighing.latest("masses-1").value == "98.9"


@pytest.mark.requirement("ER-17")
def test_the_line_of_a_correction_says_old_and_new_and_commits_to_the_reason(weighing):
    weighing.change("correct", "masses-1", "99,8", "Chiffres inversés.")

    line = weighing.lines()[-1]

    assert line["before"]["value"] == "98.9"
    assert line["after"]["value"] == "99.8"
    assert len(line["reason"]) == 64
    assert "Chiffres" not in str(line)


def test_what_another_tab_corrected_is_not_corrected_from_a_stale_page(weighing):
    first = weighing.latest("masses-1").sequence
    weighing.change("correct", "masses-1", "99,8")

    form = {"value": "97,0", "reason": "Relu."}
    late = weighing.trainee.act(f"{weighing.path}/entries/{first}/correct", form)

    assert late.status_code == 409
    assert said("You typed: %(value)s", value="97,0") in text_of(late)
    assert weighing.latest("masses-1").value == "99.8"


@pytest.mark.requirement("ER-24")
def test_a_second_attempt_is_a_further_entry_with_its_cause(weighing):
    weighing.change("repeat", "masses-1", "100,2", "Goutte restée dans la pointe.")

    latest, page = weighing.latest("masses-1"), weighing.step("weighing")

    assert (latest.kind, latest.attempt) == (EntryKind.REPEAT, 2)
    assert said("earlier attempt, kept") in page
    assert "Goutte restée dans la pointe." in page


@pytest.mark.requirement("ER-11")
def test_a_correction_brings_the_recalculation_in_the_same_act(bench):
    bench.execute()
    before = len(bench.lines())
    bench.change("correct", "masses-1", "100,7")

    means = [entry.value for entry in bench.sheet().cell("mean_mass", None).history]
    page = bench.step("result")

    assert len(bench.lines()) == before + 1
    assert len(means) == 2
    assert said("Calculated again") in page
    assert said("a value it depends on was changed") in page


@pytest.mark.requirement("ER-13", "A11d-13.8")
def test_correcting_what_was_checked_asks_for_a_new_check_and_shows_the_old_as_uncovered(bench):
    bench.prepare()
    bench.weigh()
    bench.change("correct", "masses-2", "100,4")

    assert bench.sheet().step("weighing").state is StepState.CHECK_NEEDED
    assert said(UNCOVERED) in bench.page()


@pytest.mark.requirement("ER-13", "A11d-13.8")
def test_a_check_covers_the_steps_of_its_section_before_it(bench):
    bench.prepare()
    bench.change("correct", "balance", BALANCE | {"serial": "9999"})

    assert bench.sheet().step("instrument_check").state is StepState.CHECK_NEEDED
    assert said(UNCOVERED) in bench.page()


@pytest.mark.requirement("ER-17")
def test_a_text_is_corrected_too_and_no_line_shows_it(bench):
    bench.enter("instrument", "remark", "Balance poussièreuse")
    bench.change("correct", "remark", "Balance poussiéreuse")

    page = bench.step("instrument")

    assert "poussièreuse" in page
    assert "poussiéreuse" in page
    assert "poussi" not in str(bench.lines())
