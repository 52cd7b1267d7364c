"""Where copies of personal values stand that prove nothing: sessions, failures, receipts, files made to take away.

Every table that may hold one is named here or in docs/known-gaps.md.
"""

import json

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.evidence.models import ExportOrder
from app.evidence.services.handing_out import forget_order
from app.identity.models import Person, Throttle, WebSession
from app.identity.rules.doors import login_door
from app.privacy.queries.reaching import own_records
from app.signatures.models import Signature
from app.web.models import Receipt
from app.web.receipts import answer_of, forget_receipt

_RECORD = "record:"


def forget_copies(session: Session, person: Person) -> None:
    """Remove every passing row that holds, or may hold, something personal of somebody; part of their erasure."""
    records = _records_with(session, person)
    session.execute(delete(WebSession).where(WebSession.person_id == person.id))
    session.execute(delete(Throttle).where(Throttle.door.startswith(login_door(person.login_key), autoescape=True)))
    theirs = or_(ExportOrder.ordered_by == f"person:{person.id}", ExportOrder.record_id.in_(sorted(records)))
    for order in session.scalars(select(ExportOrder).where(theirs)).all():
        forget_order(session, order)
    _forget_receipts(session, person, records)


def forget_copies_of_record(session: Session, record_id: str) -> None:
    """Remove every passing row that may hold a text of a record; part of the act that erases its texts."""
    for order in session.scalars(select(ExportOrder).where(ExportOrder.record_id == record_id)).all():
        forget_order(session, order)
    _forget_receipts_with(session, {record_id})


def _records_with(session: Session, person: Person) -> set[str]:
    """Return the records in whose files the person's name is printed."""
    signed = session.scalars(select(Signature.subject).where(Signature.signer_id == person.id)).all()
    own = {record.id for record in own_records(session, person.id)}
    return own | {subject.removeprefix(_RECORD) for subject in signed if subject.startswith(_RECORD)}


def _forget_receipts(session: Session, person: Person, records: set[str]) -> None:
    """Remove answers given to the person, and those to others that speak of them; an address alone names nobody."""
    for receipt in session.scalars(select(Receipt).where(Receipt.actor == f"person:{person.id}")).all():
        forget_receipt(session, receipt)
    names = [value for value in (person.name, person.login, person.email) if value]
    marks = {person.id, *records, *names, *(json.dumps(name)[1:-1] for name in names)}
    _forget_receipts_with(session, marks)


def _forget_receipts_with(session: Session, marks: set[str]) -> None:
    for receipt in session.scalars(select(Receipt).where(~Receipt.answer.startswith("/"))).all():
        answer = answer_of(session, receipt)
        if answer is None or any(mark in answer for mark in marks):
            forget_receipt(session, receipt)
