"""The hub's own LRS over HTTP: statements and about, as xAPI 1.0.3 asks (xAPI-Communication §2.1, §2.7, §3).

Open to strangers as far as the edge is concerned: each request carries its credential and is checked here. A browser's
session opens nothing, so that no page elsewhere can ride on it; therefore no CSRF token is asked for.
"""

import re
from collections.abc import Iterable
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import Refused
from app.storage import Storage
from app.web.access import public
from app.web.edge import csrf
from app.web.refusals import keep_refusal
from app.web.visitors import edge
from xapi import queries
from xapi.errors import CredentialRefused, Differs, Malformed, ScopeMissing
from xapi.models import LrsCredential
from xapi.rules.finding import Filters, OneStatement, read_query
from xapi.rules.reading import read_statements
from xapi.services.credentials import Scope, actor_of, open_with, require_scope
from xapi.services.receiving import prepare_statements, receive_statements
from xapi.statements import Hub

VERSIONS = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
LONGEST_REQUEST = 32 * 1024 * 1024
_HUB = "cahier_xapi"
_VERSION_HEADER = "X-Experience-API-Version"
_KNOWN_VERSION = re.compile(r"1\.0(\.\d+)?")

blueprint = Blueprint("xapi", "xapi", url_prefix="/xapi")
csrf.exempt(blueprint)


def install_lrs(app: Flask, hub: Hub) -> None:
    """Put the LRS of a hub into the application."""
    app.extensions[_HUB] = hub
    app.register_blueprint(blueprint)


@blueprint.before_request
def prepare() -> None:
    """Let large batches in, and ask for the version that every request but `about` must name."""
    request.max_content_length = LONGEST_REQUEST
    if request.endpoint == "xapi.about" or request.method == "OPTIONS":
        return
    if not _KNOWN_VERSION.fullmatch(request.headers.get(_VERSION_HEADER, "")):
        raise Malformed(_VERSION_HEADER, f"must be given and be one of {', '.join(VERSIONS)}")


@blueprint.after_request
def name_version(response: Response) -> Response:
    """Say in every answer which version the LRS speaks."""
    response.headers[_VERSION_HEADER] = VERSIONS[0]
    return response


@blueprint.get("/about")
@public
def about() -> ResponseReturnValue:
    """Say which versions the LRS takes; no credential is needed."""
    return jsonify(version=list(VERSIONS))


@blueprint.get("/statements")
@public
def get_statements() -> ResponseReturnValue:
    """Give one statement by its id, or a page of those that pass the filters."""
    credential = _opened(Scope.STATEMENTS_READ)
    wanted = read_query(request.args)
    with edge().storage.reading() as session:
        # Read before the statements: whatever is stored meanwhile has a later time.
        through = queries.last_stored(session) or clock.now()
        if isinstance(wanted, OneStatement):
            response = _one(queries.find_statement(session, wanted, credential.operator_id))
        else:
            response = _page(queries.find_statements(session, wanted, credential.operator_id), wanted)
    response.headers["X-Experience-API-Consistent-Through"] = clock.to_text(through)
    return response


@blueprint.post("/statements")
@public
def post_statements() -> ResponseReturnValue:
    """Take one statement or an array, all of it or nothing, and answer with the ids in the order sent."""
    credential = _opened(Scope.STATEMENTS_WRITE)
    _refuse_parameters(request.args.keys())
    given, _ = read_statements(_json_body())
    prepared = prepare_statements(given)
    with edge().storage.transaction() as session:
        receive_statements(session, credential, prepared, authority=_authority(credential))
    return jsonify([statement.id for statement in prepared])


@blueprint.put("/statements")
@public
def put_statement() -> ResponseReturnValue:
    """Take the one statement of the id in the address."""
    credential = _opened(Scope.STATEMENTS_WRITE)
    _refuse_parameters(request.args.keys() - {"statementId"})
    wanted = read_query({"statementId": request.args.get("statementId", "")})
    given, is_array = read_statements(_json_body())
    if is_array:
        raise Malformed("body", "must be one statement")
    prepared = prepare_statements(given, only_id=wanted.id if isinstance(wanted, OneStatement) else None)
    with edge().storage.transaction() as session:
        receive_statements(session, credential, prepared, authority=_authority(credential))
    return Response(status=204)


@blueprint.errorhandler(Malformed)
def answer_malformed(error: Malformed) -> ResponseReturnValue:
    """Answer what breaks a rule of the standard."""
    return _problem(400, "malformed", str(error), place=error.place)


@blueprint.errorhandler(Differs)
def answer_differs(error: Differs) -> ResponseReturnValue:
    """Answer a statement whose id is taken by another one."""
    return _problem(409, "differs", str(error))


@blueprint.errorhandler(CredentialRefused)
def answer_stranger(error: CredentialRefused) -> ResponseReturnValue:
    """Answer whoever shows no credential that works."""
    response, status = _problem(401, error.code, str(error))
    response.headers["WWW-Authenticate"] = 'Basic realm="xapi", charset="UTF-8"'
    return response, status


@blueprint.errorhandler(ScopeMissing)
def answer_scope(error: ScopeMissing) -> ResponseReturnValue:
    """Answer a credential that is not allowed to do this."""
    return _problem(403, error.code, str(error))


@blueprint.errorhandler(HTTPException)
def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the web layer refuses, for example a request that is too large."""
    return _problem(error.code or 500, f"http-{error.code}", error.description or error.name)


def _opened(scope: Scope) -> LrsCredential:
    """Return the credential of this request when it has the scope; a refusal is kept in the trail."""
    storage, shown = edge().storage, request.authorization
    if shown is None or shown.type != "basic":
        raise CredentialRefused
    actor: Actor | None = None
    try:
        with storage.reading() as session:
            credential = open_with(session, shown.username or "", shown.password or "")
        actor = actor_of(credential)
        require_scope(credential, scope)
    except Refused as error:
        _keep(storage, error, actor)
        raise
    return credential


def _keep(storage: Storage, error: Refused, actor: Actor | None) -> None:
    keep_refusal(storage, error, actor, request.endpoint or request.path)


def _refuse_parameters(names: Iterable[str]) -> None:
    for name in sorted(names):
        raise Malformed(name, "is no parameter here")


def _json_body() -> bytes:
    if request.mimetype != "application/json":
        raise Malformed("Content-Type", "must be application/json: this LRS takes no attachment inside a request yet")
    return request.get_data(cache=False)


def _one(found: queries.Kept | None) -> Response:
    if found is None:
        return _problem(404, "not-found", "there is no such statement")[0]
    response = Response(found.to_json(), mimetype="application/json")
    response.last_modified = found.stored
    return response


def _page(page: queries.Page, wanted: Filters) -> Response:
    """Return a page; `more` is relative, because clients put their own host before it."""
    body = b'{"statements":[' + b",".join(found.to_json() for found in page.statements) + b"]"
    if page.next_position is not None:
        parameters = request.args.to_dict() | {"position": str(page.next_position)}
        more = f"{request.script_root}{request.path}?{urlencode(parameters)}"
        body += b',"more":"' + more.encode() + b'"'
    return Response(body + b"}", mimetype="application/json")


def _authority(credential: LrsCredential) -> bytes:
    """Return who vouches for what comes with this credential."""
    return cast(Hub, current_app.extensions[_HUB]).authority(actor_of(credential).pseudonym)


def _problem(status: int, code: str, text: str, **more: str) -> tuple[Response, int]:
    response = jsonify({"type": "about:blank", "title": text, "status": status, "code": code} | more)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response, status
