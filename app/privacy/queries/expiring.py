"""What is over, by the terms that count: records, their files, people, old rows of operation (GD-5(1)(e))."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText
from app.competencies.models import Decision
from app.delivery.models import Delivery
from app.delivery.rules import Fate
from app.identity.models import Membership, Person, PersonState, Throttle, WebSession
from app.identity.queries import by_name
from app.identity.rules.people import is_minor
from app.notebook.models import Entry, Record
from app.notebook.rules.words import EntryKind
from app.privacy.models import Erasure, Expiry, ExpiryItem
from app.privacy.queries.reaching import obstacles
from app.privacy.queries.terms import terms_now
from app.privacy.rules.erasing import ErasureState
from app.privacy.rules.retention import (
    CLOSED_STATES,
    ExpiryState,
    ItemKind,
    ItemState,
    Over,
    RetentionClass,
    Term,
    add_months,
    class_of_record,
    over_since,
)
from app.signatures.models import Incident, Signature
from app.storage.rows import in_portions
from app.web.models import Receipt

_RECORD = "record:"
_MOST_LISTS = 100
_ENDED = (ItemState.ERASED,)


@dataclass
class Search:
    """One search: the session, the operator (None: the hub), the moment, and what was found on the way."""

    session: Session
    operator_id: str | None
    now: datetime
    terms: dict[RetentionClass, Term] = field(init=False)
    apart: set[str] = field(init=False)
    awards: dict[str, datetime | None] = field(init=False)

    def __post_init__(self) -> None:
        """Read the terms, what an open incident or a restriction keeps, and which records carry a competency."""
        self.terms = terms_now(self.session)
        self.awards = _ends_of_awards(self.session)
        self.apart = _in_open_incidents(self.session) | _restricted(self.session)

    def ended(self, chosen: RetentionClass, start: datetime, birth_year: str | None) -> datetime | None:
        """Return since when something is over that began then, for a person born then."""
        return over_since(start, self.terms[chosen], self.now, is_minor=is_minor(birth_year, start))


def find_over(session: Session, operator_id: str | None, now: datetime) -> list[Over]:
    """Return everything of an operator that is over: files and texts of records first, then people.

    For None what is the hub's: people who belong to several operators or to none, and rows of operation. What somebody
    held back, what an open incident or a decision that waits concerns, and records that are not closed, are left out.
    """
    search = Search(session, operator_id, now)
    if operator_id is None:
        return [*_people(search), *_operation(search)]
    records = list(_records(search))
    whole = {one.record_id for one in records}
    return [*(one for one in _files(search) if one.record_id not in whole), *records, *_people(search)]


def open_expiry(session: Session, operator_id: str | None) -> Expiry | None:
    """Return the list of an operator, or of the hub, that is not done."""
    query = select(Expiry).where(Expiry.operator_id.is_not_distinct_from(operator_id))
    return session.scalar(query.where(Expiry.state != ExpiryState.DONE).limit(1))


def items_of(session: Session, expiry_id: str) -> Sequence[ExpiryItem]:
    """Return the items of a list, in order."""
    query = select(ExpiryItem).where(ExpiryItem.expiry_id == expiry_id).order_by(ExpiryItem.number)
    return session.scalars(query).all()


def lists_for(session: Session, operator_id: str | None) -> Sequence[Expiry]:
    """Return the lists of an operator, or of everybody for the hub, the latest first."""
    query = select(Expiry).order_by(Expiry.found_at.desc(), Expiry.id).limit(_MOST_LISTS)
    return session.scalars(query if operator_id is None else query.where(Expiry.operator_id == operator_id)).all()


def numbers_of(session: Session, record_ids: Sequence[str]) -> dict[str, str]:
    """Return the numbers of records."""
    found: dict[str, str] = {}
    for some in in_portions(record_ids):
        found |= {
            row.id: row.number for row in session.execute(select(Record.id, Record.number).where(Record.id.in_(some)))
        }
    return found


def to_disable_first(session: Session, operator_id: str | None) -> Sequence[Person]:
    """Return people without any role who can still sign in: nothing of theirs goes before they are disabled."""
    current = select(Membership.person_id).where(Membership.ended_at.is_(None))
    query = select(Person).where(
        Person.state != PersonState.DISABLED, Person.erased_at.is_(None), Person.id.not_in(current)
    )
    if operator_id:
        theirs = select(Membership.person_id).where(Membership.operator_id == operator_id)
        query = query.where(Person.id.in_(theirs))
    return by_name(session.scalars(query))[:_MOST_LISTS]


def _records(search: Search, person_id: str | None = None) -> Iterator[Over]:
    """Yield the records of the operator, or of a person, whose texts are over."""
    for record, birth_year in _closed(search, ItemKind.RECORD, person_id):
        start = max(search.awards.get(record.id) or record.closed_at, record.closed_at)
        chosen = class_of_record(carries_competency=record.id in search.awards)
        since = search.ended(chosen, start, birth_year)
        if since:
            yield Over(ItemKind.RECORD, chosen, since, record_id=record.id, person_id=record.performer_id)


def _files(search: Search) -> Iterator[Over]:
    """Yield the records whose files are over."""
    named = (
        select(Entry.record_id)
        .join(CommittedText, CommittedText.commitment == Entry.value)
        .where(Entry.kind == EntryKind.FILE, CommittedText.erased_at.is_(None))
    )
    with_files = set(search.session.scalars(named.distinct()))
    for record, birth_year in _closed(search, ItemKind.FILES):
        since = search.ended(RetentionClass.FILES, record.closed_at, birth_year)
        if since and record.id in with_files:
            yield Over(ItemKind.FILES, RetentionClass.FILES, since, record_id=record.id, person_id=record.performer_id)


@dataclass(frozen=True)
class _Closed:
    """A closed record, as far as its term needs it."""

    id: str
    performer_id: str
    closed_at: datetime


def _closed(search: Search, kind: ItemKind, person_id: str | None = None) -> Iterator[tuple[_Closed, str | None]]:
    """Yield closed records that nothing keeps and nobody erased, each with the year its performer was born in."""
    query = (
        select(Record.id, Record.performer_id, Record.closed_at, Person)
        .join(Person, Person.id == Record.performer_id)
        .where(Record.state.in_(CLOSED_STATES), Record.closed_at.is_not(None))
        .where(Record.id.not_in(_dealt_with(kind, search.now)))
        .order_by(Record.closed_at, Record.id)
    )
    if person_id:
        query = query.where(Record.performer_id == person_id)
    else:
        query = query.where(Record.operator_id == search.operator_id)
    for identifier, performer_id, closed_at, performer in search.session.execute(query):
        kept = f"{_RECORD}{identifier}" in search.apart or performer_id in search.apart
        if closed_at and not kept:
            yield _Closed(identifier, performer_id, closed_at), performer.birth_year


def _dealt_with(kind: ItemKind, now: datetime) -> Select[str | None]:
    """Return the query for records that were erased by such an item, or that somebody holds back until later."""
    done = (ExpiryItem.kind == kind) & (ExpiryItem.state.in_(_ENDED))
    held = (ExpiryItem.state == ItemState.HELD) & (ExpiryItem.held_until > now)
    return select(ExpiryItem.record_id).where(ExpiryItem.record_id.is_not(None), done | held)


def _ends_of_awards(session: Session) -> dict[str, datetime | None]:
    """Return the records that carry a competency, and until when it is valid, where it ends."""
    found: dict[str, datetime | None] = {}
    query = select(Decision.record_id, Decision.valid_until).where(Decision.awards.is_(True))
    for record_id, until in session.execute(query):
        found[record_id] = max((one for one in (found.get(record_id), until) if one), default=None)
    return found


def _people(search: Search) -> Iterator[Over]:
    """Yield the people whose everything is over: disabled, without a role for the term, without a record that stays."""
    held = select(ExpiryItem.person_id).where(
        ExpiryItem.kind == ItemKind.PERSON, ExpiryItem.state == ItemState.HELD, ExpiryItem.held_until > search.now
    )
    query = select(Person).where(
        Person.state == PersonState.DISABLED, Person.erased_at.is_(None), Person.id.not_in(held)
    )
    for person in search.session.scalars(query.order_by(Person.added_at, Person.id)):
        since = _person_over(search, person)
        if since:
            yield Over(ItemKind.PERSON, RetentionClass.ACCOUNT, since, person_id=person.id)


def person_is_over(session: Session, person: Person, now: datetime) -> bool:
    """Say whether everything of somebody is over and nothing stands against erasing them, whoever's they are."""
    return _person_over(Search(session, None, now), person, whose_ever=True) is not None


