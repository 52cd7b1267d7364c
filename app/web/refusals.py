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
from app.storage.rows import locked_row

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
    # Read by the statement that removes: what is counted in between is neither lost nor written twice.
    removed = session.execute(
        delete(StrangerRefusal)
        .where(StrangerRefusal.minute == minute)
        .returning(StrangerRefusal.kind, StrangerRefusal.refusals)
        .execution_options(synchronize_session=False)
    )
    counts = {kind: refusals for kind, refusals in removed}  # noqa: C416 (rows are no pairs to dict)
    if not counts:
        return False  # another worker was quicker
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
    row = locked_row(session, StrangerRefusal, {"minute": minute, "kind": kind}, refusals=0)
    row.refusals += 1
