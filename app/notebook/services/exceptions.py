"""Raising an exception at any moment, and commenting on one that a value opened (A11d-8.4)."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import N_, Conflict, NotFound
from app.notebook.models import RecordException
from app.notebook.rules.words import Deed, ExceptionKind
from app.notebook.services.bench import need_reason, take_in_hand


def raise_exception(session: Session, record_id: str, step_id: str, *, actor: Actor, reason: str) -> RecordException:
    """Raise an exception on a step in the performer's own words; it must be judged like any other."""
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    bench.sheet.step(step_id)
    text = need_reason(reason)
    found = RecordException(
        record_id=record_id,
        number=bench.sheet.next_exception,
        kind=ExceptionKind.RAISED,
        step_id=step_id,
        facts={},
        comment=bench.keep(text),
        commented_by=actor.person_id,
        opened_by=actor.person_id or "",
        opened_at=clock.now(),
    )
    session.add(found)
    note(
        session,
        Action.EXCEPTION_RAISED,
        bench.subject,
        actor=actor,
        role=bench.role,
        reason=text,
        after=bench.facts(step=step_id, exception=found.number),
    )
    return found


def comment_exception(session: Session, record_id: str, number: int, *, actor: Actor, reason: str) -> RecordException:
    """Comment on an exception that a value opened: what happened and what was done about it (ER-18)."""
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    found = session.get(RecordException, (record_id, number))
    if found is None:
        raise NotFound
    if found.comment:
        raise Conflict(N_("This exception has its comment already."))
    text = need_reason(reason)
    found.comment, found.commented_by = bench.keep(text), actor.person_id
    note(
        session,
        Action.EXCEPTION_COMMENTED,
        bench.subject,
        actor=actor,
        role=bench.role,
        reason=text,
        after=bench.facts(step=found.step_id, exception=number),
    )
    return found
