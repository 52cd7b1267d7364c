"""Reading for the privacy desk: what people asked, which restrictions are in force, which breaches there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.identity.models import Membership
from app.identity.services.people import access_person
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.privacy.models import Breach, DataRequest, Restriction
from app.signatures.models import Incident


@dataclass(frozen=True)
class Waiting:
    """How much waits at the desk, and how much of it is past its term."""

    open: int
    overdue: int


def access_request(session: Session, request_id: str, actor: Actor) -> DataRequest:
    """Return a request of one's own, or of a person about whom the actor may decide; raises NotFound."""
    request = session.get(DataRequest, request_id)
    if request is None:
        raise NotFound
    if request.person_id != actor.person_id:
        actor.require(Permission.ERASURE_DECIDE, f"person:{request.person_id}")
        access_person(session, request.person_id, actor)
    return request


def access_breach(session: Session, breach_id: str, actor: Actor) -> Breach:
    """Return a breach of the actor's operator, or any for those who act for the hub; raises NotFound."""
    actor.require(Permission.INCIDENT_OPEN)
    breach = session.get(Breach, breach_id)
    if breach is None or actor.operator_id not in (None, breach.operator_id):
        raise NotFound
    return breach


def requests_shown(session: Session, actor: Actor) -> Sequence[DataRequest]:
    """Return the requests of the people about whom the actor may decide: those that wait first, by their term."""
    query = select(DataRequest).where(_of_their_people(actor, DataRequest.person_id))
    rows = session.scalars(query.order_by(DataRequest.due_at, DataRequest.recorded_at)).all()
    return sorted(rows, key=lambda row: row.stopped_at is not None)


def requests_of(session: Session, person_id: str) -> Sequence[DataRequest]:
    """Return what a person asked, the newest first."""
    query = select(DataRequest).where(DataRequest.person_id == person_id)
    return session.scalars(query.order_by(DataRequest.recorded_at.desc(), DataRequest.id)).all()


def restrictions_shown(session: Session, actor: Actor) -> Sequence[Restriction]:
    """Return the restrictions in force of the people about whom the actor may decide, the oldest first."""
    query = select(Restriction).where(Restriction.lifted_at.is_(None), _of_their_people(actor, Restriction.person_id))
    return session.scalars(query.order_by(Restriction.set_at)).all()


def restriction_in_force(session: Session, person_id: str) -> Restriction | None:
    """Return the restriction that holds for a person now."""
    query = select(Restriction).where(Restriction.person_id == person_id, Restriction.lifted_at.is_(None))
    return session.scalar(query.limit(1))


def breaches_shown(session: Session, actor: Actor) -> Sequence[Breach]:
    """Return the register of breaches, those that nobody was notified of too, the newest first (GDPR 33(5))."""
    query = select(Breach).where(_of_their_operator(actor))
    return session.scalars(query.order_by(Breach.detected_at.desc(), Breach.id)).all()


def open_incidents(session: Session, actor: Actor) -> Sequence[Incident]:
    """Return the open incidents about people whom the actor may see, the newest first."""
    query = select(Incident).where(Incident.closed_at.is_(None), _of_their_people(actor, Incident.person_id))
    return session.scalars(query.order_by(Incident.opened_at.desc())).all()


def count_waiting(session: Session, actor: Actor) -> Waiting:
    """Count what waits at the desk: requests without an answer, and breaches that nobody closed."""
    now, total = clock.now(), Waiting(0, 0)
    if actor.may(Permission.ERASURE_DECIDE):
        asked = select(func.count()).where(
            DataRequest.stopped_at.is_(None), _of_their_people(actor, DataRequest.person_id)
        )
        late = asked.where(DataRequest.due_at < now)
        total = Waiting(session.scalar(asked) or 0, session.scalar(late) or 0)
    if actor.may(Permission.INCIDENT_OPEN):
        left = select(func.count()).where(Breach.closed_at.is_(None), _of_their_operator(actor))
        missed = left.where(Breach.stopped_at.is_(None), Breach.due_at < now)
        total = Waiting(total.open + (session.scalar(left) or 0), total.overdue + (session.scalar(missed) or 0))
    return total


def _of_their_operator(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.operator_id is None else Breach.operator_id == actor.operator_id


def _of_their_people(actor: Actor, person_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    if actor.operator_id is None:
        return true()
    return person_id.in_(select(Membership.person_id).where(Membership.operator_id == actor.operator_id))
