"""A master exercise as values: sections of steps, steps of fields, fields with units, limits and formulas.

A master is never changed: a revision is another version. All text is in several languages; all bounds are
expressions kept as the text they were written as, so that "8.0" keeps its digits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from app.exercises.errors import UnknownPart
from app.kernel.text import Text, common_languages


class FieldType(StrEnum):
    """Every type of field a master may ask for."""

    DECIMAL = "decimal"
    INTEGER = "integer"
    CHOICE = "choice"
    TEXT = "text"
    DATETIME = "datetime"
    CHECKBOX = "checkbox"
    CALCULATED = "calculated"
    EQUIPMENT = "equipment"
    LOT = "lot"


T = TypeVar("T")

NUMERIC = frozenset({FieldType.DECIMAL, FieldType.INTEGER, FieldType.CALCULATED})
REPEATABLE = frozenset({*NUMERIC, FieldType.TEXT, FieldType.DATETIME})
ITEMS = frozenset({FieldType.EQUIPMENT, FieldType.LOT})


class LimitKind(StrEnum):
    """What leaving a limit means: act and explain, or the product or training specification is not met."""

    ACTION = "action"
    SPECIFICATION = "specification"


class Rounding(StrEnum):
    """How a calculated value is rounded for display; it is compared and kept unrounded (ER-06)."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


