"""How a master reads: its fields, limits and checks in words, in one of the languages it is written in."""

import re
from dataclasses import dataclass, field

from app.exercises.rules.labels import FIELD_TYPES, LIMIT_KINDS, VALIDITIES
from app.exercises.rules.master import Exercise, Field, FieldType, Limit, SecondReading, Step
from app.kernel.errors import N_
from app.kernel.text import Text
from app.web.formats import show_number
from app.web.languages import translate

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")


def shown_language(exercise: Exercise, wanted: str) -> str:
    """Return the language to show an exercise in: the reader's if all of it is written in it, else its first.

    Nobody reads a step of which half is in another language.
    """
    return wanted if wanted in exercise.languages or not exercise.languages else exercise.languages[0]


@dataclass(frozen=True)
class FieldWords:
    """A field as the page of the master shows it."""

    id: str
    label: str
    hint: str
    how: tuple[str, ...]
    formula: str
    choices: tuple[str, ...]
    limits: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class StepWords:
    """A step as the page of the master shows it; `number` counts through all sections."""

    number: int
    id: str
    title: str
    instruction: str
    fields: tuple[FieldWords, ...]
    check: str
    readings: tuple[str, ...] = field(default=())


def step_words(exercise: Exercise, step: Step, language: str) -> StepWords:
    """Return a step in words."""
    return StepWords(
        number=[one.id for one in exercise.steps()].index(step.id) + 1,
        id=step.id,
        title=step.title.in_language(language),
        instruction=step.instruction.in_language(language),
        fields=tuple(field_words(one, language) for one in step.fields),
        check=step.check.statement.in_language(language) if step.check else "",
        readings=tuple(_reading(exercise, one, language) for one in step.check.readings) if step.check else (),
    )


def field_words(of: Field, language: str) -> FieldWords:
    """Return a field in words."""
    limits = [_limit_words(limit, of, language) for limit in of.limits]
    if (of.type, of.validity) in VALIDITIES:
        limits.append({"kind": "action", "name": "", "text": translate(VALIDITIES[of.type, of.validity]), "basis": ""})
    return FieldWords(
        id=of.id,
        label=of.label.in_language(language),
        hint=_shown(of.hint, language),
        how=tuple(_how(of, language)),
        formula=of.formula or "",
        choices=tuple(choice.label.in_language(language) for choice in of.choices),
        limits=tuple(limits),
    )


def limit_text(limit: Limit, of: Field, language: str) -> str:
    """Return the bounds of a limit in words, with their own digits: "≥ 50 %", "15 to 30 °C", "Grade 1, Grade 2"."""
    if limit.allowed:
        return ", ".join(_answer(of, code, language) for code in limit.allowed)
    unit = f" {of.unit.display}" if of.unit else ""
    low, high = _bound(limit.minimum), _bound(limit.maximum)
    if low and high and low == high and limit.minimum_inclusive and limit.maximum_inclusive:
        return f"= {low}{unit}"
    if low and high and limit.minimum_inclusive and limit.maximum_inclusive:
        return translate(N_("%(low)s to %(high)s"), low=low, high=f"{high}{unit}")
    parts = []
    if low:
        parts.append(f"{'≥' if limit.minimum_inclusive else '>'} {low}{unit}")
    if high:
        parts.append(f"{'≤' if limit.maximum_inclusive else '<'} {high}{unit}")
    return ", ".join(parts)


def _limit_words(limit: Limit, of: Field, language: str) -> dict[str, str]:
    return {
        "kind": limit.kind.value,
        "name": translate(LIMIT_KINDS[limit.kind]),
        "text": limit_text(limit, of, language),
        "basis": _shown(limit.basis, language),
    }


def _bound(text: str | None) -> str:
    if text is None:
        return ""
    return show_number(text).replace("-", "−") if _NUMBER.match(text) else text


def _answer(of: Field, code: str, language: str) -> str:
    if of.type is FieldType.CHECKBOX:
        return translate(N_("ticked")) if code == "true" else translate(N_("not ticked"))
    return of.choice(code).label.in_language(language)


def _how(of: Field, language: str) -> list[str]:
    """Say how a field is filled in: its type first, then what is particular to it."""
    how = [of.kind.label.in_language(language)] if of.kind else []
    how.append(translate(FIELD_TYPES[of.type]))
    if of.unit:
        how.append(of.unit.display)
    if of.repeat > 1:
        how.append(translate(N_("%(count)s readings"), count=of.repeat))
    if of.decimals is not None:
        how.append(translate(N_("decimals shown: %(count)s"), count=of.decimals))
    if not of.required and not of.is_calculated:
        how.append(translate(N_("optional")))
    if of.not_applicable:
        how.append(translate(N_("may be not applicable, with a reason")))
    return how


def _reading(exercise: Exercise, reading: SecondReading, language: str) -> str:
    of = exercise.field(reading.field)
    parts = [of.label.in_language(language)]
    if of.repeat > 1:
        parts.append(translate(N_("readings: %(count)s"), count=reading.count))
    if reading.blind:
        parts.append(translate(N_("without seeing the first reading")))
    if reading.agreement is not None:
        unit = f" {of.unit.display}" if of.unit else ""
        parts.append(translate(N_("at most %(amount)s apart"), amount=f"{show_number(reading.agreement)}{unit}"))
    return ", ".join(parts)


def _shown(text: Text | None, language: str) -> str:
    return text.in_language(language) if text else ""
