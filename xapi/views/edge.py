"""The edge of the LRS: versions, credentials, pages of other hosts, and how it says what went wrong."""

from dataclasses import dataclass
from typing import Final, cast

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.kernel.actors import Actor
from app.kernel.errors import Refused
from app.web.edge import csrf
from app.web.refusals import keep_refusal
from app.web.visitors import edge
from xapi.errors import AlreadyThere, CredentialRefused, Differs, Malformed, PreconditionFailed, ScopeMissing
from xapi.models import LrsCredential
from xapi.rules.editions import ADL, UNNAMED, VERSION_HEADER, VERSIONS, Edition, edition_of
from xapi.services.credentials import Scope, actor_of, open_with, require_scope
from xapi.services.tokens import open_with_token
from xapi.statements import Hub
from xapi.views.alternate import PROBLEM

EXTENSION: Final = "cahier_xapi"
LONGEST_REQUEST: Final = 32 * 1024 * 1024
CONSISTENT_THROUGH: Final = "X-Experience-API-Consistent-Through"
_WITHOUT_VERSION = frozenset({"xapi.about", "xapi.get_profile", "xapi.give_token"})
_EXPOSED = f"ETag, Last-Modified, {CONSISTENT_THROUGH}, {VERSION_HEADER}"
_ACCEPTED = f"Authorization, Content-Type, If-Match, If-None-Match, Accept-Language, {VERSION_HEADER}"

blueprint = Blueprint("xapi", "xapi", url_prefix="/xapi")
csrf.exempt(blueprint)


@dataclass(frozen=True)
class Lrs:
    """What the LRS is told by whoever installs it; `origins` are hosts whose pages may call it, or `*`.

    `profile` is the profile that the hub's own statements follow (JSON-LD).
    """

    hub: Hub
    origins: frozenset[str]
    profile: bytes


def lrs() -> Lrs:
    """Return the LRS of this application."""
    return cast(Lrs, current_app.extensions[EXTENSION])


def edition() -> Edition:
    """Return the edition that this request is judged by."""
    return edition_of(request.headers.get(VERSION_HEADER)) or ADL


@blueprint.before_request
def prepare() -> None:
    """Let large batches in, and ask for the version that every request but `about` must name."""
    request.max_content_length = LONGEST_REQUEST
    if request.endpoint in _WITHOUT_VERSION or request.method == "OPTIONS":
        return
    if edition_of(request.headers.get(VERSION_HEADER)) is None:
        known = sorted({version for versions in VERSIONS.values() for version in versions})
        raise Malformed(VERSION_HEADER, f"must be given and be one of {', '.join(known)}")
    if PROBLEM in request.environ:
        raise Malformed("body", request.environ[PROBLEM])
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Malformed(name, "is given twice")


@blueprint.after_request
def add_headers(response: Response) -> Response:
    """Say in every answer which version the LRS speaks, how far its statements are known, and who may read it."""
    is_named = VERSION_HEADER in request.headers or request.endpoint in _WITHOUT_VERSION
    response.headers[VERSION_HEADER] = edition().version if is_named else UNNAMED
    if "through" in g:
        response.headers[CONSISTENT_THROUGH] = g.through
    origin, allowed = request.headers.get("Origin"), lrs().origins
    if origin and allowed & {origin, "*"}:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, PUT, POST, DELETE"
        response.headers["Access-Control-Allow-Headers"] = _ACCEPTED
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    response.vary.add("Origin")
    # A document may be a page that some program kept here: opened in a browser, it must run nothing.
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@blueprint.errorhandler(Malformed)
def answer_malformed(error: Malformed) -> ResponseReturnValue:
    """Answer what breaks a rule of the standard."""
    return problem(400, "malformed", str(error), place=error.place)


@blueprint.errorhandler(RecursionError)
def answer_depth(_: RecursionError) -> ResponseReturnValue:
    """Answer what is nested so deep that it cannot be read."""
    return problem(400, "malformed", "body: is nested too deep", place="body")


@blueprint.errorhandler(Differs)
def answer_differs(error: Differs) -> ResponseReturnValue:
    """Answer a statement whose id is taken by another one."""
    return problem(409, "differs", str(error))


@blueprint.errorhandler(AlreadyThere)
def answer_already_there(error: AlreadyThere) -> ResponseReturnValue:
    """Answer a document that would replace one unseen."""
    return problem(409, "already-there", str(error))


@blueprint.errorhandler(PreconditionFailed)
def answer_precondition(error: PreconditionFailed) -> ResponseReturnValue:
    """Answer a request that expects another document."""
    return problem(412, "precondition-failed", str(error))


@blueprint.errorhandler(CredentialRefused)
def answer_stranger(error: CredentialRefused) -> ResponseReturnValue:
    """Answer whoever shows no credential that works."""
    response = problem(401, error.code, str(error))
    response.headers["WWW-Authenticate"] = 'Basic realm="xapi", charset="UTF-8"'
    return response


@blueprint.errorhandler(ScopeMissing)
def answer_scope(error: ScopeMissing) -> ResponseReturnValue:
    """Answer a credential that is not allowed to do this."""
    return problem(403, error.code, str(error))


@blueprint.errorhandler(HTTPException)
def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the web layer refuses, for example a request that is too large."""
    return problem(error.code or 500, f"http-{error.code}", error.description or error.name)


def opened(*scopes: Scope, by_token: bool = True) -> LrsCredential:
    """Return the credential of this request when it has one of the scopes; a refusal is kept in the trail."""
    storage, shown = edge().storage, request.authorization
    actor: Actor | None = None
    if shown is None:
        raise CredentialRefused
    try:
        with storage.reading() as session:
            if shown.type == "bearer" and by_token:
                credential = open_with_token(session, shown.token or "", current_app.secret_key)
            else:
                credential = open_with(session, shown.username or "", shown.password or "")
        actor = actor_of(credential)
        require_scope(credential, *scopes)
    except Refused as error:
        keep_refusal(storage, error, actor, request.endpoint or request.path)
        raise
    return credential


def problem(status: int, code: str, text: str, **more: str) -> Response:
    """Return an answer that says what went wrong (RFC 9457)."""
    response = jsonify({"type": "about:blank", "title": text, "status": status, "code": code} | more)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response
