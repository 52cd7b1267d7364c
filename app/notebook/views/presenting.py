"""Turns a record's sheet into what templates show: the bar, the steps, cells with flags and history, exceptions."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import url_for

from app.kernel import clock
from app.kernel.errors import N_
from app.notebook.models import Record
from app.notebook.rules.labels import EXCEPTION_KINDS, PURPOSES, RECORD_STATES, STEP_STATES
from app.notebook.rules.sheet import Cell, EntryFacts, ExceptionFacts, Sheet, StepSheet, StepState
from app.notebook.rules.words import EntryKind, Judgement, Purpose
from app.notebook.views.filing import file_views
from app.notebook.views.wording import (
    NOTHING,
    Reader,
    cell_name,
    judgement_text,
    limits_text,
    place_name,
    value_text,
    what_happened,
)
from app.signatures.queries import SignatureBlock
from app.signatures.rules import Coverage
from app.signatures.views.showing import block_facts
from app.web.formats import show_time
from app.web.languages import translate

OUTSIDE = ("outside", "expired")
DONE_LOOKS = ("done", "na", "flagged")


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
        "purpose": translate(PURPOSES[record.purpose]),
        "is_practice": record.purpose is Purpose.PRACTICE,
        "state": look,
        "state_label": translate(label),
        "performer": reader.name(record.performer_id),
        "place": where(record),
        "url": url_for("notebook.show_record", record_id=record.id),
    }


def where(record: Record) -> str:
    """Return site and room of a record in words; empty where nobody said where it is executed."""
    return f"{record.site} · {record.room}" if record.room else ""


def step_items(record: Record, sheet: Sheet, current: str | None, reader: Reader) -> list[dict[str, Any]]:
    """Return the list of steps at the side, each with its state in words."""
    items: list[dict[str, Any]] = []
    section = None
    for number, step in enumerate(sheet.steps, start=1):
        look, label = _look_of(step, sheet)
        title = step.section.title.in_language(reader.language)
        is_current = step.step.id == current
        items.append(
            {
                "number": number,
                "title": step.step.title.in_language(reader.language),
                "state": "current" if is_current and look == "todo" else look,
                "state_label": label,
                "done": look in DONE_LOOKS,
                "url": url_for("notebook.show_step", record_id=record.id, step_id=step.step.id),
                "current": is_current,
                "section": title if title != section else None,
            }
        )
        section = title
    return items


def _look_of(step: StepSheet, sheet: Sheet) -> tuple[str, str]:
    """Return the look and the words of a step in the list."""
    look, label = STEP_STATES[step.state]
    if step.uncommented:
        return "flagged" if step.is_done else look, translate(N_("Comment needed"))
    if step.state is StepState.COMPLETE and any(found.step_id == step.step.id for found in sheet.exceptions):
        return "flagged", translate(N_("Done, with an exception"))
    typed = [cell for cell in step.cells if not cell.field.is_calculated and cell.field.required]
    filled = sum(cell.is_filled for cell in typed)
    if step.state is StepState.OPEN and filled:
        return look, translate(N_("%(done)s of %(total)s recorded"), done=filled, total=len(typed))
    return look, translate(label)


def flags_of(cell: Cell, exceptions: Iterable[ExceptionFacts]) -> list[tuple[str, str]]:
    """Return the flags beside a value: a symbol and words each, never a colour alone (WC-1.4.1)."""
    flags: list[tuple[str, str]] = []
    found = outcome_flag(cell.outcomes)
    if found and not cell.is_not_applicable:
        flags.append(found)
    if cell.is_not_applicable:
        flags.append(("na", translate(N_("Not applicable"))))
    kinds = [entry.kind for entry in cell.history]
    if EntryKind.CORRECTION in kinds:
        flags.append(("corrected", translate(N_("Corrected"))))
    if kinds.count(EntryKind.CALCULATED) > 1:
        flags.append(("corrected", translate(N_("Calculated again"))))
    if EntryKind.REPEAT in kinds:
        flags.append(("info", translate(N_("Attempt %(number)s"), number=cell.history[-1].attempt)))
    for exception in exceptions:
        if exception.field_id == cell.field.id and exception.position == cell.position:
            flags.append(("exception", translate(N_("Exception %(number)s"), number=exception.number)))
    return flags


def outcome_flag(outcomes: Iterable[dict[str, Any]]) -> tuple[str, str] | None:
    """Return the flag for what limits said of a value, the worst first; None where nothing was held against a limit."""
    said = {(found["outcome"], found["bounds"].get("kind")) for found in outcomes}
    if any(outcome == "expired" for outcome, _ in said):
        return "specification", translate(N_("Date passed"))
    if any(outcome == "outside" and kind == "specification" for outcome, kind in said):
        return "specification", translate(N_("Outside the specification"))
    if any(outcome == "outside" for outcome, _ in said):
        return "action", translate(N_("Outside the action limit"))
    if said and not any(outcome == "pending" for outcome, _ in said):
        return "within", translate(N_("Within limits"))
    return None


def history_of(cell: Cell, reader: Reader) -> list[dict[str, Any]]:
    """Return every value that ever stood in a cell, newest first, when there was more than one (P11.10(e)-2)."""
    if len(cell.history) < 2:
        return []
    items = []
    for place, entry in enumerate(reversed(cell.history)):
        newer = cell.history[len(cell.history) - place] if place else None
        repeated = newer is not None and newer.kind is EntryKind.REPEAT
        recalculated = entry.kind is EntryKind.CALCULATED and entry is not cell.history[0]
        flag = outcome_flag(
            found
            for found in entry.evaluation
            if (found["field"], found["position"]) == (cell.field.id, cell.position) and found["outcome"] in OUTSIDE
        )
        items.append(
            {
                "kind": "current" if newer is None else "attempt" if repeated else "replaced",
                "value": value_text(cell.field, entry, reader),
                "unit": cell.field.unit.display if cell.field.unit and entry.value else "",
                "flags": [flag] if flag else [],
                "who": reader.name(entry.performed_by),
                "at": show_time(entry.recorded_at, reader.zone),
                "iso": clock.to_text(entry.recorded_at),
                "cause": translate(N_("a value it depends on was changed")) if recalculated else entry.why,
            }
        )
    return items


def exception_facts(found: ExceptionFacts, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return an exception as its card shows it."""
    accepted = found.judgement is Judgement.ACCEPTED
    label = N_("Accepted") if accepted else N_("Not accepted") if found.judgement else N_("To judge")
    return {
        "id": f"exception-{found.number}",
        "number": found.number,
        "title": translate(
            N_("Exception %(number)s · %(kind)s"), number=found.number, kind=translate(EXCEPTION_KINDS[found.kind])
        ),
        "what": what_happened(found, sheet, reader),
        "comment": found.comment_shown,
        "needs_comment": found.comment is None,
        "who": reader.name(found.opened_by),
        "at": show_time(found.opened_at, reader.zone),
        "state": "judged" if found.judgement else "open",
        "look": "accepted" if accepted else "rejected" if found.judgement else "open",
        "state_label": translate(label),
        "judgement": judgement_text(found, reader),
        "key": place_key(found.field_id, found.position) if found.field_id else "",
        "step_id": found.step_id,
        "step": sheet.exercise.step(found.step_id).title.in_language(reader.language),
    }


