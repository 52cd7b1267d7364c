"""Where copies of personal values stand that prove nothing: sessions, failures, receipts, files made to take away.

Every table that may hold one is named here or in docs/known-gaps.md.
"""

import json

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.evidence.models import ExportOrder
from app.identity.models import Person, Throttle, WebSession
from app.identity.rules import login_door
from app.privacy.queries.reaching import own_records
from app.signatures.models import Signature
from app.web.models import Receipt

_RECORD = "record:"


def forget_copies(session: Session, person: Person) -> None:
    """Remove every passing row that holds, or may hold, something personal of somebody; part of their erasure."""
    records = _records_with(session, person)
    session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    session.execute(delete(Throttle).where(Throttle.door.startswith(login_door(person.login_key), autoescape=True)))
    session.execute(
        delete(ExportOrder).where(
            or_(ExportOrder.ordered_by == f"person:{person.id}", ExportOrder.record_id.in_(sorted(records)))
        )
    )
    _forget_receipts(session, person, records)


def forget_copies_of_record(session: Session, record_id: str) -> None:
    """Remove every passing row that may hold a text of a record; part of the act that erases its texts."""
    session.execute(delete(ExportOrder).where(ExportOrder.record_id == record_id))
    _forget_receipts_with(session, {record_id})


def _records_with(session: Session, person: Person) -> set[str]:
    """Return the records in whose files the person's name is printed."""
    signed = session.scalars(select(Signature.subject).where(Signature.signer_id == person.id)).all()
    own = {record.id for record in own_records(session, person.id)}
    return own | {subject.removeprefix(_RECORD) for subject in signed if subject.startswith(_RECORD)}


def _forget_receipts(session: Session, person: Person, records: set[str]) -> None:
    """Remove answers given to the person, and those to others that speak of them; an address alone names nobody."""
    session.execute(delete(Receipt).where(Receipt.actor == f"person:{person.id}"))
    names = [value for value in (person.name, person.login, person.email) if value]
    marks = {person.id, *records, *names, *(json.dumps(name)[1:-1] for name in names)}
    _forget_receipts_with(session, marks)


def _forget_receipts_with(session: Session, marks: set[str]) -> None:
    rows = session.execute(select(Receipt.key, Receipt.actor, Receipt.answer).where(~Receipt.answer.startswith("/")))
    for key, actor, answer in rows.all():
        if any(mark in answer for mark in marks):
            session.execute(delete(Receipt).where(Receipt.key == key, Receipt.actor == actor))
