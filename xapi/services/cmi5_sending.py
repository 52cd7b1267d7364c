"""Sending what sessions say to the LMSs that launched them: one by one, in order, as long as the token lives.

Not by app/delivery, because such a line is a conversation (docs/adr/0020): its token lives for one session, each word
must arrive before the next, the last one before the browser leaves, and nobody administers it. A round holds a lease,
sends outside every transaction, and writes down each answer at once; what a killed worker left is sent again with the
same bytes and ids.
"""

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.errors import SealBroken
from app.delivery.rules import Limits, pause
from app.delivery.services.seals import unseal
from app.kernel import clock
from app.storage import Storage
from app.storage.tables import new_id
from xapi.errors import LmsSilent
from xapi.models import CourseChannel, CourseLms, CourseStatement
from xapi.queries import cmi5 as queries
from xapi.rules.cmi5_reporting import KEPT_OPEN, Said, Sending
from xapi.services.cmi5_line import Answer, CourseLine, Fate
from xapi.services.cmi5_sessions import close_channel, owes_something, report_progress

LEASE = timedelta(seconds=60)
_LIMITS = Limits(first_pause=timedelta(seconds=2))
_chance = secrets.SystemRandom()
_TRIES, _PATIENCE = 10, 0.3
_MEANS = {Fate.STORED: Sending.SENT, Fate.REFUSED: Sending.REFUSED}


@dataclass(frozen=True)
class _Word:
    """A statement that is to go out."""

    position: int
    identifier: str
    body: bytes
    attempts: int


@dataclass
class _Round:
    """What one round of sending holds: the lease, the line's end, its token, and what waits, in order."""

    lease: str
    endpoint: str
    lms: CourseLms
    token: str = field(repr=False)
    words: list[_Word] = field(default_factory=list)


def report_courses(storage: Storage, key: bytes) -> None:
    """Do for every open session what is due: freeze what it owes, send what waits, give up what is too old.

    Raises nothing for what an LMS or the network does.
    """
    now = clock.now()
    with storage.reading() as session:
        found = queries.open_channels(session)
        listening = [course for channel, course in found if queries.is_open(course, channel, now)]
        owing = [course.id for course in listening if owes_something(session, course)]
        old = [course.id for _, course in found if now - course.opened_at >= KEPT_OPEN]
        due = [course.id for channel, course in found if _is_due(channel, now)]
    for session_id in owing:
        with storage.transaction() as session:
            report_progress(session, session_id)
    for session_id in {*owing, *due} - {*old}:
        send_waiting(storage, key, session_id)
    for session_id in old:
        with storage.transaction() as session:
            close_channel(session, session.get_one(CourseChannel, session_id, with_for_update=True))


def send_waiting(storage: Storage, key: bytes, session_id: str) -> bool:
    """Send what a session has still to say, in order, and return whether nothing waits any more.

    Raises nothing for what the LMS, the network or another worker does.
    """
    round_ = _begin(storage, key, session_id)
    if round_ is None:
        return not _waits(storage, session_id)
    try:
        with CourseLine(round_.lms, round_.token) as line:
            _send(storage, line, session_id, round_)
    except LmsSilent as error:
        _write_down(storage, session_id, round_.lease, round_.words[0], Answer(Fate.LATER, str(error.__cause__)))
    with storage.transaction() as session:
        channel = _own_channel(session, session_id, round_.lease)
        if channel:
            channel.lease, channel.leased_until = None, None
    return not _waits(storage, session_id)


def send_before_leaving(storage: Storage, key: bytes, session_id: str) -> bool:
    """Send what waits while a person does; give a worker that is at it a moment. Returns whether nothing waits."""
    for _ in range(_TRIES):
        if send_waiting(storage, key, session_id):
            return True
        with storage.reading() as session:
            channel = session.get(CourseChannel, session_id)
            if channel is None or channel.lease is None:
                return False
        time.sleep(_PATIENCE)
    return False


def _send(storage: Storage, line: CourseLine, session_id: str, round_: _Round) -> None:
    for word in round_.words:
        answer = line.tell(round_.endpoint, word.identifier, word.body, again=word.attempts > 0)
        if not _write_down(storage, session_id, round_.lease, word, answer):
            break


def _is_due(channel: CourseChannel, now: datetime) -> bool:
    return channel.not_before is None or channel.not_before <= now


def _begin(storage: Storage, key: bytes, session_id: str) -> _Round | None:
    """Take the right to send for a session; None when another has it, or there is nothing to send or no way."""
    with storage.reading() as session:
        if not queries.waiting_of_session(session, session_id):
            return None
    now = clock.now()
    with storage.transaction() as session:
        channel = _locked(session, session_id)
        if channel is None or channel.closed_at or (channel.leased_until and channel.leased_until > now):
            return None
        try:
            token = unseal(key, session_id, channel.sealed_token or "")
        except SealBroken:
            close_channel(session, channel)
            return None
        channel.lease, channel.leased_until = new_id(), now + LEASE
        words = [
            _Word(waiting.position, waiting.id, waiting.required("body").encode(), waiting.attempts)
            for waiting in queries.waiting_of_session(session, session_id)
        ]
        lms = session.get_one(CourseLms, channel.lms_id)
        return _Round(channel.lease, channel.endpoint, lms, token, words)


def _write_down(storage: Storage, session_id: str, lease: str, word: _Word, answer: Answer) -> bool:
    """Keep what the LMS said of a statement, and say whether the next one may follow."""
    now = clock.now()
    with storage.transaction() as session:
        channel = _own_channel(session, session_id, lease)
        if channel is None:
            return False
        channel.leased_until, channel.last_answer = now + LEASE, answer.text
        statement = session.get_one(CourseStatement, (session_id, word.position))
        statement.attempts, statement.answer, statement.answered_at = word.attempts + 1, answer.text, now
        statement.sending = _MEANS.get(answer.fate, Sending.WAITING)
        if answer.fate is Fate.LATER:
            channel.failures += 1
            channel.not_before = now + pause(channel.failures, _chance.random(), _LIMITS)
        else:
            channel.failures, channel.not_before = 0, None
        session.flush()
        if answer.fate is Fate.OVER or (statement.said is Said.TERMINATED and answer.fate is not Fate.LATER):
            close_channel(session, channel)
    return answer.fate in _MEANS


def _waits(storage: Storage, session_id: str) -> bool:
    with storage.reading() as session:
        return bool(queries.waiting_of_session(session, session_id))


def _locked(session: Session, session_id: str) -> CourseChannel | None:
    query = select(CourseChannel).where(CourseChannel.session_id == session_id)
    return session.scalar(query.with_for_update())


def _own_channel(session: Session, session_id: str, lease: str) -> CourseChannel | None:
    channel = _locked(session, session_id)
    return channel if channel and channel.lease == lease else None
