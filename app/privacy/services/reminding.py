"""The one clock of requests and breaches: a reminder ahead of the term and an alert after it, each given once."""

from datetime import timedelta
from typing import cast

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.services.people import person_subject
from app.kernel import clock
from app.kernel.actors import system_actor
from app.privacy.models import Breach, DataRequest
from app.privacy.rules.breaching import WARNED_AHEAD
from app.privacy.rules.requests import REMINDED_AHEAD
from app.privacy.rules.terms import Reminder, reminder_due
from app.storage import Storage

Termed = DataRequest | Breach
WORKER = system_actor("worker")
AHEAD: dict[type[Termed], timedelta] = {DataRequest: REMINDED_AHEAD, Breach: WARNED_AHEAD}
"""What has a term, and how long before it somebody is reminded."""


def remind_due(storage: Storage) -> int:
    """Give every reminder that is due, one act and one line each, and return how many; another worker's count once."""
    return sum(
        remind_once(storage, model, identifier) is not None for model in AHEAD for identifier in _due(storage, model)
    )


def _due(storage: Storage, model: type[Termed]) -> list[str]:
    now = clock.now()
    overdue = and_(model.overdue_at.is_(None), model.due_at < now)
    soon = and_(model.soon_at.is_(None), model.overdue_at.is_(None), model.due_at <= now + AHEAD[model])
    with storage.reading() as session:
        query = select(model.id).where(model.stopped_at.is_(None), or_(overdue, soon))
        return list(session.scalars(query.order_by(model.due_at)))


def remind_once(storage: Storage, model: type[Termed], identifier: str) -> Reminder | None:
    """Give the reminder that one request or breach is due, unless its clock stopped or another worker was quicker."""
    with storage.transaction() as session:
        row = cast(Termed, session.get_one(model, identifier, with_for_update=True, populate_existing=True))
        if row.stopped_at:
            return None
        soon_done, overdue_done = row.soon_at is not None, row.overdue_at is not None
        now = clock.now()
        reminder = reminder_due(row.due_at, AHEAD[model], now, soon_done=soon_done, overdue_done=overdue_done)
        if reminder:
            _give(session, row, reminder)
        return reminder


def _give(session: Session, row: Termed, reminder: Reminder) -> None:
    if reminder is Reminder.SOON:
        row.soon_at = clock.now()
    else:
        row.overdue_at = clock.now()
    after = {"reminder": reminder.value, "due": clock.to_text(row.due_at)}
    if isinstance(row, DataRequest):
        note(
            session,
            Action.TERM_REMINDED,
            person_subject(row.person_id),
            actor=WORKER,
            after=after | {"request": row.id},
        )
    else:
        note(session, Action.TERM_REMINDED, breach_subject(row), actor=WORKER, after=after)


def breach_subject(breach: Breach) -> Subject:
    """Name a breach in the log of its operator, or the hub's."""
    return Subject("breach", breach.id, breach.operator_id)
