"""Around every trial of a password or code in a request, in whatever room: counted before, forgotten when it
succeeds.

with password_attempt(login): with edge().storage.reading() as session: person = check_password(session, login,
password)

A device on which somebody signed in before is remembered in a signed cookie, so that failures elsewhere do not lock
them out of their work (C3, ES-5).
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug import Response

from app.identity.errors import ActivationFailed, FactorSuspected, SignInFailed, WrongFactor, WrongPassword
from app.identity.queries import login_key
from app.identity.rules.doors import Door, doors_of
from app.identity.rules.people import bare_name
from app.identity.services.doors import forget_attempt, keep_failure, knock
from app.identity.views.recognition import session_limits
from app.storage.sessions import vault_of
from app.web.visitors import client_address, current_visitor, edge

FAILURES = (SignInFailed, WrongPassword, ActivationFailed, WrongFactor, FactorSuspected)
"""What counts as a failed trial: a wrong code counts like a wrong password (AS-6.3.1)."""

DEVICE_DAYS = 180
MOST_LOGINS_OF_A_DEVICE = 40


@contextmanager
def password_attempt(login: str) -> Iterator[None]:
    """Try a password in this block; raises TooMany instead while the door is closed.

    Opens transactions of its own before and after the block, therefore never inside one.
    """
    doors = _doors(login)
    with edge().storage.transaction() as session:
        knock(session, doors)
    try:
        yield
    except FAILURES:
        with edge().storage.transaction() as session:
            keep_failure(session, doors)
        raise
    except BaseException:
        # Whatever else went wrong is no failed trial of a password.
        _forget(doors, opened=False)
        raise
    _forget(doors, opened=True)


def remember_device(response: Response, login: str) -> None:
    """Let the browser remember that this person signed in on it; the cookie opens nothing."""
    device, logins = _device()
    mark = _mark(device, login)
    logins = [mark, *(other for other in logins if other != mark)][:MOST_LOGINS_OF_A_DEVICE]
    response.set_cookie(
        _cookie_name(),
        _serializer().dumps([device, logins]),
        max_age=DEVICE_DAYS * 24 * 3600,
        secure=edge().secure,
        httponly=True,
        samesite="Lax",
    )


def _doors(login: str) -> tuple[Door, Door]:
    with edge().storage.reading() as session:
        key = login_key(vault_of(session), login)
    return doors_of(key, client_address(), session_limits().lockout_failures, known_place=_known_place(login))


def _forget(doors: Sequence[Door], *, opened: bool) -> None:
    with edge().storage.transaction() as session:
        forget_attempt(session, doors, opened=opened)


def _known_place(login: str) -> str:
    """Name the open session, or the device, in which this very person is known; an empty text anywhere else."""
    visitor = current_visitor()
    if visitor and visitor.login and bare_name(visitor.login) == bare_name(login):
        return f"session:{visitor.actor.session_id}"
    device, logins = _device()
    return f"device:{device}" if _mark(device, login) in logins else ""


def _device() -> tuple[str, list[str]]:
    try:
        known: Any = _serializer().loads(request.cookies.get(_cookie_name(), ""))
        device, logins = known
    except (BadData, TypeError, ValueError):
        return secrets.token_hex(8), []
    return str(device), list(logins)


def _mark(device: str, login: str) -> str:
    # Salted with the device, so that the cookies of two tablets do not tell who used both.
    return hashlib.sha256(f"{device}:{bare_name(login)}".encode()).hexdigest()[:16]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="cahier.device.v1")


def _cookie_name() -> str:
    return "__Host-cahier-device" if edge().secure else "cahier-device"
