"""What others were told about a record: for each target what was sent, what waits, what was refused. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.delivery import queries
from app.delivery.models import Delivery, Target
from app.delivery.rules import RESULTS, Fate, Tiding
from app.delivery.services.kinds import kinds
from app.kernel.actors import Actor
from app.notebook.models import Record


@dataclass(frozen=True)
class Told:
    """One thing that happened, and what became of its telling at one target; no row: it was not taken up yet."""

    tiding: Tiding
    row: Delivery | None = None

    @property
    def fate(self) -> Fate:
        """What became of it."""
        return self.row.fate if self.row else Fate.PENDING


@dataclass(frozen=True)
class Report:
    """What one target was told about a record, in the order in which it happened."""

    target: Target
    told: Sequence[Told]

    @property
    def result(self) -> Told | None:
        """The last result there is to tell; None while there is none, as always for practice."""
        return next((item for item in reversed(self.told) if item.tiding.event in RESULTS), None)


def reports_about(session: Session, record: Record) -> list[Report]:
    """Return what each target was told, or is to be told, about a record; those that ended after they were told too."""
    tidings = {kind.name: kind.tidings(session, record.id) for kind in kinds()}
    parcels = list(dict.fromkeys(tiding.reference for found in tidings.values() for tiding in found))
    receipts = queries.receipts_of(session, parcels, record.operator_id)
    targets = {target.id: target for target, _ in receipts}
    targets |= {target.id: target for target in queries.targets_reached_by(session, record.operator_id)}
    rows = {(row.target_id, row.parcel): row for _, row in receipts}
    return [
        Report(target, [Told(item, rows.get((target.id, item.reference))) for item in tidings.get(target.kind, ())])
        for target in sorted(targets.values(), key=lambda target: target.name)
    ]


def search_receipts(session: Session, wanted: str, actor: Actor) -> list[tuple[Target, Delivery]]:
    """Return what became, at the actor's targets, of what a number of a record or an id of a statement stands for."""
    records = queries.records_numbered(session, wanted, actor)
    told = (item.reference for record in records for kind in kinds() for item in kind.tidings(session, record))
    parcels = list(dict.fromkeys(told))  # two kinds may carry the same
    found = queries.receipts_of(session, parcels or [wanted.lower()], actor.operator_id)
    return [(target, row) for target, row in found if actor.operator_id in (None, target.operator_id)]
