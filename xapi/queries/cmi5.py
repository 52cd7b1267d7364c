"""Reading sessions of courses: LMSs that may launch, a person's sessions, the record they work in, what was told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from app.assessment.rules import counts_for_competency
from app.competencies.queries import decisions_on_record
from app.competencies.rules.awarding import Outcome, Verdict
from app.identity.models import OutsideAccount
from app.identity.queries import account_key
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.notebook.models import Record
from app.notebook.queries import next_waiting
from app.notebook.rules.words import RecordState
from app.storage.sessions import vault_of
from xapi.errors import NoSuchLms, UnknownLms
from xapi.models import CourseChannel, CourseLms, CourseSession, CourseStatement
from xapi.rules.cmi5 import Account, Launch, LaunchData, LaunchMode, is_below, read_launch_data
from xapi.rules.cmi5_reporting import ARRIVES, KEPT_OPEN, Judgement, Points, Progress, Sending, Told
from xapi.rules.texts import read_value

CLOSED = (RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED, RecordState.VOIDED)


@dataclass(frozen=True)
class Seat:
    """Where a session stands: in which registration of which LMS, for whom, in which exercise."""

    lms_id: str
    registration: str
    person_id: str
    exercise_code: str
    operator_id: str | None


def list_lms(session: Session, actor: Actor) -> Sequence[CourseLms]:
    """Return the LMSs that may launch, by name; those of the actor's operator, or all for the hub."""
    query = select(CourseLms).where(CourseLms.ended_at.is_(None)).order_by(CourseLms.name)
    if actor.operator_id is not None:
        query = query.where(CourseLms.operator_id == actor.operator_id)
    return session.scalars(query).all()


def find_lms(session: Session, name: str) -> CourseLms | None:
    """Return the LMS in use that has this name."""
    return session.scalar(select(CourseLms).where(CourseLms.name == name, CourseLms.ended_at.is_(None)))


def lms_in_use(session: Session, name: str, actor: Actor) -> CourseLms:
    """Return the LMS in use that has this name; raise NoSuchLms, also for another operator's."""
    found = find_lms(session, name)
    if found is None or actor.operator_id not in (None, found.operator_id):
        raise NoSuchLms
    return found


def lms_of_launch(session: Session, launch: Launch, actor: Actor) -> CourseLms:
    """Return the LMS whose addresses a launch leads to, both of them; raise UnknownLms."""
    query = select(CourseLms).where(CourseLms.ended_at.is_(None)).order_by(CourseLms.name)
    for lms in session.scalars(query):
        is_theirs = lms.operator_id in (None, actor.operator_id)
        if is_theirs and is_below(launch.endpoint, lms.origins) and is_below(launch.fetch, lms.origins):
            return lms
    raise UnknownLms


def holders_of_account(session: Session, account: Account) -> set[str]:
    """Return who is known to a system by this name, whichever of its names it is."""
    query = select(OutsideAccount.person_id).where(
        OutsideAccount.home_page == account.system,
        OutsideAccount.name_key == account_key(vault_of(session), account.system, account.name),
        OutsideAccount.ended_at.is_(None),
    )
    return set(session.scalars(query))


def has_other_account(session: Session, account: Account, person_id: str, kind: str) -> bool:
    """Say whether a system knows this person by another name of a kind."""
    query = select(OutsideAccount.id).where(
        OutsideAccount.home_page == account.system,
        OutsideAccount.person_id == person_id,
        OutsideAccount.kind == kind,
        OutsideAccount.ended_at.is_(None),
    )
    return session.scalar(query.limit(1)) is not None


def channel_of_launch(session: Session, launch: Launch) -> CourseChannel | None:
    """Return what became of a launch before; None for a new one."""
    return session.scalar(select(CourseChannel).where(CourseChannel.launch == launch.digest))


def access_session(session: Session, session_id: str, actor: Actor, *, for_act: bool = False) -> CourseSession:
    """Return a session of the actor's own, locked when an act is to follow; raise NotFound for any other."""
    found = session.get(CourseSession, session_id, with_for_update=for_act, populate_existing=for_act)
    if found is None or found.person_id != actor.person_id:
        raise NotFound
    return found


def is_open(course: CourseSession, channel: CourseChannel | None, now: datetime | None = None) -> bool:
    """Say whether a session can still tell its course anything."""
    if course.ended_at or channel is None or channel.closed_at:
        return False
    return (now or clock.now()) - course.opened_at < KEPT_OPEN


def seat_of(course: CourseSession) -> Seat:
    """Return where a session stands."""
    return Seat(course.lms_id, course.registration, course.person_id, course.exercise_code, course.operator_id)


def sessions_of_registration(session: Session, lms_id: str, registration: str) -> Sequence[CourseSession]:
    """Return the sessions of a registration, the latest first; also those of other exercises of the course."""
    query = select(CourseSession).where(CourseSession.lms_id == lms_id, CourseSession.registration == registration)
    return session.scalars(query.order_by(CourseSession.opened_at.desc(), CourseSession.id)).all()


