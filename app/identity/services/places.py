"""Adding and ending the sites of the hub and their training rooms, each shared or one operator's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, hold_log, note
from app.identity.errors import PlaceCodeTaken, SharedByHub
from app.identity.models import Operator, Site, TrainingRoom
from app.identity.queries.places import access_site, access_training_room
from app.identity.rules.places import administers_owner, check_place
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Invalid, NotFound
from app.storage.tables import new_id


@dataclass(frozen=True)
class NewPlace:
    """A site or a room to add: short code, name, and the operator that owns it (None: shared by the hub)."""

    code: str
    name: str
    operator_id: str | None = None


def add_site(session: Session, new: NewPlace, *, actor: Actor) -> Site:
    """Add a site; shared ones are added by the hub alone. Raises SharedByHub, PlaceCodeTaken, Invalid."""
    role, (code, name) = _may_own(session, new, actor), check_place(new.code, new.name)
    hold_log(session, new.operator_id)
    taken = select(Site.operator_id).where(Site.code == code, Site.ended_at.is_(None))
    _check_free(session.scalars(taken).all(), new.operator_id)
    site = Site(id=new_id(), operator_id=new.operator_id, code=code, name=name, added_at=clock.now())
    session.add(site)
    note(session, Action.SITE_ADDED, _subject(site), actor=actor, role=role, after=_facts(site))
    return site


def end_site(session: Session, site_id: str, *, actor: Actor, reason: str | None = None) -> Site:
    """End a site: nothing is executed in its rooms any more, whoever owns them; what was stays said."""
    role = actor.require(Permission.SITE_ADMINISTER, f"site:{site_id}")
    site = access_site(session, site_id, actor, for_act=True)
    _check_owner(site, actor)
    site.ended_at = clock.now()
    note(session, Action.SITE_ENDED, _subject(site), actor=actor, role=role, reason=reason, before=_facts(site))
    return site


def add_training_room(session: Session, site_id: str, new: NewPlace, *, actor: Actor) -> TrainingRoom:
    """Add a room to a site: in a shared site anybody's, in an operator's that operator's alone.

    Raises what `add_site` raises, and NotFound for a site that is not there for this actor.
    """
    role, (code, name) = _may_own(session, new, actor), check_place(new.code, new.name)
    site = access_site(session, site_id, actor)
    if site.operator_id not in (None, new.operator_id):
        raise Invalid(fields={"operator": N_("This site is one operator's: so are its rooms.")})
    hold_log(session, new.operator_id)
    taken = select(TrainingRoom.operator_id).where(TrainingRoom.site_id == site.id, TrainingRoom.code == code)
    _check_free(session.scalars(taken.where(TrainingRoom.ended_at.is_(None))).all(), new.operator_id)
    room = TrainingRoom(
        id=new_id(), site_id=site.id, operator_id=new.operator_id, code=code, name=name, added_at=clock.now()
    )
    session.add(room)
    after = _facts(room) | {"site": site.code}
    note(session, Action.TRAINING_ROOM_ADDED, _subject(room), actor=actor, role=role, after=after)
    return room


def end_training_room(session: Session, room_id: str, *, actor: Actor, reason: str | None = None) -> TrainingRoom:
    """End a room: nothing is executed there any more; what was stays said."""
    role = actor.require(Permission.SITE_ADMINISTER, f"training_room:{room_id}")
    room, site = access_training_room(session, room_id, actor, for_act=True)
    _check_owner(room, actor)
    room.ended_at = clock.now()
    before = _facts(room) | {"site": site.code}
    note(session, Action.TRAINING_ROOM_ENDED, _subject(room), actor=actor, role=role, reason=reason, before=before)
    return room


def _may_own(session: Session, new: NewPlace, actor: Actor) -> Role:
    """Return the role in which an actor gives a place to this owner; raise NotFound for another's or no operator."""
    role = actor.require(Permission.SITE_ADMINISTER)
    if new.operator_id is None:
        if actor.operator_id is not None:
            raise SharedByHub
    elif not administers_owner(actor, new.operator_id) or session.get(Operator, new.operator_id) is None:
        raise NotFound
    return role


def _check_owner(place: Site | TrainingRoom, actor: Actor) -> None:
    if not administers_owner(actor, place.operator_id):
        raise SharedByHub(subject=str(_subject(place)))


def _check_free(owners: Sequence[str | None], owner_id: str | None) -> None:
    """Raise PlaceCodeTaken where a code is in use already for somebody who would see both places.

    Two operators may use the same code and neither learns of the other's.
    """
    if owners and (owner_id is None or None in owners or owner_id in owners):
        raise PlaceCodeTaken


def _subject(place: Site | TrainingRoom) -> Subject:
    return Subject(place.__tablename__, place.id, place.operator_id)


def _facts(place: Site | TrainingRoom) -> dict[str, str]:
    return {"code": place.code, "name": place.name}
