"""The API of identity: who a token acts for, the people of the operator, sites and rooms."""

from typing import Any

from flask import Blueprint
from spectree import Response

from app.identity.models import Site, TrainingRoom
from app.identity.queries import list_people
from app.identity.queries.places import site_rows, training_room_rows
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


class RoomAnswer(Answer):
    """A room of a site; `shared` by all operators, or else one's operator's own."""

    id: str
    code: str
    name: str
    shared: bool


class SiteAnswer(RoomAnswer):
    """A site, with its rooms."""

    rooms: list[RoomAnswer]


class Sites(Answer):
    """The sites whose rooms records are executed in."""

    sites: list[SiteAnswer]


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


@blueprint.get("/sites")
@signed_in
@spec.validate(resp=Response(HTTP_200=Sites, HTTP_401=Problem), tags=["identity"])
def read_sites() -> Any:
    """List the sites and rooms that all operators share, and those of one's own."""
    actor = current_actor()
    with edge().storage.reading() as session:
        return Sites(
            sites=[
                SiteAnswer(
                    **_facts(site.place),
                    rooms=[
                        RoomAnswer(**_facts(room.place)) for room in training_room_rows(session, site.place.id, actor)
                    ],
                )
                for site in site_rows(session, actor)
            ]
        )


def _facts(place: Site | TrainingRoom) -> dict[str, Any]:
    return {"id": place.id, "code": place.code, "name": place.name, "shared": place.operator_id is None}
