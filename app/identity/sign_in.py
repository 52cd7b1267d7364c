"""Finds the visitor of a request: by the session cookie through Flask-Login, or by a bearer token for the API."""

from typing import cast

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.models import Operator, Person, WebSession
from app.identity.rules import is_idle, is_over
from app.identity.services.sessions import Limits, digest_of_token, lock_session
from app.identity.services.tokens import actor_of_token
from app.kernel import clock
from app.web.visitors import Visitor, edge

SECONDS_BETWEEN_SIGHTINGS = 30
_LIMITS = "cahier_session_limits"


class SignedIn(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: the visitor found behind a session's token."""

    def __init__(self, token: str, visitor: Visitor, row: WebSession) -> None:
        self.id = token
        self.visitor = visitor
        self.row = row


def install_sign_in(app: Flask, limits: Limits) -> None:
    """Register how a session's token leads to a person; no remember-me, no session protection by address (§11)."""
    app.extensions[_LIMITS] = limits
    manager = LoginManager()
    manager.session_protection = None  # the row in our own table decides; an address may change on a bench network
    manager.user_loader(load_session)
    manager.init_app(app)


def session_limits() -> Limits:
    """Return the limits of sessions that settings gave."""
    return cast(Limits, current_app.extensions[_LIMITS])


def identify() -> Visitor | None:
    """Return the visitor of the present request, or None for a stranger."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with edge().storage.reading() as session:
            actor = actor_of_token(session, secret.strip())
            return Visitor(actor, queries.person_name(session, actor.person_id), through_token=True) if actor else None
    if request.path.startswith("/api/"):
        return None  # a cookie opens no API: no cross-site request can ride on it (AS-3.5.1)
    user = current_user
    return user.visitor if user.is_authenticated else None


def current_session() -> WebSession:
    """Return the row of the present session; only for views that need a session."""
    return cast(WebSession, current_user.row)


def load_session(token: str) -> SignedIn | None:
    """Return the person behind a session's token, or None once it is ended, revoked or past its limits (AS-7.3)."""
    limits, now = session_limits(), clock.now()
    with edge().storage.reading() as session:
        row = session.scalar(select(WebSession).where(WebSession.token_hash == digest_of_token(token)))
        if row is None or row.ended_at or is_over(row.begun_at, now, limits.absolute):
            return None
        visitor = _visitor(session, row)
    if row.locked_at is None and is_idle(row.seen_at, now, limits.idle):
        row = _lock(row, visitor)
        visitor = _with_lock(visitor)
    elif row.locked_at is None:
        _see(row)
    return SignedIn(token, visitor, row)


def _visitor(session: Session, row: WebSession) -> Visitor:
    person = session.get_one(Person, row.person_id)
    operator = session.get(Operator, row.operator_id) if row.operator_id else None
    operators = tuple((found.id, found.name) for found in queries.operators_of(session, person.id))
    actor = queries.actor_of(session, person, row.operator_id, session_id=row.public_id)
    return Visitor(
        actor,
        person.name or person.id,
        login=person.login or "",
        operator_name=operator.name if operator else "",
        operators=operators,
        locked=row.locked_at is not None,
    )


def _with_lock(visitor: Visitor) -> Visitor:
    return Visitor(
        visitor.actor, visitor.name, visitor.login, visitor.operator_name, visitor.operators, locked=True
    )


def _lock(row: WebSession, visitor: Visitor) -> WebSession:
    with edge().storage.transaction() as session:
        fresh = session.get_one(WebSession, row.token_hash)
        if fresh.locked_at is None:
            lock_session(session, fresh, actor=visitor.actor)
        return fresh


def _see(row: WebSession) -> None:
    """Remember that the session is in use, at most twice a minute: a reader should not have to write."""
    now = clock.now()
    if (now - row.seen_at).total_seconds() < SECONDS_BETWEEN_SIGHTINGS or g.get("seen"):
        return
    g.seen = True
    with edge().storage.transaction() as session:
        session.execute(update(WebSession).where(WebSession.token_hash == row.token_hash).values(seen_at=now))
