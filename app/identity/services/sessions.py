"""Beginning, locking, unlocking and ending sessions at a browser.

The browser holds a random token; the database holds its digest. Failed attempts are counted per login and per address in our
own table, and the same words answer every failure (AS-6.3.1, ES-5).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity import queries
from app.identity.errors import SignInFailed, WrongPassword
from app.identity.models import Credential, Person, PersonState, WebSession
from app.identity.rules import login_key
from app.identity.services.passwords import check_door, clear_door, password_opens
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.storage.tables import new_id


@dataclass(frozen=True)
class Limits:
    """How long a session may stand idle and last, and how many failures lock a door (settings)."""

    idle: timedelta
    absolute: timedelta
    lockout_failures: int


def digest_of_token(token: str) -> str:
    """Digest a session's or API's token: the database never holds what opens a door."""
    return hashlib.sha256(token.encode()).hexdigest()


def check_password(session: Session, login: str, password: str) -> Person:
    """Return the active person whom login and password name, or raise SignInFailed; TooMany while the door is closed."""
    check_door(session, f"login:{login_key(login)}")
    person = queries.person_by_login(session, login)
    credential = session.get(Credential, person.id) if person else None
    opens = password_opens(credential, password)
    if person is None or not opens or person.state is not PersonState.ACTIVE:
        raise SignInFailed(subject=f"person:{person.id}" if person else None)
    clear_door(session, f"login:{person.login_key}")
    return person


def begin_session(session: Session, person: Person, *, device: str) -> str:
    """Begin a session for somebody whose password was just checked; return the token for the cookie."""
    token = secrets.token_urlsafe(32)
    operators = queries.operators_of(session, person.id)
    hub_role = any(held.operator_id is None for held in queries.current_memberships(session, person.id))
    operator_id = None if hub_role or not operators else operators[0].id
    now = clock.now()
    row = WebSession(
        token_hash=digest_of_token(token),
        public_id=new_id(),
        person_id=person.id,
        operator_id=operator_id,
        device=device[:200],
        begun_at=now,
        seen_at=now,
    )
    session.add(row)
    actor = queries.actor_of(session, person, operator_id, session_id=row.public_id)
    note(session, Action.SESSION_BEGUN, _subject(person.id), actor=actor, after={"session": row.public_id})
    return token


def lock_session(session: Session, row: WebSession, *, actor: Actor) -> None:
    """Lock a session that stood idle, or that its person locked; nothing is lost (A11d-11.8, C6)."""
    row.locked_at = clock.now()
    row.first_signed_at = None
    note(session, Action.SESSION_LOCKED, _subject(row.person_id), actor=actor, after={"session": row.public_id})


def unlock_session(session: Session, row: WebSession, password: str, *, actor: Actor) -> str:
    """Unlock a session for the same person by their password, under a new token (AS-7.2.4); raises WrongPassword."""
    person = session.get_one(Person, row.person_id)
    check_door(session, f"login:{person.login_key}")
    if not password_opens(session.get(Credential, person.id), password):
        raise WrongPassword(subject=f"person:{person.id}")
    clear_door(session, f"login:{person.login_key}")
    token = secrets.token_urlsafe(32)
    # The token is the key of the row; the session itself stays the same one, under a fresh token.
    session.execute(
        update(WebSession)
        .where(WebSession.public_id == row.public_id)
        .values(token_hash=digest_of_token(token), locked_at=None, seen_at=clock.now())
    )
    note(session, Action.SESSION_UNLOCKED, _subject(person.id), actor=actor, after={"session": row.public_id})
    return token


def end_session(session: Session, row: WebSession, *, actor: Actor) -> None:
    """End a session at its person's wish."""
    row.ended_at = clock.now()
    note(session, Action.SESSION_ENDED, _subject(row.person_id), actor=actor, after={"session": row.public_id})


def revoke_session(session: Session, public_id: str, *, actor: Actor) -> None:
    """End one of one's own sessions elsewhere (AS-7.5.2)."""
    row = session.scalar(select(WebSession).where(WebSession.public_id == public_id, WebSession.ended_at.is_(None)))
    if row is None or row.person_id != actor.person_id:
        raise NotFound
    row.ended_at = clock.now()
    note(session, Action.SESSION_REVOKED, _subject(row.person_id), actor=actor, after={"session": public_id})


def switch_operator(session: Session, row: WebSession, operator_id: str | None, *, actor: Actor) -> None:
    """Act for another operator of one's own from here on; a session-breaker for signing (ES-1)."""
    held = queries.current_memberships(session, row.person_id)
    if all(membership.operator_id != operator_id for membership in held):
        raise NotFound
    before, row.operator_id = row.operator_id, operator_id
    row.first_signed_at = None
    note(
        session,
        Action.SESSION_SWITCHED,
        _subject(row.person_id),
        actor=actor,
        before={"operator": before},
        after={"operator": operator_id, "session": row.public_id},
    )


def end_all_sessions(session: Session, person_id: str) -> None:
    """End every session of a person; part of the act that disables or resets them (AS-7.4.2)."""
    session.execute(
        update(WebSession)
        .where(WebSession.person_id == person_id, WebSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def _subject(person_id: str) -> Subject:
    return Subject("person", person_id)
