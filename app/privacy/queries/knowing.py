"""Everything the house knows of a person, as plain values; others stay pseudonyms (GD-15)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText, Line, Log
from app.audit.services import read_body
from app.competencies.models import Decision
from app.identity.models import Cohort, CohortPlace, Operator, Person
from app.kernel import clock
from app.notebook.models import Entry, Record, RecordException
from app.notebook.queries import filed_in_error
from app.privacy.queries.disclosing import employers_named
from app.privacy.queries.reaching import own_records
from app.signatures.models import Signature
from app.storage.tables import Base
from app.web.opened import texts_behind

PERSON = ("id", "login", "name", "email", "birth_year", "language", "state", "added_at", "erased_at", "restricted_at")
NOT_THEIRS = frozenset({"log_id", "line_index", "row_version", "salt"})
ABOUT_THEM: dict[str, tuple[str, ...]] = {
    "membership": ("operator_id", "role", "granted_at", "granted_by", "ended_at", "ended_by"),
    "web_session": ("device", "begun_at", "seen_at", "locked_at", "ended_at"),
    "token": ("label", "scopes", "made_at", "expires_at", "revoked_at"),
    "outside_account": ("home_page", "kind", "name", "linked_at", "ended_at"),
    "xapi_known_as": ("target_id", "agent"),
    "xapi_launch_actor": ("registration", "agent"),
    "cmi5_channel": ("session_id", "actor", "activity_id", "launch_data", "language", "claimed_at", "closed_at"),
    "cmi5_session": ("lms_id", "exercise_code", "registration", "mode", "record_id", "opened_at", "ended_at"),
    "factor": ("kind", "state", "added_at", "ended_at"),
    "acknowledgement": ("statement_version", "language", "accepted_at", "witnessed_by"),
    "signing_key": ("algorithm", "fingerprint", "state", "made_at", "ended_at", "public_key"),
    "certificate": ("serial", "subject", "enrolment", "level", "proofing", "confirmed_by", "not_before", "not_after"),
    "incident": ("suspected_since", "opened_at", "opened_by"),
    "data_request": ("asked", "way", "received_on", "due_at", "more_months", "extended_at", "outcome", "stopped_at"),
    "restriction": ("ground", "set_by", "set_at", "announced_at", "lifted_by", "lifted_at"),
    "notice_reading": ("digest", "read_at"),
    "disclosure": ("employer_id", "use", "extent", "competencies", "set_at", "set_by", "until", "ended_at", "ended_by"),
    "disclosure_view": ("disclosure_id", "seen_at"),
    "guardian_notice": ("informed_on", "means", "recorded_by", "recorded_at"),
    "erasure": ("ground", "state", "proposed_by", "proposed_at", "decided_by", "decided_at"),
}
"""What is handed out of each table that names a person; never a digest or a secret that opens something."""


def facts_of_person(session: Session, person: Person) -> dict[str, Any]:
    """Return who a person is here, and every row about them, by table."""
    found: dict[str, Any] = {"person": _facts(person, PERSON)}
    models: dict[str, Any] = {one.class_.__tablename__: one.class_ for one in Base.registry.mappers}
    for name, columns in ABOUT_THEM.items():
        model = models.get(name)
        if model is not None:
            found[name] = _rows(session, model, columns, person.id)
    places = select(Cohort.name, CohortPlace.joined_at, CohortPlace.left_at).join(
        Cohort, Cohort.id == CohortPlace.cohort_id
    )
    found["cohort"] = [
        {"name": row.name, "joined_at": plain(row.joined_at), "left_at": plain(row.left_at)}
        for row in session.execute(places.where(CohortPlace.person_id == person.id))
    ]
    found["filed_in_error"] = [
        {"number": record.number, "issued_at": plain(record.issued_at), "corrected_at": plain(correction.decided_at)}
        for record, correction in filed_in_error(session, person.id)
    ]
    found["employers"] = employers_named(session, person.id)
    found["operators"] = {one.id: one.name for one in session.scalars(select(Operator).order_by(Operator.name))}
    return found


def records_of(session: Session, person_id: str) -> list[dict[str, Any]]:
    """Return a person's records whole: values, comments, judgements of assessors, decisions, signatures."""
    return [_record(session, record) for record in own_records(session, person_id)]


def _record(session: Session, record: Record) -> dict[str, Any]:
    entries = session.scalars(select(Entry).where(Entry.record_id == record.id).order_by(Entry.sequence)).all()
    exceptions = session.scalars(
        select(RecordException).where(RecordException.record_id == record.id).order_by(RecordException.number)
    ).all()
    signed = session.scalars(
        select(Signature).where(Signature.subject == f"record:{record.id}").order_by(Signature.signed_at)
    ).all()
    decisions = session.scalars(select(Decision).where(Decision.record_id == record.id)).all()
    facts = row_facts(record) | {
        "entries": [row_facts(entry, ("record_id",)) for entry in entries],
        "exceptions": [row_facts(found, ("record_id",)) for found in exceptions],
        "decisions": [row_facts(decision) for decision in decisions],
        "signatures": [_signed(one) for one in signed],
    }
    opened: dict[str, Any] = _opened(session, facts)
    return opened


