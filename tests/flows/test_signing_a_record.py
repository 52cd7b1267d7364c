"""The performer signs the whole record, and what may come instead: aborting it, voiding one that was never begun."""

import pytest

from app.notebook.rules.words import RecordState
from app.signatures.errors import ContentChanged
from app.signatures.rules import LABELS, LEVELS, Level, Meaning
from tests.benches import said, shown_in, text_of
from tests.benches.pages import BALANCE, signature
from tests.benches.reading import key
from tests.flows.test_sites import add_place
from tests.installation import password_of
from tests.signers import give_key
from tests.tokens import bearer

ABOVE_THE_CONTENTS = "Recorded by %(name)s unless stated; times of %(zone)s"
COVERED = "Covers the record as it stands"
UNCOVERED = "No longer covered: what was signed has changed"


@pytest.fixture
def executed(bench, house):
    """A record that waits for nothing but its signature, and a trainee who may sign."""
    give_key(house, "trainee")
    bench.execute()
    return bench


def whole_signatures(page):
    """Return what a record's page says of the signatures over the whole of it, which stand above its contents."""
    return page.partition(said(ABOVE_THE_CONTENTS, name="Léa Martin", zone="Europe/Brussels"))[0]


@pytest.mark.requirement("ES-2", "P11.50(a)(3)")
def test_the_page_says_what_is_signed_what_it_means_and_that_it_locks(executed):
    page = executed.trainee.get(f"{executed.path}/sign")
    words = text_of(page)

    assert executed.record().number in words
    assert f"{said('Performed')} (PERFORMED) {said(LABELS[Meaning.PERFORMED])}" in words
    assert said("Signing locks the record") in words
    assert shown_in(page) in words


@pytest.mark.requirement("P11.50(a)(1)", "P11.50(a)(2)", "ES-8")
def test_the_signature_shows_name_login_role_meaning_and_time_with_zone(executed):
    answer = executed.sign()

    page = executed.page()

    assert answer.status_code == 303
    assert f"{said('Performed')} (PERFORMED) Léa Martin trainee · {said('Trainee')}" in page
    assert f"Europe/Brussels {said(LEVELS[Level.ADVANCED])} {said(COVERED)}" in page


@pytest.mark.requirement("ER-H1", "P11.10(f)")
@pytest.mark.usefixtures("usual_cost")
def test_signing_locks_the_record(executed):
    executed.sign()

    late = executed.change("correct", "masses-1", "100,5")
    raised = executed.trainee.act(f"{executed.path}/steps/result/exceptions", {"reason": "Trop tard."})
    again = executed.trainee.get(f"{executed.path}/sign")

    assert executed.record().state is RecordState.COMPLETED
    assert [late.status_code, raised.status_code, again.status_code] == [403, 403, 403]


@pytest.mark.requirement("ES-5", "P11.200(a)(1)")
@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"password": "pas le bon mot de passe"}, 403), ({"login": "trainee2"}, 403), ({"login": ""}, 422)],
)
def test_without_both_parts_right_nothing_is_signed(executed, wrong, status):
    lines = len(executed.lines())

    answer = executed.sign(**wrong)

    assert answer.status_code == status
    assert executed.record().state is RecordState.IN_PROGRESS
    assert len(executed.lines()) == lines
    assert password_of("trainee") not in answer.text


@pytest.mark.requirement("ES-3", "ER-27")
def test_a_record_that_changed_in_another_tab_is_read_again_before_it_is_signed(executed):
    page = executed.trainee.get(f"{executed.path}/sign")
    executed.enter("instrument", "remark", "Ajouté")
    executed.trainee.act(f"{executed.path}/steps/result/exceptions", {"reason": "Vu après coup."})

    answer = executed.trainee.act(f"{executed.path}/sign", signature(page, "trainee"))

    assert answer.status_code == 403
    assert said(ContentChanged.message) in text_of(answer)
    assert executed.record().state is RecordState.IN_PROGRESS


@pytest.mark.requirement("ES-3", "ER-H4")
def test_a_room_that_was_not_shown_is_not_signed(executed):
    site = add_place(executed.house, "CHR", "Charleroi")
    clean, other = (add_place(executed.house, code, f"Salle {code}", site=site) for code in ("SB1", "SB2"))
    nowhere = executed.trainee.get(f"{executed.path}/sign")
    executed.trainee.act(f"{executed.path}/room", {"room": clean})
    page = executed.trainee.get(f"{executed.path}/sign")
    executed.trainee.act(f"{executed.path}/room", {"room": other, "reason": "Salle occupée."})

    answers = [executed.trainee.act(f"{executed.path}/sign", signature(one, "trainee")) for one in (nowhere, page)]
    again = executed.sign()

    assert "Charleroi · Salle SB1" in text_of(page)
    assert [answer.status_code for answer in answers] == [403, 403]
    assert said(ContentChanged.message) in text_of(answers[1])
    assert "Charleroi · Salle SB2" in text_of(answers[1])
    assert (again.status_code, executed.record().state) == (303, RecordState.COMPLETED)


