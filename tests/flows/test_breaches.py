"""A breach has a clock of 72 hours, a decision with its texts, two people, and a place in the register (GD-33/34)."""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from app.installation.duties import open_duties
from app.installation.stopping import StopBell
from app.installation.working import work_once
from app.kernel import clock
from app.kernel.actors import NotPermitted
from app.kernel.errors import Conflict, Invalid, NotFound
from app.privacy.cli import privacy
from app.privacy.errors import BreachOnePersonOnly, BreachUnsettled
from app.privacy.models import Breach
from app.privacy.queries.desk import breaches_shown
from app.privacy.rules.breaching import BreachDecision, BreachKind, BreachSource
from app.privacy.services.breaching import BreachFacts, close_breach, describe_breach, note_notified, open_breach
from app.privacy.services.reminding import remind_due
from app.web.console import House
from tests.attacks import behind, url_of
from tests.flows.privacy_desk import FACTS, breach, breach_of, decide, restrict

pytestmark = pytest.mark.requirement("GD-33/34")
TOLD = BreachDecision(authority=True, people=True, authority_text="Nous notifions…", people_text="Nous vous informons…")


def breaches(house):
    """Return all breaches, in the order in which they were opened."""
    with house.storage.reading() as session:
        return session.scalars(select(Breach).order_by(Breach.opened_at)).all()


def sweep(house):
    """Let the worker verify everything, and return what failed."""
    with open_duties(house.settings, house.storage) as duties:
        return work_once([duty for duty in duties if duty.name == "integrity"], StopBell())


def test_the_clock_starts_when_it_was_found(house):
    found = clock.now() - timedelta(hours=5)
    with house.acting() as session:
        identifier = open_breach(session, found, FACTS, actor=house.actor("quality")).id
    opened, line = breach_of(house, identifier), house.lines("ALPHA")[-1]

    assert opened.due_at == found + timedelta(hours=72)
    assert (line["action"], line["subject"]) == ("privacy:breach:open", f"breach:{identifier}")
    assert line["after"]["due"] == clock.to_text(opened.due_at)
    assert FACTS.nature not in json.dumps(line, ensure_ascii=False)


def test_one_that_is_still_to_come_is_not_opened(house):
    with pytest.raises(Invalid), house.acting() as session:
        open_breach(session, clock.now() + timedelta(hours=1), FACTS, actor=house.actor("quality"))

    assert breaches(house) == []


def test_the_decision_and_what_is_told_are_kept_and_another_closes(house):
    identifier, quality = breach(house), house.actor("quality")
    decide(house, identifier, TOLD)
    unsettled = breach_of(house, identifier).stopped_at
    for people in (False, True):
        with house.acting() as session:
            note_notified(session, identifier, clock.now(), people=people, actor=quality)
    with pytest.raises(BreachOnePersonOnly), house.acting() as session:
        close_breach(session, identifier, actor=quality, reason="Fini.")
    with house.acting() as session:
        close_breach(session, identifier, actor=house.actor("administrator"), reason="Liste corrigée.")
    closed, page = breach_of(house, identifier), house.signed_in("quality").get(f"/privacy/breaches/{identifier}").text
    done = [line["action"].rsplit(":", 1)[1] for line in house.lines("ALPHA") if ":breach:" in line["action"]]

    assert unsettled is None
    assert closed.stopped_at == closed.authority_notified_at
    assert closed.closed_by == house.actor("administrator").pseudonym
    assert "Nous notifions…" in page
    assert "Nous vous informons…" in page
    assert done == ["open", "decide", "notify", "notify", "close"]
    with pytest.raises(Conflict), house.acting() as session:
        describe_breach(session, identifier, FACTS, actor=quality)


