"""The calculated fields of an exercise: what each needs, in which order, and its value for what is recorded so far.

A result keeps 34 digits; it is rounded for display only, by the field's own rule. A missing input is a state of
its own (NotComputable), never a fault and never a zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from graphlib import TopologicalSorter

from app.exercises.errors import FormulaError, NotComputable, UnusableValue
from app.exercises.rules.arithmetic import Kind, exact, rounded
from app.exercises.rules.expressions import Operand, compute, parse_expression
from app.exercises.rules.master import NUMERIC, Exercise, Field, FieldType, Rounding
from app.exercises.rules.values import Reading, Value, Values

_ROUNDINGS = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN}


@dataclass(frozen=True)
class Calculation:
    """What came of a calculated field: a value, or one per reading, or the fault, or what is still missing."""

    field: Field
    value: Decimal | tuple[Decimal | None, ...] | None = None
    missing: frozenset[str] = frozenset()
    fault: FormulaError | None = None


def inputs_of(field: Field) -> frozenset[str]:
    """Return the ids a calculated field's formula names; none for a field that is typed."""
    return parse_expression(field.formula).names if field.formula else frozenset()


def calculation_order(exercise: Exercise) -> tuple[Field, ...]:
    """Return the calculated fields so that each comes after those it needs; raise CycleError where none can."""
    formulas = {field.id: inputs_of(field) for field in exercise.fields() if field.is_calculated}
    return tuple(exercise.field(name) for name in order_of(formulas))


def order_of(inputs: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the keys so that each comes after its inputs among them, always in the same order.

    Raise CycleError (graphlib) whose second argument is the names that go round in a circle.
    """
    graph = {name: [need for need in inputs if need in needs] for name, needs in inputs.items()}
    return list(TopologicalSorter(graph).static_order())


def dependants_of(exercise: Exercise, field_id: str) -> tuple[Field, ...]:
    """Return every calculated field that changes when this field does, directly or through others, in order.

    Found once for an exercise, which never changes, and kept with it: every entry at the bench asks.
    """
    known: dict[str, tuple[Field, ...]] = exercise.__dict__.setdefault("_dependants", {})
    if field_id not in known:
        changed = {field_id}
        dependants = []
        for field in calculation_order(exercise):
            if inputs_of(field) & changed:
                changed.add(field.id)
                dependants.append(field)
        known[field_id] = tuple(dependants)
    return known[field_id]


def kinds_for(fields: Mapping[str, tuple[FieldType, int]], repeat: int = 1) -> dict[str, Kind]:
    """Return what each field means in a formula, from its type and repeat; `repeat` is that of the field calculated.

    In a formula that is calculated for each reading, fields repeated as often stand for that same reading.
    """
    return {name: _kind_for(of_type, times, repeat) for name, (of_type, times) in fields.items()}


def _kind_for(of_type: FieldType, times: int, repeat: int) -> Kind:
    if of_type in NUMERIC:
        if times == 1:
            return Kind.NUMBER
        return Kind.EACH if times == repeat else Kind.READINGS
    if of_type is FieldType.DATETIME and times in (1, repeat):
        return Kind.MOMENT
    return Kind.OTHER


def evaluate(field: Field, values: Values, *, reading: int | None = None) -> Decimal:
    """Return the unrounded value of a calculated field; for a repeated one, of its reading counted from 1.

    A repeated value must be a sequence as long as its field repeats, None where a reading is missing (`completed`
    makes it so). Raise NotComputable where an input is missing, or a FormulaError.
    """
    return evaluate_formula(field.formula or "", values, reading=reading)


def evaluate_formula(formula: str, values: Values, *, reading: int | None = None) -> Decimal:
    """Return the unrounded value of an expression over values, as `evaluate` does; limits are expressions too."""
    expression = parse_expression(formula)
    given = {name: _at(values.get(name), reading) for name in expression.names}
    missing = frozenset(name for name, value in given.items() if _is_missing(value))
    if missing:
        raise NotComputable(missing)
    return compute(expression, {name: _operand(name, value) for name, value in given.items()})


def evaluate_all(exercise: Exercise, values: Values) -> dict[str, Calculation]:
    """Calculate all that what is recorded so far allows, in order; nothing is raised for a single field's fault."""
    known = completed(exercise, values)
    calculations = {}
    for field in calculation_order(exercise):
        calculation = calculations[field.id] = _calculated(field, known)
        known[field.id] = calculation.value
    return calculations


def recalculate(fields: Sequence[Field], values: Values) -> dict[str, Calculation]:
    """Calculate just these fields, given in calculation order; other calculated values are taken as they stand."""
    known = dict(values)
    calculations = {}
    for field in fields:
        calculation = calculations[field.id] = _calculated(field, known)
        known[field.id] = calculation.value
    return calculations


def completed(exercise: Exercise, values: Values) -> dict[str, Value]:
    """Return the typed values with every repeated field filled up with None to as many readings as it needs."""
    known: dict[str, Value] = {}
    for field in exercise.fields():
        value = values.get(field.id)
        if field.repeat > 1:
            readings = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
            value = [*readings, *[None] * (field.repeat - len(readings))]
        known[field.id] = None if field.is_calculated else value
    return known


def shown_value(field: Field, value: Decimal) -> Decimal:
    """Return a calculated value rounded for display by the field's rule; compare and keep the unrounded one."""
    return value if field.decimals is None else rounded(value, field.decimals, _ROUNDINGS[field.rounding])


def _calculated(field: Field, known: Values) -> Calculation:
    if field.repeat == 1:
        return _attempted(field, known, None)
    each = [_attempted(field, known, reading) for reading in range(1, field.repeat + 1)]
    return Calculation(
        field,
        tuple(one.value if isinstance(one.value, Decimal) else None for one in each),
        frozenset().union(*(one.missing for one in each)),
        next((one.fault for one in each if one.fault), None),
    )


def _attempted(field: Field, known: Values, reading: int | None) -> Calculation:
    try:
        return Calculation(field, evaluate(field, known, reading=reading))
    except NotComputable as state:
        return Calculation(field, missing=state.missing)
    except FormulaError as fault:
        return Calculation(field, fault=fault)


def _at(value: Value, reading: int | None) -> Value:
    if reading is None or isinstance(value, str) or not isinstance(value, Sequence):
        return value
    return value[reading - 1] if reading <= len(value) else None


def _is_missing(value: Value) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return not value or any(item is None for item in value)
    return value is None


def _operand(name: str, value: Value) -> Operand:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_number(name, item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UnusableValue(name)
        return value
    return _number(name, value)


def _number(name: str, value: Reading | None) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise UnusableValue(name)
    return exact(value)
