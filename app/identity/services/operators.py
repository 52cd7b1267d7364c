"""Founding the hub, adding operators, and the cohorts of an operator."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Log
from app.audit.services import Subject, note, open_log
from app.identity import queries
from app.identity.errors import CodeTaken, HubOnly
from app.identity.models import Cohort, CohortPlace, Operator
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, NotFound
from app.storage.tables import new_id

LONGEST_NAME = 200


def found_hub(session: Session, origin: str, *, actor: Actor) -> bool:
    """Open the hub's own log in an empty database; return False when it is open already."""
    if session.get(Log, HUB_LOG):
        return False
    open_log(session, None, f"{origin}/hub")
    note(session, Action.HUB_FOUNDED, Subject("hub", origin), actor=actor, after={"origin": origin})
    return True


def add_operator(session: Session, code: str, name: str, *, zone: str, actor: Actor) -> Operator:
    """Add a training operator and open its log; its code is short, upper-case and for ever its own."""
    role = actor.require(Permission.OPERATOR_ADMINISTER)
    if actor.operator_id is not None:
        raise HubOnly
    code = code.strip().upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9-]{1,19}", code):
        raise Invalid(fields={"code": N_("A code has 2 to 20 letters, digits or dashes and begins with a letter.")})
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid(fields={"name": N_("Enter the operator's name.")})
    _check_zone(zone)
    if session.scalar(select(Operator.id).where(Operator.code == code)):
        raise CodeTaken
    operator = Operator(id=new_id(), code=code, name=name.strip(), zone=zone, added_at=clock.now())
    session.add(operator)
    hub = session.get_one(Log, HUB_LOG)
    origin = f"{hub.origin.removesuffix('/hub')}/operator/{code.lower()}"
    open_log(session, operator.id, origin)
    note(
        session,
        Action.OPERATOR_ADDED,
        Subject("operator", operator.id),
        actor=actor,
        role=role,
        after={"code": code, "name": operator.name, "zone": zone, "log": origin},
    )
    return operator


def add_cohort(session: Session, name: str, *, operator_id: str, actor: Actor) -> Cohort:
    """Add a cohort to an operator."""
    role = actor.require(Permission.COHORT_ADMINISTER)
    if actor.operator_id not in (None, operator_id) or session.get(Operator, operator_id) is None:
        raise NotFound
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise Invalid(fields={"name": N_("Enter the cohort's name.")})
    cohort = Cohort(id=new_id(), operator_id=operator_id, name=name.strip(), added_at=clock.now())
    session.add(cohort)
    note(
        session,
        Action.COHORT_ADDED,
        Subject("cohort", cohort.id, operator_id),
        actor=actor,
        role=role,
        after={"name": cohort.name},
    )
    return cohort


def join_cohort(session: Session, cohort_id: str, person_id: str, *, actor: Actor) -> None:
    """Put a person of the operator into a cohort."""
    role = actor.require(Permission.COHORT_ADMINISTER)
    cohort = access_cohort(session, cohort_id, actor)
    held = queries.current_memberships(session, person_id)
    if all(membership.operator_id != cohort.operator_id for membership in held):
        raise NotFound
    place = session.get(CohortPlace, (cohort_id, person_id))
    if place and place.left_at is None:
        raise Conflict(N_("This person is in the cohort already."))
    if place is None:
        place = CohortPlace(cohort_id=cohort_id, person_id=person_id)
        session.add(place)
    place.joined_at, place.left_at = clock.now(), None
    subject = Subject("cohort", cohort_id, cohort.operator_id)
    note(session, Action.COHORT_JOINED, subject, actor=actor, role=role, after={"person": person_id})


def leave_cohort(session: Session, cohort_id: str, person_id: str, *, actor: Actor) -> None:
    """Let a person leave a cohort; that they were in it stays known."""
    role = actor.require(Permission.COHORT_ADMINISTER)
    cohort = access_cohort(session, cohort_id, actor)
    place = session.get(CohortPlace, (cohort_id, person_id))
    if place is None or place.left_at:
        raise NotFound
    place.left_at = clock.now()
    subject = Subject("cohort", cohort_id, cohort.operator_id)
    note(session, Action.COHORT_LEFT, subject, actor=actor, role=role, before={"person": person_id})


def access_cohort(session: Session, cohort_id: str, actor: Actor) -> Cohort:
    """Return a cohort of the actor's operator, or raise NotFound."""
    cohort = session.get(Cohort, cohort_id)
    if cohort is None or actor.operator_id not in (None, cohort.operator_id):
        raise NotFound
    return cohort


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(fields={"zone": N_("Enter a time zone such as Europe/Brussels.")}) from None
