"""Turns a record's sheet into what templates show: labels in the reader's language, values with the reader's decimal
sign.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import url_for

from app.exercises.rules.formulas import shown_value
from app.exercises.rules.master import Field, FieldType, Limit
from app.identity.rules import ROLE_LABELS
from app.kernel import clock
from app.kernel.actors import Role
from app.kernel.errors import N_
from app.notebook.models import Record
from app.notebook.rules.labels import EXCEPTION_KINDS, JUDGEMENTS, RECORD_STATES, STEP_STATES
from app.notebook.rules.sheet import Cell, EntryFacts, ExceptionFacts, Sheet, StepSheet, StepState
from app.notebook.rules.words import EntryKind, ExceptionKind
from app.signatures.queries import SignatureBlock
from app.signatures.rules import MEANINGS, Coverage
from app.web.formats import show_number, show_time
from app.web.languages import page_language, translate

OUTSIDE = ("outside", "expired")


@dataclass(frozen=True)
class Reader:
    """Who reads: their language and the names of the people the record knows by id."""

    language: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, names: Mapping[str, str]) -> "Reader":
        """Return the reader of this page."""
        return cls(page_language(), names)

    def name(self, person_id: str | None) -> str:
        """Return the name behind an id."""
        return self.names.get(person_id or "", person_id or "")


def people_of(record: Record, sheet: Sheet) -> set[str]:
    """Return the ids of everybody a record names."""
    ids = {record.performer_id, record.reviewer_id or "", record.issued_by.removeprefix("person:")}
    ids |= {entry.performed_by for entry in sheet.entries}
    ids |= {person for found in sheet.exceptions for person in (found.opened_by, found.judged_by or "")}
    return ids - {""}


def record_facts(record: Record, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return what every page of a record shows in its bar."""
    look, label = RECORD_STATES[record.state]
    version = translate(
        N_("%(code)s · version %(version)s"), code=record.exercise_code, version=record.exercise_version
    )
    return {
        "id": record.id,
        "number": record.number,
        "title": sheet.exercise.title.in_language(reader.language),
        "version": version,
        "state": look,
        "state_label": translate(label),
        "performer": reader.name(record.performer_id),
        "url": url_for("notebook.show_record", record_id=record.id),
    }


def step_items(record: Record, sheet: Sheet, current: str | None, reader: Reader) -> list[dict[str, Any]]:
    """Return the list of steps at the side, each with its state in words."""
    items: list[dict[str, Any]] = []
    section = None
    for number, step in enumerate(sheet.steps, start=1):
        look, label = STEP_STATES[step.state]
        flagged = any(found.step_id == step.step.id for found in sheet.exceptions)
        if step.state is StepState.COMPLETE and flagged:
            look, label = "flagged", N_("Done, with an exception")
        elif step.state is StepState.OPEN and any(cell.is_filled for cell in step.cells):
            label = N_("Begun")
        title = step.section.title.in_language(reader.language)
        items.append(
            {
                "number": number,
                "title": step.step.title.in_language(reader.language),
                "state": "current" if step.step.id == current and look == "todo" else look,
                "state_label": translate(label),
                "url": url_for("notebook.show_step", record_id=record.id, step_id=step.step.id),
                "current": step.step.id == current,
                "section": title if title != section else None,
            }
        )
        section = title
    return items


def value_text(field: Field, entry: EntryFacts | None, reader: Reader) -> str:
    """Return a recorded value as people read it."""
    if entry is None:
        return ""
    if entry.kind is EntryKind.NOT_APPLICABLE:
        return translate(N_("Not applicable"))
    text = entry.shown if entry.shown is not None else entry.value or ""
    if field.type is FieldType.CALCULATED:
        return show_number(format(shown_value(field, Decimal(text)), "f"))
    if field.type is FieldType.DECIMAL:
        return show_number(text)
    if field.type is FieldType.CHOICE:
        return field.choice(text).label.in_language(reader.language)
    if field.type is FieldType.CHECKBOX:
        return translate(N_("Yes")) if text == "true" else translate(N_("No"))
    if field.type is FieldType.DATETIME:
        return show_time(clock.from_text(text))
    if field.type in (FieldType.EQUIPMENT, FieldType.LOT):
        return _item_text(json.loads(text))
    return text


def limits_text(field: Field, cell: Cell, reader: Reader) -> str:
    """Return a field's limits in words; bounds that depend on other values show what they came to."""
    known = {json.dumps(found["bounds"], sort_keys=True): found["bounds"] for found in cell.outcomes}
    if known:
        return " · ".join(filter(None, (_bounds_text(bounds) for bounds in known.values())))
    return " · ".join(filter(None, (_limit_text(limit) for limit in field.limits)))


