"""What a new value brings with it: recalculated values, limits held against it and against what depends on it,
exceptions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.exercises.rules.formulas import Calculation, dependants_of, inputs_of, recalculate
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
    value: Decimal | None
    corrects: int | None

    @property
    def text(self) -> str | None:
        """The value with all its digits; None when what was recorded has no result any more."""
        return None if self.value is None else format(self.value, "f")


@dataclass(frozen=True)
class Outside:
    """A value outside a limit."""

    field: Field
    position: int | None
    result: LimitResult
    value: str
    attempt: int = 1


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
                corrects=found.corrects,
                value=found.text,
                unit=found.field.unit.code if found.field.unit else None,
                source=Source.CALCULATION,
                inputs={"formula": found.field.formula, "fields": sorted(inputs_of(found.field)), "cause": sequence},
            )
        for offset, outside in enumerate(self.exceptions):
            _open_exception(bench, bench.sheet.next_exception + offset, outside, sequences, sequence)


def follow_up(bench: Bench, cell: Cell, value: Typed | None, attempt: int) -> Consequences:
    """Return what a new value of a cell brings with it; nothing is added yet. `attempt` counts the measurements."""
    values = dict(bench.sheet.values)
    _set(values, cell.field, cell.position, value.reading if value else None)
    consequences = Consequences()
    consequences.calculated = list(_recalculated(bench, cell.field, values))
    if value:
        _hold_against_limits(bench, consequences, (cell.field, cell.position), values, attempt)
    for found in consequences.calculated:
        _hold_against_limits(bench, consequences, (found.field, found.position), values)
    for limited in limited_by(bench.sheet.exercise, cell.field.id):
        if _is_held(limited, values):
            _hold_against_limits(bench, consequences, (limited, None), values)
    return consequences


def _recalculated(bench: Bench, changed: Field, values: dict[str, Value]) -> Iterator[Calculated]:
    dependants = dependants_of(bench.sheet.exercise, changed.id)
    if not dependants:
        return
    results = recalculate(dependants, values)
    for target in dependants:
        calculation = results[target.id]
        values[target.id] = calculation.value
        for position, result in _results_by_position(target, calculation):
            latest = bench.sheet.cell(target.id, position).latest
            found = Calculated(target, position, result, latest.sequence if latest else None)
            if found.text != (latest.value if latest else None):
                yield found


def _results_by_position(target: Field, calculation: Calculation) -> Iterator[tuple[int | None, Decimal | None]]:
    if target.repeat == 1:
        yield None, calculation.value if isinstance(calculation.value, Decimal) else None
    elif isinstance(calculation.value, tuple):
        yield from enumerate(calculation.value, start=1)


def _hold_against_limits(
    bench: Bench,
    consequences: Consequences,
    place: tuple[Field, int | None],
    values: dict[str, Value],
    attempt: int = 1,
) -> None:
    target, position = place
    held = values[target.id]
    if position is not None and isinstance(held, list | tuple):
        held = [reading if place == position else None for place, reading in enumerate(held, start=1)]
    moment = clock.now().astimezone(ZoneInfo(bench.record.zone))
    for result in evaluate_limits(target, held, values, at=moment):
        where = result.reading if target.repeat > 1 else None
        consequences.evaluation.append(
            {"field": target.id, "position": where, "outcome": result.outcome.value, "bounds": dict(result.bounds)}
        )
        outside = Outside(target, where, result, _text(values[target.id], where), attempt)
        if result.exceeded and not _is_known(bench, outside):
            consequences.exceptions.append(outside)


def _is_known(bench: Bench, outside: Outside) -> bool:
    """Say whether the same value against the same bounds has its exception; a further attempt gets one of its own."""
    facts = _exception_facts(outside)
    return any(
        (found.field_id, found.position) == (outside.field.id, outside.position) and dict(found.facts) == facts
        for found in bench.sheet.exceptions
    )


def _exception_facts(outside: Outside) -> dict[str, Any]:
    facts: dict[str, Any] = {"value": outside.value, "bounds": dict(outside.result.bounds)}
    return facts | ({"attempt": outside.attempt} if outside.attempt > 1 else {})


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
            facts=_exception_facts(outside),
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
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, EquipmentUsed):
        return f"{value.code} {value.serial} {value.calibration_due or ''}".strip()
    return f"{value.number} {value.expiry or ''}".strip() if isinstance(value, LotUsed) else str(value)
