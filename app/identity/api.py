"""The API of identity: who a token acts for, and the people of the operator."""

from typing import Any

from flask import Blueprint
from spectree import Response

from app.identity.queries import list_people
from app.kernel.actors import Permission
from app.web.access import requires, signed_in
from app.web.openapi import Answer, Problem, spec
from app.web.visitors import current_actor, current_visitor, edge

blueprint = Blueprint("identity_api", __name__, url_prefix="/api/v1")


class Me(Answer):
    """Who a token acts for, and with which rights."""

    person: str
    name: str
    operator: str | None
    roles: list[str]
    permissions: list[str]
    language: str


class PersonAnswer(Answer):
    """A person of the operator."""

    id: str
    login: str | None
    name: str | None
    language: str
    state: str
    roles: list[str]


class People(Answer):
    """The people of the operator."""

    people: list[PersonAnswer]


@blueprint.get("/me")
@signed_in
@spec.validate(resp=Response(HTTP_200=Me, HTTP_401=Problem), tags=["identity"])
def read_me() -> Any:
    """Say who this token acts for."""
    actor = current_actor()
    visitor = current_visitor()
    return Me(
        person=actor.person_id or "",
        name=visitor.name if visitor else "",
        operator=actor.operator_id,
        roles=sorted(actor.roles),
        permissions=sorted(actor.grants),
        language=actor.language,
    )


@blueprint.get("/people")
@requires(Permission.PERSON_READ)
@spec.validate(resp=Response(HTTP_200=People, HTTP_401=Problem, HTTP_403=Problem), tags=["identity"])
def read_people() -> Any:
    """List the people of the operator."""
    with edge().storage.reading() as session:
        rows = list_people(session, current_actor())
    return People(
        people=[
            PersonAnswer(
                id=row.person.id,
                login=row.person.login,
                name=row.person.name,
                language=row.person.language,
                state=row.person.state.value,
                roles=sorted(row.roles),
            )
            for row in rows
        ]
    )
