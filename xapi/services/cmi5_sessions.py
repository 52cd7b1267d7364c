"""Sessions of courses: a launch is claimed once, a session opened, a record taken up in it, the session ended.

What a session says is frozen in the transaction of the act that ends or opens it, or by the worker in between; sending
is xapi/services/cmi5_sending.py's. Nobody waits for a network in a transaction.
"""

import json
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.services.seals import seal
from app.kernel import clock
from app.kernel.actors import Actor
from app.notebook.models import Record
from app.storage.tables import new_id
from xapi.errors import LaunchRefused, LaunchSpent, NoRecordWaits, OthersAccount, SessionClosed
from xapi.models import CourseChannel, CourseLms, CourseSession, CourseStatement
from xapi.queries import cmi5 as queries
from xapi.queries.cmi5 import Seat
from xapi.rules.cmi5 import Launch, LaunchData, read_launch_data
from xapi.rules.cmi5_reporting import News, Said, Sending, Speaker, build, owed
from xapi.rules.texts import read_value
from xapi.services.actors import remember_launch
from xapi.services.cmi5_line import Admission
from xapi.statements import registration_of


def check_person(session: Session, launch: Launch, lms: CourseLms, actor: Actor) -> None:
    """Raise OthersAccount for a launch of an account, or in a registration, that is somebody else's."""
    holders = queries.holders_of_account(session, launch.account)
    before = queries.sessions_of_registration(session, lms.id, launch.registration)
    if not (holders | {course.person_id for course in before}) <= {actor.person_id}:
        raise OthersAccount(subject=f"lms:{lms.id}")


def claim_launch(session: Session, launch: Launch, lms: CourseLms, *, actor: Actor) -> str:
    """Keep that a launch is being opened, so that its token is fetched only once; return the id of its session-to-be.

    Raises LaunchSpent for one that was claimed before. No act yet: the session that is opened is one.
    """
    if queries.channel_of_launch(session, launch):
        raise LaunchSpent
    channel = CourseChannel(
        session_id=new_id(),
        launch=launch.digest,
        person_id=actor.person_id,
        lms_id=lms.id,
        claimed_at=clock.now(),
        endpoint=launch.endpoint,
        activity_id=launch.activity_id,
        actor=launch.actor,
        failures=0,
    )
    session.add(channel)
    session.flush()
    return channel.session_id


def open_session(
    session: Session, key: bytes, launch: Launch, exercise: str, given: Admission, *, actor: Actor
) -> CourseSession:
    """Open the session that an LMS admitted to: `initialized` is its first word.

    Sessions of the registration that were left open are ended: the LMS listens to the newest alone (cmi5 §9.3.6).
    Raises LaunchRefused for what the LMS says and the hub cannot go by.
    """
    channel, data = _claimed(session, launch, actor), read_launch_data(read_value(given.data.encode()))
    _leave_others(session, channel.lms_id, launch.registration)
    seat = Seat(channel.lms_id, launch.registration, channel.person_id, exercise, actor.operator_id)
    record = queries.record_for(session, seat, data.mode)
    course = _new_session(channel.session_id, seat, data, record)
    channel.launch_data, channel.language = given.data, given.language
    channel.sealed_token = seal(key, course.id, given.token)
    session.add(course)
    _remember(session, course, channel)
    _say(session, course, channel, News(Said.INITIALIZED, course.opened_at))
    after = {"exercise": exercise, "registration": launch.registration, "mode": data.mode.value}
    _note(session, Action.COURSE_SESSION_OPENED, course, actor, after | {"lms": channel.lms_id} | _named(record))
    return course


def take_up_record(session: Session, session_id: str, *, actor: Actor) -> Record:
    """Take up the record that waits for the person in an open session. Raises NoRecordWaits, SessionClosed."""
    course = queries.access_session(session, session_id, actor, for_act=True)
    _check_open(session, course)
    record = queries.record_for(session, queries.seat_of(course), course.mode)
    if record is None or record.id == course.record_id:
        raise NoRecordWaits
    course.record_id = record.id
    _remember(session, course, session.get_one(CourseChannel, course.id))
    _note(session, Action.COURSE_RECORD_TAKEN_UP, course, actor, _named(record))
    return record


def end_session(session: Session, session_id: str, *, actor: Actor) -> CourseSession:
    """End a session: what is still owed is said, then `terminated`. Raises SessionClosed for one that was ended."""
    course = queries.access_session(session, session_id, actor, for_act=True)
    if course.ended_at:
        raise SessionClosed(subject=str(_subject(course)))
    course.ended_at = clock.now()
    channel = _locked_channel(session, course.id)
    if channel and not channel.closed_at:
        end = News(Said.TERMINATED, course.ended_at, duration=course.ended_at - course.opened_at)
        _say(session, course, channel, *_owed(session, course), end)
    _note(session, Action.COURSE_SESSION_ENDED, course, actor, {"exercise": course.exercise_code})
    return course


