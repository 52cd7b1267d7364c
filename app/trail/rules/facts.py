"""What the facts of a line are called on screens, and which of them say what changed."""

from typing import Any, NamedTuple

from app.kernel.errors import N_

FACTS: dict[str, str] = {
    "value": N_("Value"),
    "unit": N_("Unit"),
    "step": N_("Step"),
    "field": N_("Field"),
    "position": N_("Reading"),
    "attempt": N_("Attempt"),
    "entry": N_("Entry"),
    "exception": N_("Exception"),
    "exceptions": N_("Exceptions"),
    "out_of_limit": N_("Outside limits"),
    "calculated": N_("Calculated"),
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
    "name": N_("Name"),
}
"""Fact of a line → its name. What is not here is in the export, and not on the page."""


class Change(NamedTuple):
    """One fact: its name as a source string, what stood before, what stands now."""

    name: str
    old: str
    new: str


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return what a line says that a person wants to read, in the order of FACTS."""
    return [
        Change(FACTS[fact], _words(before.get(fact)), _words(after.get(fact)))
        for fact in FACTS
        if before.get(fact) not in (None, "") or after.get(fact) not in (None, "")
    ]


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, dict):
        if {"achieved", "possible"} <= value.keys():
            return f"{value['achieved']} / {value['possible']}"
        place = f" {value['position']}" if value.get("position") else ""
        return f"{value.get('field', '')}{place} = {value.get('value', '')}".strip(" =")
    return "✓" if value is True else str(value)