def item_is_over(session: Session, item: ExpiryItem, now: datetime) -> bool:
    """Say whether an item of a list is still over: terms may have changed, an incident may have been opened."""
    if item.kind is ItemKind.OPERATION:
        return True
    person = session.get_one(Person, item.person_id)
    if item.kind is ItemKind.PERSON:
        return person_is_over(session, person, now)
    record = session.get_one(Record, item.record_id)
    search = Search(session, record.operator_id, now)
    found = _files(search) if item.kind is ItemKind.FILES else _records(search, person.id)
    return any(one.record_id == record.id for one in found)


def _person_over(search: Search, person: Person, *, whose_ever: bool = False) -> datetime | None:
    session = search.session
    held = session.scalars(select(Membership).where(Membership.person_id == person.id)).all()
    if not whose_ever and not _is_theirs(search.operator_id, held):
        return None
    if person.id in search.apart or any(one.ended_at is None for one in held) or obstacles(session, person):
        return None
    if _has_open_erasure(session, person.id) or _keeps_records(search, person.id):
        return None
    start = max((one.ended_at for one in held if one.ended_at), default=person.added_at)
    return search.ended(RetentionClass.ACCOUNT, start, person.birth_year)


def _is_theirs(operator_id: str | None, held: Sequence[Membership]) -> bool:
    """Say whether a person is this operator's alone, or the hub's where they were several operators' or nobody's."""
    operators = {one.operator_id for one in held}
    alone = operators.pop() if len(operators) == 1 else None
    return alone == operator_id


