"""Reading delivery: targets in use, what waits for each, what each said last."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.delivery.errors import NoSuchTarget
from app.delivery.models import Delivery, Target, TargetState
from app.delivery.rules import Destination, Fate
from app.kernel.actors import Actor
from app.notebook.models import Record
from app.storage.rows import in_portions

_COUNTED = (Fate.PENDING, Fate.SENT, Fate.DEAD, Fate.HELD, Fate.SET_ASIDE)


@dataclass(frozen=True)
class Backlog:
    """Rows of one target by fate, and up to which position its kind's parcels were taken up."""

    target: Target
    state: TargetState
    pending: int
    sent: int
    dead: int
    held: int
    set_aside: int


def find_target(session: Session, name: str) -> Target | None:
    """Return the target in use that has this name."""
    return session.scalar(select(Target).where(Target.name == name, Target.ended_at.is_(None)))


def target_in_use(session: Session, name: str, actor: Actor) -> Target:
    """Return the target in use that has this name; raise NoSuchTarget, also for another operator's."""
    target = find_target(session, name)
    if target is None or actor.operator_id not in (None, target.operator_id):
        raise NoSuchTarget
    return target


def destination_of(target: Target, secret: str = "") -> Destination:
    """Return a target as its kind sees it."""
    return Destination(target.id, target.name, target.address, target.operator_id, target.settings, secret)


def backlogs(session: Session, actor: Actor, kind: str | None = None) -> list[Backlog]:
    """Return where each target in use stands, by name; those of the actor's operator, or all for the hub."""
    query = select(Target, TargetState).join(TargetState).where(Target.ended_at.is_(None)).order_by(Target.name)
    if kind is not None:
        query = query.where(Target.kind == kind)
    if actor.operator_id is not None:
        query = query.where(Target.operator_id == actor.operator_id)
    counts = _counts(session)
    return [
        Backlog(target, state, *(counts.get((target.id, fate), 0) for fate in _COUNTED))
        for target, state in session.execute(query)
    ]


def due_targets(session: Session, now: datetime) -> Sequence[tuple[Target, TargetState]]:
    """Return the targets that may be served now, the one that waited longest first."""
    query = (
        select(Target, TargetState)
        .join(TargetState)
        .where(Target.ended_at.is_(None), TargetState.stopped.is_(None))
        .where(or_(TargetState.not_before.is_(None), TargetState.not_before <= now))
        .where(or_(TargetState.leased_until.is_(None), TargetState.leased_until <= now))
        .order_by(TargetState.served_at.is_not(None), TargetState.served_at, Target.name)
    )
    return [(target, state) for target, state in session.execute(query)]


def pending_deliveries(session: Session, target_id: str, limit: int) -> Sequence[Delivery]:
    """Return the first parcels that were taken up and did not arrive yet, in order."""
    query = (
        select(Delivery)
        .where(Delivery.target_id == target_id, Delivery.fate == Fate.PENDING)
        .order_by(Delivery.position)
        .limit(limit)
    )
    return session.scalars(query).all()


def dead_letters(session: Session, target_id: str, limit: int) -> Sequence[Delivery]:
    """Return the first parcels that a target refused for good and about which nobody decided yet, in order."""
    query = select(Delivery).where(Delivery.target_id == target_id, Delivery.fate == Fate.DEAD)
    return session.scalars(query.order_by(Delivery.position).limit(limit)).all()


def latest_receipts(session: Session, target_id: str, limit: int) -> Sequence[Delivery]:
    """Return what became of the parcels that stand last in the order, the last one first."""
    query = select(Delivery).where(Delivery.target_id == target_id).order_by(Delivery.position.desc()).limit(limit)
    return session.scalars(query).all()


def receipts_of(session: Session, parcels: Sequence[str], operator_id: str | None) -> list[tuple[Target, Delivery]]:
    """Return what became of parcels at every target, ended ones too; with an operator at those it reaches."""
    found: list[tuple[Target, Delivery]] = []
    for some in in_portions(parcels):
        query = select(Target, Delivery).join(Delivery, Delivery.target_id == Target.id)
        query = query.where(Delivery.parcel.in_(some)).order_by(Target.name, Delivery.position)
        if operator_id is not None:
            query = query.where(or_(Target.operator_id.is_(None), Target.operator_id == operator_id))
        found += [(target, row) for target, row in session.execute(query)]
    return found


def targets_reached_by(session: Session, operator_id: str) -> Sequence[Target]:
    """Return the targets in use that receive what happens at an operator, by name."""
    query = select(Target).where(Target.ended_at.is_(None)).order_by(Target.name)
    return session.scalars(query.where(or_(Target.operator_id.is_(None), Target.operator_id == operator_id))).all()


def records_numbered(session: Session, number: str, actor: Actor) -> Sequence[str]:
    """Return the ids of the records of a number, of the actor's operator or, for the hub, of any."""
    query = select(Record.id).where(Record.number == number)
    if actor.operator_id is not None:
        query = query.where(Record.operator_id == actor.operator_id)
    return session.scalars(query).all()


def blocked_sequences(session: Session, target_id: str, sequences: Iterable[str | None]) -> dict[str, int]:
    """Return for each of these sequences in which something was refused for good where the first such thing stands."""
    found: dict[str, int] = {}
    for some in in_portions(sorted({sequence for sequence in sequences if sequence})):
        query = (
            select(Delivery.sequence, func.min(Delivery.position))
            .where(Delivery.target_id == target_id, Delivery.fate == Fate.DEAD, Delivery.sequence.in_(some))
            .group_by(Delivery.sequence)
        )
        found |= {sequence: position for sequence, position in session.execute(query) if sequence}
    return found


def locked_state(session: Session, target_id: str, *, skip_locked: bool = False) -> TargetState | None:
    """Return a target's state, locked; SQLite's transactions exclude each other without it."""
    query = select(TargetState).where(TargetState.target_id == target_id)
    return session.scalar(query.with_for_update(skip_locked=skip_locked))


def _counts(session: Session) -> dict[tuple[str, Fate], int]:
    query = select(Delivery.target_id, Delivery.fate, func.count()).group_by(Delivery.target_id, Delivery.fate)
    return {(target_id, fate): number for target_id, fate, number in session.execute(query)}