def place_key(field_id: str, position: int | None) -> str:
    """Return the key by which a page knows a place."""
    return field_id if position is None else f"{field_id}-{position}"


def cell_view(cell: Cell, sheet: Sheet, reader: Reader, day: date | None = None) -> dict[str, Any]:
    """Return a cell as the bench and the record show it; `day` is the one that the page states already."""
    latest, flags = cell.latest, flags_of(cell, sheet.exceptions)
    return {
        "field": cell.field,
        "key": place_key(cell.field.id, cell.position),
        "position": cell.position,
        "label": cell.field.label.in_language(reader.language),
        "name": cell_name(cell, reader),
        "hint": cell.field.hint.in_language(reader.language) if cell.field.hint else "",
        "unit": cell.field.unit.display if cell.field.unit else "",
        "limits": limits_text(cell.field, cell, reader),
        "value": value_text(cell.field, latest, reader),
        "empty": latest is None or latest.value is None,
        "sequence": latest.sequence if latest else None,
        "by": reader.by(latest) if latest else "",
        "stamp": reader.stamp(latest, day) if latest else "",
        "why": latest.why if latest and latest.kind is EntryKind.NOT_APPLICABLE else "",
        "flags": flags,
        "tone": _tone_of(flags),
        "history": history_of(cell, reader),
        "calculated": cell.field.is_calculated,
    }


def _tone_of(flags: Iterable[tuple[str, str]]) -> str:
    """Return the tone of a row: that of the worst flag on it."""
    kinds = {kind for kind, _text in flags}
    return "bad" if "specification" in kinds else "warn" if kinds & {"action", "exception"} else ""


def step_view(step: StepSheet, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return a step with its cells, its check and its exceptions."""
    day = reader.day(step.completed.recorded_at if step.completed else clock.now())
    return {
        "id": step.step.id,
        "title": step.step.title.in_language(reader.language),
        "instruction": step.step.instruction.in_language(reader.language),
        "state": step.state.value,
        "not_applicable": step.step.not_applicable,
        "skipped": step.skipped.why if step.skipped else None,
        "skipped_by": reader.by(step.skipped) if step.skipped else "",
        "cells": [cell_view(cell, sheet, reader, day) for cell in step.cells],
        "done_by": reader.by(step.completed) if step.completed else "",
        "check": step.step.check.statement.in_language(reader.language) if step.step.check else "",
        "checked_by": reader.by(step.check) if step.check else "",
        "checker": reader.name(step.check.performed_by) if step.check else "",
        "waiting": [before.title.in_language(reader.language) for before in step.waiting],
        "second_readings": [_second_reading(entry, sheet, reader) for entry in step.second_readings],
        "exceptions": [
            exception_facts(found, sheet, reader) for found in sheet.exceptions if found.step_id == step.step.id
        ],
        "files": file_views(step.files, reader),
        "missing": len(step.missing),
        "uncommented": len(step.uncommented),
    }


def signature_view(block: SignatureBlock, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    """Return a signature as its block shows it, a part named by its step, with what it is worth now (ES-8)."""
    facts = block_facts(block)
    part = (block.part or "").removeprefix("step:")
    if part:
        facts["meaning"] = f"{facts['meaning']} · {sheet.exercise.step(part).title.in_language(reader.language)}"
    return facts | {
        "role": f"{facts['login']} · {facts['role']}",
        "whole": block.part is None,
        "part": part,
        "genuine": block.coverage is not Coverage.INVALID,
    }


def _second_reading(entry: EntryFacts, sheet: Sheet, reader: Reader) -> dict[str, Any]:
    field = sheet.exercise.field(entry.field_id or "")
    return {
        "label": place_name(field, entry.position, reader),
        "value": value_text(field, entry, reader) or NOTHING,
        "unit": field.unit.display if field.unit else "",
        "by": reader.by(entry),
    }
