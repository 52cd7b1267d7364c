"""A trainee executes a record: its number, its version, one act a value, the order, and what may not stay blank."""

import pytest

from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.notebook.errors import AlreadyRecorded, NothingMissingFirst, StepBlocked
from app.notebook.rules.sheet import StepState
from app.notebook.rules.words import RecordState
from tests.benches import said, text_of
from tests.benches.pages import BALANCE, EXERCISE
from tests.benches.reading import key
from tests.signers import LOADER

AMBIGUOUS = "“%(typed)s” can mean %(decimal)s or %(whole)s. Write it with your decimal sign, or with no separator."


@pytest.mark.requirement("ER-H1")
def test_numbers_are_dense_for_each_operator_aborted_ones_included(bench):
    numbers = [bench.record().number]
    bench.trainee.act(f"{bench.path}/abort", {"reason": "Balance en panne."})
    bench.issue()
    numbers.append(bench.record().number)

    year = bench.record().issued_at.year

    assert numbers == [f"TST-{year}-0001", f"TST-{year}-0002"]


@pytest.mark.requirement("ER-H1")
def test_each_operator_counts_for_itself(bench, house):
    beta = house.signed_in("beta_assessor")
    form = {"exercise": "TST-001", "performer": house.person("beta_trainee").id, "purpose": "training"}

    page = beta.get(beta.act("/records/new", form).location)

    assert bench.record().number in text_of(page)


@pytest.mark.requirement("ER-H2")
def test_a_record_stays_with_the_version_it_was_issued_from(bench, house):
    later = EXERCISE.replace("version: 1", "version: 2").replace("Pesée d'essai", "Pesée nouvelle")
    with house.acting() as session:
        load_exercise(session, parse_exercise(later, "later.yaml"), actor=LOADER)

    page = bench.page()

    assert "Pesée d'essai" in page
    assert "version 1" in page


def test_the_start_page_leads_to_the_first_step_that_waits(bench):
    start = bench.trainee.get("/")
    bench.enter("instrument", "balance", BALANCE)
    bench.complete("instrument")

    landing = bench.trainee.get(f"{bench.path}/next")

    assert bench.record().number in start.text
    assert landing.location.endswith("/steps/instrument_check")


@pytest.mark.requirement("ER-01", "ER-04", "P11.10(e)-1", "CI-Q13")
def test_each_value_is_one_act_and_keeps_its_digits(bench):
    bench.prepare()
    before = len(bench.lines())
    bench.enter("weighing", "masses-1", "99,80")

    entry = bench.latest("masses-1")

    assert (entry.value, entry.raw) == ("99.80", "99,80")
    assert "99,80 mg" in bench.step("weighing").replace("\u00a0", " ")
    assert len(bench.lines()) == before + 1
    assert bench.lines()[-1]["after"]["value"] == "99.80"


def test_an_ambiguous_decimal_is_refused_with_both_readings_and_stays_in_the_form(bench):
    bench.prepare()

    answer = bench.enter("weighing", "masses-1", "1.234")

    assert answer.status_code == 422
    assert said(AMBIGUOUS, typed="1.234", decimal="1,234", whole="1234") in text_of(answer)
    assert 'value="1.234"' in answer.text
    assert not bench.sheet().cell("masses", 1).is_filled


@pytest.mark.parametrize(
    ("step", "place", "value", "message"),
    [
        ("instrument", "balance", BALANCE | {"serial": ""}, "Enter what stands on the label."),
        ("instrument", "balance", BALANCE | {"due": ""}, "Enter the date on the label: calibration due, or expiry."),
        ("instrument_check", "label_shown", "", "Enter a value."),
        ("instrument_check", "label_shown", "maybe", "Choose one of the answers offered."),
    ],
)
def test_what_cannot_be_read_is_said_beside_the_field(bench, step, place, value, message):
    answer = bench.enter(step, place, value)

    assert answer.status_code == 422
    assert said(message) in text_of(answer)
    assert bench.sheet().entries == ()


