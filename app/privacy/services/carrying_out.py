"""Carrying out a confirmed list: item by item, each in an act of its own that names what went (GD-5(1)(e), PF-12)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import CommittedText, Line
from app.audit.services import keep_text, note, open_text
from app.audit.texts import erase_texts
from app.delivery.models import Delivery
from app.delivery.rules import Fate
from app.identity.models import Person, Throttle, WebSession
from app.identity.services.people import person_subject
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.notebook.models import Entry, Record
from app.notebook.rules.words import EntryKind
from app.notebook.services.bench import record_facts, record_subject
from app.privacy.models import Erasure, Expiry, ExpiryItem
from app.privacy.queries.expiring import item_is_over, items_of, operation_limit
from app.privacy.queries.reaching import reach_of
from app.privacy.queries.terms import terms_now
from app.privacy.rules.erasing import ARTICLES, ErasureState, Ground, Share
from app.privacy.rules.retention import ExpiryState, ItemKind, ItemState
from app.privacy.services.copies import forget_copies_of_record
from app.privacy.services.erasing import Forget, empty_person, erasure_facts
from app.privacy.services.expiring import expiry_subject
from app.storage.rows import FOR_AN_ACT
from app.storage.tables import new_id
from app.web.models import Receipt


@dataclass(frozen=True)
class Means:
    """What erasing a person needs from outside the database: the pepper, and how a room above forgets them."""

    pepper: bytes
    forget: Forget | None = None


def carry_out_next(session: Session, means: Means, *, actor: Actor) -> ItemKind | None:
    """Erase the next item of a confirmed list, or close the list after its last; None where nothing is confirmed.

    What is not over any more, because a term or somebody's state changed meanwhile, is left and said so. Of two workers
    who come at once the second waits for the first, and takes the next.
    """
    role = actor.require(Permission.ERASURE_DECIDE)
    waiting = select(Expiry).where(Expiry.state == ExpiryState.CONFIRMED).order_by(Expiry.confirmed_at, Expiry.id)
    expiry = session.scalar(waiting.limit(1).with_for_update())
    if expiry is None:
        return None
    item = next((one for one in items_of(session, expiry.id) if one.state is ItemState.LISTED), None)
    if item is None:
        return _close(session, expiry, actor, role)
    decision = open_text(session, expiry.decision)
    item.ended_at, item.decision = clock.now(), keep_text(session, decision, actor.person_id)
    is_over = item_is_over(session, item, clock.now())
    item.state = ItemState.ERASED if is_over else ItemState.SKIPPED
    erase = _BY_KIND[item.kind] if is_over else _skip
    action, subject, after = erase(session, expiry, item, means)
    note(session, action, subject, actor=actor, role=role, reason=decision, after=after | _decided(expiry, item))
    return item.kind


def _close(session: Session, expiry: Expiry, actor: Actor, role: Role) -> ItemKind:
    states = [item.state for item in items_of(session, expiry.id)]
    expiry.state = ExpiryState.DONE
    after = {state.value: states.count(state) for state in ItemState if state in states}
    note(session, Action.EXPIRY_DONE, expiry_subject(expiry), actor=actor, role=role, after=after)
    return ItemKind.OPERATION


def _decided(expiry: Expiry, item: ExpiryItem) -> dict[str, Any]:
    return {
        "expiry": expiry.id,
        "item": item.number,
        "class": item.retention_class.value,
        "over_since": clock.to_text(item.over_since),
        "article": ARTICLES[Ground.RETENTION_OVER],
        "approved_by": expiry.approved_by,
        "confirmed_by": expiry.confirmed_by,
    }


_Done = tuple[Action, Any, dict[str, Any]]


def _skip(session: Session, expiry: Expiry, item: ExpiryItem, means: Means) -> _Done:
    return Action.EXPIRY_SKIPPED, expiry_subject(expiry), {"kind": item.kind.value}


def _erase_record(session: Session, expiry: Expiry, item: ExpiryItem, means: Means) -> _Done:
    """Erase every text of a record, of whomever: what they were kept for is over, the printed names too."""
    record = session.get_one(Record, item.record_id)
    texts = (
        select(CommittedText.commitment)
        .join(Line, and_(Line.log_id == CommittedText.log_id, Line.index == CommittedText.line_index))
        .where(Line.subject == str(record_subject(record)), CommittedText.erased_at.is_(None))
    )
    decisions = set(session.scalars(select(ExpiryItem.decision).where(ExpiryItem.record_id == record.id)))
    return _erase_of(session, record, sorted(set(session.scalars(texts)) - decisions), "texts")


def _erase_files(session: Session, expiry: Expiry, item: ExpiryItem, means: Means) -> _Done:
    """Erase what leads to a record's files, their names and digests; the contents follow when nothing names them."""
    record = session.get_one(Record, item.record_id)
    query = (
        select(CommittedText.commitment)
        .join(Entry, Entry.value == CommittedText.commitment)
        .where(Entry.record_id == record.id, Entry.kind == EntryKind.FILE, CommittedText.erased_at.is_(None))
    )
    return _erase_of(session, record, sorted(set(session.scalars(query))), "files")


def _erase_of(session: Session, record: Record, commitments: list[str], what: str) -> _Done:
    erase_texts(session, commitments)
    forget_copies_of_record(session, record.id)
    after = record_facts(record) | {"erased": what, "commitments": commitments}
    return Action.RECORD_EXPIRED, record_subject(record), after


def _erase_person(session: Session, expiry: Expiry, item: ExpiryItem, means: Means) -> _Done:
    """Erase a person whole, as an erasure that two people decided by confirming the list."""
    person = session.get_one(Person, item.person_id, with_for_update=FOR_AN_ACT, populate_existing=True)
    reach, shares = reach_of(session, person), list(Share)
    erasure = Erasure(
        id=new_id(),
        person_id=person.id,
        ground=Ground.RETENTION_OVER,
        shares=[share.value for share in shares],
        decision=item.decision,
        state=ErasureState.DONE,
        proposed_by=expiry.approved_by,
        proposed_at=expiry.approved_at,
        decided_by=expiry.confirmed_by,
        decided_at=clock.now(),
    )
    session.add(erasure)
    erased = reach.commitments(shares)
    empty_person(session, person, erased, means.pepper, means.forget)
    after = erasure_facts(erasure, reach, shares) | {"commitments": erased}
    return Action.PERSON_EXPIRED, person_subject(person.id), after


def _clear_operation(session: Session, expiry: Expiry, item: ExpiryItem, means: Means) -> _Done:
    """Remove old rows of operation and old answers of other systems; that something was delivered stays."""
    before = operation_limit(terms_now(session), clock.now())
    session.execute(delete(WebSession).where(WebSession.seen_at < before))
    session.execute(delete(Throttle).where(Throttle.first_failure_at < before))
    session.execute(delete(Receipt).where(Receipt.accepted_at < before))
    old = (Delivery.fate == Fate.SENT) & Delivery.answer.is_not(None) & (Delivery.answered_at < before)
    session.execute(update(Delivery).where(old).values(answer=None))
    return Action.OPERATION_CLEARED, expiry_subject(expiry), {"before": clock.to_text(before), "rows": item.rows}


_BY_KIND: dict[ItemKind, Callable[[Session, Expiry, ExpiryItem, Means], _Done]] = {
    ItemKind.RECORD: _erase_record,
    ItemKind.FILES: _erase_files,
    ItemKind.PERSON: _erase_person,
    ItemKind.OPERATION: _clear_operation,
}
