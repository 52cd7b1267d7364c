"""The first password of somebody whom another system vouched for: they choose it themselves, in their own session.

With it they can have a key; that key signs nothing before somebody else confirmed, having them before one, who they
are (KM-2). The slow part is done before the act.
"""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity import queries
from app.identity.models import Person, PersonState
from app.identity.services.passwords import hash_password, set_password
from app.identity.services.people import person_subject
from app.kernel.actors import Actor
from app.kernel.errors import N_, Conflict
from app.storage.rows import FOR_AN_ACT


def prepare_first_password(session: Session, password: str, *, actor: Actor) -> str:
    """Hash a first password before the act; raises Conflict for somebody who has one, WeakPassword."""
    return hash_password(_without(session, actor), password)


def choose_first_password(session: Session, password_hash: str, *, actor: Actor) -> None:
    """Let the actor, who has no password, have this one. Raises Conflict for somebody who has one by now."""
    person = _without(session, actor)
    set_password(session, person, password_hash)
    after = {"state": PersonState.ACTIVE.value}
    note(session, Action.PERSON_ACTIVATED, person_subject(person.id), actor=actor, after=after)


def _without(session: Session, actor: Actor) -> Person:
    person = session.get_one(Person, actor.person_id, with_for_update=FOR_AN_ACT, populate_existing=True)
    if queries.has_password(session, person.id):
        raise Conflict(N_("You have a password already. You can change it on your account page."))
    return person
