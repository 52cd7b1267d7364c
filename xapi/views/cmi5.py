"""Exercises launched by courses (cmi5): the door that a launch comes to, the page of a session, the way back.

A launch is a link that an LMS made. Following it shows what would happen; opening the session, linking an account,
taking up a record and ending are deeds of the person, each by a button. A launch survives signing in.
"""

from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.exercises.queries import current_version
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel.actors import Actor, Permission
from app.kernel.errors import CahierError
from app.notebook.rules.words import Purpose
from app.notebook.services.issuing import Issue, issue_record
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.errors import remember_refusal, status_of, text_of
from app.web.languages import page_language, speaking
from app.web.visitors import current_actor, current_visitor, edge
from xapi.errors import LaunchSpent, OthersAccount
from xapi.models import CourseChannel, CourseLms
from xapi.queries import cmi5 as queries
from xapi.rules.cmi5 import PARAMETERS, Launch, read_launch
from xapi.rules.cmi5_course import CourseUnit, course_package
from xapi.services.cmi5_line import CourseLine
from xapi.services.cmi5_sending import send_before_leaving, send_waiting
from xapi.services.cmi5_sessions import check_person, claim_launch, end_session, open_session, take_up_record
from xapi.statements import Hub, exercise_activity
from xapi.views.cmi5_page import session_page

EXTENSION = "cahier_courses"
blueprint = Blueprint("cmi5", "xapi", url_prefix="/cmi5", template_folder="templates")


@dataclass(frozen=True)
class Courses:
    """What courses are told by whoever installs the hub: the key that seals tokens, its names and address."""

    key: bytes = field(repr=False)
    hub: Hub
    public_url: str


def install_courses(app: Flask, courses: Courses) -> None:
    """Let courses launch exercises of this application."""
    app.extensions[EXTENSION] = courses
    app.register_blueprint(blueprint)


def courses_here() -> Courses:
    """Return what this application knows of courses."""
    return cast(Courses, current_app.extensions[EXTENSION])


def unit_of(session: Session, courses: Courses, code: str) -> CourseUnit:
    """Return the newest version of an exercise as a course names it; raise UnknownExercise."""
    exercise = current_version(session, code).exercise
    activity = exercise_activity(courses.hub, code, {})
    url = f"{courses.public_url}{blueprint.url_prefix}/exercises/{code}"
    return CourseUnit(activity.iri, url, activity.kind, exercise.title.as_mapping(), exercise.summary.as_mapping())


