"""People under age: the year they were born in, and that their parents or guardian were informed (GD-minors)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note
from app.identity.models import GuardianNotice, Means, Person
from app.identity.queries import guardian_notices
from app.identity.rules.people import check_birth_year, check_name, check_reason, needs_guardian_first
from app.identity.services.people import administered_person, person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid
from app.storage.tables import new_id


@dataclass(frozen=True)
class Informed:
    """Who was informed, on which day, by which means."""

    guardian: str
    on: date
    means: Means


def set_birth_year(session: Session, person_id: str, year: int | None, *, actor: Actor, reason: str) -> Person:
    """Set or take away the year in which somebody was born; the line tells that it is known, not which it is.

    Raises Invalid for a year that nobody is born in, or for somebody too young whose guardian was not informed;
    HubOnly, NotOnesOwn, Conflict for a person whose values were erased.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.erased_at:
        raise Conflict(N_("This person's values were erased."))
    why, checked = check_reason(reason), check_birth_year(year, clock.now())
    if checked == person.birth_year:
        raise Conflict(N_("This year is known already."))
    too_young = needs_guardian_first(checked, clock.now())
    if too_young and not guardian_notices(session, person_id):
        raise Invalid(fields={"birth_year": N_("Somebody this young: first record that a guardian was informed.")})
    before, person.birth_year = person.birth_year is not None, checked
    # The digest of the row before must not let anybody try the few years that there are.
    note(
        session,
        Action.BIRTH_YEAR_SET,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=why,
        before={"known": before},
        after={"known": checked is not None},
    )
    return person


def record_guardian(session: Session, person_id: str, informed: Informed, *, actor: Actor) -> GuardianNotice:
    """Record that a parent or guardian was informed: their name stands behind a commitment of the young person.

    Raises Invalid for a day to come, HubOnly, NotOnesOwn, Conflict for a person whose values were erased.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.erased_at:
        raise Conflict(N_("This person's values were erased."))
    guardian = _checked_guardian(informed.guardian)
    if informed.on > clock.now().date():
        raise Invalid(fields={"informed_on": N_("Choose a day that is not to come.")})
    notice = GuardianNotice(
        id=new_id(),
        person_id=person_id,
        guardian=keep_text(session, guardian, person_id),
        informed_on=informed.on.isoformat(),
        means=informed.means,
        recorded_by=actor.pseudonym,
        recorded_at=clock.now(),
    )
    session.add(notice)
    after = {"notice": notice.id, "on": notice.informed_on, "means": informed.means.value}
    subject = person_subject(person_id)
    note(session, Action.GUARDIAN_INFORMED, subject, actor=actor, role=role, after=after)
    return notice


def _checked_guardian(name: str) -> str:
    try:
        return check_name(name)
    except Invalid:
        raise Invalid(fields={"guardian": N_("Enter the name of the parent or guardian.")}) from None
