"""Reading records: the one door to a record, its sheet, its digests, and the lists people start from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.exercises.queries import pinned_exercise
from app.exercises.rules.master import Exercise
from app.identity.errors import UnderRestriction
from app.identity.queries import is_restricted, sees_restricted, shown_to
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.notebook.errors import AttributedInError
from app.notebook.models import Attribution, Entry, Record, RecordException
from app.notebook.rules.sheet import (
    EntryFacts,
    ExceptionFacts,
    Sheet,
    conclusion_digest,
    content_digest,
    review_digest,
    step_digest,
)
from app.notebook.rules.words import OPEN_STATES, REVIEW_STATES, AttributionState, Purpose, RecordState
from app.signatures.models import Signature
from app.signatures.queries import SignatureBlock, blocks_of, signatures_of
from app.signatures.rules import Meaning, Signable
from app.storage.rows import FOR_AN_ACT
from app.storage.tables import table_of
from app.web.opened import texts_behind

_ENTRIES = select(*table_of(Entry).columns).where(Entry.record_id == bindparam("record")).order_by(Entry.sequence)
WHOLE_OPERATOR = (Permission.RECORD_ASSESS, Permission.RECORD_VOID, Permission.TRAIL_VERIFY)


def access_record(session: Session, record_id: str, actor: Actor, *, for_act: bool = False) -> Record:
    """Return a record the actor may see, locked when an act is to follow; raise NotFound for any other (AS-8.4.1).

    A trainee sees their own records; those who assess, review or audit see their operator's; the hub's see all. While
    the use of the performer's data is restricted, few others see it, and UnderRestriction meets any act (GD-18). Raises
    AttributedInError for whom it was filed under in error: the one whose work it was sees it instead.
    """
    actor.require(Permission.RECORD_READ, f"record:{record_id}")
    lock = FOR_AN_ACT if for_act else None
    record = session.get(Record, record_id, with_for_update=lock, populate_existing=for_act)
    if record is None or actor.operator_id not in (None, record.operator_id):
        raise NotFound
    if not is_work_of(record, actor.person_id) and not any(actor.may(right) for right in WHOLE_OPERATOR):
        raise AttributedInError if record.performer_id == actor.person_id else NotFound
    if is_restricted(session, record.rightful_id or record.performer_id):
        if not is_work_of(record, actor.person_id) and not sees_restricted(actor):
            raise NotFound
        if for_act:
            raise UnderRestriction(subject=f"record:{record.id}")
    return record


def next_waiting(
    session: Session, performer_id: str, exercise_code: str, operator_id: str | None, taken: ColumnElement[bool]
) -> Record | None:
    """Return the open record of an exercise that waits for a person, the oldest first and practice last.

    `taken` says of a record that another door leads to it already.
    """
    query = select(Record).where(
        Record.performer_id == performer_id,
        Record.exercise_code == exercise_code,
        Record.operator_id == operator_id,
        Record.state.in_(OPEN_STATES),
        ~taken,
    )
    waiting = session.scalars(query.order_by(Record.issued_at, Record.number)).all()
    return min(waiting, key=lambda record: record.purpose is Purpose.PRACTICE, default=None)


def is_work_of(record: Record, person_id: str | None) -> bool:
    """Say whether a record is a person's own: issued to them and never found to be another's, or found to be theirs."""
    if record.misattributed_at:
        return record.rightful_id is not None and record.rightful_id == person_id
    return record.performer_id == person_id


def work_of(person_id: str | None) -> ColumnElement[bool]:
    """Return the same as a condition on records."""
    own = and_(Record.performer_id == person_id, Record.misattributed_at.is_(None))
    return or_(own, Record.rightful_id == person_id)


def filed_in_error(session: Session, person_id: str | None) -> Sequence[tuple[Record, Attribution]]:
    """Return the records that were filed under a person and are not theirs, with the corrections, the newest first."""
    query = (
        select(Record, Attribution)
        .join(Attribution, Attribution.record_id == Record.id)
        .where(Record.performer_id == person_id, Attribution.state == AttributionState.CONFIRMED)
        .order_by(Attribution.decided_at.desc())
    )
    return [(record, correction) for record, correction in session.execute(query).all()]


def attribution_of(session: Session, record_id: str, *states: AttributionState) -> Attribution | None:
    """Return the correction of a record's attribution that stands in one of these states."""
    query = select(Attribution).where(Attribution.record_id == record_id, Attribution.state.in_(states))
    return session.scalar(query.limit(1))


