"""The throttle before every place where a password or code is tried (AS-6.3.1, P11.300(d), C3).

An attempt is counted before it is tried and forgotten when it succeeds, so that a thousand attempts at once are
counted like a thousand in a row. Counting happens in transactions of its own: what is tried may fail, the count
stays. Doors are operational and no evidence; that a login was locked is a line of the trail.
"""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.models import Person, Throttle
from app.identity.rules.doors import FAILURES_FORGOTTEN_AFTER, LOCK_DURATION, Door, login_door, next_attempt
from app.kernel import clock
from app.kernel.actors import system_actor
from app.kernel.errors import TooMany
from app.storage.rows import locked_row


def knock(session: Session, doors: Sequence[Door]) -> None:
    """Count an attempt at each door, about to be made; raise TooMany while one of them is closed."""
    now = clock.now()
    for door in doors:
        throttle = _throttle(session, door)
        if throttle.until and throttle.until > now:
            raise TooMany(seconds=int((throttle.until - now).total_seconds()) + 1)
        if now - throttle.first_failure_at >= _memory(door):
            throttle.failures, throttle.first_failure_at, throttle.locked = 0, now, False
        throttle.failures += 1
        throttle.until = next_attempt(door, throttle.failures, now)


def forget_attempt(session: Session, doors: Sequence[Door], *, opened: bool) -> None:
    """Take back an attempt that did not fail; when it opened the door, the login's earlier failures are forgotten
    too.
    """
    for door in doors:
        throttle = _throttle(session, door)
        throttle.failures = 0 if opened and not door.shared else max(throttle.failures - 1, 0)
        throttle.until = None
        if throttle.failures == 0:
            session.delete(throttle)


def keep_failure(session: Session, doors: Sequence[Door]) -> None:
    """Write the line of a known person's door that this failed attempt locked; the caller counted the attempt
    already.
    """
    for door in doors:
        throttle = _throttle(session, door)
        if throttle.failures < door.allowance or throttle.locked:
            continue
        throttle.locked = True
        if not door.shared:
            _note_lock(session, door, throttle.failures)


def open_doors(session: Session, key: str) -> None:
    """Forget every failure at the doors of a login; part of the act that unlocks or resets."""
    session.execute(delete(Throttle).where(_of_login(key)))


def forget_old_failures(session: Session) -> None:
    """Remove doors that nobody knocked at lately; for the worker, so that addresses are not kept (GDPR)."""
    before = clock.now() - FAILURES_FORGOTTEN_AFTER
    session.execute(
        delete(Throttle).where(
            Throttle.first_failure_at < before, or_(Throttle.until.is_(None), Throttle.until < clock.now())
        )
    )


def _throttle(session: Session, door: Door) -> Throttle:
    return locked_row(
        session, Throttle, {"door": door.name}, failures=0, first_failure_at=clock.now(), until=None, locked=False
    )


def _memory(door: Door) -> timedelta:
    return LOCK_DURATION if door.shared else FAILURES_FORGOTTEN_AFTER


def _of_login(key: str) -> ColumnElement[bool]:
    return Throttle.door.startswith(login_door(key))


def _note_lock(session: Session, door: Door, failures: int) -> None:
    key = door.name.split(":")[1]
    person_id = session.scalar(select(Person.id).where(Person.login_key == key))
    if person_id:
        subject = Subject("person", person_id)
        actor = system_actor("throttle")
        note(session, Action.PERSON_LOCKED, subject, actor=actor, after={"failures": failures})
