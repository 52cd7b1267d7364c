"""Finds the visitor of a request: by the session cookie through Flask-Login, or by a bearer token for the API."""

from dataclasses import replace
from typing import cast

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user, login_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.models import Operator, Person, PersonState, WebSession
from app.identity.rules.doors import is_idle, is_over
from app.identity.rules.roles import BY_LAUNCH, ROLE_LABELS
from app.identity.services.sessions import Limits, digest_of_token, lock_session
from app.identity.services.tokens import actor_of_token
from app.kernel import clock
from app.kernel.actors import Actor, Role
from app.kernel.errors import Conflict
from app.web.visitors import Visitor, edge

SECONDS_BETWEEN_SIGHTINGS = 30
_LIMITS = "cahier_session_limits"


class SignedIn(UserMixin):
    """Flask-Login's user: the visitor found behind a session's token."""

    def __init__(self, token: str, visitor: Visitor, row: WebSession) -> None:
        self.id = token
        self.visitor = visitor
        self.row = row


def install_recognition(app: Flask, limits: Limits) -> None:
    """Register how a session's token leads to a person; no remember-me, no session protection by address (§11)."""
    app.extensions[_LIMITS] = limits
    # Flask-Login would accept a remember-me cookie that we never set; under this name nobody sends one by chance.
    app.config["REMEMBER_COOKIE_NAME"] = "__Host-never-set"
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
    """Return the row of the present session as it was read; only for views that need a session."""
    return cast(WebSession, current_user.row)


def remember_in_browser(token: str) -> None:
    """Put a session's token into the browser's signed cookie, which ends with the browser, and give it a CSRF token."""
    signed_in = load_session(token)
    if signed_in is None:
        raise RuntimeError("a session that was just begun is not there")
    login_user(signed_in)
    g.visitor = signed_in.visitor
    generate_csrf()


def load_session(token: str) -> SignedIn | None:
    """Return the person behind a session's token, or None once it is ended, revoked or past its limits (AS-7.3)."""
    limits, now = session_limits(), clock.now()
    with edge().storage.reading() as session:
        query = select(WebSession, Person).join(Person, Person.id == WebSession.person_id)
        found = session.execute(query.where(WebSession.token_hash == digest_of_token(token))).one_or_none()
        if found is None:
            return None
        row, person = found
        if row.ended_at or is_over(row.begun_at, now, limits.absolute):
            return None
        visitor = _visitor(session, row, person)
    if visitor is None:
        return None
    if row.locked_at is None and is_idle(row.seen_at, now, limits.idle):
        _lock(visitor)
        visitor = replace(visitor, locked=True)
    elif row.locked_at is None:
        _see(row)
    return SignedIn(token, visitor, row)


def _visitor(session: Session, row: WebSession, person: Person) -> Visitor | None:
    if person.state is not PersonState.ACTIVE:
        return None  # disabled or reset: the session died with it (AS-7.4.2)
    held = queries.current_memberships(session, person.id)
    operators = tuple((found.id, found.name) for found in queries.operators_held(session, held))
    operator = session.get(Operator, row.operator_id) if row.operator_id else None  # among those, if still theirs
    actor = _as_begun(queries.actor_holding(person, held, row.operator_id, row.public_id), row)
    return Visitor(
        actor,
        person.name or person.id,
        login=person.login or "",
        operator_name=operator.name if operator else "",
        operators=operators,
        acts_for_hub=any(one.operator_id is None for one in held),
        launched=row.launched_at is not None,
        role_labels=tuple(ROLE_LABELS[role] for role in sorted(actor.roles, key=list(Role).index)),
        locked=row.locked_at is not None,
    )


def _as_begun(actor: Actor, row: WebSession) -> Actor:
    """Return an actor as their session was begun: one of a course does less, and speaks as the course does (LT-4)."""
    if row.launched_at:
        actor = replace(actor, grants={right: role for right, role in actor.grants.items() if right in BY_LAUNCH})
    return replace(actor, language=row.language) if row.language else actor


def _lock(visitor: Visitor) -> None:
    try:
        with edge().storage.transaction() as session:
            lock_session(session, actor=visitor.actor)
    except Conflict:
        pass  # another request of the same page was quicker


def _see(row: WebSession) -> None:
    """Remember that the session is in use, at most twice a minute: a reader should not have to write."""
    now = clock.now()
    if (now - row.seen_at).total_seconds() < SECONDS_BETWEEN_SIGHTINGS or g.get("seen"):
        return
    g.seen = True
    with edge().storage.transaction() as session:
        session.execute(
            update(WebSession)
            .where(WebSession.token_hash == row.token_hash)
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
