"""The pages: the library as a list, one master as people read it, and the schema that exercise files are checked by."""

from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.competencies.errors import UnknownCompetency
from app.competencies.queries import competency_of, list_competencies
from app.exercises import queries
from app.exercises.queries import ListedExercise
from app.exercises.views.wording import shown_language, step_words
from app.identity.queries import names_of
from app.kernel.actors import Permission
from app.web.access import public, requires
from app.web.languages import page_language
from app.web.markdown import render_markdown
from app.web.visitors import edge

blueprint = Blueprint("exercises", __name__, url_prefix="/exercises", template_folder="../templates")
blueprint.add_app_template_filter(render_markdown, "markdown")


@blueprint.get("")
@requires(Permission.EXERCISE_READ)
def show_list() -> ResponseReturnValue:
    """Show the newest version of every exercise."""
    with edge().storage.reading() as session:
        listed = queries.list_exercises(session)
        competencies = {one.code: one.title.in_language(page_language()) for one in list_competencies(session)}
    rows = [_row(one, competencies) for one in listed]
    return render_template("exercises/list.html", rows=rows)


@blueprint.get("/<code>")
@requires(Permission.EXERCISE_READ)
def show_exercise(code: str) -> ResponseReturnValue:
    """Show the newest version of an exercise."""
    with edge().storage.reading() as session:
        return _page(session, queries.current_version(session, code))


@blueprint.get("/<code>/<int:version>")
@requires(Permission.EXERCISE_READ)
def show_version(code: str, version: int) -> ResponseReturnValue:
    """Show one version of an exercise, also an old one: records stay pinned to it."""
    with edge().storage.reading() as session:
        return _page(session, queries.version_of(session, code, version))


@blueprint.get("/schema.json")
@public
def download_schema() -> ResponseReturnValue:
    """Give the schema of exercise files to whoever writes one."""
    schema = (files("config") / "exercises" / "exercise.schema.json").read_bytes()
    return Response(schema, mimetype="application/schema+json")


def _row(listed: ListedExercise, competencies: dict[str, str]) -> dict[str, Any]:
    exercise = listed.exercise
    language = shown_language(exercise, page_language())
    return {
        "exercise": exercise,
        "language": language,
        "title": exercise.title.in_language(language),
        "summary": exercise.summary.in_language(language),
        "competency": competencies.get(exercise.competency, exercise.competency),
        "steps": sum(1 for _ in exercise.steps()),
        "hours": exercise.hands_on_minutes // 60,
        "minutes": exercise.hands_on_minutes % 60,
    }


def _page(session: Session, listed: ListedExercise) -> str:
    exercise = listed.exercise
    language = shown_language(exercise, page_language())
    versions = sorted(queries.versions_of(session, exercise.code), reverse=True)
    return render_template(
        "exercises/master.html",
        listed=listed,
        exercise=exercise,
        language=language,
        sections=[
            {
                "id": section.id,
                "title": section.title.in_language(language),
                "ordered": section.ordered,
                "steps": [step_words(exercise, step, language) for step in section.steps],
            }
            for section in exercise.sections
        ],
        criteria=[(criterion.text.in_language(language), criterion.critical) for criterion in exercise.criteria],
        competency=_competency(session, exercise.competency),
        versions=versions,
        is_newest=exercise.version == versions[0],
        loaded_by=_name(session, listed.loaded_by),
        hours=exercise.hands_on_minutes // 60,
        minutes=exercise.hands_on_minutes % 60,
    )


def _competency(session: Session, code: str) -> str:
    try:
        return competency_of(session, code).title.in_language(page_language())
    except UnknownCompetency:
        return code


def _name(session: Session, pseudonym: str) -> str:
    kind, _, identifier = pseudonym.partition(":")
    return names_of(session, {identifier}).get(identifier, "") if kind == "person" else ""
