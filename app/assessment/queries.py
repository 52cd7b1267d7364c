"""Reading what an assessor signs: the review with its reach in the trail, and the conclusion with its statement."""

import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText, Line, Log
from app.notebook.models import Record
from app.notebook.queries import header_of, signable_record
from app.notebook.rules.sheet import Sheet, conclusion_digest, review_digest
from app.signatures.rules import Signable


def signable_review(session: Session, record: Record, sheet: Sheet) -> Signable:
    """Return the record as REVIEWED signs it: content, judgements, and how far the trail was read (A11-9-3)."""
    content = signable_record(record, sheet)
    facts = header_of(record) | {"content": content.digest, "trail": _trail_range(session, record)}
    return Signable(content.subject, record.operator_id, review_digest(content.digest, sheet.exceptions), facts)


def signable_conclusion(
    session: Session, record: Record, sheet: Sheet, statement: str, facts: dict[str, Any]
) -> Signable:
    """Return the record as APPROVED or REJECTED signs it: the review and the commitment to the statement."""
    reviewed = signable_review(session, record, sheet)
    return Signable(
        reviewed.subject,
        record.operator_id,
        conclusion_digest(reviewed.digest, statement),
        reviewed.facts | facts | {"statement": statement},
    )


def statement_of(session: Session, record: Record) -> dict[str, Any] | None:
    """Return the statement that concluded a record; None while there is none, or when it was erased."""
    kept = session.get(CommittedText, record.conclusion) if record.conclusion else None
    statement: dict[str, Any] | None = json.loads(kept.text) if kept and kept.text else None
    return statement


def _trail_range(session: Session, record: Record) -> dict[str, Any]:
    """Say which lines about the record exist now: the reviewer signs for having been shown these."""
    query = (
        select(Log.origin, func.min(Line.subject_sequence), func.max(Line.subject_sequence))
        .join(Line, Line.log_id == Log.id)
        .where(Log.operator_id == record.operator_id, Line.subject == f"record:{record.id}")
        .group_by(Log.origin)
    )
    origin, first, last = session.execute(query).one()
    return {"log": origin, "first": first, "last": last}