class Validity(StrEnum):
    """Whether equipment must show its calibration due date, a lot its expiry."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True)
class Unit:
    """A UCUM code for machines and the sign shown to people."""

    code: str
    display: str


@dataclass(frozen=True)
class Limit:
    """Bounds on a value: expressions over other fields for numbers, or the codes allowed for a choice or checkbox.

    A checkbox knows the codes "true" and "false". `basis` says where the limit comes from.
    """

    kind: LimitKind
    minimum: str | None = None
    maximum: str | None = None
    minimum_inclusive: bool = True
    maximum_inclusive: bool = True
    allowed: tuple[str, ...] = ()
    basis: Text | None = None


@dataclass(frozen=True)
class Choice:
    """One answer to choose: the code is recorded, the label is shown."""

    code: str
    label: Text


@dataclass(frozen=True)
class ItemKind:
    """What sort of equipment or lot a field asks for, such as a balance or a buffer."""

    code: str
    label: Text


@dataclass(frozen=True)
class Field:
    """One thing to record, or to calculate. `repeat` makes it that many readings of the same thing."""

    id: str
    label: Text
    type: FieldType
    unit: Unit | None = None
    limits: tuple[Limit, ...] = ()
    required: bool = True
    repeat: int = 1
    choices: tuple[Choice, ...] = ()
    formula: str | None = None
    decimals: int | None = None
    rounding: Rounding = Rounding.HALF_UP
    kind: ItemKind | None = None
    validity: Validity = Validity.REQUIRED
    not_applicable: bool = False
    hint: Text | None = None

    @property
    def is_calculated(self) -> bool:
        """Whether the value follows from others and is never typed."""
        return self.type is FieldType.CALCULATED

    def choice(self, code: str) -> Choice:
        """Return the choice of a code; raise UnknownPart."""
        for choice in self.choices:
            if choice.code == code:
                return choice
        raise UnknownPart


@dataclass(frozen=True)
class SecondReading:
    """A field the second person reads again themselves: how many of its readings, blind or not, and how near.

    `agreement` is the largest difference between the two readings that counts as the same, inclusive, in the
    field's unit; without it they must be equal.
    """

    field: str
    count: int = 1
    blind: bool = True
    agreement: str | None = None


@dataclass(frozen=True)
class Check:
    """A required check by a second person: the statement they confirm, and what they read again themselves."""

    statement: Text
    kind: str = "second_person"
    readings: tuple[SecondReading, ...] = ()

    def reading_of(self, field_id: str) -> SecondReading | None:
        """Return what the second person reads again of a field, if anything."""
        return next((reading for reading in self.readings if reading.field == field_id), None)


@dataclass(frozen=True)
class Step:
    """One screen at the bench: what to do, in Markdown, and what to record."""

    id: str
    title: Text
    instruction: Text
    fields: tuple[Field, ...] = ()
    check: Check | None = None
    not_applicable: bool = False


@dataclass(frozen=True)
class Section:
    """A group of steps; in an `ordered` one each step may begin only when those before it are complete."""

    id: str
    title: Text
    steps: tuple[Step, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Criterion:
    """One thing the assessor judges; not meeting a `critical` one rules the competency out."""

    id: str
    text: Text
    critical: bool = False


@dataclass(frozen=True)
class Exercise:
    """One version of a master exercise. Ids of sections, steps, fields and criteria are unique in the exercise.

    `hands_on_minutes` is work at the bench, `elapsed_days` the waiting (incubation) it spans.
    """

    code: str
    version: int
    series: str
    title: Text
    summary: Text
    source: str
    licence: str
    hands_on_minutes: int
    competency: str
    criteria: tuple[Criterion, ...]
    sections: tuple[Section, ...]
    elapsed_days: int = 0
    zone: Text | None = None

    def steps(self) -> Iterator[Step]:
        """Yield every step in the order it is shown."""
        return (step for section in self.sections for step in section.steps)

    def fields(self) -> Iterator[Field]:
        """Yield every field in the order it is shown."""
        return (field for step in self.steps() for field in step.fields)

    def step(self, step_id: str) -> Step:
        """Return a step; raise UnknownPart."""
        return _found(self._places_of_steps, step_id)[1]

    def field(self, field_id: str) -> Field:
        """Return a field; raise UnknownPart."""
        return _found(self._places_of_fields, field_id)[1]

    def criterion(self, criterion_id: str) -> Criterion:
        """Return a criterion; raise UnknownPart."""
        return _found({criterion.id: criterion for criterion in self.criteria}, criterion_id)

    def step_of(self, field_id: str) -> Step:
        """Return the step a field stands in; raise UnknownPart."""
        return _found(self._places_of_fields, field_id)[0]

    def section_of(self, step_id: str) -> Section:
        """Return the section a step stands in; raise UnknownPart."""
        return _found(self._places_of_steps, step_id)[0]

    def steps_before(self, step_id: str) -> tuple[Step, ...]:
        """Return the steps that must be complete before this one begins; none where order is free."""
        section = self.section_of(step_id)
        if not section.ordered:
            return ()
        return section.steps[: [step.id for step in section.steps].index(step_id)]

    def texts(self) -> Iterator[Text]:
        """Yield every text of the exercise, for languages and completeness."""
        yield from (text for text in (self.title, self.summary, self.zone) if text)
        yield from (criterion.text for criterion in self.criteria)
        for section in self.sections:
            yield section.title
            for step in section.steps:
                yield from _texts_of_step(step)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages in which every text of the exercise is written, in the order of the house."""
        return common_languages(self.texts())

    @cached_property
    def _places_of_steps(self) -> Mapping[str, tuple[Section, Step]]:
        return {step.id: (section, step) for section in self.sections for step in section.steps}

    @cached_property
    def _places_of_fields(self) -> Mapping[str, tuple[Step, Field]]:
        return {field.id: (step, field) for step in self.steps() for field in step.fields}


def _found(parts: Mapping[str, T], part_id: str) -> T:
    try:
        return parts[part_id]
    except KeyError:
        raise UnknownPart from None


def _texts_of_step(step: Step) -> Iterator[Text]:
    yield from (step.title, step.instruction)
    if step.check:
        yield step.check.statement
    for field in step.fields:
        yield field.label
        yield from (text for text in (field.hint, field.kind and field.kind.label) if text)
        yield from (choice.label for choice in field.choices)
        yield from (limit.basis for limit in field.limits if limit.basis)
