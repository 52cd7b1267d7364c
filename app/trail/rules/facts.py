"""What the facts of a line are called on screens, and which of them say what changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.competencies.rules.labels import VERDICTS
from app.exercises.rules.master import Exercise
from app.identity.rules.roles import ROLE_LABELS
from app.kernel.errors import N_
from app.notebook.rules.labels import JUDGEMENTS, PURPOSES, RECORD_STATES
from app.signatures.rules import MEANINGS

FACTS: dict[str, str] = {
    "value": N_("Value"),
    "unit": N_("Unit"),
    "step": N_("Step"),
    "field": N_("Field"),
    "position": N_("Reading"),
    "attempt": N_("Attempt"),
    "entry": N_("Entry"),
    "late": N_("After the end of the step"),
    "exception": N_("Exception"),
    "exceptions": N_("Exceptions"),
    "out_of_limit": N_("Outside limits"),
    "calculated": N_("Calculated"),
    "site": N_("Site"),
    "room": N_("Room"),
    "state": N_("State"),
    "purpose": N_("Purpose"),
    "meaning": N_("Meaning"),
    "judgement": N_("Judgement"),
    "decision": N_("Decision"),
    "score": N_("Score"),
    "competency": N_("Competency"),
    "round": N_("Round"),
    "entries": N_("Entries"),
    "roles": N_("Roles"),
    "role": N_("Role"),
    "language": N_("Language"),
    "code": N_("Code"),
    "attempted": N_("Attempted"),
    "form": N_("Form"),
    "name": N_("Name"),
}
"""Fact of a line → its name. What is not here is in the export, and not on the page."""

WORDS: dict[str, dict[str, str]] = {
    "state": {state.value: label for state, (_, label) in RECORD_STATES.items()},
    "purpose": {purpose.value: label for purpose, label in PURPOSES.items()},
    "judgement": {judgement.value: label for judgement, label in JUDGEMENTS.items()},
    "meaning": {meaning.value: label for meaning, label in MEANINGS.items()},
    "decision": {verdict.value: label for verdict, label in VERDICTS.items()},
    "role": {role.value: label for role, label in ROLE_LABELS.items()},
    "form": {"bundle": N_("As evidence bundle"), "paper": N_("As PDF")},
}
"""Fact of a line that holds a word of a closed list → what each word is called, as source strings."""


@dataclass(frozen=True)
class Titles:
    """What the steps and fields of an exercise are called; what is not here is shown by its id.

    `read` says a stored value of a field in words; without it values are shown as they are stored.
    """

    steps: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str, str], str] | None = None

    @classmethod
    def of(cls, exercise: Exercise, language: str, read: Callable[[str, str], str] | None = None) -> "Titles":
        """Return the titles of an exercise in a language."""
        return cls(
            {step.id: step.title.in_language(language) for step in exercise.steps()},
            {found.id: found.label.in_language(language) for found in exercise.fields()},
            read,
        )

    def fact(self, name: str, value: Any) -> Any:
        """Return a fact with the title in place of an id; exports keep the ids."""
        known = {"step": self.steps, "field": self.fields}.get(name, {})
        return known.get(value, value) if isinstance(value, str) else value

    def value(self, place: Any, value: Any) -> Any:
        """Return the value of a field in words; exports keep it as it is stored."""
        if self.read is None or not isinstance(place, str) or not isinstance(value, str):
            return value
        return self.read(place, value)


NO_TITLES = Titles()


class Change(NamedTuple):
    """One fact: which, its name as a source string, what stood before, what stands now."""

    fact: str
    name: str
    old: str
    new: str


def changes(before: dict[str, Any], after: dict[str, Any], titles: Titles = NO_TITLES) -> list[Change]:
    """Return what a line says that a person wants to read, in the order of FACTS."""
    place = after.get("field") or before.get("field")

    def said(facts: dict[str, Any], fact: str) -> str:
        value = facts.get(fact)
        return _words(titles.value(place, value) if fact == "value" else titles.fact(fact, value), titles)

    return [
        Change(fact, FACTS[fact], said(before, fact), said(after, fact))
        for fact in FACTS
        if before.get(fact) not in (None, "") or after.get(fact) not in (None, "")
    ]


def _words(value: Any, titles: Titles) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_words(item, titles) for item in value)
    if isinstance(value, dict):
        if {"achieved", "possible"} <= value.keys():
            return f"{value['achieved']} / {value['possible']}"
        place = f" {value['position']}" if value.get("position") else ""
        held = titles.value(value.get("field"), value.get("value", ""))
        return f"{titles.fact('field', value.get('field', ''))}{place} = {held}".strip(" =")
    return "✓" if value is True else str(value)
