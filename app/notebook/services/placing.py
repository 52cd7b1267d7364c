"""Saying in which training room a record is executed, at issue and for as long as it is open (ER-H4)."""

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.queries.places import usable_room
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Invalid
from app.notebook import queries
from app.notebook.errors import NotThePerformer, NotTheState
from app.notebook.models import Record
from app.notebook.rules.words import OPEN_STATES
from app.notebook.services.bench import need_reason, record_facts, record_subject
from app.signatures.errors import ContentChanged


def place_record(session: Session, record_id: str, room_id: str, *, actor: Actor, reason: str | None = None) -> Record:
    """Say in which room a record is executed, as its performer; another room, once it was begun, takes a reason.

    The room before stays in the trail. Raises Invalid for a room that is not there for the record's operator.
    """
    role = actor.require(Permission.RECORD_EXECUTE, f"record:{record_id}")
    record = queries.access_record(session, record_id, actor, for_act=True)
    subject = record_subject(record)
    if record.performer_id != actor.person_id:
        raise NotThePerformer(subject=str(subject))
    if record.state not in OPEN_STATES:
        raise NotTheState(subject=str(subject))
    if room_id == record.training_room_id:
        raise Invalid(fields={"room": N_("The record says this room already.")})
    text = need_reason(reason) if needs_reason(record) else None
    before = queries.place_of(record)
    put_into(session, record, room_id)
    after = record_facts(record) | queries.place_of(record)
    note(session, Action.RECORD_PLACED, subject, actor=actor, role=role, reason=text, before=before, after=after)
    return record


def put_into(session: Session, record: Record, room_id: str) -> None:
    """Write a room into a record, as part of an act: shared or its operator's, and in use; else raise Invalid."""
    found = usable_room(session, room_id, record.operator_id)
    if found is None:
        raise Invalid(fields={"room": N_("Choose one of the rooms offered.")})
    room, site = found
    record.training_room_id, record.site, record.room = room.id, site.name, room.name


def need_shown(record: Record, shown_room: str | None) -> None:
    """Raise ContentChanged where a signer's page showed another room than the record says by now (ES-3).

    A signature names the room, and its digest does not. `shown_room` is the room's id, empty where the page showed
    none; None where the signer does not state it, so that nothing is compared.
    """
    if shown_room is not None and shown_room != (record.training_room_id or ""):
        raise ContentChanged(subject=str(record_subject(record)))


def needs_reason(record: Record) -> bool:
    """Say whether another room takes a reason: somebody worked in the one that the record says."""
    return record.room is not None and record.started_at is not None
