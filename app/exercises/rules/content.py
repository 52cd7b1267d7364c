"""An exercise as plain JSON-able content and back: what is stored, hashed and pinned.

Content has the form of the published schema. What equals its default is left out, so that an attribute added to
masters later changes no content, and no hash, of today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any

from app.exercises.rules.master import (
    Check,
    Choice,
    Criterion,
    Exercise,
    Field,
    FieldType,
    ItemKind,
    Limit,
    LimitKind,
    Rounding,
    SecondReading,
    Section,
    Step,
    Unit,
    Validity,
)
from app.kernel.text import Text

FORMAT = 1

Content = Mapping[str, Any]


def canonical_content(exercise: Exercise) -> dict[str, Any]:
    """Return the one content of an exercise: text, whole numbers, true and false, lists and mappings only."""
    content: dict[str, Any] = {"format": FORMAT, **_plain(exercise)}
    return content


def exercise_from_content(content: Content) -> Exercise:
    """Build the exercise of a content that `canonical_content` gave, or that was checked (parsing.py)."""
    return Exercise(
        **_taken(content, Exercise, "title", "summary", "zone", "criteria", "sections"),
        title=Text.of(content["title"]),
        summary=Text.of(content["summary"]),
        zone=_text(content.get("zone")),
        criteria=tuple(_criterion(part) for part in content["criteria"]),
        sections=tuple(_section(part) for part in content["sections"]),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.as_mapping()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        parts = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: _plain(part) for field, part in parts if field.default is MISSING or part != field.default}
    return value


def _taken(content: Content, sort: type, *but: str) -> dict[str, Any]:
    """Return the parts of a content that go into a dataclass as they are."""
    names = {field.name for field in fields(sort)} - set(but)
    return {name: content[name] for name in content if name in names}


def _text(content: Mapping[str, str] | None) -> Text | None:
    return Text.of(content) if content else None


def _parts(content: Content, name: str) -> Sequence[Content]:
    parts: Sequence[Content] = content.get(name, ())
    return parts


def _criterion(content: Content) -> Criterion:
    return Criterion(**_taken(content, Criterion, "text"), text=Text.of(content["text"]))


def _section(content: Content) -> Section:
    return Section(
        **_taken(content, Section, "title", "steps"),
        title=Text.of(content["title"]),
        steps=tuple(_step(part) for part in content["steps"]),
    )


def _step(content: Content) -> Step:
    return Step(
        **_taken(content, Step, "title", "instruction", "fields", "check"),
        title=Text.of(content["title"]),
        instruction=Text.of(content["instruction"]),
        fields=tuple(_field(part) for part in _parts(content, "fields")),
        check=_check(content["check"]) if "check" in content else None,
    )


def _check(content: Content) -> Check:
    return Check(
        **_taken(content, Check, "statement", "readings"),
        statement=Text.of(content["statement"]),
        readings=tuple(SecondReading(**_taken(part, SecondReading)) for part in _parts(content, "readings")),
    )


def _field(content: Content) -> Field:
    kind = content.get("kind")
    return Field(
        **_taken(content, Field, "label", "type", "unit", "limits", "choices", "rounding", "kind", "validity", "hint"),
        label=Text.of(content["label"]),
        type=FieldType(content["type"]),
        unit=Unit(**content["unit"]) if "unit" in content else None,
        limits=tuple(_limit(part) for part in _parts(content, "limits")),
        choices=tuple(Choice(part["code"], Text.of(part["label"])) for part in _parts(content, "choices")),
        rounding=Rounding(content.get("rounding", Rounding.HALF_UP)),
        kind=ItemKind(kind["code"], Text.of(kind["label"])) if kind else None,
        validity=Validity(content.get("validity", Validity.REQUIRED)),
        hint=_text(content.get("hint")),
    )


def _limit(content: Content) -> Limit:
    return Limit(
        **_taken(content, Limit, "kind", "allowed", "basis"),
        kind=LimitKind(content["kind"]),
        allowed=tuple(content.get("allowed", ())),
        basis=_text(content.get("basis")),
    )
