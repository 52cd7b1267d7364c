"""Correcting a person's name: the right one shows from here on; what was printed at a signature stays (GD-16)."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import Person
from app.identity.rules.people import check_name, check_reason
from app.identity.services.people import administered_person, person_subject
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Invalid, NotFound


def correct_name(session: Session, person_id: str, name: str, *, actor: Actor, reason: str) -> Person:
    """Correct the name of a person, who asked for it or married; the line says that and why, never a name.

    Signatures keep the name that was printed when they were made, which those who review and audit go on seeing. Raises
    Invalid for a name that is the same, HubOnly, NotOnesOwn, NotFound for one whose values were erased.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.erased_at:
        raise NotFound
    right, text = check_name(name), check_reason(reason)
    if right == person.name:
        raise Invalid(fields={"name": N_("This is the name already.")})
    person.name = right
    note(session, Action.PERSON_RENAMED, person_subject(person_id), actor=actor, role=role, reason=text)
    return person
