"""The page of a session of a course, in words: its record, what the course was told, what it waits for."""

from typing import Any

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.exercises.queries import current_version
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_
from app.notebook.models import Record
from app.notebook.rules.labels import RECORD_STATES
from app.notebook.rules.words import REVIEW_STATES, Purpose
from app.web.languages import translate
from app.web.visitors import edge
from xapi.models import CourseChannel, CourseLms, CourseSession, CourseStatement
from xapi.queries import cmi5 as queries
from xapi.rules.cmi5 import LaunchMode, MoveOn, is_below
from xapi.rules.cmi5_reporting import Said, Sending

SAID = {
    Said.INITIALIZED: N_("The exercise was opened"),
    Said.COMPLETED: N_("The record was signed as performed"),
    Said.PASSED: N_("Passed, as the assessor decided"),
    Said.FAILED: N_("Not passed, as the assessor decided"),
    Said.TERMINATED: N_("The session has ended"),
}
SENDING = {
    Sending.WAITING: ("waiting", N_("On its way")),
    Sending.SENT: ("delivered", N_("The course knows it")),
    Sending.REFUSED: ("dead", N_("The course refused it")),
    Sending.UNSENT: ("down", N_("The course was not told")),
}
MOVE_ON = {
    MoveOn.PASSED: N_("For the course the exercise is done once an assessor has decided that it was passed."),
    MoveOn.COMPLETED: N_("For the course the exercise is done once you have signed the record."),
    MoveOn.COMPLETED_AND_PASSED: N_(
        "For the course the exercise is done once you have signed the record and an assessor has decided that it was "
        "passed."
    ),
    MoveOn.COMPLETED_OR_PASSED: N_(
        "For the course the exercise is done once you have signed the record, or an assessor has decided that it was "
        "passed."
    ),
    MoveOn.NOT_APPLICABLE: N_("The course does not wait for anything in this exercise."),
}


def session_page(
    session: Session, course: CourseSession, channel: CourseChannel | None, actor: Actor
) -> tuple[str, str]:
    """Return the page, and the address by which the course wants people back, or an empty text."""
    lms = session.get_one(CourseLms, course.lms_id)
    record = session.get(Record, course.record_id) if course.record_id else None
    waits = queries.record_for(session, queries.seat_of(course), course.mode)
    statements = queries.statements_of_session(session, course.id)
    listens, back = queries.is_open(course, channel), _way_back(channel, lms)
    page = render_template(
        "cmi5/session.html",
        course=course,
        lms=lms.name,
        exercise=current_version(session, course.exercise_code).exercise,
        record=_record(record) if record else None,
        offered=_record(waits) if waits and waits is not record and listens else None,
        is_practice=record is not None and record.purpose is Purpose.PRACTICE,
        is_judged_later=record is not None and record.state in REVIEW_STATES,
        can_practise=actor.may(Permission.RECORD_PRACTISE) and actor.operator_id is not None,
        only_shows=course.mode is not LaunchMode.NORMAL,
        listens=listens,
        told=[_told(statement) for statement in statements],
        is_refused=any(statement.sending is Sending.REFUSED for statement in statements),
        move_on=translate(MOVE_ON[course.move_on]),
        back=back,
    )
    return page, back


def record_panel(record_id: str, actor: Actor) -> str:
    """Return, on the page of a record that was opened from a course, the way to its session; nothing on others."""
    with edge().storage.reading() as session:
        course = queries.session_of_record(session, record_id, actor.person_id)
        if course is None:
            return ""
        channel = session.get(CourseChannel, course.id)
        page = render_template(
            "cmi5/_panel.html",
            lms=session.get_one(CourseLms, course.lms_id).name,
            address=url_for("cmi5.show_session", session_id=course.id),
            listens=queries.is_open(course, channel),
        )
    return Markup(page)  # noqa: S704  (a template escaped it)


def _way_back(channel: CourseChannel | None, lms: CourseLms) -> str:
    """Return where the course wants people back, if that is the LMS's own place."""
    address = queries.data_of(channel).return_url if channel and channel.launch_data else None
    return address if address and is_below(address, lms.origins) else ""


def _record(record: Record) -> dict[str, Any]:
    look, label = RECORD_STATES[record.state]
    return {
        "number": record.number,
        "state": look,
        "state_label": translate(label),
        "url": url_for("notebook.show_record", record_id=record.id),
    }


def _told(statement: CourseStatement) -> dict[str, Any]:
    look, label = SENDING[statement.sending]
    at = statement.answered_at or statement.made_at
    return {"words": translate(SAID[statement.said]), "state": look, "state_label": translate(label), "at": at}