def exercise_of_record(session: Session, record: Record) -> Exercise:
    """Return the master the record is pinned to by its digest (ER-H2)."""
    return pinned_exercise(session, record.exercise_code, record.exercise_version, record.exercise_digest)


def sheet_of(session: Session, record: Record) -> Sheet:
    """Build the record's sheet from its entries and exceptions, with the texts behind commitments opened."""
    # Bare rows: a sheet is read at every request, and entries never change, so that no objects of them are needed.
    entries = session.execute(_ENTRIES, {"record": record.id}).all()
    exceptions = exceptions_of(session, record.id)
    texts = _texts_behind(session, entries, exceptions)
    return Sheet(
        exercise_of_record(session, record),
        tuple(_entry_facts(entry, texts) for entry in entries),
        tuple(_exception_facts(found, texts) for found in exceptions),
    )


def exceptions_of(session: Session, record_id: str) -> Sequence[RecordException]:
    """Return a record's exceptions by number."""
    query = select(RecordException).where(RecordException.record_id == record_id).order_by(RecordException.number)
    return session.scalars(query).all()


def header_of(record: Record) -> dict[str, Any]:
    """Return what names a record in its digest: everything that is fixed at issue."""
    return {
        "record": record.id,
        "number": record.number,
        "exercise": record.exercise_code,
        "version": record.exercise_version,
        "exercise_digest": record.exercise_digest,
        "purpose": record.purpose.value,
        "language": record.language,
        "zone": record.zone,
        "release": record.release,
        "performer": record.performer_id,
        "issued_at": clock.to_text(record.issued_at),
        "issued_by": record.issued_by,
    }


def place_of(record: Record) -> dict[str, str]:
    """Return where a record is executed, as lines and manifests say it (ER-H4); empty where nobody said so.

    No part of the digest: a room that is set right after a return leaves what was signed before as it was.
    """
    return {"site": record.site or "", "room": record.room} if record.room else {}


def signable_record(record: Record, sheet: Sheet) -> Signable:
    """Return the record as PERFORMED signs it."""
    facts = header_of(record) | place_of(record) | {"entries": len(sheet.entries), "exceptions": len(sheet.exceptions)}
    digest = content_digest(header_of(record), sheet)
    return Signable(f"record:{record.id}", record.operator_id, digest, facts)


def signable_step(record: Record, sheet: Sheet, step_id: str) -> Signable:
    """Return a step as VERIFIED signs it."""
    facts = header_of(record) | place_of(record) | {"step": step_id}
    digest = step_digest(sheet, step_id)
    return Signable(f"record:{record.id}", record.operator_id, digest, facts, part=f"step:{step_id}")


def digests_now(record: Record, sheet: Sheet) -> Callable[[Meaning, str | None], str]:
    """Return what a signature of each meaning, over the whole record or a part, covers as the record stands now."""
    content = signable_record(record, sheet)
    reviewed = review_digest(content.digest, sheet.exceptions)

    def present(meaning: Meaning, part: str | None) -> str:
        if part:
            return step_digest(sheet, part.removeprefix("step:"))
        if meaning is Meaning.PERFORMED:
            return content.digest
        if meaning is Meaning.REVIEWED or record.conclusion is None:
            return reviewed
        return conclusion_digest(reviewed, record.conclusion)

    return present


def signature_blocks(session: Session, record: Record, sheet: Sheet) -> list[SignatureBlock]:
    """Return the blocks of all signatures of a record, each with what it is worth now (A11d-13.8)."""
    return blocks_of(session, f"record:{record.id}", digests_now(record, sheet))


def signatures_before(session: Session, record: Record, meaning: Meaning, part: str | None = None) -> list[Signature]:
    """Return the signatures of one meaning over the whole record, or over a part of it, in the order they were made."""
    found = signatures_of(session, f"record:{record.id}")
    return [signature for signature in found if (signature.meaning, signature.part) == (meaning, part)]


def count_signed_entries(session: Session, record: Record, signature: Signature) -> int:
    """Return how many entries a record held when a signature was made; by the lines of the two, not by a clock."""
    query = select(func.count()).where(Entry.record_id == record.id, Entry.line_index <= signature.line_index)
    return session.scalar(query) or 0


def last_room(session: Session, actor: Actor) -> str:
    """Return the id of the room into which somebody issued a record last, for the operator they act for; else none."""
    query = select(Record.training_room_id).where(
        Record.issued_by == actor.pseudonym, Record.operator_id == actor.operator_id, Record.room.is_not(None)
    )
    return session.scalar(query.order_by(Record.issued_at.desc()).limit(1)) or ""


