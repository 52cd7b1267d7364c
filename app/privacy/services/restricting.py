"""Restricting the use of a person's data, telling them that it ends, and ending it (GD-18)."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note
from app.identity.models import Person
from app.identity.rules.people import check_reason
from app.identity.services.people import person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, NotFound
from app.privacy.errors import NotToldYet, Restricted
from app.privacy.models import Restriction
from app.privacy.queries.desk import restriction_in_force
from app.privacy.queries.reaching import decidable_person
from app.privacy.rules.restricting import RESTRICTION_ARTICLES, RestrictionGround, may_end
from app.storage.tables import new_id


def set_restriction(
    session: Session, person_id: str, ground: RestrictionGround, *, actor: Actor, reason: str
) -> Restriction:
    """Restrict the use of a person's data from now on: kept, shown to few, and nothing is done with them.

    Raises Restricted while they are, HubOnly, NotOneselfErased, Conflict for one whose values were erased.
    """
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person, reason = decidable_person(session, person_id, actor, for_act=True), check_reason(reason)
    if person.erased_at:
        raise Conflict(N_("This person's values were erased already."))
    if restriction_in_force(session, person_id):
        raise Restricted
    now = clock.now()
    restriction = Restriction(
        id=new_id(),
        person_id=person_id,
        ground=ground,
        reason=keep_text(session, reason, actor.person_id),
        set_by=actor.pseudonym,
        set_at=now,
    )
    session.add(restriction)
    person.restricted_at = now
    after = {"restriction": restriction.id, "ground": ground.value, "article": RESTRICTION_ARTICLES[ground]}
    subject = person_subject(person_id)
    note(session, Action.RESTRICTION_SET, subject, actor=actor, role=role, reason=reason, after=after)
    return restriction


def announce_end(session: Session, person_id: str, *, actor: Actor, reason: str) -> Restriction:
    """Tell the person, on their page, that the restriction will end, and why (GDPR 18(3)); raises Conflict twice."""
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    _, restriction = _in_force(session, person_id, actor)
    reason = check_reason(reason)
    if restriction.announced_at:
        raise Conflict(N_("The person was told already."))
    restriction.ending = keep_text(session, reason, actor.person_id)
    restriction.announced_by, restriction.announced_at = actor.pseudonym, clock.now()
    subject, after = person_subject(person_id), {"restriction": restriction.id}
    note(session, Action.RESTRICTION_ENDING, subject, actor=actor, role=role, reason=reason, after=after)
    return restriction


def lift_restriction(session: Session, person_id: str, *, actor: Actor) -> Restriction:
    """End a restriction of which the person was told before; raises NotToldYet."""
    role = actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person, restriction = _in_force(session, person_id, actor)
    if not may_end(restriction.announced_at, clock.now()):
        raise NotToldYet
    restriction.lifted_by, restriction.lifted_at = actor.pseudonym, clock.now()
    person.restricted_at = None
    subject, after = person_subject(person_id), {"restriction": restriction.id}
    note(session, Action.RESTRICTION_LIFTED, subject, actor=actor, role=role, after=after)
    return restriction


def _in_force(session: Session, person_id: str, actor: Actor) -> tuple[Person, Restriction]:
    person = decidable_person(session, person_id, actor, for_act=True)
    restriction = restriction_in_force(session, person_id)
    if restriction is None:
        raise NotFound
    return person, restriction