def flags_of(cell: Cell, exceptions: Iterable[ExceptionFacts]) -> list[tuple[str, str]]:
    """Return the flags beside a value: a symbol and words each, never a colour alone (WC-1.4.1)."""
    flags: list[tuple[str, str]] = []
    outcomes = {(found["outcome"], found["bounds"].get("kind")) for found in cell.outcomes}
    if any(outcome == "expired" for outcome, _ in outcomes):
        flags.append(("specification", translate(N_("Date passed"))))
    elif any(outcome == "outside" and kind == "specification" for outcome, kind in outcomes):
        flags.append(("specification", translate(N_("Outside the specification"))))
    elif any(outcome == "outside" for outcome, _ in outcomes):
        flags.append(("action", translate(N_("Outside the action limit"))))
    elif outcomes and not any(outcome == "pending" for outcome, _ in outcomes) and not cell.is_not_applicable:
        flags.append(("within", translate(N_("Within limits"))))
    if cell.is_not_applicable:
        flags.append(("na", translate(N_("Not applicable"))))
    kinds = [entry.kind for entry in cell.history]
    if EntryKind.CORRECTION in kinds:
        flags.append(("corrected", translate(N_("Corrected"))))
    if EntryKind.REPEAT in kinds:
        flags.append(("info", translate(N_("Attempt %(number)s"), number=cell.history[-1].attempt)))
    for found in exceptions:
        if found.field_id == cell.field.id and found.position == cell.position:
            flags.append(("exception", translate(N_("Exception %(number)s"), number=found.number)))
    return flags


def history_of(cell: Cell, reader: Reader) -> list[dict[str, Any]]:
    """Return every value that ever stood in a cell, newest first, when there was more than one (P11.10(e)-2)."""
    if len(cell.history) < 2:
        return []
    items = []
    for place, entry in enumerate(reversed(cell.history)):
        newer = cell.history[len(cell.history) - place] if place else None
        repeated = newer is not None and newer.kind is EntryKind.REPEAT
        items.append(
            {
                "kind": "current" if newer is None else "attempt" if repeated else "replaced",
                "value": value_text(cell.field, entry, reader),
                "unit": cell.field.unit.display if cell.field.unit and entry.value else "",
                "who": reader.name(entry.performed_by),
                "at": show_time(entry.recorded_at),
                "iso": clock.to_text(entry.recorded_at),
                "cause": entry.why,
            }
        )
    return items


