"""The API of exercises: the library, and one master as it is executed."""

from typing import Any

from flask import Blueprint
from spectree import Response

from app.exercises.queries import current_version, list_exercises
from app.exercises.rules.content import canonical_content
from app.kernel.actors import Permission
from app.web.access import requires
from app.web.languages import page_language
from app.web.openapi import Answer, Problem, spec
from app.web.visitors import edge

blueprint = Blueprint("exercises_api", __name__, url_prefix="/api/v1")


class ExerciseSummary(Answer):
    """An exercise in the library."""

    code: str
    version: int
    series: str
    title: str
    competency: str
    digest: str


class Library(Answer):
    """The newest version of every exercise."""

    exercises: list[ExerciseSummary]


class ExerciseAnswer(ExerciseSummary):
    """An exercise whole; `content` follows the schema of exercise files, in every language it has."""

    content: dict[str, Any]


@blueprint.get("/exercises")
@requires(Permission.EXERCISE_READ)
@spec.validate(resp=Response(HTTP_200=Library, HTTP_401=Problem, HTTP_403=Problem), tags=["exercises"])
def read_library() -> Any:
    """List the exercises that can be issued."""
    with edge().storage.reading() as session:
        return Library(exercises=[ExerciseSummary(**_summary(found)) for found in list_exercises(session)])


@blueprint.get("/exercises/<code>")
@requires(Permission.EXERCISE_READ)
@spec.validate(
    resp=Response(HTTP_200=ExerciseAnswer, HTTP_401=Problem, HTTP_403=Problem, HTTP_404=Problem), tags=["exercises"]
)
def read_exercise(code: str) -> Any:
    """Read the newest version of one exercise."""
    with edge().storage.reading() as session:
        found = current_version(session, code)
    return ExerciseAnswer(**_summary(found), content=canonical_content(found.exercise))


def _summary(found: Any) -> dict[str, Any]:
    exercise = found.exercise
    return {
        "code": exercise.code,
        "version": exercise.version,
        "series": exercise.series,
        "title": exercise.title.in_language(page_language()),
        "competency": exercise.competency,
        "digest": found.digest,
    }
