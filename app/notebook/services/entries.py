"""Putting values into a record: a first value, a correction, a repeat, a "not applicable". Nothing is ever replaced.

An entry that changes what others depend on brings their recalculation in the same act, as entries of their own
(ER-11); a value outside a limit opens an exception in the same act, and is recorded all the same (ER-18).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.exercises.rules.master import Field, FieldType
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.notebook.errors import AlreadyRecorded, NotAllowedHere, NotTheLatest, StepClosed
from app.notebook.models import Entry
from app.notebook.rules.reading import Typed, read_typed
from app.notebook.rules.sheet import Cell, EntryFacts, StepState, positions
from app.notebook.rules.words import Deed, EntryKind
from app.notebook.services.bench import Bench, need_reason, open_step, take_in_hand
from app.notebook.services.consequences import Consequences, follow_up


@dataclass(frozen=True)
class Place:
    """Where a value belongs: a field, and the reading's position where the field repeats."""

    field_id: str
    position: int | None = None


def record_entry(session: Session, record_id: str, place: Place, typed: Mapping[str, str], *, actor: Actor) -> Entry:
    """Record the first value of a cell. Raises AlreadyRecorded when another tab was quicker, StepBlocked,
    UnreadableValue.
    """
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    cell = _cell(bench, place)
    step = open_step(bench, bench.sheet.exercise.step_of(place.field_id).id)
    if step.state is not StepState.OPEN:
        raise StepClosed(subject=str(bench.subject))
    if cell.is_filled:
        raise AlreadyRecorded
    value = _read(bench, cell.field, typed)
    return _put(bench, cell, value, _Change(EntryKind.VALUE, Action.ENTRY_RECORDED))


def correct_entry(
    session: Session, record_id: str, corrects: int, typed: Mapping[str, str], *, actor: Actor, reason: str
) -> Entry:
    """Correct the latest value of a cell; every earlier one stays readable, and an exception it opened stays too
    (ER-17).
    """
    bench, cell, latest = _latest(session, record_id, corrects, actor)
    value = _read(bench, cell.field, typed)
    change = _Change(EntryKind.CORRECTION, Action.ENTRY_CORRECTED, latest, need_reason(reason))
    return _put(bench, cell, value, change)


def repeat_entry(
    session: Session, record_id: str, repeats: int, typed: Mapping[str, str], *, actor: Actor, reason: str
) -> Entry:
    """Record a second attempt at a measurement, with its cause; the attempt before stays what it was (ER-24)."""
    bench, cell, latest = _latest(session, record_id, repeats, actor)
    value = _read(bench, cell.field, typed)
    return _put(bench, cell, value, _Change(EntryKind.REPEAT, Action.ENTRY_REPEATED, latest, need_reason(reason)))


def mark_not_applicable(
    session: Session, record_id: str, step_id: str, place: Place | None, *, actor: Actor, reason: str
) -> Entry:
    """Say with a reason that a field, or a whole step, does not apply, where the master allows it (ER-20)."""
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    step = open_step(bench, step_id)
    if step.state is not StepState.OPEN:
        raise StepClosed(subject=str(bench.subject))
    if place is None:
        if not step.step.not_applicable:
            raise NotAllowedHere
        action = Action.ENTRY_NOT_APPLICABLE
        return _mark_step(bench, EntryKind.NOT_APPLICABLE, action, step_id, need_reason(reason))
    cell = _cell(bench, place)
    if not cell.field.not_applicable or bench.sheet.exercise.step_of(place.field_id).id != step_id:
        raise NotAllowedHere
    if cell.is_filled:
        raise AlreadyRecorded
    change = _Change(EntryKind.NOT_APPLICABLE, Action.ENTRY_NOT_APPLICABLE, reason=need_reason(reason))
    return _put(bench, cell, None, change)


def resume_step(session: Session, record_id: str, step_id: str, *, actor: Actor, reason: str) -> Entry:
    """Take up a step again that was set aside by mistake; what was said before stays readable."""
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    if bench.sheet.step(step_id).state is not StepState.NOT_APPLICABLE:
        raise NotTheLatest
    return _mark_step(bench, EntryKind.STEP_RESUMED, Action.STEP_RESUMED, step_id, need_reason(reason))