def _signed(one: Signature) -> dict[str, Any]:
    """Return a signature with its signer as pseudonym and role."""
    return {
        "meaning": one.meaning.value,
        "part": one.part,
        "by": f"person:{one.signer_id}",
        "role": one.role,
        "at": plain(one.signed_at),
        "signature": one.value,
    }


def lines_about(session: Session, person_id: str) -> list[dict[str, Any]]:
    """Return the lines about a person and of their acts, in the order of time: who did or saw what, when (GD-15).

    Of records and cohorts of others only the lines that they wrote themselves, or that name them.
    """
    own = {f"person:{person_id}", *(f"record:{record.id}" for record in own_records(session, person_id))}
    shared = _shared_subjects(session, person_id) - own
    query = select(Log.origin, Line.body).join(Log, Log.id == Line.log_id)
    bodies = [read_body(row.body) for row in session.execute(query.where(Line.subject.in_(sorted(own | shared))))]
    mine = [body for body in bodies if body["subject"] in own or _names(body, person_id)]
    texts = texts_behind(session, {body["reason"] for body in mine if body["subject"] in own})
    names = ("time", "actor", "role", "action", "subject", "before", "after", "log", "index")
    found = [{name: body[name] for name in names} | _reason(body, texts) for body in mine]
    return sorted(found, key=lambda line: (line["time"], line["log"], line["index"]))


def _reason(body: dict[str, Any], texts: dict[str, str]) -> dict[str, str]:
    return {"reason": texts[body["reason"]]} if body["reason"] in texts else {}


def _names(body: dict[str, Any], person_id: str) -> bool:
    named = {body["actor"], *map(str, (*body["before"].values(), *body["after"].values()))}
    return bool(named & {person_id, f"person:{person_id}"})


def _shared_subjects(session: Session, person_id: str) -> set[str]:
    """Return records and cohorts of others in which they took a part."""
    pseudonym = f"person:{person_id}"
    signed = session.scalars(select(Signature.subject).where(Signature.signer_id == person_id))
    taken = session.scalars(
        select(Record.id).where(or_(Record.issued_by == pseudonym, Record.reviewer_id == person_id))
    )
    cohorts = session.scalars(select(CohortPlace.cohort_id).where(CohortPlace.person_id == person_id))
    return {*signed, *(f"record:{one}" for one in taken), *(f"cohort:{one}" for one in cohorts)}


def texts_written_by(session: Session, person_id: str) -> list[dict[str, Any]]:
    """Return every text that a person wrote, with when it was erased for those that were."""
    query = select(CommittedText).where(CommittedText.person_id == person_id)
    rows = session.scalars(query.order_by(CommittedText.log_id, CommittedText.line_index, CommittedText.commitment))
    return [{"text": row.text, "erased_at": plain(row.erased_at), "commitment": row.commitment} for row in rows]


def row_facts(row: Base, without: Iterable[str] = ()) -> dict[str, Any]:
    """Return the columns of a row as plain values, without those that say nothing of a person."""
    left_out = NOT_THEIRS | set(without)
    mapper = row.__mapper__
    return {
        name: plain(getattr(row, mapper.get_property_by_column(column).key))
        for name, column in row.__table__.columns.items()
        if name not in left_out
    }


def plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, StrEnum):
        return value.value
    return clock.to_text(value) if isinstance(value, datetime) else value


def _rows(session: Session, model: Any, columns: Sequence[str], person_id: str) -> list[dict[str, Any]]:
    return [_facts(row, columns) for row in session.scalars(select(model).where(model.person_id == person_id))]


def _facts(row: Any, columns: Sequence[str]) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in columns}


def _opened(session: Session, facts: Any) -> Any:
    """Put what is behind each commitment in its place, in the fields that hold one."""
    fields = {"note", "conclusion", "reason", "comment", "grounds", "scope", "remark", "value"}
    wanted: set[str] = set()
    _walk(facts, fields, wanted.add)
    texts = texts_behind(session, wanted)

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: texts.get(item, item) if name in fields and isinstance(item, str) else put(item)
                for name, item in value.items()
            }
        return [put(item) for item in value] if isinstance(value, list) else value

    return put(facts)


def _walk(value: Any, fields: set[str], take: Any) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in fields and isinstance(item, str) and len(item) == 64:
                take(item)
            _walk(item, fields, take)
    elif isinstance(value, list):
        for item in value:
            _walk(item, fields, take)
