"""Erasing somebody, for the stories: a person who did everything, and the two who decide."""

from functools import partial

from app.notebook.models import Record
from app.privacy.rules.erasing import Ground, Share
from app.privacy.services.erasing import confirm_erasure, propose_erasure
from app.signatures.services.accounts import disable_person
from tests.installation import Installation
from tests.unit.evidence.conftest import conclude
from xapi.services.forgetting import forget_learner

DECISION = "Demande 2026-17, droit à l'effacement accordé."


def concluded(house: Installation) -> Record:
    """Bring a record of the trainee to its end, and give up the other that was begun."""
    from app.notebook.services.closing import abort_record

    bench = conclude(house)
    with house.storage.reading() as session:
        others = [one.id for one in session.query(Record).filter(Record.id != bench.record_id)]
    for other in others:
        with house.acting() as session:
            abort_record(session, other, actor=house.actor("assessor"), reason="Léa Martin ne vient plus.")
    return bench.record


def disable(house: Installation, login: str = "trainee") -> str:
    """Disable a person, and return their id."""
    person = house.person(login).id
    with house.acting() as session:
        disable_person(session, person, actor=house.actor("administrator"), reason="Elle part.")
    return person


def propose(house: Installation, person: str, *shares: Share, by: str = "quality") -> None:
    """Propose to erase everything of a person, or these shares."""
    chosen = shares or tuple(Share)
    with house.acting() as session:
        actor = house.actor(by)
        propose_erasure(session, person, Ground.NOT_NEEDED, chosen, actor=actor, reason=DECISION)


def confirm(house: Installation, person: str, by: str = "administrator") -> None:
    """Confirm what was proposed."""
    with house.acting() as session:
        forget = partial(forget_learner, home=house.settings.statement_home)
        confirm_erasure(session, person, pepper=house.settings.pepper, actor=house.actor(by), forget=forget)


def erase(house: Installation, login: str = "trainee", *shares: Share) -> str:
    """Erase a person by the two who decide, and return their id."""
    person = disable(house, login)
    propose(house, person, *shares)
    confirm(house, person)
    return person
