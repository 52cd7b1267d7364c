"""The act of handing a person their data (GD-15, GD-20)."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import Person
from app.identity.services.people import person_subject
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound


def hand_out_person(session: Session, person_id: str, *, actor: Actor) -> Person:
    """Note that a person's data are handed out: to themselves, or by the command for one who cannot sign in any more.

    The files are made after this act, so that its line is among those that they tell of.
    """
    role = None
    if actor.person_id != person_id:
        role = actor.require(Permission.PERSON_READ, f"person:{person_id}")
        if actor.person_id is not None:
            raise NotFound
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    note(session, Action.PERSON_EXPORTED, person_subject(person_id), actor=actor, role=role)
    return person