@dataclass(frozen=True)
class Worklist:
    """What a person starts from: what to do, what to correct, what waits for others, what waits for their judgement."""

    to_do: Sequence[Record]
    to_correct: Sequence[Record]
    waiting: Sequence[Record]
    to_review: Sequence[Record]
    recent: Sequence[Record]


def worklist(session: Session, actor: Actor, *, most: int = 50) -> Worklist:
    """Return the "For you" lists of a person, for the operator they act for."""
    mine = select(Record).where(work_of(actor.person_id))
    if actor.operator_id:
        mine = mine.where(Record.operator_id == actor.operator_id)
    newest = mine.order_by(Record.issued_at.desc()).limit(most)
    reviewing: Sequence[Record] = ()
    if actor.may(Permission.RECORD_ASSESS):
        query = select(Record).where(
            Record.state.in_(REVIEW_STATES),
            Record.performer_id != actor.person_id,
            shown_to(actor, Record.performer_id),
            or_(Record.reviewer_id.is_(None), Record.reviewer_id == actor.person_id),
        )
        if actor.operator_id:
            query = query.where(Record.operator_id == actor.operator_id)
        reviewing = session.scalars(query.order_by(Record.completed_at).limit(most)).all()
    closed = (RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED)
    return Worklist(
        to_do=session.scalars(newest.where(Record.state.in_(OPEN_STATES - {RecordState.RETURNED}))).all(),
        to_correct=session.scalars(newest.where(Record.state == RecordState.RETURNED)).all(),
        waiting=session.scalars(newest.where(Record.state.in_(REVIEW_STATES))).all(),
        to_review=reviewing,
        recent=session.scalars(newest.where(Record.state.in_(closed)).limit(10)).all(),
    )


def list_records(
    session: Session, actor: Actor, *, state: RecordState | None = None, search: str = "", page: int = 1, size: int = 50
) -> tuple[Sequence[Record], int]:
    """List the records the actor may see, newest first, with their whole count."""
    actor.require(Permission.RECORD_READ)
    query = select(Record).where(shown_to(actor, Record.performer_id))
    if actor.operator_id:
        query = query.where(Record.operator_id == actor.operator_id)
    if not any(actor.may(right) for right in WHOLE_OPERATOR):
        query = query.where(work_of(actor.person_id))
    if state:
        query = query.where(Record.state == state)
    if search:
        query = query.where(Record.number.icontains(search, autoescape=True))
    count = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(Record.issued_at.desc(), Record.number.desc()).offset((page - 1) * size).limit(size)
    )
    return rows.all(), count


def _texts_behind(
    session: Session, entries: Sequence[Row[Any]], exceptions: Sequence[RecordException]
) -> dict[str, str]:
    wanted = {entry.reason for entry in entries} | {entry.value for entry in entries if entry.committed}
    wanted |= {found.comment for found in exceptions} | {found.grounds for found in exceptions}
    return texts_behind(session, wanted)


def _entry_facts(entry: Row[Any], texts: dict[str, str]) -> EntryFacts:
    return EntryFacts(
        sequence=entry.sequence,
        kind=entry.kind,
        step_id=entry.step_id,
        field_id=entry.field_id,
        position=entry.position,
        attempt=entry.attempt,
        corrects=entry.corrects,
        value=entry.value,
        raw=entry.raw,
        unit=entry.unit,
        source=entry.source,
        evaluation=tuple(entry.evaluation or ()),
        reason=entry.reason,
        performed_by=entry.performed_by,
        recorded_at=entry.recorded_at,
        shown=texts.get(entry.value or "") if entry.committed else entry.value,
        why=texts.get(entry.reason or ""),
    )


def _exception_facts(found: RecordException, texts: dict[str, str]) -> ExceptionFacts:
    return ExceptionFacts(
        number=found.number,
        kind=found.kind,
        step_id=found.step_id,
        field_id=found.field_id,
        position=found.position,
        entry=found.entry,
        facts=found.facts,
        comment=found.comment,
        opened_by=found.opened_by,
        opened_at=found.opened_at,
        judgement=found.judgement,
        judged_by=found.judged_by,
        judged_at=found.judged_at,
        comment_shown=texts.get(found.comment or ""),
        grounds=found.grounds,
        grounds_shown=texts.get(found.grounds or ""),
    )