def report_progress(session: Session, session_id: str) -> None:
    """Freeze what an open session owes its course by now; no act, for nothing happens but what others did."""
    channel = _locked_channel(session, session_id)
    course = session.get_one(CourseSession, session_id)  # read under the lock: nothing may follow `terminated`
    if channel and queries.is_open(course, channel):
        _say(session, course, channel, *_owed(session, course))


def owes_something(session: Session, course: CourseSession) -> bool:
    """Say whether there is something that a session has still to tell."""
    return bool(_owed(session, course))


def close_channel(session: Session, channel: CourseChannel) -> None:
    """Say nothing more in a session: its token is destroyed, what waits stays unsent."""
    channel.sealed_token, channel.closed_at = None, channel.closed_at or clock.now()
    for waiting in queries.waiting_of_session(session, channel.session_id):
        waiting.sending = Sending.UNSENT


def forget_sessions(session: Session, pseudonym: str) -> None:
    """Remove under which names LMSs know a person, and what was told of them; part of the act that erases them."""
    for channel, statements in queries.sessions_of_person(session, pseudonym.removeprefix("person:")):
        for statement in statements:
            session.delete(statement)
        session.delete(channel)


def _claimed(session: Session, launch: Launch, actor: Actor) -> CourseChannel:
    channel = queries.channel_of_launch(session, launch)
    if channel is None or channel.launch_data or channel.person_id != actor.person_id:
        raise LaunchRefused
    return channel


def _new_session(identifier: str, seat: Seat, data: LaunchData, record: Record | None) -> CourseSession:
    return CourseSession(
        id=identifier,
        lms_id=seat.lms_id,
        operator_id=seat.operator_id,
        person_id=seat.person_id,
        exercise_code=seat.exercise_code,
        registration=seat.registration,
        mode=data.mode,
        move_on=data.move_on,
        record_id=record.id if record else None,
        opened_at=clock.now(),
    )


def _leave_others(session: Session, lms_id: str, registration: str) -> None:
    for course in queries.sessions_of_registration(session, lms_id, registration):
        course.ended_at = course.ended_at or clock.now()
        channel = _locked_channel(session, course.id)
        if channel and not channel.closed_at:
            close_channel(session, channel)


def _locked_channel(session: Session, session_id: str) -> CourseChannel | None:
    return session.get(CourseChannel, session_id, with_for_update=True, populate_existing=True)


def _check_open(session: Session, course: CourseSession) -> None:
    if not queries.is_open(course, session.get(CourseChannel, course.id)):
        raise SessionClosed(subject=str(_subject(course)))


def _owed(session: Session, course: CourseSession) -> list[News]:
    return list(owed(course.mode, queries.told_before(session, course), queries.progress_of(session, course)))


def _remember(session: Session, course: CourseSession, channel: CourseChannel) -> None:
    """Keep for the hub's targets as whom the person was launched into the record (docs/xapi.md)."""
    if course.record_id:
        registration = str(registration_of(course.record_id))
        remember_launch(session, registration, course.person_id, json.loads(channel.required("actor")))


def _say(session: Session, course: CourseSession, channel: CourseChannel, *news: News) -> None:
    """Freeze statements at the end of what the session says."""
    query = select(func.max(CourseStatement.position)).where(CourseStatement.session_id == course.id)
    last = session.scalar(query) or 0
    actor = read_value(channel.required("actor").encode())
    speaker = Speaker(actor, channel.activity_id, course.registration, queries.data_of(channel))
    for position, item in enumerate(news, last + 1):
        identifier = new_id()
        statement = CourseStatement(
            session_id=course.id,
            position=position,
            id=identifier,
            said=item.said,
            record_id=item.record_id,
            person_id=course.person_id,
            made_at=clock.now(),
            body=build(speaker, item, identifier, course.opened_at).decode(),
            sending=Sending.WAITING,
            attempts=0,
        )
        session.add(statement)


def _named(record: Record | None) -> dict[str, Any]:
    return {"record": record.number} if record else {}


def _note(session: Session, action: Action, course: CourseSession, actor: Actor, after: dict[str, Any]) -> None:
    note(session, action, _subject(course), actor=actor, role=None, after=after)


def _subject(course: CourseSession) -> Subject:
    return Subject("course_session", course.id, course.operator_id)
