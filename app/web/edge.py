"""Puts the edge around the application: access check, headers, CSRF, languages, errors, what every page knows."""

from datetime import timedelta

from flask import Flask, Response, abort, request
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect

from app.kernel.errors import N_, NotFound, Refused
from app.web.access import Access, current_access, public
from app.web.assets import install_assets
from app.web.errors import install_errors
from app.web.formats import install_formats
from app.web.framing import FramedSessions, content_security_policy, framed_by
from app.web.help import install_help
from app.web.languages import install_languages
from app.web.pages import install_pages
from app.web.uploads import install_uploads
from app.web.visitors import Edge, SignInNeeded, current_visitor, edge

CONTENT_SECURITY_POLICY = content_security_policy()
OPEN_WHILE_LOCKED = frozenset({"identity.lock"})
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
        COMPRESS_ALGORITHM_STREAMING=["br", "gzip"],  # files are streamed, and the library would leave out gzip
    )
    app.session_interface = FramedSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_uploads(app)
    csrf.init_app(app)
    Compress(app)
    install_languages(app, around.default_language, around.zone)
    install_formats(app)
    install_errors(app, around.storage)
    app.before_request(check_access)
    app.before_request(refuse_nul)
    app.after_request(set_headers)
    install_assets(app)
    install_pages(app)
    install_help(app)
    public(app.view_functions["static"])


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


def refuse_nul() -> None:
    """Refuse the character NUL, which one of the two databases cannot keep; programs' doors read their own bodies."""
    if "\0" in request.path:
        raise NotFound
    if not request.path.startswith(("/api/", "/xapi/")) and any("\0" in text for text in request.values.values()):
        abort(400)


class LockedOut(Refused):
    """The session is locked; identity answers with a page that keeps the form (C6)."""

    code = "session-locked"
    message = N_("This session is locked. Enter your password to go on; what you typed is kept.")


def set_headers(response: Response) -> Response:
    """Set the headers of every answer, errors and downloads included (AS-3.4.1, AS-14.3.2)."""
    headers = response.headers
    around = framed_by()
    policy = content_security_policy([around]) if around else CONTENT_SECURITY_POLICY
    headers.setdefault("Content-Security-Policy", policy)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if edge().secure and request.host.partition(":")[0] != "localhost":
        # On localhost it would keep the browser from every other program of this machine that speaks plain HTTP.
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


__all__ = ["CONTENT_SECURITY_POLICY", "LockedOut", "csrf", "install_edge"]
