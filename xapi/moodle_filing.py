"""Where a Moodle is to file statements: the activities and competencies there that somebody mapped to ours.

The hints are Moodle's numbers, with commas. The plug-in checks each against the person's courses, and looks for the
codes of ours itself where none of them fits.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery.rules import Destination, Parcel
from app.lms.models import Mapping
from app.lms.queries import mappings_at
from app.lms.rules.mapping import ThingKind
from app.storage import Storage
from app.storage.rows import in_portions
from xapi.models import Statement
from xapi.rules.moodle import codes_in
from xapi.rules.texts import read_value

HINTS = {ThingKind.LINK: "tools", ThingKind.MODULE: "modules", ThingKind.COMPETENCY: "competencies"}
"""The fields of the plug-in: external tools by instance, other activities by course module, competencies."""

_Key = tuple[str | None, ThingKind, str]


def hint_at_places(storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> list[Parcel]:
    """Return parcels that say where the Moodle is to file them; those about nothing mapped stay as they are.

    What an operator mapped counts for its own statements alone.
    """
    with storage.reading() as session:
        mappings = mappings_at(session, destination.address)
        owners = _owners(session, parcels) if mappings else {}
    places = _by_code(mappings)
    return [_hinted(parcel, owners.get(parcel.reference), places) if places else parcel for parcel in parcels]


def _by_code(mappings: Sequence[Mapping]) -> dict[_Key, list[str]]:
    found: dict[_Key, list[str]] = {}
    for one in mappings:
        if one.thing_id.isascii() and one.thing_id.isdigit():
            found.setdefault((one.operator_id, one.kind, one.code), []).append(one.thing_id)
    return found


def _hinted(parcel: Parcel, operator_id: str | None, places: dict[_Key, list[str]]) -> Parcel:
    exercise, competency = codes_in(read_value(parcel.body))
    codes = {ThingKind.LINK: exercise, ThingKind.MODULE: exercise, ThingKind.COMPETENCY: competency}
    hints = {
        HINTS[kind]: ",".join(places[operator_id, kind, code])
        for kind, code in codes.items()
        if code and (operator_id, kind, code) in places
    }
    return replace(parcel, hints=hints) if hints else parcel


def _owners(session: Session, parcels: Sequence[Parcel]) -> dict[str, str | None]:
    """Return whose each statement is, by its id."""
    found: dict[str, str | None] = {}
    for some in in_portions([parcel.reference for parcel in parcels]):
        found |= dict(session.execute(select(Statement.id, Statement.operator_id).where(Statement.id.in_(some))).all())
    return found
