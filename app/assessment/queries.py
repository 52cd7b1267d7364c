"""Reading what an assessor needs: the record's digests for each signature, the conclusion, the review's reach in the trail."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assessment.models import Conclusion
from app.assessment.rules import conclusion_digest, review_digest
from app.audit.models import CommittedText, Line, Log
from app.notebook.models import Record
from app.notebook.queries import header_of, signable_record
from app.notebook.rules.sheet import Sheet, step_digest
from app.signatures.queries import SignatureBlock, blocks_of
from app.signatures.rules import Meaning, Signable


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


def present_digests(session: Session, record: Record, sheet: Sheet) -> Callable[[Meaning, str | None], str]:
    """Return what each signature of a record would cover if it were made now (A11d-13.8)."""
    content = signable_record(record, sheet).digest
    reviewed = review_digest(content, sheet.exceptions)
    conclusion = session.get(Conclusion, record.id)

    def present(meaning: Meaning, part: str | None) -> str:
        if part and part.startswith("step:"):
            return step_digest(sheet, part.removeprefix("step:"))
        if meaning is Meaning.PERFORMED:
            return content
        if meaning is Meaning.REVIEWED or conclusion is None:
            return reviewed
        return conclusion_digest(reviewed, conclusion.statement)

    return present


def signature_blocks(session: Session, record: Record, sheet: Sheet) -> list[SignatureBlock]:
    """Return the blocks of all signatures of a record, each with what it is worth now."""
    return blocks_of(session, f"record:{record.id}", present_digests(session, record, sheet))


def conclusion_of(session: Session, record_id: str) -> tuple[Conclusion, dict[str, Any] | None] | None:
    """Return a record's conclusion and its statement, None in the statement's place when it was erased."""
    conclusion = session.get(Conclusion, record_id)
    if conclusion is None:
        return None
    kept = session.get(CommittedText, conclusion.statement)
    return conclusion, json.loads(kept.text) if kept and kept.text else None


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
