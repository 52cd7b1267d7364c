"""A refused act is rolled back; the refusal stays: a line for a known person, a counter for strangers (AS-16.3.1)."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import StrangerRefusal
from app.audit.services import Subject, note
from app.kernel import clock
from app.kernel.actors import Actor, system_actor
from app.kernel.errors import Refused
from app.storage import Storage

STRANGER = Actor("stranger")


def keep_refusal(storage: Storage, error: Refused, actor: Actor | None, attempted: str) -> None:
    """Write the refusal in a transaction of its own; nobody can flood the trail without being a person it knows."""
    with storage.transaction() as session:
        if actor is None and not error.subject:
            _count_stranger(session, error.code)
            return
        kind, _, identifier = (error.subject or (actor or STRANGER).pseudonym).partition(":")
        note(
            session,
            Action.REQUEST_REFUSED,
            Subject(kind, identifier, actor.operator_id if actor and kind != "person" else None),
            actor=actor or STRANGER,
            after={"attempted": attempted, "code": error.code},
        )


def write_stranger_refusals(session: Session) -> bool:
    """Write one line for the oldest finished minute of strangers' refusals; return False when there is none."""
    minute = session.scalar(select(func.min(StrangerRefusal.minute)))
    if minute is None or minute + timedelta(minutes=1) > clock.now():
        return False
    rows = session.scalars(select(StrangerRefusal).where(StrangerRefusal.minute == minute)).all()
    counts = {row.kind: row.refusals for row in rows}
    session.execute(delete(StrangerRefusal).where(StrangerRefusal.minute == minute))
    note(
        session,
        Action.STRANGERS_REFUSED,
        Subject("strangers", "all"),
        actor=system_actor("worker"),
        after={"minute": clock.to_text(minute), "refusals": counts},
    )
    return True


def _count_stranger(session: Session, kind: str) -> None:
    minute = clock.now().replace(second=0, microsecond=0)
    row = session.get(StrangerRefusal, (minute, kind), with_for_update=True)
    if row is None:
        session.add(StrangerRefusal(minute=minute, kind=kind, refusals=1))
    else:
        row.refusals += 1
