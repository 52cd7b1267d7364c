"""Whether a value is within its limits, on the value as recorded, with the very bounds that were used (ER-06).

The outcome is decided once, when the value is recorded, and its snapshot is kept: limits changed later alter nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.exercises.errors import FormulaError, NotComputable
from app.exercises.rules.expressions import parse_expression
from app.exercises.rules.formulas import evaluate_formula
from app.exercises.rules.master import Exercise, Field, Limit, LimitKind, SecondReading, Validity
from app.exercises.rules.values import EquipmentUsed, LotUsed, Reading, Value, Values

RULE_VERSION = "limits/1"

EXPIRY = Limit(LimitKind.ACTION)
"""The limit every piece of equipment and every lot has without saying so: its date has not passed."""

Snapshot = dict[str, str | bool | list[str] | None]


class Outcome(StrEnum):
    """What came of holding a value against a limit; `pending` means that a bound needs a value still missing."""

    WITHIN = "within"
    OUTSIDE = "outside"
    EXPIRED = "expired"
    PENDING = "pending"


@dataclass(frozen=True)
class LimitResult:
    """One value against one limit: the outcome, the bounds used as JSON-able text, and which reading it was, from 1."""

    limit: Limit
    outcome: Outcome
    bounds: Snapshot
    reading: int | None = None
    missing: frozenset[str] = frozenset()

    @property
    def within(self) -> bool:
        """Whether the value is known to be within the limit; a pending one is not known to be."""
        return self.outcome is Outcome.WITHIN

    @property
    def exceeded(self) -> bool:
        """Whether the value is known to be outside, or the item expired: this opens an exception."""
        return self.outcome in (Outcome.OUTSIDE, Outcome.EXPIRED)


def evaluate_limits(
    field: Field, value: Value, values: Values, *, at: datetime | None = None
) -> tuple[LimitResult, ...]:
    """Hold a value against every limit of its field; each reading of a repeated one against each.

    `values` gives what bounds refer to. `at` is the moment of use, in the zone of the site, and is needed for
    equipment and lots. A missing value, or one given as not applicable, yields nothing. The value is never rounded.
    """
    if isinstance(value, Sequence) and not isinstance(value, str):
        readings = [(number, reading) for number, reading in enumerate(value, start=1) if reading is not None]
        return tuple(result for number, reading in readings for result in _results(field, reading, values, at, number))
    return tuple(_results(field, value, values, at, None)) if value is not None else ()


def inputs_of_limits(field: Field) -> frozenset[str]:
    """Return the ids that the bounds of a field refer to."""
    bounds = (bound for limit in field.limits for bound in (limit.minimum, limit.maximum) if bound is not None)
    return frozenset().union(*(parse_expression(bound).names for bound in bounds))


def limited_by(exercise: Exercise, field_id: str) -> tuple[Field, ...]:
    """Return the fields whose limits refer to a field, to be held against them again when it is recorded.

    Found once for an exercise, which never changes, and kept with it.
    """
    known: dict[str, tuple[Field, ...]] = exercise.__dict__.setdefault("_limited", {})
    if field_id not in known:
        known[field_id] = tuple(field for field in exercise.fields() if field_id in inputs_of_limits(field))
    return known[field_id]


def readings_agree(reading: SecondReading, first: Reading, second: Reading) -> bool:
    """Whether a second person's own reading agrees with the first: equal, or no further apart than `agreement`."""
    if isinstance(first, Decimal | int) and isinstance(second, Decimal | int):
        return abs(Decimal(first) - Decimal(second)) <= Decimal(reading.agreement or 0)
    return first == second


def _results(
    field: Field, value: Reading, values: Values, at: datetime | None, reading: int | None
) -> Iterator[LimitResult]:
    if isinstance(value, EquipmentUsed | LotUsed):
        yield from _held_against_date(field, value, at)
        return
    for limit in field.limits:
        if limit.allowed:
            yield _held_against_codes(limit, value, reading)
        elif isinstance(value, Decimal | int) and not isinstance(value, bool):
            yield _held_against_bounds(limit, Decimal(value), values, reading)


def _held_against_codes(limit: Limit, value: Reading, reading: int | None) -> LimitResult:
    code = str(value).lower() if isinstance(value, bool) else value
    outcome = Outcome.WITHIN if code in limit.allowed else Outcome.OUTSIDE
    return LimitResult(limit, outcome, _snapshot(limit, "allowed", allowed=list(limit.allowed)), reading)


def _held_against_bounds(limit: Limit, value: Decimal, values: Values, reading: int | None) -> LimitResult:
    try:
        minimum, maximum = (_bound(text, values, reading) for text in (limit.minimum, limit.maximum))
    except NotComputable as state:
        return LimitResult(limit, Outcome.PENDING, _bounds(limit, None, None), reading, state.missing)
    except FormulaError:
        # A bound that has no value for what was recorded, such as a division by zero, cannot be kept.
        return LimitResult(limit, Outcome.OUTSIDE, _bounds(limit, None, None), reading)
    inside = _is_above(value, minimum, limit.minimum_inclusive) and _is_below(value, maximum, limit.maximum_inclusive)
    outcome = Outcome.WITHIN if inside else Outcome.OUTSIDE
    return LimitResult(limit, outcome, _bounds(limit, minimum, maximum), reading)


def _bound(text: str | None, values: Values, reading: int | None) -> Decimal | None:
    return None if text is None else evaluate_formula(text, values, reading=reading)


def _is_above(value: Decimal, minimum: Decimal | None, inclusive: bool) -> bool:
    return minimum is None or value > minimum or (inclusive and value == minimum)


def _is_below(value: Decimal, maximum: Decimal | None, inclusive: bool) -> bool:
    return maximum is None or value < maximum or (inclusive and value == maximum)


def _held_against_date(field: Field, item: EquipmentUsed | LotUsed, at: datetime | None) -> Iterator[LimitResult]:
    due = item.calibration_due if isinstance(item, EquipmentUsed) else item.expiry
    if field.validity is Validity.NONE or (due is None and field.validity is Validity.OPTIONAL):
        return
    if at is None or at.tzinfo is None:
        raise ValueError("holding a date against a moment needs the moment, with its zone")
    if due is None:
        outcome = Outcome.OUTSIDE
    else:
        outcome = Outcome.EXPIRED if _has_passed(due, at) else Outcome.WITHIN
    bounds = _snapshot(EXPIRY, "expired", due=due.isoformat() if due else None, at=at.isoformat())
    yield LimitResult(EXPIRY, outcome, bounds)


def _has_passed(due: date | datetime, at: datetime) -> bool:
    # A date on a label means the whole of that day where the label is read, so it ends at that place's midnight.
    return at > due if isinstance(due, datetime) else at.date() > due


def _bounds(limit: Limit, minimum: Decimal | None, maximum: Decimal | None) -> Snapshot:
    snapshot = _snapshot(
        limit,
        "range",
        minimum=None if minimum is None else format(minimum, "f"),
        maximum=None if maximum is None else format(maximum, "f"),
        minimum_inclusive=limit.minimum_inclusive,
        maximum_inclusive=limit.maximum_inclusive,
        rounding="none",
    )
    return snapshot | {"minimum_formula": limit.minimum, "maximum_formula": limit.maximum}


def _snapshot(limit: Limit, sort: str, **parts: str | bool | list[str] | None) -> Snapshot:
    return {"rule": RULE_VERSION, "kind": limit.kind.value, "type": sort, **parts}
