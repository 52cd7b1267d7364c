"""Errors → HTTP, in one table, for pages and for the API (RFC 9457 problem details); refusals enter the trail here.

No stack trace and no internal word reaches a person; what was typed stays in the form, because views show their form
again.
"""

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

from babel.dates import format_timedelta
from flask import Flask, Response, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.kernel.errors import N_, CahierError, Conflict, Invalid, NotFound, Refused, TooMany
from app.storage import Storage
from app.web.acting import AlreadyDone
from app.web.languages import current_locale, translate
from app.web.refusals import keep_refusal
from app.web.visitors import SignInNeeded, current_visitor

STATUS: dict[type[CahierError], int] = {
    SignInNeeded: 401,
    Refused: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    TooMany: 429,
}
"""Which status answers which family; the nearest ancestor of an error decides."""

_HTTP_MESSAGES = {
    400: N_("The request could not be read. Go back, reload the page and try again."),
    404: NotFound.message,
    405: N_("This address cannot be used in this way."),
    413: N_("What you sent is too large."),
}
_TITLES = {
    400: N_("This request could not be read"),
    401: N_("Sign in first"),
    403: N_("Not permitted"),
    404: N_("Not found"),
    405: N_("Not in this way"),
    409: N_("Changed in the meantime"),
    413: N_("Too large"),
    422: N_("Please look at this again"),
    429: N_("Too many attempts"),
}
_WRONG = N_("Something went wrong")
_UNEXPECTED = N_("Something went wrong on our side. Try again in a moment, or tell the hub the reference below.")
_TOO_MANY = N_("Too many attempts. Try again in %(wait)s.")
_CSRF = N_("This form was open for too long or comes from another page. Reload it and send it again.")

_log = logging.getLogger("cahier")


def install_errors(app: Flask, storage: Storage) -> None:
    """Answer every error of the application in one place."""

    @app.errorhandler(AlreadyDone)
    def answer_repeat(done: AlreadyDone) -> ResponseReturnValue:
        return redirect(done.answer, 303)

    @app.errorhandler(SignInNeeded)
    def answer_stranger(error: SignInNeeded) -> ResponseReturnValue:
        if _is_api() or request.method not in ("GET", "HEAD"):
            return answer(error)
        return redirect(url_for("identity.sign_in", next=request.full_path.rstrip("?")), 303)

    @app.errorhandler(CahierError)
    def answer_known(error: CahierError) -> ResponseReturnValue:
        remember_refusal(storage, error)
        return answer(error)

    @app.errorhandler(CSRFError)
    def answer_csrf(error: CSRFError) -> ResponseReturnValue:
        return _respond(400, "csrf", translate(_CSRF))

    @app.errorhandler(HTTPException)
    def answer_http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        return _respond(status, f"http-{status}", translate(_HTTP_MESSAGES.get(status, _HTTP_MESSAGES[400])))

    @app.errorhandler(Exception)
    def answer_unexpected(error: Exception) -> ResponseReturnValue:
        reference = uuid4().hex[:12]
        _log.exception("unexpected error %s at %s", reference, request.endpoint)
        return _respond(500, "unexpected", translate(_UNEXPECTED), reference=reference)


def remember_refusal(storage: Storage, error: CahierError) -> None:
    """Keep a refusal once, whether a view shows it in its form or lets it pass to the answers here."""
    if isinstance(error, Refused) and not getattr(error, "remembered", False):
        error.remembered = True  # type: ignore[attr-defined]
        visitor = current_visitor()
        keep_refusal(storage, error, visitor.actor if visitor else None, request.endpoint or request.path)


def status_of(error: CahierError) -> int:
    """Return the status of an error's nearest family; 400 for one outside the table."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def answer(error: CahierError) -> tuple[Response, int]:
    """Answer an error in the person's language; whoever must wait is told how long, also by `Retry-After`."""
    fields = {name: translate(text, **error.values) for name, text in getattr(error, "fields", {}).items()}
    response, status = _respond(status_of(error), error.code, text_of(error), fields)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.values["seconds"])
    return response, status


def text_of(error: CahierError) -> str:
    """Return what an error says, in the person's language."""
    if isinstance(error, TooMany):
        # Counted in seconds up to two minutes, in minutes from there on.
        wait = format_timedelta(
            timedelta(seconds=int(str(error.values["seconds"]))), threshold=2, locale=current_locale()
        )
        return translate(_TOO_MANY, wait=wait)
    return translate(error.message, **error.values)


def _is_api() -> bool:
    return request.path.startswith(("/api/", "/xapi"))


def _respond(
    status: int, code: str, text: str, fields: dict[str, str] | None = None, *, reference: str = ""
) -> tuple[Response, int]:
    if _is_api():
        problem: dict[str, Any] = {"type": "about:blank", "title": text, "status": status, "code": code}
        if fields:
            problem["errors"] = fields
        if reference:
            problem["instance"] = reference
        response = jsonify(problem)
        response.mimetype = "application/problem+json"
        return response, status
    g.setdefault("visitor", None)  # an error while the visitor was being found must not look again
    page = render_template(
        "error.html",
        status=status,
        title=translate(_TITLES.get(status, _WRONG)),
        message=text,
        errors=list((fields or {}).values()),
        reference=reference,
    )
    return Response(page, mimetype="text/html"), status
