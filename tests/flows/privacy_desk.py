"""What the stories of the privacy desk share: asking, restricting, opening a breach."""

from datetime import timedelta

from app.kernel import clock
from app.privacy.models import Breach, DataRequest
from app.privacy.rules.breaching import BreachDecision, BreachKind
from app.privacy.rules.requests import Asked, Way
from app.privacy.rules.restricting import TOLD_BEFORE, RestrictionGround
from app.privacy.services.breaching import BreachFacts, decide_breach, open_breach
from app.privacy.services.requesting import NewRequest, make_request, record_request
from app.privacy.services.restricting import announce_end, lift_restriction, set_restriction
from tests.installation import ZONE, Installation

WORDS = "Mon adresse est fausse."
FACTS = BreachFacts((BreachKind.CONFIDENTIALITY,), "Un courriel est parti au mauvais groupe.", people=12)
SILENT = BreachDecision(authority=False, people=False)


def ask(house: Installation, login: str = "trainee", asked: Asked = Asked.RECTIFICATION) -> str:
    """Let a person ask something on their own page, and return the request's id."""
    with house.acting() as session:
        return make_request(session, NewRequest(asked, WORDS, ZONE), actor=house.actor(login)).id


def ask_by_letter(house: Installation, days_ago: int = 0, login: str = "trainee", by: str = "quality") -> str:
    """Record a letter of a person that came some days ago, and return the request's id."""
    received = clock.now().date() - timedelta(days=days_ago)
    new = NewRequest(Asked.ERASURE, "Effacez mes données.", ZONE, Way.LETTER, received)
    with house.acting() as session:
        return record_request(session, house.person(login).id, new, actor=house.actor(by)).id


def request_of(house: Installation, identifier: str) -> DataRequest:
    """Return a request as it stands."""
    with house.storage.reading() as session:
        return session.get_one(DataRequest, identifier)


def breach_of(house: Installation, identifier: str) -> Breach:
    """Return a breach as it stands."""
    with house.storage.reading() as session:
        return session.get_one(Breach, identifier)


def restrict(house: Installation, login: str = "trainee", by: str = "quality") -> str:
    """Restrict the use of a person's data, and return their id."""
    person = house.person(login).id
    with house.acting() as session:
        ground = RestrictionGround.ACCURACY
        set_restriction(session, person, ground, actor=house.actor(by), reason="Exactitude contestée.")
    return person


def lift(house: Installation, person: str, by: str = "quality") -> None:
    """Tell the person, wait, and end the restriction; leaves the time where it was."""
    with house.acting() as session:
        announce_end(session, person, actor=house.actor(by), reason="Les données sont exactes.")
    with clock.simulated(clock.now() + TOLD_BEFORE), house.acting() as session:
        lift_restriction(session, person, actor=house.actor(by))


def breach(house: Installation, by: str = "quality") -> str:
    """Open a breach that somebody found, and return its id."""
    with house.acting() as session:
        return open_breach(session, clock.now(), FACTS, actor=house.actor(by)).id


def decide(house: Installation, identifier: str, decision: BreachDecision = SILENT, by: str = "quality") -> None:
    """Decide over a breach."""
    with house.acting() as session:
        decide_breach(session, identifier, decision, actor=house.actor(by), reason="Aucun risque : effacé aussitôt.")
