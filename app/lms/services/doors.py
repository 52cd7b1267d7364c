"""Rounds through a platform's door: begun by the platform, their state and nonce spent once (security framework, SF).

State, nonce and the browser's cookie are kept as digests. What was spent stays until its time is over, so that a launch
that is sent again is told from one that never was.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.delivery.services.seals import seal, unseal
from app.kernel import clock
from app.lms import queries
from app.lms.errors import BadMessage, LaunchSpent, UnknownPlatform, WrongState
from app.lms.models import Login, Platform
from app.lms.rules.messages import digest_of

LASTS = timedelta(minutes=10)
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Initiation:
    """With what a platform sends a browser to the hub's door (SF §5.1.1.1)."""

    issuer: str
    login_hint: str = field(repr=False)
    target: str
    client_id: str | None = None
    message_hint: str | None = field(default=None, repr=False)


def platform_of_initiation(session: Session, given: Initiation) -> Platform:
    """Return the platform that a round begins with; one issuer with several clients must say which it means."""
    if given.client_id:
        found = queries.find_platform(session, given.issuer, given.client_id)
        candidates = [found] if found else []
    else:
        candidates = list(queries.platforms_of_issuer(session, given.issuer))
    if len(candidates) != 1:
        raise UnknownPlatform
    return candidates[0]


def begin_login(session: Session, given: Initiation, browser: str, public_url: str) -> str:
    """Begin a round for a browser, known by its cookie; return the platform's address to go to.

    Raises UnknownPlatform, BadMessage for a target not ours. No act: nothing has happened yet.
    """
    platform = platform_of_initiation(session, given)
    check_target(given.target, public_url)
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    forget_old_logins(session)
    session.add(_login(platform, given, browser, state, nonce))
    return _address(platform, given, public_url, state, nonce)


def forget_old_logins(session: Session) -> None:
    """Remove rounds whose time was over long ago, with what they proved."""
    session.execute(delete(Login).where(Login.expires_at < clock.now() - KEPT))


def _login(platform: Platform, given: Initiation, browser: str, state: str, nonce: str) -> Login:
    now = clock.now()
    return Login(
        state=digest_of(state),
        nonce=digest_of(nonce),
        browser=digest_of(browser),
        platform_id=platform.id,
        target=given.target,
        made_at=now,
        expires_at=now + LASTS,
    )


def _address(platform: Platform, given: Initiation, public_url: str, state: str, nonce: str) -> str:
    """Return where the platform is asked who the person is (SF §5.1.1.2)."""
    asked = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{public_url}/lti/launch",
        "login_hint": given.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if given.message_hint is not None:
        asked["lti_message_hint"] = given.message_hint
    joint = "&" if urlsplit(platform.auth_login_url).query else "?"
    return f"{platform.auth_login_url}{joint}{urlencode(asked)}"


def check_target(target: str, public_url: str) -> None:
    """Raise BadMessage unless a launch is to lead to our own door (SF §5.1.1.1, core §5.3.4)."""
    ours, given = urlsplit(public_url), urlsplit(target)
    is_ours = (given.scheme, given.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    if not is_ours or not given.path.startswith(f"{ours.path}/lti/"):
        raise BadMessage("target_link_uri")


def open_login(session: Session, state: str, browser: str | None) -> Login:
    """Return the round that a state names; raise WrongState for another browser's or an old one, LaunchSpent."""
    login = session.get(Login, digest_of(state))
    if login is None or browser is None or login.browser != digest_of(browser):
        raise WrongState
    if login.spent_at:
        raise LaunchSpent
    if login.expires_at < clock.now():
        raise WrongState
    return login


def spend_login(session: Session, login: Login) -> None:
    """Spend state and nonce together, as part of the act that a launch is; raise LaunchSpent when another was quicker.

    The condition stands in the statement itself: of two requests at once, one changes the row.
    """
    spent = session.execute(
        update(Login)
        .where(Login.state == login.state, Login.spent_at.is_(None), Login.expires_at >= clock.now())
        .values(spent_at=clock.now())
        .returning(Login.state)
        .execution_options(synchronize_session=False)
    )
    if spent.scalar_one_or_none() is None:
        raise LaunchSpent


def keep_proof(session: Session, login: Login, claims: Mapping[str, Any], sealing: bytes) -> None:
    """Spend a round and keep, sealed, what it proved, for somebody who has still to prove who they are here (LT-5)."""
    spend_login(session, login)
    session.execute(
        update(Login)
        .where(Login.state == login.state)
        .values(proved=seal(sealing, login.state, json.dumps(claims, ensure_ascii=False)))
        .execution_options(synchronize_session=False)
    )


def proof_of(session: Session, state: str, browser: str | None, sealing: bytes) -> tuple[Login, dict[str, Any]]:
    """Return what a round proved, to the browser that went through it; raise WrongState once it is over or used."""
    login = session.get(Login, state)
    if login is None or browser is None or login.browser != digest_of(browser) or login.proved is None:
        raise WrongState
    if login.expires_at < clock.now():
        raise WrongState
    proved: dict[str, Any] = json.loads(unseal(sealing, login.state, login.proved))
    return login, proved


def use_proof(session: Session, login: Login) -> None:
    """Use what a round proved, once, as part of the act that comes of it; raise LaunchSpent."""
    used = session.execute(
        update(Login)
        .where(Login.state == login.state, Login.proved.is_not(None))
        .values(proved=None)
        .returning(Login.state)
        .execution_options(synchronize_session=False)
    )
    if used.scalar_one_or_none() is None:
        raise LaunchSpent
