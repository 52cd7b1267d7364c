"""A second person checks a step at the performer's tablet: somebody else, with their own password, for this once."""

import pytest
from sqlalchemy import select

from app.identity.errors import WrongPassword
from app.identity.models import WebSession
from app.notebook.errors import NothingMissingFirst, SamePerson
from app.notebook.rules.sheet import StepState
from app.notebook.rules.words import ExceptionKind
from app.signatures.errors import ContentChanged
from tests.benches import said, text_of
from tests.benches.pages import BALANCE, MASSES
from tests.benches.reading import key, shown_by
from tests.flows.test_sites import add_place
from tests.installation import password_of
from tests.signers import give_key


@pytest.fixture
def to_check(bench):
    """A record whose weighing waits for its check."""
    bench.prepare()
    for number, mass in MASSES.items():
        bench.enter("weighing", f"masses-{number}", mass)
    bench.complete("weighing")
    return bench


def sessions_of(bench, login):
    """Count the sessions that a person ever began."""
    with bench.house.storage.reading() as session:
        person_id = bench.house.person(login).id
        return len(session.scalars(select(WebSession).where(WebSession.person_id == person_id)).all())


@pytest.mark.requirement("A11-6", "ER-13", "P11.200(a)(2)")
def test_the_check_is_signed_by_its_person_and_the_performers_session_goes_on(to_check):
    answer = to_check.check("weighing")

    page = text_of(to_check.trainee.get(to_check.path))
    line = to_check.lines()[-1]

    assert answer.status_code == 303
    assert f"{said('Verified')} (VERIFIED) · Trois pesées Tom Peeters trainee2 · {said('Trainee')}" in page
    assert line["actor"] == f"person:{to_check.house.person('trainee2').id}"
    assert line["after"]["host"] == f"person:{to_check.house.person('trainee').id}"
    assert sessions_of(to_check, "trainee2") == 0
    assert "Léa Martin" in text_of(to_check.trainee.get("/account"))


@pytest.mark.requirement("P11.10(g)", "ER-13")
def test_the_performer_is_never_the_checker(to_check):
    give_key(to_check.house, "trainee")
    answer = to_check.check("weighing", "trainee")

    assert answer.status_code == 403
    assert said(SamePerson.message) in text_of(answer)
    assert to_check.sheet().step("weighing").state is StepState.CHECK_NEEDED
    assert to_check.lines()[-1]["after"]["code"] == "same-person"


@pytest.mark.requirement("ES-5", "P11.300(d)")
@pytest.mark.parametrize(
    "wrong", [{"password": "pas le bon mot de passe"}, {"login": "nobody"}, {"login": "beta_trainee"}]
)
def test_whatever_is_wrong_the_same_words_answer_and_nothing_is_recorded(to_check, wrong):
    login = wrong.get("login", "trainee2")
    password = wrong.get("password", password_of("beta_trainee"))
    answer = to_check.check("weighing", login, password=password)

    assert answer.status_code == 403
    assert said(WrongPassword.message) in text_of(answer)
    assert f'value="{login}"' in answer.text
    assert password not in answer.text
    assert to_check.sheet().step("weighing").state is StepState.CHECK_NEEDED


def test_who_checks_nothing_by_their_role_checks_nothing_here(to_check):
    answer = to_check.check("weighing", "auditor")

    assert answer.status_code == 403
    assert to_check.sheet().step("weighing").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("ER-13")
def test_a_blind_reading_is_made_without_seeing_the_first(to_check):
    before = to_check.page("/steps/weighing/check")
    to_check.check("weighing")
    after = to_check.step("weighing")

    assert said("Hidden until your own reading is recorded") in before
    assert not [mass for mass in MASSES.values() if mass in before]
    assert all(mass in after for mass in MASSES.values())


