"""What a schema cannot say about a master: ids, units, formulas, limits and checks that fit each other.

Everything works on plain content that may be faulty elsewhere, so that one reading of a file names all its faults.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from graphlib import CycleError
from typing import Any

from app.competencies.rules.documents import Fault, Path
from app.exercises.errors import FaultyFormula, FormulaError
from app.exercises.rules.arithmetic import Kind
from app.exercises.rules.expressions import compute, is_usable_name, kind_of, parse_expression
from app.exercises.rules.formulas import kinds_for, order_of
from app.exercises.rules.master import ITEMS, NUMERIC, REPEATABLE, FieldType
from app.kernel.text import LANGUAGES

Content = Mapping[str, Any]

_BELONGS_TO = {
    "formula": {FieldType.CALCULATED},
    "decimals": {FieldType.CALCULATED},
    "rounding": {FieldType.CALCULATED},
    "choices": {FieldType.CHOICE},
    "unit": NUMERIC,
    "repeat": REPEATABLE,
    "kind": ITEMS,
    "validity": ITEMS,
    "limits": NUMERIC | {FieldType.CHOICE, FieldType.CHECKBOX},
}
_NEEDS = {
    FieldType.CALCULATED: ("formula", "decimals"),
    FieldType.DECIMAL: ("unit",),
    FieldType.CHOICE: ("choices",),
    FieldType.EQUIPMENT: ("kind",),
    FieldType.LOT: ("kind",),
}


@dataclass(frozen=True)
class _Placed:
    """A part of the content and where it stands."""

    path: Path
    content: Content

    def parts(self, name: str) -> "Iterator[_Placed]":
        items = self.content.get(name)
        if isinstance(items, list):
            for index, item in enumerate(items):
                if isinstance(item, dict):
                    yield _Placed((*self.path, name, index), item)

    def fault(self, reason: str, *below: str | int) -> Fault:
        return Fault((*self.path, *below), reason)

    def word(self, name: str) -> str | None:
        value = self.content.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str, otherwise: int) -> int:
        value = self.content.get(name, otherwise)
        return value if isinstance(value, int) else otherwise


def find_faults(content: Content) -> Iterator[Fault]:
    """Yield what is wrong with a master beyond its schema; parts of the wrong shape are passed over."""
    root = _Placed((), content)
    sections = list(root.parts("sections"))
    steps = [step for section in sections for step in section.parts("steps")]
    fields = [field for step in steps for field in step.parts("fields")]
    yield from _code_faults(root)
    yield from _id_faults([*sections, *steps, *fields, *root.parts("criteria")])
    yield from _language_faults(root)
    types = {name: _type_of(field) for field in fields if (name := field.word("id"))}
    for field in fields:
        yield from _field_faults(field)
        yield from _formula_faults(field, types)
        yield from _limit_faults(field, types)
    yield from _cycle_faults(fields)
    for step in steps:
        yield from _check_faults(step)


def _type_of(field: _Placed) -> tuple[FieldType, int]:
    name = field.word("type")
    of_type = FieldType(name) if name in set(FieldType) else FieldType.TEXT
    return of_type, field.number("repeat", 1)


def _code_faults(root: _Placed) -> Iterator[Fault]:
    code, series = root.word("code"), root.word("series")
    if code and series and not code.startswith(f"{series}-"):
        yield root.fault(f"the code '{code}' must begin with its series: '{series}-…'", "code")


def _id_faults(parts: list[_Placed]) -> Iterator[Fault]:
    seen: Counter[str] = Counter()
    for part in parts:
        name = part.word("id")
        if name is None:
            continue
        seen[name] += 1
        if seen[name] == 2:
            yield part.fault(f"the id '{name}' is used before; ids are unique in an exercise", "id")
        if not is_usable_name(name):
            yield part.fault(f"the id '{name}' is a word of the formulas; choose another", "id")


def _language_faults(root: _Placed) -> Iterator[Fault]:
    texts = list(_texts(root.path, root.content))
    for language in LANGUAGES:
        if any(language in words for _, words in texts):
            for path, words in texts:
                if language not in words and language not in ("fr", "en"):  # the schema asks for French and English
                    yield Fault(path, f"'{language}' is given for other texts and missing here: add it")


def _texts(path: Path, content: Any) -> Iterator[tuple[Path, Content]]:
    if isinstance(content, dict):
        if content and set(content) <= set(LANGUAGES):
            yield path, content
        else:
            for key, part in content.items():
                yield from _texts((*path, key), part)
    elif isinstance(content, list):
        for index, part in enumerate(content):
            yield from _texts((*path, index), part)


def _field_faults(field: _Placed) -> Iterator[Fault]:
    of_type, _ = _type_of(field)
    if field.word("type") not in set(FieldType):
        return
    for name, types in _BELONGS_TO.items():
        if name in field.content and of_type not in types:
            yield field.fault(f"'{name}' does not belong to a field of type {of_type}: remove it", name)
    for name in _NEEDS.get(of_type, ()):
        if name not in field.content:
            yield field.fault(f"a field of type {of_type} needs '{name}': add it")
    if of_type is FieldType.CALCULATED and field.number("decimals", 0) and "unit" not in field.content:
        yield field.fault("a calculated value with decimals needs 'unit' (code \"1\" where it has no dimension)")
    codes = Counter(choice.word("code") for choice in field.parts("choices"))
    for code in (code for code, times in codes.items() if times > 1):
        yield field.fault(f"the choice '{code}' is given twice: keep one", "choices")
    if of_type is FieldType.CALCULATED and field.content.get("not_applicable"):
        yield field.fault("a calculated field cannot be not applicable; mark its inputs", "not_applicable")


def _formula_faults(field: _Placed, types: Mapping[str, tuple[FieldType, int]]) -> Iterator[Fault]:
    formula = field.word("formula")
    if formula is None:
        return
    repeat = field.number("repeat", 1)
    try:
        kind = kind_of(parse_expression(formula), kinds_for(types, repeat))
    except FaultyFormula as fault:
        yield field.fault(fault.reason, "formula")
        return
    if kind not in (Kind.NUMBER, Kind.EACH):
        yield field.fault(f"the formula yields {kind}, not a number", "formula")


def _limit_faults(field: _Placed, types: Mapping[str, tuple[FieldType, int]]) -> Iterator[Fault]:
    of_type, repeat = _type_of(field)
    for limit in field.parts("limits"):
        if of_type in NUMERIC:
            yield from _bound_faults(limit, kinds_for(types, repeat))
        else:
            yield from _allowed_faults(limit, field, of_type)


def _bound_faults(limit: _Placed, kinds: Mapping[str, Kind]) -> Iterator[Fault]:
    if "allowed" in limit.content:
        yield limit.fault("'allowed' is for choices and checkboxes; give 'minimum', 'maximum' or both", "allowed")
    if not {"minimum", "maximum"} & set(limit.content):
        yield limit.fault("a limit needs 'minimum', 'maximum' or both: add one")
    bounds: dict[str, Decimal | None] = {}
    for name in ("minimum", "maximum"):
        if f"{name}_inclusive" in limit.content and name not in limit.content:
            yield limit.fault(f"'{name}_inclusive' says nothing without '{name}': remove it", f"{name}_inclusive")
        if text := limit.word(name):
            try:
                bounds[name] = _constant_bound(text, kinds)
            except FormulaError as fault:
                yield limit.fault(fault.reason if isinstance(fault, FaultyFormula) else str(fault), name)
    minimum, maximum = bounds.get("minimum"), bounds.get("maximum")
    if minimum is not None and maximum is not None and minimum > maximum:
        yield limit.fault("the minimum is above the maximum: exchange them", "minimum")


def _constant_bound(text: str, kinds: Mapping[str, Kind]) -> Decimal | None:
    """Return the bound where it needs no field; raise FormulaError where it can never be a number."""
    expression = parse_expression(text)
    if kind_of(expression, kinds) not in (Kind.NUMBER, Kind.EACH):
        raise FaultyFormula("a bound must be one number")
    return None if expression.names else compute(expression, {})


def _allowed_faults(limit: _Placed, field: _Placed, of_type: FieldType) -> Iterator[Fault]:
    allowed = limit.content.get("allowed")
    if not isinstance(allowed, list):
        yield limit.fault(f"a limit on a field of type {of_type} needs 'allowed', the codes that are within it")
        return
    for name in sorted(set(limit.content) - {"kind", "allowed", "basis"}):
        yield limit.fault(f"'{name}' is for numbers: remove it", name)
    codes = {choice.word("code") for choice in field.parts("choices")}
    known = {"true", "false"} if of_type is FieldType.CHECKBOX else codes
    for code in allowed:
        if code not in known:
            yield limit.fault(f"'{code}' is not one of {', '.join(sorted(filter(None, known)))}", "allowed")


def _cycle_faults(fields: list[_Placed]) -> Iterator[Fault]:
    inputs, places = {}, {}
    for field in fields:
        name, formula = field.word("id"), field.word("formula")
        if name and formula:
            try:
                inputs[name], places[name] = parse_expression(formula).names, field
            except FaultyFormula:
                continue  # told where the formula itself is checked
    while inputs:
        try:
            order_of(inputs)
        except CycleError as error:
            circle = error.args[1]
            yield places[circle[0]].fault(f"calculated from itself: {' → '.join(reversed(circle))}", "formula")
            inputs = {name: needs for name, needs in inputs.items() if name not in circle}
        else:
            return


def _check_faults(step: _Placed) -> Iterator[Fault]:
    check = step.content.get("check")
    if not isinstance(check, dict):
        return
    fields = {name: field for field in step.parts("fields") if (name := field.word("id"))}
    for reading in _Placed((*step.path, "check"), check).parts("readings"):
        name = reading.word("field")
        if name is None:
            continue
        if name not in fields:
            yield reading.fault(f"the step has no field '{name}' for the second person to read", "field")
            continue
        of_type, repeat = _type_of(fields[name])
        if of_type is FieldType.CALCULATED:
            yield reading.fault(f"'{name}' is calculated; a person reads what it is calculated from", "field")
        if reading.number("count", 1) > repeat:
            yield reading.fault(f"'{name}' has {repeat} reading(s); 'count' cannot be more", "count")
        if "agreement" in reading.content and of_type not in NUMERIC:
            yield reading.fault("'agreement' is a difference of numbers: remove it", "agreement")
