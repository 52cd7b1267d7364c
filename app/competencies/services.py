"""The acts on competencies: loading a version of the framework, and an assessor's decision as part of an approval."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, keep_text, note
from app.competencies import queries
from app.competencies.errors import (
    CriticalNotMet,
    DecidedAlready,
    DoesNotCount,
    FrameworkVersionTaken,
    GroundsMissing,
    JudgementsMissing,
    OlderFramework,
    OwnWork,
)
from app.competencies.models import CompetencyVersion, Decision, DecisionSetAside
from app.competencies.rules import Competency, Framework, framework_content
from app.competencies.rules.awarding import (
    Award,
    Outcome,
    Taken,
    Verdict,
    award_after,
    missing_judgements,
    unmet_critical,
    what_remains,
)
from app.identity.models import Operator
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Invalid, NotFound
from app.storage.tables import new_id

FRAMEWORK = Subject("framework", "hub")


@dataclass(frozen=True)
class Evidence:
    """The record that a decision rests on, and the version of the exercise whose criteria were judged (CO-1)."""

    record_id: str
    number: str
    digest: str
    exercise_code: str
    exercise_version: int
    exercise_digest: str


@dataclass(frozen=True)
class Judged:
    """What the assessor says of one criterion, with a remark if there is one to make."""

    outcome: Outcome
    remark: str | None = None


@dataclass(frozen=True)
class NewDecision:
    """What is asked of an assessor: `criteria` maps every criterion of the exercise to whether it is critical."""

    operator_id: str
    person_id: str
    competency_code: str
    evidence: Evidence
    verdict: Verdict
    criteria: Mapping[str, bool]
    judgements: Mapping[str, Judged] = field(default_factory=dict)
    scope: str | None = None
    grounds: str | None = None
    reassess_on: date | None = None


def load_framework(session: Session, framework: Framework, *, actor: Actor) -> bool:
    """Load a version of the framework as one act; return False, with no line, when just this content is loaded already.

    Raises FrameworkVersionTaken for a version with other content, OlderFramework for one below the newest.
    """
    role = actor.require(Permission.EXERCISE_LOAD)
    rows = [_version_row(content, framework.version, actor) for content in framework_content(framework)["competencies"]]
    digests = {row.code: row.digest for row in rows}
    loaded = queries.digests_of_version(session, framework.version)
    if loaded == digests:
        return False
    if loaded:
        raise FrameworkVersionTaken(version=framework.version)
    newest = queries.newest_version(session)
    if newest and framework.version < newest:
        raise OlderFramework(version=framework.version, newest=newest)
    session.add_all(rows)
    note(
        session,
        Action.FRAMEWORK_LOADED,
        FRAMEWORK,
        actor=actor,
        role=role,
        before={"version": newest},
        after={"version": framework.version, "competencies": digests},
    )
    return True


def add_decision(session: Session, new: NewDecision, *, actor: Actor) -> Decision:
    """Add an assessor's decision as PART of the act that approves or rejects the record: the caller writes the line.

    Whether the decision awards the competency, and until when, follows from the framework's rule; without such a
    decision nothing awards. Raises JudgementsMissing, CriticalNotMet, GroundsMissing, DoesNotCount, DecidedAlready,
    OwnWork, and NotFound for a competency or a person that is not the actor's to see (CO-1, CO-2, CO-3).
    """
    actor.require(Permission.RECORD_ASSESS)
    operator, competency_row = _access(session, new, actor)
    competency = queries.competency_from(competency_row)
    _check(session, new, competency, actor)
    decision = _decision_row(session, new, operator, competency_row, actor)
    previous = queries.decisions_of(session, new.person_id, new.operator_id)
    zone = ZoneInfo(operator.zone)
    award = award_after(
        [seen for seen, _ in queries.counting(session, previous)], queries.decided(decision), competency, zone
    )
    if award:
        decision.awards, decision.valid_until = True, award.valid_until
    decision.reassess_on = _reassessment(new, award)
    session.add(decision)
    return decision


def set_aside_decisions(session: Session, record_id: str, *, actor: Actor) -> dict[str, list[str]]:
    """Set aside every decision on a record, and every award that rested on it, as PART of the act that says why.

    Returns what the line says of it: the ids of the `decisions`, and of later ones that lose their `awards`.
    """
    on_record = list(queries.decisions_on_record(session, record_id))
    already = queries.taken_from(session, on_record)
    on_record = [row for row in on_record if Taken.DECISION not in already.get(row.id, set())]
    awards = {row.id for found in on_record for row in _awards_lost(session, found)}
    for decision_id, extent in [
        *((row.id, Taken.DECISION) for row in on_record),
        *((one, Taken.AWARD) for one in awards),
    ]:
        session.add(
            DecisionSetAside(
                decision_id=decision_id,
                extent=extent,
                record_id=record_id,
                set_aside_at=clock.now(),
                set_aside_by=actor.pseudonym,
            )
        )
    return {"decisions": sorted(row.id for row in on_record), "awards": sorted(awards)}


def _awards_lost(session: Session, gone: Decision) -> list[Decision]:
    """Return the later decisions of the same competency whose award the passes without this one do not give."""
    made = queries.decisions_of(session, gone.person_id, gone.operator_id)
    counting = [
        (seen, row) for seen, row in queries.counting(session, made) if row.competency_code == gone.competency_code
    ]
    zone = ZoneInfo(session.get_one(Operator, gone.operator_id).zone)
    version = session.get_one(CompetencyVersion, (gone.competency_code, gone.competency_version))
    remaining = what_remains(
        [seen for seen, _ in counting],
        lambda seen: seen.record_id == gone.record_id,
        queries.competency_from(version),
        zone,
    )
    kept = {seen.record_id for seen in remaining if seen.awards}
    return [row for seen, row in counting if seen.awards and row.id != gone.id and seen.record_id not in kept]


def decision_facts(decision: Decision) -> dict[str, Any]:
    """Return what the line of the approving act says of the decision in its `after`."""
    return {
        "decision": decision.id,
        "person": decision.person_id,
        "competency": decision.competency_code,
        "competency_version": decision.competency_version,
        "competency_digest": decision.competency_digest,
        "verdict": decision.verdict.value,
        "awards": decision.awards,
        "valid_until": clock.to_text(decision.valid_until) if decision.valid_until else None,
        "reassess_on": decision.reassess_on,
    }


def _version_row(content: dict[str, Any], version: int, actor: Actor) -> CompetencyVersion:
    return CompetencyVersion(
        code=content["code"],
        version=version,
        content=content,
        digest=canonical.digest(canonical.canonical_bytes(content)),
        loaded_at=clock.now(),
        loaded_by=actor.pseudonym,
    )


def _access(session: Session, new: NewDecision, actor: Actor) -> tuple[Operator, CompetencyVersion]:
    operator = session.get(Operator, new.operator_id)
    if operator is None or actor.operator_id not in (None, operator.id):
        raise NotFound
    if not queries.is_of_operator(session, new.person_id, operator.id):
        raise NotFound
    return operator, queries.current_version(session, new.competency_code)


def _check(session: Session, new: NewDecision, competency: Competency, actor: Actor) -> None:
    """Refuse a decision that the criteria, the framework or the separation of duties do not allow.

    (1) nobody decides on themselves; (2) the record's exercise counts towards the competency; (3) the record has no
    decision on it yet; (4) every criterion is judged; (5) with a critical one not met nobody is competent; (6) not yet
    competent says why.
    """
    # (1)
    if new.person_id == actor.person_id:
        raise OwnWork(subject=f"record:{new.evidence.record_id}")
    # (2)
    if new.evidence.exercise_code not in competency.exercises:
        raise DoesNotCount(exercise=new.evidence.exercise_code, competency=competency.code)
    # (3)
    if queries.is_decided(session, new.evidence.record_id, competency.code):
        raise DecidedAlready(competency=competency.code)
    # (4)
    judged = {criterion: judgement.outcome for criterion, judgement in new.judgements.items()}
    missing = missing_judgements(new.criteria, judged)
    if missing:
        raise JudgementsMissing(criteria=", ".join(missing))
    if unknown := judged.keys() - new.criteria.keys():
        raise Invalid(N_("The exercise has no criterion called %(criteria)s."), criteria=", ".join(sorted(unknown)))
    # (5)
    unmet = unmet_critical((criterion for criterion, critical in new.criteria.items() if critical), judged)
    if new.verdict is Verdict.COMPETENT and unmet:
        raise CriticalNotMet(criteria=", ".join(unmet))
    # (6)
    if new.verdict is Verdict.NOT_YET_COMPETENT and not (new.grounds or "").strip():
        raise GroundsMissing(fields={"grounds": GroundsMissing.message})


def _decision_row(
    session: Session, new: NewDecision, operator: Operator, competency: CompetencyVersion, actor: Actor
) -> Decision:
    def kept(text: str | None) -> str | None:
        return keep_text(session, text.strip(), actor.person_id) if text and text.strip() else None

    return Decision(
        id=new_id(),
        operator_id=operator.id,
        person_id=new.person_id,
        competency_code=competency.code,
        competency_version=competency.version,
        competency_digest=competency.digest,
        record_id=new.evidence.record_id,
        record_number=new.evidence.number,
        record_digest=new.evidence.digest,
        exercise_code=new.evidence.exercise_code,
        exercise_version=new.evidence.exercise_version,
        exercise_digest=new.evidence.exercise_digest,
        verdict=new.verdict,
        judgements={
            criterion: {"outcome": judged.outcome.value, "remark": kept(judged.remark)}
            for criterion, judged in new.judgements.items()
        },
        scope=kept(new.scope),
        grounds=kept(new.grounds),
        assessor_id=actor.person_id,
        decided_at=clock.now(),
        zone=operator.zone,
        awards=False,
    )


def _reassessment(new: NewDecision, award: Award | None) -> str | None:
    """Return the day of the next assessment: the assessor's, or the award's last day where that comes first."""
    day = new.reassess_on
    if award and (day is None or day > award.reassess_on):
        day = award.reassess_on
    return day.isoformat() if day else None
