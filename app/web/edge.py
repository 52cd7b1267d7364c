"""Puts the edge around the application: access check, headers, CSRF, languages, errors, what every page knows."""

from datetime import timedelta
from typing import Any

from flask import Flask, Response, request, url_for
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect, generate_csrf

from app.kernel import clock
from app.kernel.errors import NotFound, Refused
from app.web.access import Access, current_access
from app.web.acting import new_form_key
from app.web.errors import install_errors
from app.web.formats import install_formats
from app.web.languages import LANGUAGES, install_languages, page_language, translate
from app.web.visitors import Edge, SignInNeeded, current_visitor, edge

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
OPEN_WHILE_LOCKED = frozenset({"identity.unlock", "identity.sign_out", "static", "identity.set_language"})
LONGEST_FORM = 2 * 1024 * 1024

csrf = CSRFProtect()


def install_edge(app: Flask, around: Edge, secret: bytes) -> None:
    """Put everything of this room around the application; `secret` signs the session cookie."""
    app.extensions["cahier"] = around
    app.config.update(
        SECRET_KEY=secret,
        SESSION_COOKIE_NAME="__Host-cahier" if around.secure else "cahier",
        SESSION_COOKIE_SECURE=around.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LONGEST_FORM,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=365),
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as its session
        COMPRESS_ALGORITHM=["br", "gzip"],
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    csrf.init_app(app)
    Compress(app)
    install_languages(app, around.default_language, around.zone)
    install_formats(app)
    install_errors(app, around.storage)
    app.before_request(check_access)
    app.after_request(set_headers)
    app.context_processor(page_context)
    static = app.view_functions["static"]
    static.cahier_access = Access.PUBLIC  # type: ignore[attr-defined]


def check_access() -> None:
    """Enforce what the endpoint declares, before anything else happens (P11.10(d))."""
    if request.endpoint is None:
        return  # no such route: the 404 or 405 comes from the routing itself
    access = current_access(request.endpoint)
    if access is Access.PUBLIC:
        return
    visitor = current_visitor()
    if visitor is None:
        raise SignInNeeded
    if visitor.locked and request.endpoint not in OPEN_WHILE_LOCKED:
        raise LockedOut
    if access is not Access.SIGNED_IN:
        visitor.actor.require(access)


class LockedOut(Refused):
    """The session is locked; identity answers with a page that keeps the form."""

    code = "session-locked"


def set_headers(response: Response) -> Response:
    """Set the headers of every answer, errors and downloads included (AS-3.4.1, AS-14.3.2)."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if edge().secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def page_context() -> dict[str, Any]:
    """Give every page what the layout needs."""
    visitor = current_visitor()
    return {
        "visitor": visitor,
        "navigation": _navigation(),
        "page_language": page_language(),
        "languages": LANGUAGES,
        "server_time": clock.now(),
        "idle_seconds": edge().idle_seconds,
        "csrf_token": generate_csrf,
        "form_key": new_form_key,
    }


def _navigation() -> list[dict[str, Any]]:
    visitor = current_visitor()
    if visitor is None or visitor.locked:
        return []
    return [
        {
            "label": translate(item.label),
            "url": url_for(item.endpoint),
            "icon": item.icon,
            "current": (request.endpoint or "").split(".")[0] == item.endpoint.split(".")[0],
        }
        for item in edge().navigation
        if item.visible(visitor.actor)
    ]


__all__ = ["CONTENT_SECURITY_POLICY", "LockedOut", "NotFound", "csrf", "install_edge"]
