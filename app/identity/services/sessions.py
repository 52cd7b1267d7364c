"""Beginning, locking, unlocking and ending sessions at a browser.

The browser holds a random token; the database holds its digest. An act on a session is an act on the actor's own: the
actor names it. Passwords are checked before the act, inside `password_attempt`, and the same words answer every
failure (ES-5).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity import queries
from app.identity.errors import HandOverOver, PasswordFirst, SessionOver, SignInFailed, WrongPassword
from app.identity.models import Credential, Person, PersonState, WebSession
from app.identity.rules.doors import HandOver, is_idle, is_over
from app.identity.services.passwords import password_opens
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import N_, Conflict, NotFound
from app.storage.tables import new_id

SESSIONS_KEPT = timedelta(days=30)


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
    """Return the active person whom login and password name, or raise SignInFailed; reads only."""
    person = queries.person_by_login(session, login)
    opens = password_opens(session.get(Credential, person.id) if person else None, password)
    if person is None or not opens or person.state is not PersonState.ACTIVE:
        raise SignInFailed(subject=f"person:{person.id}" if person else None)
    return person


def check_own_password(session: Session, password: str, *, actor: Actor) -> Person:
    """Return the actor's person when the password is theirs, or raise WrongPassword; reads only."""
    person = session.get_one(Person, actor.person_id)
    opens = password_opens(session.get(Credential, person.id), password)
    if not opens or person.state is not PersonState.ACTIVE:
        raise WrongPassword(subject=f"person:{person.id}")
    return person


def begin_session(session: Session, person_id: str, *, device: str) -> str:
    """Begin a session for somebody whose password was just checked; return the token for the cookie."""
    person = session.get_one(Person, person_id)
    token, row = _new_session(session, person, queries.first_operator_id(session, person.id), device)
    actor = queries.actor_of(session, person, row.operator_id, session_id=row.public_id)
    note(session, Action.SESSION_BEGUN, _subject(person.id), actor=actor, after={"session": row.public_id})
    return token


def begin_launched_session(
    session: Session, person: Person, operator_id: str, *, device: str, language: str | None
) -> tuple[str, WebSession]:
    """Begin a session for somebody for whom a course vouches, as part of the act that takes the launch (LT-4).

    Returns the token for the cookie, and the session; it speaks the language of the course where that is one of ours.
    """
    token, row = _new_session(session, person, operator_id, device)
    row.launched_at, row.language = row.begun_at, language
    return token, row


def hand_over_session(session: Session, order: HandOver, limits: Limits, *, device: str) -> str:
    """Begin the session in a tab of its own that an order of a framed session names; return the token for the cookie.

    It may do what the framed one may, for the same operator, and is over no later; from then on it stands for itself:
    ending the one does not end the other. Raises HandOverOver once the order was
    used or is over, and where the framed session is ended, locked or past its limits.
    """
    now = clock.now()
    framed = session.scalar(_open_session(order.framed_id))
    if framed is None or framed.person_id != order.person_id or framed.locked_at or now >= order.until:
        raise HandOverOver(subject=f"person:{order.person_id}")
    if is_over(framed.begun_at, now, limits.absolute) or is_idle(framed.seen_at, now, limits.idle):
        raise HandOverOver(subject=f"person:{order.person_id}")
    # The order names the session that comes of it: what was used once is there (AS-7.2.1).
    if session.scalar(select(WebSession.public_id).where(WebSession.public_id == order.begins_id)):
        raise HandOverOver(subject=f"person:{order.person_id}")
    person = session.get_one(Person, framed.person_id)
    token, row = _new_session(session, person, framed.operator_id, device)
    row.public_id, row.begun_at = order.begins_id, framed.begun_at
    row.launched_at, row.language = framed.launched_at, framed.language
    actor = queries.actor_of(session, person, row.operator_id, session_id=row.public_id)
    after = {"session": row.public_id, "from": framed.public_id}
    note(session, Action.SESSION_HANDED_OVER, _subject(person.id), actor=actor, after=after)
    return token


def confirm_session(session: Session, *, actor: Actor) -> None:
    """Let a session that a course began do all that its person may, whose password was just checked (LT-4).

    Raises Conflict for one that can do so already.
    """
    row = _own_session(session, actor)
    if row.launched_at is None:
        raise Conflict(N_("You have given your password in this session already."))
    row.launched_at = None
    note(session, Action.SESSION_CONFIRMED, _subject(row.person_id), actor=actor, after={"session": row.public_id})


def lock_session(session: Session, *, actor: Actor) -> None:
    """Lock the actor's session, which stood idle or which they locked; nothing is lost (A11d-11.8, C6).

    Raises Conflict for one that is locked already, so that two requests at once write one line.
    """
    row = _own_session(session, actor)
    if row.locked_at:
        raise Conflict(N_("This session is locked already."))
    row.locked_at = clock.now()
    row.first_signed_at = None
    note(session, Action.SESSION_LOCKED, _subject(row.person_id), actor=actor, after={"session": row.public_id})


