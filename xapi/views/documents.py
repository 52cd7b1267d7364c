"""Documents: state, and profiles of activities and agents, all three alike (xAPI-Communication §2.2-§2.7, §3.1)."""

from collections.abc import Callable
from functools import wraps

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.visitors import edge
from xapi.queries.resources import content_of, find_documents
from xapi.rules.documents import Content, Resource, Stance, read_context
from xapi.services.credentials import Scope
from xapi.services.documents import delete_documents, keep_document
from xapi.views.edge import blueprint, edition, lrs, opened, problem

_ADDRESSES = {
    Resource.STATE: "/activities/state",
    Resource.ACTIVITY_PROFILE: "/activities/profile",
    Resource.AGENT_PROFILE: "/agents/profile",
}
_SCOPES = {
    Resource.STATE: Scope.STATE,
    Resource.ACTIVITY_PROFILE: Scope.PROFILE,
    Resource.AGENT_PROFILE: Scope.PROFILE,
}


def _get(resource: Resource) -> ResponseReturnValue:
    """Give the document that is named, or the names of all."""
    credential = opened(_SCOPES[resource], Scope.ALL_READ)
    context = read_context(resource, request.args, one=None)
    with edge().storage.reading() as session:
        found = find_documents(session, context, credential.operator_id)
        content = content_of(session, found[0]) if found and context.name is not None else None
    if context.name is None:
        response = jsonify(sorted({document.name for document in found}))
        if found:
            response.last_modified = found[-1].stored
        return response
    if content is None:
        return problem(404, "not-found", "there is no such document")
    response = Response(content.data, content_type=content.media_type)
    response.set_etag(content.etag)
    response.last_modified = found[0].stored
    return response


def _keep(resource: Resource) -> ResponseReturnValue:
    """Keep a document, or add to the one that is there."""
    credential = opened(_SCOPES[resource])
    context = read_context(resource, request.args, one=True)
    sent = Content(request.content_type or "application/octet-stream", request.get_data(cache=False))
    with edge().storage.transaction() as session:
        merges, home = request.method == "POST", lrs().hub.url
        keep_document(session, credential, context, sent, stance=_stance(), merges=merges, home=home)
    return Response(status=204)


def _delete(resource: Resource) -> ResponseReturnValue:
    """Remove the document that is named; of state, all of it where none is."""
    credential = opened(_SCOPES[resource])
    context = read_context(resource, request.args, one=resource is not Resource.STATE)
    with edge().storage.transaction() as session:
        delete_documents(session, credential, context, stance=_stance())
    return Response(status=204)


def _stance() -> Stance:
    """Return what the request says of the document that it expects."""
    match, none = request.if_match, request.if_none_match
    # An answer that was compressed on its way bears the encoding behind the digest.
    named = {tag.partition(":")[0] for tag in match.as_set(include_weak=True)}
    return Stance(
        edition=edition(),
        matches=frozenset(named) if match and not match.star_tag else None,
        must_exist=match.star_tag,
        must_not_exist=none.star_tag,
    )


def _view(act: Callable[[Resource], ResponseReturnValue], resource: Resource) -> Callable[[], ResponseReturnValue]:
    @wraps(act)
    def view() -> ResponseReturnValue:
        return act(resource)

    return public(view)


_ACTS = {"GET": _get, "PUT": _keep, "POST": _keep, "DELETE": _delete}

for _resource, _address in _ADDRESSES.items():
    for _method, _act in _ACTS.items():
        _name = f"{_method.lower()}_{_resource.replace('-', '_')}"
        blueprint.add_url_rule(_address, _name, _view(_act, _resource), methods=[_method])
