"""Reading sites and training rooms: each person sees those of the hub and those of the operator they act for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.identity.models import Operator, Site, TrainingRoom
from app.identity.rules.places import sees_all, sees_owner
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.storage.rows import FOR_AN_ACT


@dataclass(frozen=True)
class PlaceRow:
    """A site or a room in a list, with the name of the operator that owns it: none where it is shared."""

    place: Site | TrainingRoom
    owner: str


def site_rows(session: Session, actor: Actor) -> list[PlaceRow]:
    """List the sites in use that an actor sees, by name."""
    query = select(Site, Operator.name).outerjoin(Operator, Operator.id == Site.operator_id)
    query = query.where(Site.ended_at.is_(None), _shown(actor, Site.operator_id)).order_by(Site.name, Site.id)
    return [PlaceRow(site, owner or "") for site, owner in session.execute(query)]


def training_room_rows(session: Session, site_id: str, actor: Actor) -> list[PlaceRow]:
    """List the rooms in use of a site that an actor sees, by name."""
    query = select(TrainingRoom, Operator.name).outerjoin(Operator, Operator.id == TrainingRoom.operator_id)
    query = query.where(TrainingRoom.site_id == site_id, TrainingRoom.ended_at.is_(None))
    query = query.where(_shown(actor, TrainingRoom.operator_id)).order_by(TrainingRoom.name, TrainingRoom.id)
    return [PlaceRow(room, owner or "") for room, owner in session.execute(query)]


def owner_name(session: Session, place: Site | TrainingRoom) -> str:
    """Return the name of the operator that owns a site or room; empty where all share it."""
    operator = session.get(Operator, place.operator_id) if place.operator_id else None
    return operator.name if operator else ""


def access_site(session: Session, site_id: str, actor: Actor, *, for_act: bool = False) -> Site:
    """Return a site in use that the actor sees, locked when an act is to follow, or raise NotFound: another operator's
    is as one that never was.
    """
    site = session.get(Site, site_id, with_for_update=FOR_AN_ACT if for_act else None, populate_existing=for_act)
    if site is None or site.ended_at or not sees_owner(actor, site.operator_id):
        raise NotFound
    return site


def access_training_room(
    session: Session, room_id: str, actor: Actor, *, for_act: bool = False
) -> tuple[TrainingRoom, Site]:
    """Return a room in use that the actor sees, with its site, or raise NotFound as for a site."""
    room = session.get(
        TrainingRoom, room_id, with_for_update=FOR_AN_ACT if for_act else None, populate_existing=for_act
    )
    if room is None or room.ended_at or not sees_owner(actor, room.operator_id):
        raise NotFound
    return room, access_site(session, room.site_id, actor)


def usable_room(session: Session, room_id: str, operator_id: str) -> tuple[TrainingRoom, Site] | None:
    """Return a room in which an operator's people work, shared or its own, with its site; None for any other."""
    query = _usable(operator_id).where(TrainingRoom.id == room_id)
    found = session.execute(query).one_or_none()
    return (found[0], found[1]) if found else None


def usable_rooms(session: Session, operator_id: str) -> Sequence[tuple[TrainingRoom, Site]]:
    """List the rooms in which an operator's people work, by site and name."""
    query = _usable(operator_id).order_by(Site.name, TrainingRoom.name, TrainingRoom.id)
    return [(room, site) for room, site in session.execute(query)]


def site_called(session: Session, code: str, operator_id: str | None, *, is_own: bool = False) -> Site | None:
    """Return the site in use of a code that an operator owns, or the hub.

    A shared one where the operator has none, unless it is to be its own.
    """
    query = select(Site).where(Site.code == code.strip().upper(), Site.ended_at.is_(None))
    found = {site.operator_id: site for site in session.scalars(query)}
    return found.get(operator_id) or (None if is_own else found.get(None))


def training_room_called(session: Session, site: Site, code: str, operator_id: str | None) -> TrainingRoom | None:
    """Return the room in use of a code in a site that an operator owns, or the hub."""
    query = select(TrainingRoom).where(TrainingRoom.site_id == site.id, TrainingRoom.code == code.strip().upper())
    found = {room.operator_id: room for room in session.scalars(query.where(TrainingRoom.ended_at.is_(None)))}
    return found.get(operator_id)


def _usable(operator_id: str) -> Select[TrainingRoom, Site]:
    own = [or_(model.operator_id.is_(None), model.operator_id == operator_id) for model in (TrainingRoom, Site)]
    query = select(TrainingRoom, Site).join(Site, Site.id == TrainingRoom.site_id)
    return query.where(TrainingRoom.ended_at.is_(None), Site.ended_at.is_(None), *own)


def _shown(actor: Actor, owner: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    return true() if sees_all(actor) else or_(owner.is_(None), owner == actor.operator_id)
