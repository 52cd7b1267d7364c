"""What a field of a record can hold, as the formulas and the limits see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class EquipmentUsed:
    """A piece of equipment as it was read at the bench; a due date counts to the end of its day, a time to the ms."""

    code: str
    serial: str
    calibration_due: date | datetime | None = None


@dataclass(frozen=True, slots=True)
class LotUsed:
    """A lot as it was read from its label; an expiry date counts to the end of its day, a time to the ms."""

    number: str
    expiry: date | datetime | None = None


Reading = Decimal | int | datetime | str | bool | EquipmentUsed | LotUsed
"""One thing recorded: a decimal or integer, a time with its zone, text or the code of a choice, a tick, an item."""

Value = Reading | Sequence[Reading | None] | None
"""What a field holds: nothing yet, one reading, or as many as the field repeats with None for those still missing."""

Values = Mapping[str, Value]
"""Field id to what it holds."""
