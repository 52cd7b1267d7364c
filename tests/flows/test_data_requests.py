"""What people ask about their data has a term, reminders, one prolongation with reasons, and an answer (GD-12(3))."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.identity.errors import HubOnly
from app.identity.services.people import grant_role
from app.installation.duties import open_duties
from app.installation.stopping import StopBell
from app.installation.working import work_once
from app.kernel import clock
from app.kernel.actors import NotPermitted, Role
from app.kernel.errors import Conflict, Invalid, NotFound
from app.privacy.errors import NotOneselfErased, TermRunsOut
from app.privacy.models import DataRequest
from app.privacy.queries.desk import Waiting, count_waiting, requests_shown
from app.privacy.rules.requests import Asked, Outcome, Way
from app.privacy.rules.terms import add_months, answer_due
from app.privacy.services.reminding import remind_due, remind_once
from app.privacy.services.requesting import NewRequest, answer_request, extend_request, record_request
from tests.flows.erasing import disable, propose
from tests.flows.privacy_desk import WORDS, ask, ask_by_letter, request_of
from tests.installation import FOUNDER, ZONE

pytestmark = pytest.mark.requirement("GD-12(3)")


def reminders(house):
    """Return the reminders that stand in the trail, in order."""
    return [line["after"]["reminder"] for line in house.lines() if line["action"] == "privacy:term:remind"]


def test_a_person_asks_and_the_request_is_due_in_a_month(house):
    before = house.all_lines()
    request = request_of(house, ask(house))
    today = clock.now().astimezone(ZoneInfo(ZONE)).date()
    line = house.lines()[-1]

    assert house.all_lines() == before + 1
    assert request.due_at == answer_due(today, ZONE).astimezone(request.due_at.tzinfo)
    assert (line["action"], line["subject"]) == ("privacy:request:record", f"person:{house.person('trainee').id}")
    assert (line["after"]["request"], line["after"]["asked"]) == (request.id, "rectification")
    assert WORDS not in json.dumps(line)


def test_the_term_of_a_letter_runs_from_the_day_on_which_it_came(house):
    request = request_of(house, ask_by_letter(house, days_ago=10))

    assert request.received_on == (clock.now().date() - timedelta(days=10)).isoformat()
    assert request.due_at.astimezone(ZoneInfo(ZONE)).date() == add_months(date.fromisoformat(request.received_on), 1)
    assert (request.way, request.recorded_by) == (Way.LETTER, house.actor("quality").pseudonym)


def test_a_letter_does_not_come_tomorrow_nor_on_the_persons_page(house):
    person, quality = house.person("trainee").id, house.actor("quality")
    tomorrow = clock.now().date() + timedelta(days=2)
    for way, received in ((Way.LETTER, tomorrow), (Way.PAGE, clock.now().date())):
        new = NewRequest(Asked.OTHER, WORDS, ZONE, way, received)
        with pytest.raises(Invalid), house.acting() as session:
            record_request(session, person, new, actor=quality)

    assert house.lines()[-1]["action"] != "privacy:request:record"


def test_more_time_is_taken_once_within_the_month_with_reasons_that_the_person_reads(house):
    identifier, quality = ask(house), house.actor("quality")
    before = request_of(house, identifier).due_at
    with house.acting() as session:
        extend_request(session, identifier, 2, zone=ZONE, actor=quality, reason="Trois opérateurs à interroger.")
    request, line = request_of(house, identifier), house.lines()[-1]

    assert request.due_at == answer_due(date.fromisoformat(request.received_on), ZONE, more=2)
    assert (line["before"]["due"], line["after"]["due"]) == (clock.to_text(before), clock.to_text(request.due_at))
    assert "Trois opérateurs à interroger." in house.signed_in("trainee").get("/account/privacy").text
    with pytest.raises(TermRunsOut), house.acting() as session:
        extend_request(session, identifier, 1, zone=ZONE, actor=quality, reason="Encore.")


def test_more_time_cannot_be_taken_when_the_month_is_over_nor_more_than_two_months(house):
    identifier = ask(house)
    with pytest.raises(Invalid), house.acting() as session:
        extend_request(session, identifier, 3, zone=ZONE, actor=house.actor("quality"), reason="Vacances.")
    with (
        clock.simulated(clock.now() + timedelta(days=40)),
        pytest.raises(TermRunsOut),
        house.acting() as session,
    ):
        extend_request(session, identifier, 1, zone=ZONE, actor=house.actor("quality"), reason="Vacances.")

    assert request_of(house, identifier).more_months is None


def test_the_worker_reminds_a_week_before_and_raises_an_alert_when_overdue_each_once(house):
    identifier = ask(house)
    due = request_of(house, identifier).due_at
    told, failed, alert = [], [], ""
    with open_duties(house.settings, house.storage) as duties:
        reminding = [duty for duty in duties if duty.name == "terms"]
        for moment in (due - timedelta(days=8), due - timedelta(days=7), due - timedelta(days=1)):
            with clock.simulated(moment):
                failed += work_once(reminding, StopBell())
            told.append(reminders(house))
        for moment in (due + timedelta(hours=1), due + timedelta(days=9)):
            with clock.simulated(moment):
                failed += work_once(reminding, StopBell())
                alert = house.signed_in("quality").get("/privacy").text
            told.append(reminders(house))
    line = [line for line in house.lines() if line["action"] == "privacy:term:remind"][-1]

    assert failed == []
    assert told == [[], ["soon"], ["soon"], ["soon", "overdue"], ["soon", "overdue"]]
    assert (line["actor"], line["after"]["request"]) == ("system:worker", identifier)
    assert "En retard" in alert
    assert "rail__count" in alert


def test_two_workers_at_once_remind_once(house):
    identifier = ask(house)
    late = request_of(house, identifier).due_at + timedelta(seconds=1)

    def work(_):
        with clock.simulated(late):
            return remind_once(house.storage, DataRequest, identifier)

    with ThreadPoolExecutor(2) as threads:
        given = list(threads.map(work, range(2)))
    with clock.simulated(late):
        again = remind_due(house.storage)

    assert sorted(map(str, given)) == ["None", "overdue"]
    assert again == 0
    assert reminders(house) == ["overdue"]


def test_a_prolonged_request_is_reminded_of_anew(house):
    identifier = ask(house)
    due = request_of(house, identifier).due_at
    with clock.simulated(due - timedelta(days=2)):
        remind_due(house.storage)
        with house.acting() as session:
            extend_request(session, identifier, 1, zone=ZONE, actor=house.actor("quality"), reason="Complexe.")
        remind_due(house.storage)
    with clock.simulated(request_of(house, identifier).due_at - timedelta(days=2)):
        remind_due(house.storage)

    assert reminders(house) == ["soon", "soon"]


def test_an_answer_stops_the_clock_and_names_the_erasure_that_followed(house):
    identifier = ask_by_letter(house)
    person = disable(house)
    propose(house, person)
    with house.acting() as session:
        actor = house.actor("administrator")
        answer_request(session, identifier, Outcome.GRANTED, actor=actor, reason="Accordé, article 17(1)(a).")
    request, line = request_of(house, identifier), house.lines()[-1]
    with clock.simulated(request.due_at + timedelta(days=3)):
        given = remind_due(house.storage)

    assert (request.outcome, bool(request.erasure_id), given) == (Outcome.GRANTED, True, 0)
    assert line["after"]["erasure"] == request.erasure_id
    with pytest.raises(Conflict), house.acting() as session:
        answer_request(session, identifier, Outcome.REFUSED, actor=house.actor("quality"), reason="Non.")


def test_nobody_answers_their_own_and_strangers_see_none(house):
    own = ask(house, "quality")
    theirs = ask(house)
    with pytest.raises(NotOneselfErased), house.acting() as session:
        answer_request(session, own, Outcome.GRANTED, actor=house.actor("quality"), reason="Oui.")
    with pytest.raises(NotFound), house.acting() as session:
        answer_request(session, theirs, Outcome.GRANTED, actor=house.actor("beta_administrator"), reason="Oui.")
    with pytest.raises(NotPermitted), house.acting() as session:
        answer_request(session, theirs, Outcome.GRANTED, actor=house.actor("assessor"), reason="Oui.")

    with house.storage.reading() as session:
        assert [one.id for one in requests_shown(session, house.actor("beta_administrator"))] == []
        assert {one.id for one in requests_shown(session, house.actor("administrator"))} == {own, theirs}


def test_a_person_of_several_operators_is_answered_by_the_hub(house):
    with house.acting() as session:
        person = house.person("trainee").id
        grant_role(session, person, Role.TRAINEE, operator_id=house.operator_id("BETA"), actor=FOUNDER)
    identifier = ask(house)
    with pytest.raises(HubOnly), house.acting() as session:
        answer_request(session, identifier, Outcome.GRANTED, actor=house.actor("quality"), reason="Oui.")
    with house.acting() as session:
        actor = house.actor("hub_administrator")
        answer_request(session, identifier, Outcome.GRANTED, actor=actor, reason="Oui.")

    assert request_of(house, identifier).outcome is Outcome.GRANTED


def test_what_waits_is_counted_for_those_who_decide(house):
    ask(house)
    late = ask_by_letter(house, days_ago=60)
    with house.storage.reading() as session:
        counted = [count_waiting(session, house.actor(login)) for login in ("quality", "beta_administrator", "trainee")]
    with house.acting() as session:
        answer_request(session, late, Outcome.REFUSED, actor=house.actor("quality"), reason="Hors délai.")
    with house.storage.reading() as session:
        counted.append(count_waiting(session, house.actor("quality")))

    assert counted == [Waiting(2, 1), Waiting(0, 0), Waiting(0, 0), Waiting(1, 0)]


def test_the_pages_take_a_letter_from_its_day_to_its_answer_and_keep_what_was_typed(house):
    quality, person = house.signed_in("quality"), house.person("trainee").id
    typed = {"person": person, "asked": "erasure", "way": "letter", "words": "Lettre du 3, dossier 2026-9."}
    before = house.all_lines()
    wrong = quality.act("/privacy/requests/add", typed | {"received": "2099-01-01"})
    made = quality.act("/privacy/requests/add", typed | {"received": clock.now().date().isoformat()})
    path = made.headers["Location"]
    answers = [
        wrong,
        made,
        quality.act(f"{path}/extension", {"months": "2"}),
        quality.act(f"{path}/extension", {"months": "2", "reason": "Plusieurs opérateurs."}),
        quality.act(f"{path}/extension", {"months": "1", "reason": "Encore un mois."}),
        quality.act(f"{path}/answer", {"outcome": "refused", "reason": "Article 17(3)(e) : droits en justice."}),
    ]
    own = house.signed_in("trainee")
    asked = own.act("/account/privacy", {"asked": "other", "words": ""})

    assert [answer.status_code for answer in answers] == [422, 303, 422, 303, 409, 303]
    assert "Lettre du 3, dossier 2026-9." in wrong.text
    assert "Encore un mois." in answers[4].text
    assert "Article 17(3)(e) : droits en justice." in own.get("/account/privacy").text
    assert asked.status_code == 422
    # The three acts; signing in a second person is one more.
    assert house.all_lines() == before + 4