def test_the_same_form_sent_twice_records_once(bench):
    once = key()

    answers = [bench.enter("instrument", "balance", BALANCE, idempotency_key=once) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(bench.sheet().entries) == 1


def test_a_second_tab_is_told_what_happened_and_keeps_what_was_typed(bench):
    bench.prepare()
    bench.enter("weighing", "masses-1", "99,8")

    late = bench.enter("weighing", "masses-1", "98,0")

    assert late.status_code == 409
    assert said(AlreadyRecorded.message) in text_of(late)
    assert said("You typed: %(value)s", value="98,0") in text_of(late)
    assert bench.latest("masses-1").value == "99.8"


@pytest.mark.requirement("P11.10(f)")
def test_the_enforced_order_holds_against_a_form_that_no_page_shows(bench):
    bench.prepare()
    entries = bench.sheet().entries

    answer = bench.enter("rinsing", "rinsed", "true")

    assert answer.status_code == 403
    assert bench.sheet().entries == entries
    assert bench.lines()[-1]["after"]["code"] == "step-blocked"
    assert said(StepBlocked.message) in text_of(answer)


@pytest.mark.requirement("P11.10(f)")
def test_outside_an_ordered_section_steps_are_free(bench):
    answer = bench.enter("instrument_check", "label_shown", "true")

    assert answer.status_code == 303


@pytest.mark.requirement("ER-20")
def test_a_step_with_a_blank_is_not_done(bench):
    answer = bench.complete("instrument")

    assert answer.status_code == 403
    assert said(NothingMissingFirst.message, missing="Balance") in text_of(answer)
    assert bench.sheet().step("instrument").state is StepState.OPEN


@pytest.mark.requirement("ER-20")
def test_not_applicable_takes_a_reason_and_only_where_the_master_allows_it(bench):
    bench.prepare()
    bench.weigh()
    path = f"{bench.path}/steps/rinsing/not-applicable"

    allowed = bench.trainee.act(path, {"field": "volume", "reason": "Rinçage à sec."})
    without_reason = bench.trainee.act(path, {"reason": ""})
    elsewhere = bench.trainee.act(path, {"field": "rinsed", "reason": "Sans objet."})

    assert (allowed.status_code, without_reason.status_code, elsewhere.status_code) == (303, 422, 422)
    assert said("Reason: %(reason)s", reason="Rinçage à sec.") in bench.step("rinsing")


@pytest.mark.requirement("ER-20")
def test_a_step_set_aside_by_mistake_is_taken_up_again(bench):
    bench.prepare()
    bench.weigh()
    bench.trainee.act(f"{bench.path}/steps/rinsing/not-applicable", {"reason": "Sans objet."})

    answer = bench.trainee.act(f"{bench.path}/steps/rinsing/resume", {"reason": "Il fallait rincer."})
    bench.enter("rinsing", "rinsed", "true")

    assert answer.status_code == 303
    assert bench.latest("rinsed").value == "true"


@pytest.mark.requirement("ER-20", "P11.10(f)")
def test_a_record_with_a_step_undone_is_not_signed(bench):
    bench.prepare()
    bench.weigh()
    page = bench.trainee.get(f"{bench.path}/sign")

    answer = bench.sign(shown="0" * 64)

    assert said("Not complete yet") in text_of(page)
    assert answer.status_code == 403
    assert bench.record().state is RecordState.IN_PROGRESS


@pytest.mark.requirement("ER-26")
def test_a_trainee_begins_practice_but_no_assessment(bench, house):
    practice = bench.trainee.act("/records/new", {"exercise": "TST-001", "purpose": "practice"})
    assessment = bench.trainee.act("/records/new", {"exercise": "TST-001", "purpose": "assessment"})

    page = text_of(bench.trainee.get(practice.location))

    assert said("Practice: nothing of it counts towards a competency.") in page
    assert assessment.status_code == 403


def test_nobody_gets_a_record_who_cannot_execute_it(bench, house):
    form = {"exercise": "TST-001", "performer": house.person("auditor").id, "purpose": "training"}

    answer = bench.assessor.act("/records/new", form)

    assert answer.status_code == 422
    assert said("This person holds no role that executes exercises.") in text_of(answer)
