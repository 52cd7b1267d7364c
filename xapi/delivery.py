"""Statements as something to deliver: the hub's own order, what may not be overtaken, the frozen bytes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.delivery.rules import Content, Destination, Enclosed, Label, Limits, Parcel, Tiding
from app.delivery.services.kinds import Carrier, register_kind
from app.kernel.errors import N_
from app.storage import Storage
from xapi.carrying import LrsCarrier
from xapi.queries import statements
from xapi.queries.resources import contents_of
from xapi.rules.texts import read_value
from xapi.services.actors import name_actors
from xapi.statements import registration_of
from xapi.telling import tidings_of

KIND = "xapi"


class StatementKind:
    """Statements as something to deliver: the hub's own order, the frozen bytes.

    A sequence is a registration: one attempt at one exercise.
    """

    name = KIND
    title = N_("LRS (xAPI)")
    named = True

    def complete(self, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a new target as they were given."""
        return dict(settings)

    def draw(self, session: Session, destination: Destination, after: int, limit: int) -> Sequence[Label]:
        """Return the labels of the next statements for a target, in the order of storing."""
        return [Label(*row) for row in statements.labels_after(session, after, limit, destination.operator_id)]

    def load(
        self, session: Session, destination: Destination, references: Sequence[str], octets: int
    ) -> Mapping[str, Content]:
        """Return the frozen bytes of statements by id, with what is attached: as many as fit, at least one."""
        found: dict[str, Content] = {}
        room = octets
        for identifier, body in statements.bodies_of(session, references, octets).items():
            content = Content(body, _enclosed(session, body, destination))
            room -= content.octets
            if found and room < 0:
                break
            found[identifier] = content
        return found

    def make_ready(self, storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Return statements whose people are named as the target knows them."""
        return name_actors(storage, destination, parcels)

    def waiting(self, session: Session, destination: Destination, after: int) -> int:
        """Count the statements after an ordinal."""
        return statements.count_after(session, after, destination.operator_id)

    def open(self, destination: Destination, limits: Limits) -> Carrier:
        """Make a connection to an LRS ready."""
        return LrsCarrier(destination, limits)

    def tidings(self, session: Session, record_id: str) -> Sequence[Tiding]:
        """Return what statements say about a record, in the order of storing."""
        return tidings_of(statements.bodies_of_registration(session, registration_of(record_id)))


def _enclosed(session: Session, body: bytes, destination: Destination) -> tuple[Enclosed, ...]:
    """Return what is attached to a statement and kept here; most have nothing."""
    if b'"attachments"' not in body:
        return ()
    contents = contents_of(session, [read_value(body)], destination.operator_id)
    return tuple(Enclosed(item.digest, kind, item.content) for kind, item in contents)


register_kind(StatementKind())