def unlock_session(session: Session, *, actor: Actor) -> str:
    """Open the actor's session again after their password was checked; return its new token (AS-7.2.4)."""
    row = _own_session(session, actor)
    token = secrets.token_urlsafe(32)
    # The token is the key of the row; the session itself stays the same one, under a fresh token.
    session.execute(
        update(WebSession)
        .where(WebSession.public_id == row.public_id)
        .values(token_hash=digest_of_token(token), locked_at=None, first_signed_at=None, seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    note(session, Action.SESSION_UNLOCKED, _subject(row.person_id), actor=actor, after={"session": row.public_id})
    return token


def remember_full_signing(session: Session, run: str, *, actor: Actor) -> None:
    """Remember that the actor gave everything for a signature, so that the next asks for the password alone.

    `run` names the present run of the server: after a restart it counts no more. Locking, unlocking, changing operator
    and `break_signing` forget it (P11.200(a)(1)(i), ES-1). Operational, not evidence: each signature says itself what
    it was made with.
    """
    session.execute(
        update(WebSession)
        .where(WebSession.public_id == actor.session_id)
        .values(first_signed_at=clock.now(), signing_run=run)
        .execution_options(synchronize_session=False)
    )


def break_signing(session: Session, person_id: str) -> None:
    """Let the next signature in each session of a person take everything again: roles or factors changed (ES-1)."""
    session.execute(
        update(WebSession)
        .where(WebSession.person_id == person_id, WebSession.first_signed_at.is_not(None))
        .values(first_signed_at=None)
        .execution_options(synchronize_session=False)
    )


def end_session(session: Session, *, actor: Actor) -> None:
    """End the actor's session at their wish (AS-7.4.1)."""
    row = _own_session(session, actor)
    row.ended_at = clock.now()
    note(session, Action.SESSION_ENDED, _subject(row.person_id), actor=actor, after={"session": row.public_id})


def revoke_session(session: Session, public_id: str, *, actor: Actor) -> None:
    """End one of the actor's own sessions, here or elsewhere (AS-7.5.2)."""
    row = session.scalar(_open_session(public_id))
    if row is None or row.person_id != actor.person_id:
        raise NotFound
    row.ended_at = clock.now()
    note(session, Action.SESSION_REVOKED, _subject(row.person_id), actor=actor, after={"session": public_id})


def switch_operator(session: Session, operator_id: str | None, *, actor: Actor) -> None:
    """Act for another operator of one's own, or for the hub, from here on; a session-breaker for signing (ES-1).

    Raises PasswordFirst in a session that a course began: its platform vouches for its own operator alone (LT-4).
    """
    row = _own_session(session, actor)
    if row.launched_at:
        raise PasswordFirst(subject=actor.pseudonym)
    if operator_id is None and not queries.acts_for_hub(session, row.person_id):
        raise NotFound
    if operator_id and operator_id not in {operator.id for operator in queries.operators_of(session, row.person_id)}:
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


def end_all_sessions(session: Session, person_id: str) -> list[str]:
    """End every session of a person and return their ids; part of the act that disables or resets them (AS-7.4.2)."""
    ended = session.scalars(
        update(WebSession)
        .where(WebSession.person_id == person_id, WebSession.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(WebSession.public_id)
        .execution_options(synchronize_session=False)
    )
    return sorted(ended)


def forget_old_sessions(session: Session) -> None:
    """Remove sessions of long ago, which tell of a person's devices and hours; for the worker (GDPR).

    That they were, and when, stays in the trail.
    """
    long_ago = clock.now() - SESSIONS_KEPT
    session.execute(delete(WebSession).where(WebSession.begun_at < long_ago, WebSession.seen_at < long_ago))


def _new_session(session: Session, person: Person, operator_id: str | None, device: str) -> tuple[str, WebSession]:
    if person.state is not PersonState.ACTIVE:
        raise SignInFailed(subject=f"person:{person.id}")
    token, now = secrets.token_urlsafe(32), clock.now()
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
    return token, row


def _own_session(session: Session, actor: Actor) -> WebSession:
    row = session.scalar(_open_session(actor.session_id or ""))
    if row is None or row.person_id != actor.person_id:
        raise SessionOver(subject=actor.pseudonym)
    return row


def _open_session(public_id: str) -> Select[WebSession]:
    return select(WebSession).where(WebSession.public_id == public_id, WebSession.ended_at.is_(None)).with_for_update()


def _subject(person_id: str) -> Subject:
    return Subject("person", person_id)
