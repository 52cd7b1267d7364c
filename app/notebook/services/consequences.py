"""What a new value brings with it: recalculated values, limits held against it and against what depends on it,
exceptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.exercises.rules.formulas import Calculation, dependants_of, evaluate_all, inputs_of
from app.exercises.rules.limits import LimitResult, Outcome, evaluate_limits, limited_by
from app.exercises.rules.master import Field, LimitKind
from app.exercises.rules.values import EquipmentUsed, LotUsed, Reading, Value
from app.kernel import clock
from app.notebook.models import RecordException
from app.notebook.rules.reading import Typed
from app.notebook.rules.sheet import Cell
from app.notebook.rules.words import EntryKind, ExceptionKind, Source
from app.notebook.services.bench import Bench


@dataclass(frozen=True)
class Calculated:
    """A recalculated value, for its own entry."""

    field: Field
    position: int | None
    value: Decimal
    attempt: int
    corrects: int | None

    @property
    def text(self) -> str:
        """The value with all its digits."""
        return format(self.value, "f")


@dataclass(frozen=True)
class Outside:
    """A value outside a limit."""

    field: Field
    position: int | None
    result: LimitResult
    value: str


@dataclass
class Consequences:
    """Everything one new value brings with it."""

    evaluation: list[dict[str, Any]] = field(default_factory=list)
    calculated: list[Calculated] = field(default_factory=list)
    exceptions: list[Outside] = field(default_factory=list)

    def add_to(self, bench: Bench, sequence: int) -> None:
        """Add the entries of recalculated values and the exceptions, after the entry that brought them."""
        sequences = {}
        for offset, found in enumerate(self.calculated, start=1):
            sequences[found.field.id, found.position] = sequence + offset
            bench.entry(
                EntryKind.CALCULATED,
                bench.sheet.exercise.step_of(found.field.id).id,
                sequence + offset,
                field_id=found.field.id,
                position=found.position,
                attempt=found.attempt,
                corrects=found.corrects,
                value=found.text,
                unit=found.field.unit.code if found.field.unit else None,
                source=Source.CALCULATION,
                inputs={"formula": found.field.formula, "fields": sorted(inputs_of(found.field)), "cause": sequence},
            )
        for offset, outside in enumerate(self.exceptions):
            _open_exception(bench, bench.sheet.next_exception + offset, outside, sequences, sequence)


def follow_up(bench: Bench, cell: Cell, value: Typed | None) -> Consequences:
    """Return what a new value of a cell brings with it; nothing is added yet."""
    values = dict(bench.sheet.values)
    _set(values, cell.field, cell.position, value.reading if value else None)
    consequences = Consequences()
    consequences.calculated = list(_recalculated(bench, cell.field, values))
    changed = [(cell.field, cell.position)] if value else []
    changed += [(found.field, found.position) for found in consequences.calculated]
    dependent = [
        (limited, None) for limited in limited_by(bench.sheet.exercise, cell.field.id) if _is_held(limited, values)
    ]
    for target, position in [*changed, *dependent]:
        _hold_against_limits(bench, consequences, target, position, values)
    return consequences


def _recalculated(bench: Bench, changed: Field, values: dict[str, Value]) -> Iterator[Calculated]:
    dependants = dependants_of(bench.sheet.exercise, changed.id)
    if not dependants:
        return
    results = evaluate_all(bench.sheet.exercise, values)
    for target in dependants:
        calculation = results[target.id]
        values[target.id] = calculation.value
        for position, result in _results_by_position(target, calculation):
            latest = bench.sheet.cell(target.id, position).latest
            if result is None or (latest and latest.value == format(result, "f")):
                continue
            yield Calculated(target, position, result, 1, latest.sequence if latest else None)


def _results_by_position(target: Field, calculation: Calculation) -> Iterator[tuple[int | None, Decimal | None]]:
    if target.repeat == 1:
        yield None, calculation.value if isinstance(calculation.value, Decimal) else None
    elif isinstance(calculation.value, tuple):
        yield from enumerate(calculation.value, start=1)


def _hold_against_limits(
    bench: Bench, consequences: Consequences, target: Field, position: int | None, values: dict[str, Value]
) -> None:
    held = values[target.id]
    if position is not None and isinstance(held, list | tuple):
        held = [reading if place == position else None for place, reading in enumerate(held, start=1)]
    moment = clock.now().astimezone(ZoneInfo(bench.record.zone))
    for result in evaluate_limits(target, held, values, at=moment):
        where = result.reading if target.repeat > 1 else None
        consequences.evaluation.append(
            {"field": target.id, "position": where, "outcome": result.outcome.value, "bounds": dict(result.bounds)}
        )
        if result.exceeded and not _is_known(bench, target, where, result, values):
            consequences.exceptions.append(Outside(target, where, result, _text(values[target.id], where)))


def _is_known(bench: Bench, target: Field, position: int | None, result: LimitResult, values: dict[str, Value]) -> bool:
    """Say whether an exception about the same value and bounds is open already."""
    text = _text(values[target.id], position)
    return any(
        found.field_id == target.id
        and found.position == position
        and found.facts.get("value") == text
        and found.facts.get("bounds") == dict(result.bounds)
        for found in bench.sheet.exceptions
    )


def _open_exception(
    bench: Bench, number: int, outside: Outside, calculated: dict[tuple[str, int | None], int], cause: int
) -> None:
    own = calculated.get((outside.field.id, outside.position))
    bench.session.add(
        RecordException(
            record_id=bench.record.id,
            number=number,
            kind=_kind(outside.result),
            step_id=bench.sheet.exercise.step_of(outside.field.id).id,
            field_id=outside.field.id,
            position=outside.position,
            entry=own or cause,
            facts={"value": outside.value, "bounds": dict(outside.result.bounds)},
            opened_by=bench.actor.person_id or "",
            opened_at=clock.now(),
        )
    )


def _kind(result: LimitResult) -> ExceptionKind:
    if result.outcome is Outcome.EXPIRED:
        return ExceptionKind.EXPIRED
    return (
        ExceptionKind.SPECIFICATION_LIMIT
        if result.limit.kind is LimitKind.SPECIFICATION
        else ExceptionKind.ACTION_LIMIT
    )


def _set(values: dict[str, Value], target: Field, position: int | None, reading: Reading | None) -> None:
    if position is None:
        values[target.id] = reading
        return
    held = values[target.id]
    readings = list(held) if isinstance(held, list | tuple) else [None] * target.repeat
    readings[position - 1] = reading
    values[target.id] = readings


def _is_held(target: Field, values: dict[str, Value]) -> bool:
    held = values[target.id]
    return any(item is not None for item in held) if isinstance(held, list | tuple) else held is not None


def _text(held: Value, position: int | None) -> str:
    value = held[position - 1] if position is not None and isinstance(held, list | tuple) else held
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, EquipmentUsed):
        return f"{value.code} {value.serial} {value.calibration_due or ''}".strip()
    return f"{value.number} {value.expiry or ''}".strip() if isinstance(value, LotUsed) else str(value)