def test_a_decision_to_notify_nobody_stops_the_clock_and_stands_in_the_register(house):
    identifier = breach(house)
    decide(house, identifier)
    answer = house.signed_in("quality").get("/privacy/breaches.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))

    assert breach_of(house, identifier).stopped_at
    assert (row["id"], row["notify_authority"], row["people"]) == (identifier, "False", "12")
    assert row["nature"] == FACTS.nature
    assert row["grounds"].startswith("Aucun risque")


def test_it_is_not_closed_before_all_is_done_that_was_decided(house):
    identifier, other = breach(house), house.actor("administrator")
    with pytest.raises(BreachUnsettled), house.acting() as session:
        close_breach(session, identifier, actor=other, reason="Rien à faire.")
    decide(house, identifier, TOLD)
    with house.acting() as session:
        note_notified(session, identifier, clock.now(), people=False, actor=other)
    with pytest.raises(BreachUnsettled), house.acting() as session:
        close_breach(session, identifier, actor=other, reason="Les personnes attendent.")

    assert breach_of(house, identifier).closed_at is None


def test_a_late_notification_says_why(house):
    identifier = breach(house)
    decide(house, identifier, TOLD)
    with clock.simulated(clock.now() + timedelta(hours=80)):
        with pytest.raises(Invalid), house.acting() as session:
            note_notified(session, identifier, clock.now(), people=False, actor=house.actor("quality"))
        with house.acting() as session:
            late = "L'étendue n'était pas connue."
            note_notified(session, identifier, clock.now(), people=False, actor=house.actor("quality"), late=late)

    assert breach_of(house, identifier).late
    assert (
        "L&#39;étendue n&#39;était pas connue."
        in house.signed_in("quality").get(f"/privacy/breaches/{identifier}").text
    )


def test_to_decide_anew_starts_the_clock_again_and_cannot_undo_a_notification(house):
    identifier = breach(house)
    decide(house, identifier)
    decide(house, identifier, TOLD)
    running = breach_of(house, identifier).stopped_at
    with house.acting() as session:
        note_notified(session, identifier, clock.now(), people=False, actor=house.actor("quality"))

    assert running is None
    with pytest.raises(Conflict):
        decide(house, identifier)
    with pytest.raises(Conflict), house.acting() as session:
        note_notified(session, identifier, clock.now(), people=False, actor=house.actor("quality"))


def test_a_day_before_and_when_it_is_late_somebody_is_reminded_once(house):
    identifier = breach(house)
    due, told = breach_of(house, identifier).due_at, []
    for moment in (timedelta(hours=-25), timedelta(hours=-24), timedelta(hours=-1), timedelta(hours=1), timedelta(9)):
        with clock.simulated(due + moment):
            told.append(remind_due(house.storage))
    reminders = [one["after"]["reminder"] for one in house.lines("ALPHA") if one["action"] == "privacy:term:remind"]

    assert told == [0, 1, 0, 1, 0]
    assert reminders == ["soon", "overdue"]


def _alter(house, login):
    """Change a row of somebody behind every fence."""
    victim = house.person(login).id
    with behind(url_of(house)) as connection:
        connection.execute(text("UPDATE person SET language = 'nl' WHERE id = :id"), {"id": victim})


def test_a_failed_sweep_opens_a_breach_once(house):
    restrict(house)
    clean = sweep(house), breaches(house)
    with behind(url_of(house)) as connection:
        connection.execute(text("UPDATE person SET language = 'nl' WHERE restricted_at IS NOT NULL"))
    failed = sweep(house)
    (opened,) = breaches(house)
    again, restarted = sweep(house), breaches(house)

    assert clean == ([], [])
    assert (failed, again) == ([], [])
    assert (opened.source, opened.kinds, opened.opened_by) == (BreachSource.SWEEP, ["integrity"], "system:worker")
    assert opened.due_at == opened.detected_at + timedelta(hours=72)
    assert [one.split(":")[0] for one in opened.findings] == ["row-altered"]
    assert len(restarted) == 1
    assert house.lines()[-1]["action"] == "privacy:breach:open"


def test_a_loss_that_was_closed_opens_no_other_and_a_new_one_does(house):
    _alter(house, "trainee")
    sweep(house)
    (first,) = breaches(house)
    decide(house, first.id, by="hub_administrator")
    with house.acting() as session:
        describe_breach(
            session,
            first.id,
            BreachFacts((BreachKind.INTEGRITY,), "Une ligne modifiée à la main."),
            actor=house.actor("hub_administrator"),
        )
    sweep(house)
    known = len(breaches(house))
    _alter(house, "trainee2")
    sweep(house)
    first, second = breaches(house)

    assert known == 1
    assert set(first.findings).isdisjoint(second.findings)


def test_another_operator_and_those_without_the_right_see_none(house):
    identifier = breach(house)
    with house.storage.reading() as session:
        shown = {
            login: len(breaches_shown(session, house.actor(login)))
            for login in ("quality", "beta_administrator", "hub_administrator")
        }
    with pytest.raises(NotFound), house.acting() as session:
        close_breach(session, identifier, actor=house.actor("beta_administrator"), reason="Vu.")
    with pytest.raises(NotPermitted), house.acting() as session:
        open_breach(session, clock.now(), FACTS, actor=house.actor("assessor"))

    assert shown == {"quality": 1, "beta_administrator": 0, "hub_administrator": 1}


def test_the_pages_take_a_breach_from_end_to_end(house):
    quality, administrator = house.signed_in("quality"), house.signed_in("administrator")
    typed = {"detected": "hier", "kinds": ["integrity"], "nature": "Une table modifiée."}
    wrong = quality.act("/privacy/breaches/add", typed)
    opened = quality.act("/privacy/breaches/add", typed | {"detected": "2026-01-05T10:00"})
    path = opened.headers["Location"]
    decision = {"authority": "yes", "tell": "no", "reason": "Risque limité."}
    answers = [
        wrong,
        opened,
        quality.act(f"{path}/facts", typed | {"people": "3", "measures": "Restauré."}),
        quality.act(f"{path}/decision", decision),
        quality.act(f"{path}/decision", decision | {"authority_text": "Notification 2026-4."}),
        quality.act(f"{path}/notified/authority", {"notified": "2026-01-20T10:00"}),
        quality.act(f"{path}/notified/authority", {"notified": "2026-01-20T10:00", "late": "Découverte tardive."}),
        quality.act(f"{path}/closing", {"reason": "Fini."}),
        administrator.act(f"{path}/closing", {"reason": "Vu et clos."}),
    ]

    assert [answer.status_code for answer in answers] == [422, 303, 303, 422, 303, 422, 303, 403, 303]
    assert "Une table modifiée." in wrong.text
    assert "Cette violation est close" in quality.get(path).text


def test_the_commands_list_requests_and_breaches_and_sweep(house):
    identifier = breach(house)
    _alter(house, "trainee")

    def run(*words):
        opened = House(house.settings)
        done = CliRunner().invoke(privacy, [*words, "--json"], obj=opened)
        opened.close()
        return done.exit_code, json.loads(done.output)

    assert run("breaches")[1]["breaches"][0]["id"] == identifier
    assert run("requests") == (0, {"requests": []})
    code, swept = run("sweep")
    assert (code, len(swept["opened"])) == (1, 1)
    assert run("sweep") == (0, {"opened": []})
