"""Reading what an assessor signs: the review with its reach in the trail, the conclusion, and what it would come to."""

import json
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assessment.rules import counts_for_competency
from app.audit.models import CommittedText, Line, Log
from app.competencies import queries as competencies
from app.competencies.errors import UnknownCompetency
from app.competencies.rules import Competency
from app.competencies.rules.awarding import Award, Decided, Standing, Verdict, award_after, standing
from app.kernel import clock
from app.notebook.models import Record
from app.notebook.queries import signable_record
from app.notebook.rules.sheet import Sheet, conclusion_digest, review_digest
from app.notebook.rules.words import EntryKind, Judgement
from app.signatures.rules import Signable


@dataclass(frozen=True)
class ReviewFigures:
    """What a reviewer counts: exceptions and how many are judged, and everything that departs from a plain entry."""

    exceptions: int
    judged: int
    not_accepted: int
    uncommented: int
    values: int
    corrections: int
    repeats: int
    not_applicable: int
    checks: int
    checks_asked: int


@dataclass(frozen=True)
class Prospect:
    """What a decision of "competent" on a record would come to now: the standing before and after, and the award."""

    competency: Competency
    before: Standing
    after: Standing
    award: Award | None


def review_figures(sheet: Sheet) -> ReviewFigures:
    """Count what a reviewer looks at."""
    kinds = [entry.kind for entry in sheet.entries]
    return ReviewFigures(
        exceptions=len(sheet.exceptions),
        judged=sum(found.judgement is not None for found in sheet.exceptions),
        not_accepted=sum(found.judgement is Judgement.NOT_ACCEPTED for found in sheet.exceptions),
        uncommented=sum(found.comment is None for found in sheet.exceptions),
        values=kinds.count(EntryKind.VALUE),
        corrections=kinds.count(EntryKind.CORRECTION),
        repeats=kinds.count(EntryKind.REPEAT),
        not_applicable=kinds.count(EntryKind.NOT_APPLICABLE),
        checks=sum(step.check is not None for step in sheet.steps),
        checks_asked=sum(step.step.check is not None for step in sheet.steps),
    )


def prospect_of(session: Session, record: Record, sheet: Sheet) -> Prospect | None:
    """Say what "competent" would come to for the performer; None for a record that supports no competency.

    Raises UnknownCompetency when the framework in force does not hold the exercise's competency.
    """
    if not counts_for_competency(record.purpose):
        return None
    competency = competencies.competency_of(session, sheet.exercise.competency)
    if record.exercise_code not in competency.exercises:
        raise UnknownCompetency
    now, zone = clock.now(), ZoneInfo(record.zone)
    made = competencies.decisions_of(session, record.performer_id, record.operator_id)
    past = [seen for seen, _ in competencies.counting(session, made)]
    passed = Decided(competency.code, Verdict.COMPETENT, now, record.id)
    award = award_after(past, passed, competency, zone)
    if award:
        passed = replace(passed, awards=True, valid_until=award.valid_until)
    return Prospect(
        competency, standing(past, competency, now, zone), standing([*past, passed], competency, now, zone), award
    )


def signable_review(session: Session, record: Record, sheet: Sheet) -> Signable:
    """Return the record as REVIEWED signs it: content, judgements, and how far the trail was read (A11-9-3)."""
    content = signable_record(record, sheet)
    facts = content.facts | {"content": content.digest, "trail": _trail_range(session, record)}
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
