"""An incident ends by two people, neither of them the one it is about (KM-9)."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.audit.actions import Action
from app.identity.errors import NotOnesOwn
from app.kernel import clock
from app.kernel.actors import NotPermitted
from app.kernel.errors import Conflict, Invalid, NotFound
from app.signatures.cli import incident_group
from app.signatures.errors import IncidentOnePersonOnly
from app.signatures.models import Incident
from app.signatures.rules import Standing
from app.signatures.services.ca import open_authority
from app.signatures.services.incidents import close_incident, report_compromise, review_incident
from app.web.console import House
from tests.flows.signing import give_key, sign_something, standing_now

pytestmark = pytest.mark.requirement("KM-9")
FOUND = "La signataire reconnaît cette signature."


@pytest.fixture
def incident(house):
    """An incident about a trainee who signed once since."""
    return opened(house, "trainee")


def opened(house, login):
    """Open an incident about somebody, and return its id and what was signed since."""
    give_key(house, login)
    since = clock.now()
    signature = sign_something(house, login)
    authority = open_authority(house.settings.keys)
    with house.acting() as session:
        who = "hub_administrator" if login != "trainee" else "administrator"
        made = report_compromise(
            session, house.person(login).id, since, actor=house.actor(who), reason="Vu.", authority=authority
        )
        return made.id, signature


def row(house):
    """Return the incident as it is."""
    with house.storage.reading() as session:
        return session.scalars(select(Incident)).one()


def run(house, *words):
    """Type `cahier incident …`."""
    opened_house = House(house.settings)
    done = CliRunner().invoke(incident_group, words, obj=opened_house)
    opened_house.close()
    return done


def test_one_reviews_every_signature_and_another_closes(house, incident):
    identity, signature = incident
    with house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("quality"), reason=FOUND)
    with house.acting() as session:
        close_incident(session, identity, actor=house.actor("administrator"), reason="Nouvelle clé en place.")

    reviewed, closed = house.lines()[-2:]
    assert (reviewed["action"], closed["action"]) == (Action.INCIDENT_REVIEWED, Action.INCIDENT_CLOSED)
    assert reviewed["after"] == {"incident": identity, "signatures": [signature.id]}
    assert closed["after"]["reviewed_by"] == house.actor("quality").pseudonym
    assert (bool(reviewed["reason"]), bool(closed["reason"]), bool(row(house).closed_at)) == (True, True, True)
    assert standing_now(house, signature) is Standing.CONTESTED


def test_whoever_reviewed_does_not_close(house, incident):
    identity, signature = incident
    with house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("quality"), reason=FOUND)

    with pytest.raises(IncidentOnePersonOnly), house.acting() as session:
        close_incident(session, identity, actor=house.actor("quality"), reason="Fini.")
    assert row(house).closed_at is None


def test_nobody_reviews_or_closes_an_incident_about_themselves(house):
    affected = house.actor("quality")
    identity, signature = opened(house, "quality")

    with pytest.raises(NotOnesOwn), house.acting() as session:
        review_incident(session, identity, [signature.id], actor=affected, reason=FOUND)
    with house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("administrator"), reason=FOUND)
    with pytest.raises(NotOnesOwn), house.acting() as session:
        close_incident(session, identity, actor=affected, reason="Fini.")


def test_a_signature_that_nobody_looked_at_keeps_the_incident_open(house, incident):
    with pytest.raises(Invalid), house.acting() as session:
        review_incident(session, incident[0], [], actor=house.actor("quality"), reason=FOUND)
    assert row(house).reviewed_at is None


def test_an_incident_is_reviewed_before_it_is_closed_and_each_once(house, incident):
    identity, signature = incident
    with pytest.raises(Conflict), house.acting() as session:
        close_incident(session, identity, actor=house.actor("administrator"), reason="Fini.")
    with house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("quality"), reason=FOUND)

    with pytest.raises(Conflict), house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("administrator"), reason=FOUND)


def test_another_operators_people_and_those_without_the_right_cannot_touch_it(house, incident):
    identity, signature = incident

    with pytest.raises(NotFound), house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("beta_administrator"), reason=FOUND)
    with pytest.raises(NotPermitted), house.acting() as session:
        review_incident(session, identity, [signature.id], actor=house.actor("assessor"), reason=FOUND)


def test_the_page_takes_both_steps_from_two_people(house, incident):
    identity, signature = incident
    path = f"/incidents/{identity}"
    quality, administrator = house.signed_in("quality"), house.signed_in("administrator")
    page = quality.get(path).text
    empty = quality.act(path, {"reason": FOUND})
    reviewed = quality.act(path, {"reason": FOUND, "looked_at": signature.id})
    same = quality.act(path, {"reason": "Fini."})
    closed = administrator.act(path, {"reason": "Nouvelle clé en place."})

    assert signature.id in page
    assert [answer.status_code for answer in (empty, reviewed, same, closed)] == [422, 303, 403, 303]
    assert "Cet incident est clos" in administrator.get(path).text
    assert identity not in administrator.get(f"/people/{row(house).person_id}").text


def test_the_commands_count_as_one_person(house, incident):
    identity, signature = incident
    reviewed = run(house, "review", identity, "--looked-at", signature.id, "--reason", FOUND)
    refused = run(house, "close", identity, "--reason", "Fini.")
    with house.acting() as session:
        close_incident(session, identity, actor=house.actor("quality"), reason="Fini.")
    listed = json.loads(run(house, "list", "--json").output)["incidents"]

    assert (reviewed.exit_code, refused.exit_code) == (0, 1)
    assert isinstance(refused.exception, IncidentOnePersonOnly)
    assert [(one["id"], one["state"]) for one in listed] == [(identity, "closed")]