def _mark_step(bench: Bench, kind: EntryKind, action: Action, step_id: str, reason: str) -> Entry:
    entry = bench.entry(kind, step_id, bench.sheet.next_sequence, reason=bench.keep(reason))
    note(
        bench.session,
        action,
        bench.subject,
        actor=bench.actor,
        role=bench.role,
        reason=reason,
        after=bench.facts(step=step_id, entry=entry.sequence),
    )
    return entry


def _cell(bench: Bench, place: Place) -> Cell:
    cell = bench.sheet.cell(place.field_id, place.position)
    if cell.field.is_calculated or place.position not in tuple(positions(cell.field)):
        raise NotFound
    return cell


def _latest(session: Session, record_id: str, sequence: int, actor: Actor) -> tuple[Bench, Cell, EntryFacts]:
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    entry = next((found for found in bench.sheet.entries if found.sequence == sequence), None)
    if entry is None or entry.field_id is None:
        raise NotTheLatest
    cell = _cell(bench, Place(entry.field_id, entry.position))
    if cell.latest is None or cell.latest.sequence != sequence:
        raise NotTheLatest
    return bench, cell, cell.latest


def _read(bench: Bench, field: Field, typed: Mapping[str, str]) -> Typed:
    return read_typed(field, typed, bench.actor.language, bench.record.zone)


@dataclass(frozen=True)
class _Change:
    """What is done to a cell, to which entry of it, and why."""

    kind: EntryKind
    action: Action
    latest: EntryFacts | None = None
    reason: str | None = None

    @property
    def attempt(self) -> int:
        """Which attempt at the measurement the new entry is."""
        return (self.latest.attempt if self.latest else 1) + (self.kind is EntryKind.REPEAT)


def _put(bench: Bench, cell: Cell, value: Typed | None, change: _Change) -> Entry:
    consequences = follow_up(bench, cell, value, change.attempt)
    entry = _new_entry(bench, cell, value, change, consequences)
    consequences.add_to(bench, entry.sequence)
    latest = change.latest
    note(
        bench.session,
        change.action,
        bench.subject,
        actor=bench.actor,
        role=bench.role,
        reason=change.reason,
        before={"entry": latest.sequence, "value": _in_line(latest.value, entry.committed)} if latest else None,
        after=_line_facts(bench, entry, consequences),
    )
    return entry


def _new_entry(bench: Bench, cell: Cell, value: Typed | None, change: _Change, consequences: Consequences) -> Entry:
    free_text = value is not None and cell.field.type is FieldType.TEXT
    return bench.entry(
        change.kind,
        bench.sheet.exercise.step_of(cell.field.id).id,
        bench.sheet.next_sequence,
        field_id=cell.field.id,
        position=cell.position,
        attempt=change.attempt,
        corrects=change.latest.sequence if change.latest else None,
        value=(bench.keep(value.text) if free_text else value.text) if value else None,
        raw=None if value is None or free_text else value.raw,
        committed=free_text,
        unit=cell.field.unit.code if cell.field.unit and value else None,
        evaluation=consequences.evaluation or None,
        reason=bench.keep(change.reason) if change.reason else None,
    )


def _line_facts(bench: Bench, entry: Entry, consequences: Consequences) -> dict[str, Any]:
    facts = bench.facts(
        step=entry.step_id,
        field=entry.field_id,
        position=entry.position,
        attempt=entry.attempt,
        entry=entry.sequence,
        value=_in_line(entry.value, entry.committed),
        unit=entry.unit,
    )
    if consequences.calculated:
        facts["calculated"] = [
            {"field": found.field.id, "position": found.position, "value": found.text}
            for found in consequences.calculated
        ]
    if consequences.exceptions:
        facts["out_of_limit"] = True
        facts["exceptions"] = [bench.sheet.next_exception + offset for offset in range(len(consequences.exceptions))]
    return facts


def _in_line(value: str | None, committed: bool) -> Any:
    return {"commitment": value} if committed and value else value
