"""The API of competencies: what a person may do, until when, and the decisions and records behind it."""

from typing import Any
from uuid import UUID

from flask import Blueprint
from spectree import Response

from app.competencies.models import Decision
from app.competencies.queries import CompetencyStanding, standing_of
from app.competencies.rules.awarding import State, Verdict
from app.kernel import clock
from app.kernel.actors import Permission
from app.web.access import requires
from app.web.languages import page_language
from app.web.openapi import Answer, Problem, spec
from app.web.visitors import current_actor, edge

blueprint = Blueprint("competencies_api", __name__, url_prefix="/api/v1")
REFUSALS = {"HTTP_401": Problem, "HTTP_403": Problem, "HTTP_404": Problem}


class DecisionAnswer(Answer):
    """What an assessor decided on one record; `record_digest` is what PERFORMED signed."""

    verdict: Verdict
    decided_at: str
    assessor: str
    assessor_name: str
    awards: bool
    valid_until: str | None
    reassess_on: str | None
    record: str
    record_number: str
    record_digest: str
    exercise: str
    exercise_version: int
    scope: str | None
    grounds: str | None
    set_aside: bool


class StandingAnswer(Answer):
    """Where a person stands with one competency at an operator; `rests_on` is the record behind the state."""

    operator: str
    operator_name: str
    competency: str
    title: str
    scope: str
    state: State
    valid_until: str | None
    ends_soon: bool
    passes: int
    needed: int
    validity_months: int
    rests_on: str | None
    decisions: list[DecisionAnswer]


class CompetenciesAnswer(Answer):
    """Every competency of the framework, and those of older ones that were decided on."""

    person: str
    competencies: list[StandingAnswer]


@blueprint.get("/competencies")
@requires(Permission.COMPETENCY_READ)
@spec.validate(resp=Response(HTTP_200=CompetenciesAnswer, **REFUSALS), tags=["competencies"])
def read_own() -> Any:
    """Say what the person whose token this is may do, until when, and on which evidence."""
    return _of(current_actor().person_id or "")


@blueprint.get("/people/<uuid:person_id>/competencies")
@requires(Permission.COMPETENCY_READ)
@spec.validate(resp=Response(HTTP_200=CompetenciesAnswer, **REFUSALS), tags=["competencies"])
def read_of_person(person_id: UUID) -> Any:
    """Say what a person may do, until when, and on which evidence."""
    return _of(str(person_id))


def _of(person_id: str) -> CompetenciesAnswer:
    now = clock.now()
    with edge().storage.reading() as session:
        found = standing_of(session, person_id, current_actor(), at=now)
    return CompetenciesAnswer(
        person=person_id,
        competencies=[
            StandingAnswer(
                operator=one.operator_id,
                operator_name=one.operator_name,
                competency=one.competency.code,
                title=one.competency.title.in_language(page_language()),
                scope=one.competency.scope.in_language(page_language()),
                state=one.state,
                valid_until=clock.to_text(one.standing.valid_until) if one.standing.valid_until else None,
                ends_soon=one.standing.ends_soon(now),
                passes=one.standing.passes,
                needed=one.standing.needed,
                validity_months=one.competency.validity_months,
                rests_on=one.behind.record_id if one.behind else None,
                decisions=[_decision(row, one) for row in one.history],
            )
            for one in found
        ],
    )


def _decision(row: Decision, of: CompetencyStanding) -> DecisionAnswer:
    return DecisionAnswer(
        verdict=row.verdict,
        decided_at=clock.to_text(row.decided_at),
        assessor=row.assessor_id,
        assessor_name=of.assessors.get(row.assessor_id, ""),
        awards=row.awards,
        valid_until=clock.to_text(row.valid_until) if row.valid_until else None,
        reassess_on=row.reassess_on,
        record=row.record_id,
        record_number=row.record_number,
        record_digest=row.record_digest,
        exercise=row.exercise_code,
        exercise_version=row.exercise_version,
        scope=of.texts.get(row.scope or ""),
        grounds=of.texts.get(row.grounds or ""),
        set_aside=row.id in of.set_aside,
    )