@blueprint.get("/exercises/<code>/package")
@requires(Permission.EXERCISE_READ)
def download_package(code: str) -> ResponseReturnValue:
    """Give the package by which an LMS makes a course of an exercise."""
    with edge().storage.reading() as session:
        package = course_package(unit_of(session, courses_here(), code))
    response = Response(package, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{code}-cmi5.zip"'
    return response


@blueprint.get("/exercises/<code>")
@signed_in
def show_launch(code: str) -> ResponseReturnValue:
    """Show what a launch would open, and for whom; one that was opened before leads to its session."""
    try:
        with edge().storage.reading() as session:
            launch, lms = _read(session, code)
            channel = queries.channel_of_launch(session, launch)
            if channel:
                return _resumed(channel)
            return _launch_page(session, code, launch, lms)
    except CahierError as error:
        return _refused(error)


@blueprint.post("/exercises/<code>/account")
@signed_in
def link(code: str) -> ResponseReturnValue:
    """Say that the account of a launch is one's own; then the launch goes on."""
    landing = _address(".show_launch", code)
    actor = current_actor()
    try:
        with edge().storage.reading() as session:
            launch, _ = _read(session, code)
            _refuse_second(session, launch, actor)
        with acting(landing) as session:
            account = launch.account
            link_account(session, str(actor.person_id), account.system, AccountName.ID, account.name, actor=actor)
    except CahierError as error:
        return _refused(error)
    return redirect(landing, 303)


@blueprint.post("/exercises/<code>")
@signed_in
def begin(code: str) -> ResponseReturnValue:
    """Open the session of a launch: fetch its token, read what the course decided, say `initialized`."""
    actor, storage, key = current_actor(), edge().storage, courses_here().key
    try:
        with storage.reading() as session:
            launch, lms = _read(session, code)
            if not queries.holders_of_account(session, launch.account):
                raise OthersAccount
            channel = queries.channel_of_launch(session, launch)
        if channel:
            return _resumed(channel)
        landing = url_for(".show_session", session_id=_claim(launch, lms, actor))
        with CourseLine(lms) as line:
            given = line.admit(launch)
        with acting(landing) as session:
            opened = open_session(session, key, launch, code, given, actor=actor).id
    except CahierError as error:
        return _refused(error)
    send_waiting(storage, key, opened)
    return redirect(landing, 303)


@blueprint.get("/sessions/<uuid:session_id>")
@signed_in
def show_session(session_id: object) -> ResponseReturnValue:
    """Show a session: its record, what the course was told, the way back."""
    with edge().storage.reading() as session:
        course = queries.access_session(session, str(session_id), current_actor())
        channel = session.get(CourseChannel, course.id)
        with speaking((channel.language if channel else None) or page_language()):
            page, back = session_page(session, course, channel, current_actor())
    response = Response(page, mimetype="text/html")
    if back and course.ended_at and "leave" in request.args:
        # The answer to a form may not lead to another host, but a page that says where it goes may.
        response.headers["Refresh"] = f"0; url={back}"
    return response


@blueprint.post("/sessions/<uuid:session_id>/record")
@signed_in
def take_up(session_id: object) -> ResponseReturnValue:
    """Take up the record that waits, or begin to practise, in this session."""
    actor, landing = current_actor(), url_for(".show_session", session_id=session_id)
    if "practise" in request.form:
        with edge().storage.reading() as session:
            course = queries.access_session(session, str(session_id), actor)
            waits = queries.record_for(session, queries.seat_of(course), course.mode)
        if waits is None or waits.state in queries.CLOSED:
            with edge().storage.transaction() as session:
                practice = Issue(course.exercise_code, str(actor.person_id), Purpose.PRACTICE)
                issue_record(session, practice, actor=actor)
    with acting(landing) as session:
        record = take_up_record(session, str(session_id), actor=actor)
    return redirect(url_for("notebook.show_record", record_id=record.id), 303)


@blueprint.post("/sessions/<uuid:session_id>/end")
@signed_in
def end(session_id: object) -> ResponseReturnValue:
    """End a session: the course is told so first, then the browser goes back there."""
    landing = url_for(".show_session", session_id=session_id)
    with acting(landing) as session:
        end_session(session, str(session_id), actor=current_actor())
    is_told = send_before_leaving(edge().storage, courses_here().key, str(session_id))
    return redirect(f"{landing}?leave=1" if is_told else landing, 303)


def _parameters() -> dict[str, list[str]]:
    return {name: request.args.getlist(name) for name in PARAMETERS if name in request.args}


def _address(endpoint: str, code: str) -> str:
    """Return an address of this launch: its parameters go along."""
    return f"{url_for(endpoint, code=code)}?{urlencode(_parameters(), doseq=True)}"


def _read(session: Session, code: str) -> tuple[Launch, CourseLms]:
    """Return the launch of this request and the LMS that made it; raise what forbids to follow it."""
    launch, actor = read_launch(_parameters()), current_actor()
    current_version(session, code)
    lms = queries.lms_of_launch(session, launch, actor)
    check_person(session, launch, lms, actor)
    return launch, lms


def _refuse_second(session: Session, launch: Launch, actor: Actor) -> None:
    """Refuse to replace the account of that system by which the hub knows a person: it may be another's at a tablet."""
    if queries.has_other_account(session, launch.account, str(actor.person_id), AccountName.ID):
        raise OthersAccount


def _launch_page(session: Session, code: str, launch: Launch, lms: CourseLms) -> str:
    is_known = bool(queries.holders_of_account(session, launch.account))
    if not is_known:
        _refuse_second(session, launch, current_actor())
    endpoint = ".begin" if is_known else ".link"
    visitor = current_visitor()
    return render_template(
        "cmi5/launch.html",
        exercise=current_version(session, code).exercise,
        lms=lms.name,
        account=launch.account,
        is_known=is_known,
        name=visitor.name if visitor else "",
        address=_address(endpoint, code),
    )


def _resumed(channel: CourseChannel) -> ResponseReturnValue:
    if channel.person_id != current_actor().person_id:
        raise OthersAccount
    if channel.launch_data is None:
        raise LaunchSpent
    return redirect(url_for(".show_session", session_id=channel.session_id), 303)


def _claim(launch: Launch, lms: CourseLms, actor: Actor) -> str:
    """Claim a launch in a transaction of its own, before anything is fetched."""
    try:
        with edge().storage.transaction() as session:
            return claim_launch(session, launch, lms, actor=actor)
    except IntegrityError:  # another tab was quicker
        raise LaunchSpent from None


def _refused(error: CahierError) -> ResponseReturnValue:
    """Say in words why a launch opens nothing."""
    remember_refusal(edge().storage, error)
    return render_template("cmi5/refused.html", message=text_of(error)), status_of(error)