def record_for(session: Session, seat: Seat, mode: LaunchMode) -> Record | None:
    """Return the record in which a session works; None when none waits.

    The one of the registration's last session; once that is closed, the next that waits for the person and is of no
    other registration, practice last. A course that only shows gets nothing new.
    """
    last = session.scalar(_bound(seat).order_by(CourseSession.opened_at.desc()).limit(1))
    present = session.get(Record, last) if last else None
    if mode is not LaunchMode.NORMAL or (present and present.state not in CLOSED):
        return present
    elsewhere = exists().where(
        CourseSession.record_id == Record.id,
        or_(CourseSession.registration != seat.registration, CourseSession.lms_id != seat.lms_id),
    )
    waiting = next_waiting(session, seat.person_id, seat.exercise_code, seat.operator_id, elsewhere)
    return waiting or present


def _bound(seat: Seat) -> Select[str | None]:
    return select(CourseSession.record_id).where(
        CourseSession.lms_id == seat.lms_id,
        CourseSession.registration == seat.registration,
        CourseSession.exercise_code == seat.exercise_code,
        CourseSession.record_id.is_not(None),
    )


def told_before(session: Session, course: CourseSession) -> list[Told]:
    """Return what arrived or is on its way in the registration of a session, about its exercise."""
    query = (
        select(CourseStatement.said, CourseStatement.record_id, CourseStatement.session_id)
        .join(CourseSession, CourseSession.id == CourseStatement.session_id)
        .where(
            CourseSession.lms_id == course.lms_id,
            CourseSession.registration == course.registration,
            CourseSession.exercise_code == course.exercise_code,
            or_(CourseStatement.sending.in_(ARRIVES), CourseStatement.session_id == course.id),
        )
    )
    return [Told(said, record_id, at == course.id) for said, record_id, at in session.execute(query)]


def progress_of(session: Session, course: CourseSession) -> list[Progress]:
    """Return how far the records of a session's registration are, in the order of their issue."""
    bound = set(session.scalars(_bound(seat_of(course)))) | ({course.record_id} - {None})
    query = select(Record).where(Record.id.in_(bound)).order_by(Record.issued_at, Record.number)
    return [_progress(session, record) for record in session.scalars(query)]


def _progress(session: Session, record: Record) -> Progress:
    return Progress(record.id, record.started_at, record.completed_at, _judgement(session, record))


def _judgement(session: Session, record: Record) -> Judgement | None:
    """Return what the assessor decided; nothing of practice, which is never judged for a course (ER-26, CM-3)."""
    is_decided = record.state in (RecordState.APPROVED, RecordState.REJECTED)
    if not is_decided or record.closed_at is None or not counts_for_competency(record.purpose):
        return None
    decision = next(iter(decisions_on_record(session, record.id)), None)
    if decision is None:
        return None
    passed = record.state is RecordState.APPROVED and decision.verdict is Verdict.COMPETENT
    met = [judged["outcome"] == Outcome.MET for judged in decision.judgements.values()]
    return Judgement(passed, record.closed_at, Points(sum(met), len(met)) if met else None)


def data_of(channel: CourseChannel) -> LaunchData:
    """Return what the course decided for a session that was opened."""
    return read_launch_data(read_value((channel.launch_data or "").encode()))


def statements_of_session(session: Session, session_id: str) -> Sequence[CourseStatement]:
    """Return what a session says, in order."""
    query = select(CourseStatement).where(CourseStatement.session_id == session_id)
    return session.scalars(query.order_by(CourseStatement.position)).all()


def waiting_of_session(session: Session, session_id: str) -> Sequence[CourseStatement]:
    """Return what a session has still to send, in order."""
    query = select(CourseStatement).where(
        CourseStatement.session_id == session_id, CourseStatement.sending == Sending.WAITING
    )
    return session.scalars(query.order_by(CourseStatement.position)).all()


def open_channels(session: Session) -> Sequence[tuple[CourseChannel, CourseSession]]:
    """Return the channels by which something can still be said, with their sessions."""
    query = (
        select(CourseChannel, CourseSession)
        .join(CourseSession, CourseSession.id == CourseChannel.session_id)
        .where(CourseChannel.closed_at.is_(None))
        .order_by(CourseSession.opened_at)
    )
    return [(channel, course) for channel, course in session.execute(query)]


def session_of_record(session: Session, record_id: str, person_id: str | None) -> CourseSession | None:
    """Return the latest session in which a person works in a record."""
    query = select(CourseSession).where(CourseSession.record_id == record_id, CourseSession.person_id == person_id)
    return session.scalar(query.order_by(CourseSession.opened_at.desc()).limit(1))


def sessions_of_person(session: Session, person_id: str) -> Iterable[tuple[CourseChannel, list[CourseStatement]]]:
    """Yield everything kept of a person's sessions under the names that LMSs have for them."""
    for channel in session.scalars(select(CourseChannel).where(CourseChannel.person_id == person_id)):
        yield channel, list(statements_of_session(session, channel.session_id))
