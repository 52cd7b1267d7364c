"""Small masters for the tests of the exercises room, and the library that is shipped."""

from functools import cache
from importlib.resources import files
from typing import Any

from app.exercises.rules.master import Criterion, Exercise, Field, FieldType, Limit, LimitKind, Section, Step, Unit
from app.exercises.rules.parsing import parse_exercise
from app.kernel.text import Text

LIBRARY = ("BUF-001", "CEL-001", "GOW-001", "MED-001", "PIP-001")


def words(written="x"):
    """Return a text that says the same in French and English."""
    return Text.of({"fr": written, "en": written})


def number(name, **parts):
    """Return a decimal field in grams."""
    return Field(name, words(name), FieldType.DECIMAL, unit=Unit("g", "g"), **parts)


def calculated(name, formula, **parts):
    """Return a calculated field in grams, shown with two decimals."""
    shown: dict[str, Any] = {"unit": Unit("g", "g"), "decimals": 2}
    return Field(name, words(name), FieldType.CALCULATED, formula=formula, **(shown | parts))


def moment(name):
    """Return a date-time field."""
    return Field(name, words(name), FieldType.DATETIME)


def limit(minimum=None, maximum=None, **parts):
    """Return a specification limit."""
    return Limit(LimitKind.SPECIFICATION, minimum, maximum, **parts)


def exercise(*fields):
    """Return an exercise of one step with these fields."""
    step = Step("step_one", words(), words(), fields)
    return Exercise(
        code="TST-001",
        version=1,
        series="TST",
        title=words(),
        summary=words(),
        source="test",
        licence="Apache-2.0",
        hands_on_minutes=10,
        competency="TST",
        criteria=(Criterion("crit_one", words()),),
        sections=(Section("section_one", words(), (step,)),),
    )


def source_of(code):
    """Return the text of a shipped exercise file."""
    return (files("config") / "exercises" / f"{code}.yaml").read_text(encoding="utf-8")


@cache
def shipped(code):
    """Return a shipped exercise."""
    return parse_exercise(source_of(code), f"{code}.yaml")
