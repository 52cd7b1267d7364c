"""The acts of an assessor: take into review, judge exceptions, return, sign REVIEWED, conclude under APPROVED or
REJECTED.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.assessment import queries
from app.assessment.errors import AlreadyJudged, AnotherReviewer, ExceptionsOpen, TrailMovedOn
from app.assessment.rules import (
    Draft,
    check_conclusion,
    counts_for_competency,
    facts_of_statement,
    open_exceptions,
)
from app.audit.actions import Action
from app.audit.services import hold_log, keep_text, note
from app.competencies import services as competencies
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import NotFound
from app.notebook.models import Record, RecordException
from app.notebook.queries import access_record, sheet_of, signable_record
from app.notebook.rules.sheet import Sheet
from app.notebook.rules.words import Deed, Judgement, next_state
from app.notebook.services.bench import need_reason, record_facts, record_subject
from app.signatures.errors import SignerExcluded
from app.signatures.queries import parts_taken
from app.signatures.rules import Meaning, exclude
from app.signatures.services.keys import OpenKey
from app.signatures.services.signing import sign


def check_reviewer(session: Session, record: Record, *, actor: Actor) -> None:
    """Raise what forbids an actor to go on with the review of a record: their own part in it, or another reviewer."""
    _check_independent(session, record, actor)
    if record.reviewer_id != actor.person_id:
        raise AnotherReviewer


def begin_review(session: Session, record_id: str, *, actor: Actor) -> Record:
    """Take a completed record into review; from here on one assessor answers for it."""
    record, role = _take(session, record_id, actor)
    record.state = next_state(record.state, Deed.BEGIN_REVIEW, str(record_subject(record)))
    record.reviewer_id = actor.person_id
    _note(session, Action.REVIEW_BEGUN, record, actor, role, after={"state": record.state.value})
    return record


def judge_exception(
    session: Session, record_id: str, number: int, judgement: Judgement, *, actor: Actor, reason: str
) -> RecordException:
    """Judge one exception with grounds, in review and not before; there is no "accept all" (RX-2)."""
    record, role = _take_mine(session, record_id, actor)
    record.state = next_state(record.state, Deed.JUDGE, str(record_subject(record)))
    found = session.get(RecordException, (record_id, number))
    if found is None:
        raise NotFound
    if found.judgement:
        raise AlreadyJudged
    text = need_reason(reason)
    found.judgement, found.judged_by, found.judged_at = judgement, actor.person_id, clock.now()
    found.grounds = keep_text(session, text, actor.person_id)
    after = {"exception": number, "judgement": judgement.value}
    _note(session, Action.EXCEPTION_JUDGED, record, actor, role, reason=text, after=after)
    return found


def return_record(session: Session, record_id: str, *, actor: Actor, reason: str) -> Record:
    """Return a record to its performer with the points to correct; once corrected, it needs a new signature."""
    record, role = _take_mine(session, record_id, actor)
    text = need_reason(reason)
    record.state = next_state(record.state, Deed.RETURN, str(record_subject(record)))
    record.round += 1
    record.note = keep_text(session, text, actor.person_id)
    after = {"state": record.state.value, "round": record.round}
    _note(session, Action.RECORD_RETURNED, record, actor, role, reason=text, after=after)
    return record


def sign_review(
    session: Session, record_id: str, key: OpenKey, shown_digest: str, shown_line: int, *, actor: Actor
) -> Record:
    """Sign REVIEWED over content, judgements and the trail's range; raises ExceptionsOpen while one is not judged.

    `shown_line` is the last of the record's lines, by its number within the record, that the reviewer was shown. Raises
    TrailMovedOn when others have come since.
    """
    record, role = _take_mine(session, record_id, actor)
    sheet = sheet_of(session, record)
    subject = str(record_subject(record))
    unjudged = open_exceptions(sheet.exceptions)
    if unjudged:
        raise ExceptionsOpen(subject=subject, numbers=", ".join(map(str, unjudged)))
    record.state = next_state(record.state, Deed.REVIEW, subject)
    hold_log(session, record.operator_id)  # a refused attempt adds a line about the record without waiting for it
    signable = queries.signable_review(session, record, sheet)
    if signable.facts["trail"]["last"] != shown_line:
        raise TrailMovedOn
    signature = sign(session, signable, Meaning.REVIEWED, key, actor=actor, shown_digest=shown_digest, zone=record.zone)
    after = {
        "state": record.state.value,
        "meaning": Meaning.REVIEWED.value,
        "digest": signable.digest,
        "signature": signature.manifest_digest,
    }
    _note(session, Action.RECORD_REVIEWED, record, actor, role, after=after)
    return record


def conclude(
    session: Session, record_id: str, draft: Draft, key: OpenKey, shown_digest: str, *, meaning: Meaning, actor: Actor
) -> Record:
    """Sign APPROVED with the decision on competency, or REJECTED with grounds; the record is closed (CO-1 … CO-3).

    The decision on competency is part of this one act; a practice record supports none (ER-26).
    """
    record, role = _take_mine(session, record_id, actor)
    sheet = sheet_of(session, record)
    deed, action = (
        (Deed.APPROVE, Action.RECORD_APPROVED) if meaning is Meaning.APPROVED else (Deed.REJECT, Action.RECORD_REJECTED)
    )
    check_conclusion(draft, meaning, sheet.exercise.criteria, sheet.exceptions, today=_today(record))
    before, record.state = record.state, next_state(record.state, deed, str(record_subject(record)))
    record.closed_at = clock.now()
    signable = queries.signable_conclusion(session, record, sheet, draft.commitment(), facts_of_statement(draft))
    signature = sign(session, signable, meaning, key, actor=actor, shown_digest=shown_digest, zone=record.zone)
    record.conclusion = keep_text(session, draft.statement(), actor.person_id, salt=draft.salt)
    facts = {"state": record.state.value, "meaning": meaning.value, "signature": signature.manifest_digest}
    facts |= _decide(session, record, sheet, draft, actor)
    reason = draft.grounds.strip() or None
    _note(session, action, record, actor, role, reason=reason, before={"state": before.value}, after=facts)
    return record


def _decide(session: Session, record: Record, sheet: Sheet, draft: Draft, actor: Actor) -> dict[str, Any]:
    """Add the decision on competency that the conclusion carries, and return what the line says of it."""
    facts: dict[str, Any] = {
        "competency": sheet.exercise.competency,
        "decision": draft.verdict.value,
        "score": draft.score(),
        "counts": counts_for_competency(record.purpose),
    }
    if not counts_for_competency(record.purpose):
        return facts
    new = competencies.NewDecision(
        operator_id=record.operator_id,
        person_id=record.performer_id,
        competency_code=sheet.exercise.competency,
        evidence=competencies.Evidence(
            record_id=record.id,
            number=record.number,
            digest=signable_record(record, sheet).digest,
            exercise_code=record.exercise_code,
            exercise_version=record.exercise_version,
            exercise_digest=record.exercise_digest,
        ),
        verdict=draft.verdict,
        criteria={criterion.id: criterion.critical for criterion in sheet.exercise.criteria},
        judgements={
            name: competencies.Judged(judged.outcome, judged.remark or None)
            for name, judged in draft.judgements.items()
        },
        scope=draft.scope or None,
        grounds=draft.grounds or None,
        reassess_on=draft.reassess_on,
    )
    decision = competencies.add_decision(session, new, actor=actor)
    return facts | {"award": competencies.decision_facts(decision)}


def _take(session: Session, record_id: str, actor: Actor) -> tuple[Record, Role]:
    """Lock a record for an assessor who took no part in it (CO-2, §13.5)."""
    subject = f"record:{record_id}"
    role = actor.require(Permission.RECORD_ASSESS, subject)
    record = access_record(session, record_id, actor, for_act=True)
    _check_independent(session, record, actor)
    return record, role


def _take_mine(session: Session, record_id: str, actor: Actor) -> tuple[Record, Role]:
    record, role = _take(session, record_id, actor)
    if record.reviewer_id not in (None, actor.person_id):
        raise AnotherReviewer
    return record, role


def _check_independent(session: Session, record: Record, actor: Actor) -> None:
    subject = str(record_subject(record))
    if record.performer_id == actor.person_id:
        raise SignerExcluded(subject=subject)
    exclude(Meaning.REVIEWED, parts_taken(session, subject, actor.person_id or ""), subject)


def _today(record: Record) -> date:
    return clock.now().astimezone(ZoneInfo(record.zone)).date()


def _note(
    session: Session,
    action: Action,
    record: Record,
    actor: Actor,
    role: Role,
    *,
    after: dict[str, Any],
    reason: str | None = None,
    before: dict[str, Any] | None = None,
) -> None:
    facts = record_facts(record) | after
    note(session, action, record_subject(record), actor=actor, role=role, reason=reason, before=before, after=facts)