def exception_facts(found: ExceptionFacts, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return an exception as its card shows it."""
    return {
        "id": f"exception-{found.number}",
        "number": found.number,
        "title": translate(
            N_("Exception %(number)s · %(kind)s"), number=found.number, kind=translate(EXCEPTION_KINDS[found.kind])
        ),
        "what": _what_happened(found, sheet, reader),
        "comment": found.comment_shown,
        "needs_comment": found.comment is None,
        "who": reader.name(found.opened_by),
        "at": show_time(found.opened_at),
        "state": "judged" if found.judgement else "open",
        "state_label": translate(N_("Judged")) if found.judgement else translate(N_("To judge")),
        "judgement": _judgement_text(found, reader),
        "step_id": found.step_id,
    }


def cell_view(cell: Cell, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return a cell as the bench and the record show it."""
    latest = cell.latest
    return {
        "field": cell.field,
        "key": cell.field.id if cell.position is None else f"{cell.field.id}-{cell.position}",
        "position": cell.position,
        "label": cell.field.label.in_language(reader.language),
        "hint": cell.field.hint.in_language(reader.language) if cell.field.hint else "",
        "unit": cell.field.unit.display if cell.field.unit else "",
        "limits": limits_text(cell.field, cell, reader),
        "value": value_text(cell.field, latest, reader),
        "sequence": latest.sequence if latest else None,
        "by": f"{reader.name(latest.performed_by)} · {show_time(latest.recorded_at)}" if latest else "",
        "why": latest.why if latest and latest.kind is EntryKind.NOT_APPLICABLE else "",
        "flags": flags_of(cell, sheet.exceptions),
        "history": history_of(cell, reader),
        "calculated": cell.field.is_calculated,
    }


def step_view(step: StepSheet, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return a step with its cells, its check and its exceptions."""
    return {
        "id": step.step.id,
        "title": step.step.title.in_language(reader.language),
        "instruction": step.step.instruction.in_language(reader.language),
        "state": step.state.value,
        "not_applicable": step.step.not_applicable,
        "skipped": step.skipped.why if step.skipped else None,
        "cells": [cell_view(cell, sheet, reader) for cell in step.cells],
        "done_by": f"{reader.name(step.completed.performed_by)} · {show_time(step.completed.recorded_at)}"
        if step.completed
        else "",
        "check": step.step.check.statement.in_language(reader.language) if step.step.check else "",
        "checked_by": f"{reader.name(step.check.performed_by)} · {show_time(step.check.recorded_at)}"
        if step.check
        else "",
        "second_readings": [_second_reading(entry, sheet, reader) for entry in step.second_readings],
        "exceptions": [
            exception_facts(found, sheet, reader) for found in sheet.exceptions if found.step_id == step.step.id
        ],
        "missing": len(step.missing),
    }


def signature_view(block: SignatureBlock, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return a signature as its block shows it: name, login, role, meaning, time, zone, and what it is worth now
    (ES-8).
    """
    meaning = f"{translate(MEANINGS[block.meaning])} ({block.meaning.value})"
    if block.part:
        step = sheet.exercise.step(block.part.removeprefix("step:"))
        meaning = f"{meaning} · {step.title.in_language(reader.language)}"
    return {
        "id": block.id,
        "name": block.name,
        "role": f"{block.login} · {translate(ROLE_LABELS[Role(block.role)])}",
        "meaning": meaning,
        "at": show_time(block.at, block.zone),
        "iso": clock.to_text(block.at),
        "zone": block.zone,
        "covers": block.coverage is Coverage.COVERS,
        "grounds": "",
        "whole": block.part is None,
        "part": (block.part or "").removeprefix("step:"),
    }


def _second_reading(entry: EntryFacts, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    field = sheet.exercise.field(entry.field_id or "")
    place = f" {entry.position}" if entry.position else ""
    return {
        "label": field.label.in_language(reader.language) + place,
        "value": value_text(field, entry, reader),
        "unit": field.unit.display if field.unit else "",
        "by": f"{reader.name(entry.performed_by)} · {show_time(entry.recorded_at)}",
    }


def _what_happened(found: ExceptionFacts, sheet: Sheet, reader: Reader) -> str:
    if found.field_id is None:
        return sheet.exercise.step(found.step_id).title.in_language(reader.language)
    field = sheet.exercise.field(found.field_id)
    place = f" {found.position}" if found.position else ""
    unit = f" {field.unit.display}" if field.unit else ""
    value = show_number(str(found.facts.get("value", "")))
    if field.is_calculated and "value" in found.facts:
        value = show_number(format(shown_value(field, Decimal(str(found.facts["value"]))), "f"))
    text = f"{field.label.in_language(reader.language)}{place} : {value}{unit}"
    if found.kind is ExceptionKind.SECOND_READING:
        return f"{text} ≠ {show_number(str(found.facts.get('first') or ''))}{unit}"
    bounds = _bounds_text(dict(found.facts.get("bounds", {})))
    return f"{text} ({bounds})" if bounds else text


def _judgement_text(found: ExceptionFacts, reader: Reader) -> str:
    if not found.judgement:
        return ""
    grounds = f" {found.grounds_shown}" if found.grounds_shown else ""
    return f"{translate(JUDGEMENTS[found.judgement])}.{grounds} ({reader.name(found.judged_by)})"


def _limit_text(limit: Limit) -> str:
    if limit.allowed:
        return ""
    if any(bound is not None and not _is_number(bound) for bound in (limit.minimum, limit.maximum)):
        return ""
    return _bounds_text(
        {
            "kind": limit.kind.value,
            "minimum": limit.minimum,
            "maximum": limit.maximum,
            "minimum_inclusive": limit.minimum_inclusive,
            "maximum_inclusive": limit.maximum_inclusive,
        }
    )


def _bounds_text(bounds: Mapping[str, Any]) -> str:
    kind = translate(N_("specification")) if bounds.get("kind") == "specification" else translate(N_("action limit"))
    low, high = bounds.get("minimum"), bounds.get("maximum")
    if low is not None and high is not None:
        return f"{kind} {show_number(str(low))} – {show_number(str(high))}"
    if low is not None:
        return f"{kind} {'≥' if bounds.get('minimum_inclusive', True) else '>'} {show_number(str(low))}"
    if high is not None:
        return f"{kind} {'≤' if bounds.get('maximum_inclusive', True) else '<'} {show_number(str(high))}"
    return ""


def _item_text(item: Mapping[str, str | None]) -> str:
    parts = [item.get("code"), item.get("serial"), item.get("number")]
    due = item.get("due")
    return " · ".join([part for part in parts if part] + ([f"→ {due}"] if due else []))


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()
