"""What people ask about their data: recorded with its term, prolonged once, answered with reasons (GD-12(3))."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import keep_text, note
from app.identity.models import Person
from app.identity.rules.people import check_reason
from app.identity.services.people import access_person, person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, NotFound
from app.privacy.errors import TermRunsOut
from app.privacy.models import DataRequest, Erasure, Restriction
from app.privacy.queries.desk import access_request
from app.privacy.queries.reaching import decidable_person
from app.privacy.rules.requests import Asked, Outcome, Way, check_received
from app.privacy.rules.terms import MOST_MONTHS_MORE, answer_due
from app.storage.tables import new_id


@dataclass(frozen=True)
class NewRequest:
    """What is asked, in whose words, how and on which day it came; `zone` is the hub's, by which days are counted."""

    asked: Asked
    words: str
    zone: str
    way: Way = Way.PAGE
    received: date | None = None


def make_request(session: Session, new: NewRequest, *, actor: Actor) -> DataRequest:
    """Record what a person asks on their own page; its term begins today."""
    if actor.person_id is None:
        raise NotFound
    person = session.get_one(Person, actor.person_id)
    return _record(session, person, new, Way.PAGE, _today(new.zone), actor)


def record_request(session: Session, person_id: str, new: NewRequest, *, actor: Actor) -> DataRequest:
    """Record what a person asked otherwise; its term began on the day on which it came (1182/71, 3(1)).

    Raises NotFound for a person of others, Invalid for a day to come.
    """
    actor.require(Permission.ERASURE_DECIDE, f"person:{person_id}")
    person = access_person(session, person_id, actor)
    if new.way is Way.PAGE:
        raise Invalid(fields={"way": N_("Say how it came.")})
    return _record(session, person, new, new.way, check_received(new.received, _today(new.zone)), actor)


def _record(session: Session, person: Person, new: NewRequest, way: Way, received: date, actor: Actor) -> DataRequest:
    words = check_reason(new.words)
    request = DataRequest(
        id=new_id(),
        person_id=person.id,
        asked=new.asked,
        way=way,
        words=keep_text(session, words, actor.person_id),
        received_on=received.isoformat(),
        recorded_by=actor.pseudonym,
        recorded_at=clock.now(),
        due_at=answer_due(received, new.zone),
    )
    session.add(request)
    after = _facts(request) | {"asked": new.asked.value, "way": way.value, "received": request.received_on}
    role = None if person.id == actor.person_id else actor.require(Permission.ERASURE_DECIDE)
    subject = person_subject(person.id)
    note(session, Action.DATA_REQUESTED, subject, actor=actor, role=role, reason=words, after=after)
    return request


def extend_request(
    session: Session, request_id: str, months: int, *, zone: str, actor: Actor, reason: str
) -> DataRequest:
    """Take up to two months more for an answer, once, within the first month; the person is told why (GDPR 12(3)).

    Raises TermRunsOut when it is too late or was done before, Conflict for a request that was answered.
    """
    role = actor.require(Permission.ERASURE_DECIDE)
    request, reason = _open_request(session, request_id, actor), check_reason(reason)
    if not 1 <= months <= MOST_MONTHS_MORE:
        raise Invalid(fields={"months": N_("One month more, or two.")})
    if request.more_months or clock.now() > request.due_at:
        raise TermRunsOut
    before = {"due": clock.to_text(request.due_at)}
    request.more_months, request.delay = months, keep_text(session, reason, actor.person_id)
    request.extended_by, request.extended_at = actor.pseudonym, clock.now()
    request.due_at = answer_due(date.fromisoformat(request.received_on), zone, more=months)
    request.soon_at = request.overdue_at = None
    subject = person_subject(request.person_id)
    action, after = Action.DATA_REQUEST_EXTENDED, _facts(request) | {"months": months}
    note(session, action, subject, actor=actor, role=role, reason=reason, before=before, after=after)
    return request


def answer_request(session: Session, request_id: str, outcome: Outcome, *, actor: Actor, reason: str) -> DataRequest:
    """Answer a request: granted or refused, with the reasons that the person reads; its clock stops.

    An erasure or a restriction that was decided since it came is named in it. Raises Conflict for an answered one.
    """
    role = actor.require(Permission.ERASURE_DECIDE)
    request, reason = _open_request(session, request_id, actor), check_reason(reason)
    request.outcome, request.answer = outcome, keep_text(session, reason, actor.person_id)
    request.answered_by, request.stopped_at = actor.pseudonym, clock.now()
    request.erasure_id, request.restriction_id = _followed(session, request)
    followed = {"erasure": request.erasure_id, "restriction": request.restriction_id}
    after = _facts(request) | {"outcome": outcome.value} | {name: one for name, one in followed.items() if one}
    subject = person_subject(request.person_id)
    note(session, Action.DATA_REQUEST_ANSWERED, subject, actor=actor, role=role, reason=reason, after=after)
    return request


def _followed(session: Session, request: DataRequest) -> tuple[str | None, str | None]:
    """Return the last erasure and the last restriction that were decided for the person since they asked."""
    erasure = select(Erasure.id).where(
        Erasure.person_id == request.person_id, Erasure.proposed_at >= request.recorded_at
    )
    restriction = select(Restriction.id).where(
        Restriction.person_id == request.person_id, Restriction.set_at >= request.recorded_at
    )
    wanted = request.asked
    return (
        session.scalar(erasure.order_by(Erasure.proposed_at.desc()).limit(1)) if wanted is Asked.ERASURE else None,
        session.scalar(restriction.order_by(Restriction.set_at.desc()).limit(1)) if wanted in RESTRICTING else None,
    )


RESTRICTING = (Asked.RESTRICTION, Asked.RECTIFICATION, Asked.OBJECTION)
"""What may bring a restriction: asked for, or while something is checked or weighed (GDPR 18(1))."""


def _open_request(session: Session, request_id: str, actor: Actor) -> DataRequest:
    """Return a request that is to change, one change at a time, by those who may decide about its person."""
    request = access_request(session, request_id, actor)
    decidable_person(session, request.person_id, actor)
    locked = session.get_one(DataRequest, request_id, with_for_update=True, populate_existing=True)
    if locked.stopped_at:
        raise Conflict(N_("This request was answered already."))
    return locked


def _facts(request: DataRequest) -> dict[str, object]:
    return {"request": request.id, "due": clock.to_text(request.due_at)}


def _today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()
