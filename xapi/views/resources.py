"""What the LRS says of itself, of agents and of activities (xAPI-Communication §2.4, §2.5, §2.8)."""

import json

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.visitors import edge
from xapi.errors import Malformed
from xapi.queries.resources import definitions_of, names_of
from xapi.rules import forms
from xapi.rules.editions import VERSIONS
from xapi.rules.finding import known_agent, read_agent_object
from xapi.rules.presenting import IDENTIFYING
from xapi.rules.texts import object_of
from xapi.services.credentials import Scope
from xapi.views.edge import blueprint, edition, lrs, opened


@blueprint.get("/about")
@public
def about() -> ResponseReturnValue:
    """Say which versions the LRS takes; no credential is needed."""
    return jsonify(version=list(VERSIONS[edition()]))


@blueprint.get("/profile")
@public
def get_profile() -> ResponseReturnValue:
    """Give the profile that the hub's own statements follow; no credential is needed."""
    return Response(lrs().profile, mimetype="application/ld+json")


@blueprint.get("/agents")
@public
def get_person() -> ResponseReturnValue:
    """Give what the LRS knows of an agent, as a Person: what was asked, and names that statements gave to it."""
    credential = opened(Scope.STATEMENTS_READ, Scope.PROFILE)
    given = _only("agent")
    agent = read_agent_object(given)
    key = known_agent(agent)
    with edge().storage.reading() as session:
        names = set(names_of(session, key, credential.operator_id))
    if "name" in agent:
        names.add(agent["name"])
    known = {name: [agent[name]] for name in IDENTIFYING if name in agent and name != "objectType"}
    return jsonify({"objectType": "Person"} | ({"name": sorted(names)} if names else {}) | known)


@blueprint.get("/activities")
@public
def get_activity() -> ResponseReturnValue:
    """Give an activity with everything that statements said of it; one that nobody named has nothing but its id."""
    credential = opened(Scope.STATEMENTS_READ, Scope.STATE, Scope.PROFILE)
    iri = _only("activityId")
    forms.is_iri(iri, "activityId")
    with edge().storage.reading() as session:
        definitions = definitions_of(session, [iri], credential.operator_id)
    texts = {"objectType": '"Activity"', "id": json.dumps(iri)}
    known = {"definition": definitions[iri]} if iri in definitions else {}
    return Response(object_of(texts | known), mimetype="application/json")


def _only(name: str) -> str:
    """Return the one parameter of this request; raise Malformed without it, or with others."""
    for other in sorted(set(request.args) - {name}):
        raise Malformed(other, "is no parameter here")
    if name not in request.args:
        raise Malformed(name, "is required")
    return request.args[name]
