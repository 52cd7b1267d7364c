"""What a review came to, as a block on the page of the record."""

from flask import render_template
from markupsafe import Markup

from app.assessment.queries import statement_of
from app.assessment.views.wording import award_text, statement_view
from app.competencies.queries import decisions_on_record
from app.exercises.views.wording import shown_language
from app.kernel.actors import Actor
from app.notebook.queries import access_record, exercise_of_record
from app.notebook.rules.words import Purpose, RecordState
from app.signatures.rules import Meaning
from app.web.languages import page_language
from app.web.opened import shown_text
from app.web.visitors import edge


def record_panel(record_id: str, actor: Actor) -> str:
    """Return the decision on a closed record, or nothing where there is none yet."""
    with edge().storage.reading() as session:
        record = access_record(session, record_id, actor)
        if record.conclusion is None:
            return ""
        statement = statement_of(session, record)
        erased = "" if statement else shown_text(session, record.conclusion)
        exercise = exercise_of_record(session, record)
        decisions = decisions_on_record(session, record_id)
    meaning = Meaning.REJECTED if record.state is RecordState.REJECTED else Meaning.APPROVED
    language = shown_language(exercise, page_language())
    page = render_template(
        "assessment/_conclusion.html",
        statement=statement_view(statement, meaning, exercise, language) if statement else None,
        erased=erased,
        commitment=record.conclusion,
        awards=[award_text(decision) for decision in decisions],
        is_practice=record.purpose is Purpose.PRACTICE,
    )
    return Markup(page)  # noqa: S704  (a template escaped it)