@pytest.mark.requirement("ES-3", "ER-H4")
def test_a_program_that_states_another_room_is_refused_and_one_that_states_none_is_not(executed):
    body = {"password": password_of("trainee"), "shown_digest": shown_in(executed.trainee.get(f"{executed.path}/sign"))}
    address, headers = f"/api/v1/records/{executed.record_id}/signature", bearer(executed.house, "trainee")

    answers = [
        executed.house.client().post(address, json=body | room, headers=headers | {"Idempotency-Key": key()})
        for room in ({"shown_room": "elsewhere"}, {})
    ]

    assert [answer.status_code for answer in answers] == [403, 200]
    assert answers[0].get_json()["code"] == ContentChanged.code


def test_a_double_click_signs_once(executed):
    page = executed.trainee.get(f"{executed.path}/sign")
    form = signature(page, "trainee") | {"idempotency_key": key()}

    answers = [executed.trainee.act(f"{executed.path}/sign", form) for _ in range(2)]
    signed = [line for line in executed.lines() if line["action"] == "notebook:record:complete"]

    assert [answer.location for answer in answers] == [executed.path, executed.path]
    assert len(signed) == 1


@pytest.mark.requirement("A11d-13.8", "P11.70")
def test_what_is_corrected_after_its_return_is_no_longer_covered_by_the_old_signature(executed):
    executed.sign()
    executed.take()
    executed.assessor.act(f"{executed.path}/return", {"reason": "Pesée 1 à vérifier."})
    executed.change("correct", "masses-1", "100,5")
    executed.check("weighing", second__masses__1="100,5")

    before = executed.page()
    executed.sign()
    after = executed.page()

    assert "Pesée 1 à vérifier." in before
    assert said(UNCOVERED) in whole_signatures(before)
    assert whole_signatures(after).count("(PERFORMED)") == 2
    assert whole_signatures(after).count(said(UNCOVERED)) == 1
    assert whole_signatures(after).count(said(COVERED)) == 1


@pytest.mark.requirement("P11.10(j)")
def test_whoever_accepted_no_statement_is_led_to_it(bench):
    bench.execute()

    answer = bench.sign()

    assert answer.status_code == 403
    assert f'href="/account/statement?next={bench.path}/sign"' in answer.text


@pytest.mark.requirement("ER-25")
def test_an_aborted_record_keeps_everything_and_takes_nothing_more(bench):
    bench.enter("instrument", "balance", BALANCE)
    empty = bench.trainee.act(f"{bench.path}/abort", {"reason": " "})
    done = bench.trainee.act(f"{bench.path}/abort", {"reason": "Balance en panne."})

    page = bench.page()
    late = bench.enter("instrument", "remark", "Trop tard")

    assert (empty.status_code, done.status_code, late.status_code) == (422, 303, 403)
    assert said("Aborted") in page
    assert "Balance en panne." in page
    assert "BAL-07" in page


@pytest.mark.requirement("AS-2.3.5", "ER-H1")
def test_a_record_never_begun_is_voided_by_two_people(bench, house):
    form = {"reason": "Émis par erreur.", "login": "assessor", "password": password_of("assessor")}
    alone = bench.assessor.act(f"{bench.path}/void", form)
    unfit = bench.assessor.act(f"{bench.path}/void", form | {"login": "trainee2", "password": password_of("trainee2")})

    assert (alone.status_code, unfit.status_code) == (403, 403)
    assert bench.record().state is RecordState.ISSUED


@pytest.mark.requirement("AS-8.4.1")
def test_another_operators_people_get_the_answer_for_a_record_that_is_not(executed, house):
    nothing = "/records/00000000-0000-4000-8000-000000000000"
    entry = executed.latest("masses-1").sequence
    pages = (
        *("", "/next", "/sign", "/abort", "/steps/weighing", "/steps/weighing/check", "/steps/weighing/exceptions"),
        *("/steps/rinsing/not-applicable", "/steps/rinsing/resume", f"/entries/{entry}/correct", "/review"),
        *("/review/sign", "/return", "/decision"),
    )
    forms = (
        *("/sign", "/abort", "/steps/weighing/entries", "/steps/weighing/complete", "/steps/weighing/exceptions"),
        *("/steps/rinsing/not-applicable", "/steps/rinsing/resume", f"/entries/{entry}/repeat"),
        *("/exceptions/1/comment", "/review", "/exceptions/1/judgement", "/return", "/decision"),
    )
    form = {"reason": "Un motif.", "field": "masses", "position": "1", "value": "99", "judgement": "accepted"}
    different = []
    for login in ("beta_trainee", "beta_assessor"):
        stranger = house.signed_in(login)
        for page in pages:
            got = [stranger.get(base + page).status_code for base in (executed.path, nothing)]
            different += [(login, page, got)] if got[0] != got[1] else []
        for page in forms:
            got = [stranger.act(base + page, form).status_code for base in (executed.path, nothing)]
            different += [(login, page, got)] if got[0] != got[1] else []

    assert different == []
    assert house.signed_in("beta_assessor").get(executed.path).status_code == 404


@pytest.mark.requirement("AS-8.4.1")
def test_a_trainee_sees_no_record_of_another_trainee(executed, house):
    other = house.signed_in("trainee2")

    assert other.get(executed.path).status_code == 404
    assert executed.record().number not in other.get("/records").text