def _has_open_erasure(session: Session, person_id: str) -> bool:
    query = select(Erasure.id).where(Erasure.person_id == person_id, Erasure.state == ErasureState.PROPOSED)
    return session.scalar(query.limit(1)) is not None


def _keeps_records(search: Search, person_id: str) -> bool:
    """Say whether a record of somebody is not over: open, still in its time, held back, or in an incident."""
    erased = select(ExpiryItem.record_id).where(
        ExpiryItem.record_id.is_not(None), ExpiryItem.kind == ItemKind.RECORD, ExpiryItem.state == ItemState.ERASED
    )
    kept = select(Record.id).where(Record.performer_id == person_id, Record.id.not_in(erased))
    over = {one.record_id for one in _records(search, person_id)}
    return not set(search.session.scalars(kept)) <= over


def _in_open_incidents(session: Session) -> set[str]:
    """Return the people and the subjects that an incident concerns which nobody closed."""
    rows = session.execute(select(Incident.person_id, Incident.signatures).where(Incident.closed_at.is_(None))).all()
    signed = sorted({one for _, signatures in rows for one in signatures})
    subjects = session.scalars(select(Signature.subject).where(Signature.id.in_(signed))) if signed else ()
    return {person_id for person_id, _ in rows} | set(subjects)


def _restricted(session: Session) -> set[str]:
    """Return the people whose data are kept because their use is restricted (GDPR 18(2))."""
    return set(session.scalars(select(Person.id).where(Person.restricted_at.is_not(None))))


def _operation(search: Search) -> Iterator[Over]:
    """Yield the old rows of operation as one item, where there are any."""
    before = operation_limit(search.terms, search.now)
    rows = sum(_count(search.session, before))
    if rows:
        yield Over(ItemKind.OPERATION, RetentionClass.SECURITY_LOG, search.now, rows=rows)


def operation_limit(terms: dict[RetentionClass, Term], now: datetime) -> datetime:
    """Return the moment before which rows of operation are over."""
    return add_months(now, -terms[RetentionClass.SECURITY_LOG].months)


def _count(session: Session, before: datetime) -> Iterable[int]:
    answers = (Delivery.fate == Fate.SENT) & Delivery.answer.is_not(None) & (Delivery.answered_at < before)
    for model, condition in (
        (WebSession, WebSession.seen_at < before),
        (Throttle, Throttle.first_failure_at < before),
        (Receipt, Receipt.accepted_at < before),
        (Delivery, answers),
    ):
        yield session.scalar(select(func.count()).select_from(model).where(condition)) or 0