@pytest.mark.requirement("ER-13")
@pytest.mark.parametrize(("second", "opened"), [("99,9", 0), ("99,7", 0), ("99,91", 1), ("199,8", 1)])
def test_a_second_reading_that_disagrees_opens_an_exception(to_check, second, opened):
    to_check.check("weighing", second__masses__1=second)

    kinds = [found.kind for found in to_check.sheet().exceptions]

    assert kinds == [ExceptionKind.SECOND_READING] * opened


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"second__masses__1": ""}, "Enter what you read yourself."),
        ({"at__masses__1": ""}, "Say which of the readings you read yourself."),
        ({"at__masses__1": "9"}, "Say which of the readings you read yourself."),
    ],
)
def test_a_second_reading_that_is_not_whole_records_nothing(to_check, typed, message):
    answer = to_check.check("weighing", **typed)

    assert answer.status_code == 422
    assert said(message) in text_of(answer)
    assert to_check.sheet().step("weighing").second_readings == ()


@pytest.mark.requirement("ES-3", "ER-27")
def test_what_changed_while_it_was_looked_at_is_not_signed(to_check):
    page = to_check.trainee.get(f"{to_check.path}/steps/weighing/check")
    to_check.change("correct", "masses-2", "100,4")
    shown = page.text.partition('name="shown" value="')[2][:64]

    answer = to_check.check("weighing", shown=shown)

    assert answer.status_code == 403
    assert said(ContentChanged.message) in text_of(answer)
    assert to_check.sheet().step("weighing").state is StepState.CHECK_NEEDED


@pytest.mark.requirement("ES-3", "ER-H4")
def test_a_room_that_the_second_person_was_not_shown_is_not_signed(to_check):
    site = add_place(to_check.house, "CHR", "Charleroi")
    clean, other = (add_place(to_check.house, code, f"Salle {code}", site=site) for code in ("SB1", "SB2"))
    to_check.trainee.act(f"{to_check.path}/room", {"room": clean})
    page = to_check.trainee.get(f"{to_check.path}/steps/weighing/check")
    to_check.trainee.act(f"{to_check.path}/room", {"room": other, "reason": "Salle occupée."})

    answer = to_check.check("weighing", **shown_by(page))
    unstated = to_check.check("weighing", shown_room="")
    again = to_check.check("weighing")

    assert "Charleroi · Salle SB1" in text_of(page)
    assert (answer.status_code, unstated.status_code, again.status_code) == (403, 403, 303)
    assert said(ContentChanged.message) in text_of(answer)
    assert "Charleroi · Salle SB2" in text_of(answer)
    assert [line["action"] for line in to_check.lines()][-3:] == [*["web:request:refuse"] * 2, "notebook:step:verify"]


def test_the_same_check_sent_twice_signs_once(to_check):
    once = key()

    answers = [to_check.check("weighing", idempotency_key=once) for _ in range(2)]
    verified = [line for line in to_check.lines() if line["action"] == "notebook:step:verify"]

    assert answers[0].status_code == 303
    assert len(verified) == 2  # the preparation's, and this one


@pytest.mark.requirement("ER-13", "P11.10(f)")
def test_what_a_check_covers_is_done_before_it_is_checked(bench):
    bench.enter("instrument_check", "label_shown", "true")
    bench.complete("instrument_check")

    early = bench.check("instrument_check")
    page = bench.step("instrument_check")
    bench.enter("instrument", "balance", BALANCE)
    bench.complete("instrument")
    then = bench.check("instrument_check")

    assert said(NothingMissingFirst.message, missing="Instrument") in text_of(early)
    assert f"{said('Complete first what is checked here')} Instrument" in page
    assert then.status_code == 303


def test_there_is_nothing_to_check_in_a_step_that_is_not_done(bench):
    page = bench.trainee.get(f"{bench.path}/steps/weighing/check")
    answer = bench.check("weighing", shown="0" * 64)

    assert page.location.endswith("/steps/weighing")
    assert answer.status_code == 403


@pytest.mark.requirement("CO-2", "A11-6")
def test_an_assessor_who_checked_does_not_review(to_check):
    give_key(to_check.house, "trainee", "assessor")
    to_check.check("weighing", "assessor")
    to_check.finish()
    to_check.sign()

    refused = to_check.take()

    assert refused.status_code == 403
    assert said("Somebody else must review this record") in to_check.page("/review", client=to_check.assessor)
