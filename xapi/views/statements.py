"""Statements: taken one by one or in batches, and given back (xAPI-Communication §2.1; IEEE 9274.1.1 §4.1.6.1)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from flask import Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.kernel import clock
from app.web.access import public
from app.web.visitors import edge
from xapi.errors import Malformed
from xapi.models import LrsCredential
from xapi.queries.consistency import consistent_through
from xapi.queries.filtering import find_statements
from xapi.queries.resources import contents_of, definitions_of
from xapi.queries.statements import Kept, find_statement
from xapi.rules.finding import Form, Manner, OneStatement, read_manner, read_query
from xapi.rules.parts import Attached, join_parts, split_parts
from xapi.rules.presenting import activities_in, by_identifiers, in_one_language
from xapi.rules.reading import read_statements
from xapi.services.credentials import Scope, actor_of
from xapi.services.receiving import prepare_statements, receive_statements
from xapi.views.edge import blueprint, edition, lrs, opened, problem

_JSON = "application/json"
_MIXED = "multipart/mixed"


@dataclass(frozen=True)
class _Answer:
    """What is given: the statements as JSON texts, in which form, and what is attached to them."""

    statements: Sequence[bytes]
    attached: Sequence[tuple[str, Attached]] | None
    next_position: int | None = None


@blueprint.get("/statements")
@public
def get_statements() -> ResponseReturnValue:
    """Give one statement by its id, or a page of those that pass the filters."""
    credential = opened(Scope.STATEMENTS_READ)
    # Read before the statements: whatever is stored meanwhile has a later time.
    g.through = clock.to_text(consistent_through(edge().storage))
    with edge().storage.reading() as session:
        wanted, manner = read_query(request.args), read_manner(request.args)
        if isinstance(wanted, OneStatement):
            found = find_statement(session, wanted, credential.operator_id)
            if found is None:
                return problem(404, "not-found", "there is no such statement")
            response = _one(_prepared(session, credential, [found], manner))
            response.last_modified = found.stored
            return response
        page = find_statements(session, wanted, credential.operator_id)
        return _page(_prepared(session, credential, page.statements, manner, page.next_position))


@blueprint.post("/statements")
@public
def post_statements() -> ResponseReturnValue:
    """Take one statement or an array, all of it or nothing, and answer with the ids in the order sent."""
    credential = opened(Scope.STATEMENTS_WRITE)
    for name in sorted(request.args):
        raise Malformed(name, "is no parameter here")
    return jsonify(_receive(credential))


@blueprint.put("/statements")
@public
def put_statement() -> ResponseReturnValue:
    """Take the one statement of the id in the address."""
    credential = opened(Scope.STATEMENTS_WRITE)
    for name in sorted(request.args.keys() - {"statementId"}):
        raise Malformed(name, "is no parameter here")
    wanted = read_query({"statementId": request.args.get("statementId", "")})
    _receive(credential, only_id=wanted.id if isinstance(wanted, OneStatement) else None)
    return Response(status=204)


def _receive(credential: LrsCredential, only_id: str | None = None) -> list[str]:
    """Store what this request brings, and return the ids in the order sent."""
    data, attached = _sent()
    given, is_array = read_statements(data)
    if is_array and only_id is not None:
        raise Malformed("body", "must be one statement")
    sent = prepare_statements(given, attached, edition=edition(), only_id=only_id)
    with edge().storage.transaction() as session:
        authority = lrs().hub.authority(actor_of(credential).pseudonym)
        receive_statements(session, credential, sent, authority=authority)
    return [statement.id for statement in sent.statements]


def _sent() -> tuple[bytes, Sequence[Attached]]:
    """Return the statements of this request as they were sent, and what is attached to them."""
    data = request.get_data(cache=False)
    if request.mimetype == _MIXED:
        return split_parts(request.content_type or "", data)
    if request.mimetype != _JSON:
        raise Malformed("Content-Type", f"must be {_JSON}, or {_MIXED} with attachments")
    return data, ()


def _prepared(
    session: Session,
    credential: LrsCredential,
    found: Sequence[Kept],
    manner: Manner,
    next_position: int | None = None,
) -> _Answer:
    """Return statements in the form that is asked for."""
    texts = [kept.to_json() for kept in found]
    attached = None
    if manner.with_attachments:
        attached = contents_of(session, [json.loads(text) for text in texts], credential.operator_id)
    if manner.form is Form.IDS:
        texts = [by_identifiers(text.decode()).encode() for text in texts]
    if manner.form is Form.CANONICAL:
        named = {iri for text in texts for iri, _ in activities_in(text.decode())}
        definitions = definitions_of(session, named, credential.operator_id)
        prefer = partial(request.accept_languages.best_match, default=None)
        texts = [in_one_language(text.decode(), definitions, prefer).encode() for text in texts]
    return _Answer(texts, attached, next_position)


def _one(answer: _Answer) -> Response:
    return _given(answer.statements[0], answer.attached)


def _page(answer: _Answer) -> Response:
    """Return a page; `more` is relative, because clients put their own host before it."""
    body = b'{"statements":[' + b",".join(answer.statements) + b"]"
    if answer.next_position is not None:
        parameters = request.args.to_dict() | {"position": str(answer.next_position)}
        more = f"{request.script_root}{request.path}?{urlencode(parameters)}"
        body += b',"more":"' + more.encode() + b'"'
    return _given(body + b"}", answer.attached)


def _given(body: bytes, attached: Sequence[tuple[str, Attached]] | None) -> Response:
    if attached is None:
        return Response(body, mimetype=_JSON)
    kind, mixed = join_parts(body, attached)
    return Response(mixed, content_type=kind)
