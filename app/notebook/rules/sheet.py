"""The sheet: the record as its entries say it stands. Nothing here is stored; replaying the entries gives it again.

A *cell* is one place for a value: a field, and the reading's position where the field repeats. What a cell holds is its
latest entry; the earlier ones stay in its history, readable for ever (P11.10(e)-2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from app.exercises.rules.master import Exercise, Field, Section, Step
from app.exercises.rules.values import Reading, Value
from app.kernel import canonical, clock
from app.notebook.rules.files import AttachedFile, attached_files
from app.notebook.rules.reading import stored_reading
from app.notebook.rules.words import CELL_KINDS, STEP_KINDS, EntryKind, ExceptionKind, Judgement, Source


@dataclass(frozen=True)
class EntryFacts:
    """An entry with its texts opened; `value` and `reason` are what stands in the row, `shown` and `why` what people
    read.
    """

    sequence: int
    kind: EntryKind
    step_id: str
    field_id: str | None
    position: int | None
    attempt: int
    corrects: int | None
    value: str | None
    raw: str | None
    unit: str | None
    source: Source
    evaluation: tuple[dict[str, Any], ...]
    reason: str | None
    performed_by: str
    recorded_at: datetime
    shown: str | None = None
    why: str | None = None

    def content(self) -> dict[str, Any]:
        """Return the canonical values that a record's digest covers."""
        return {
            "sequence": self.sequence,
            "kind": self.kind.value,
            "step": self.step_id,
            "field": self.field_id,
            "position": self.position,
            "attempt": self.attempt,
            "corrects": self.corrects,
            "value": self.value,
            "unit": self.unit,
            "source": self.source.value,
            "evaluation": list(self.evaluation),
            "reason": self.reason,
            "performer": self.performed_by,
            "time": clock.to_text(self.recorded_at),
        }


@dataclass(frozen=True)
class ExceptionFacts:
    """An exception with its texts opened."""

    number: int
    kind: ExceptionKind
    step_id: str
    field_id: str | None
    position: int | None
    entry: int | None
    facts: Mapping[str, Any]
    comment: str | None
    opened_by: str
    opened_at: datetime
    judgement: Judgement | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None
    comment_shown: str | None = None
    grounds: str | None = None
    grounds_shown: str | None = None

    def content(self) -> dict[str, Any]:
        """Return what the performer's signature covers of it; the assessor's judgement comes later."""
        return {
            "number": self.number,
            "kind": self.kind.value,
            "step": self.step_id,
            "field": self.field_id,
            "position": self.position,
            "entry": self.entry,
            "facts": dict(self.facts),
            "comment": self.comment,
            "by": self.opened_by,
        }


class StepState(StrEnum):
    """Where a step stands."""

    BLOCKED = "blocked"
    OPEN = "open"
    CHECK_NEEDED = "check-needed"
    COMPLETE = "complete"
    NOT_APPLICABLE = "not-applicable"


@dataclass(frozen=True)
class Cell:
    """One place for a value, with everything that was ever put there, and what limits said last about it."""

    field: Field
    position: int | None
    history: tuple[EntryFacts, ...]
    outcomes: tuple[dict[str, Any], ...] = ()

    @property
    def latest(self) -> EntryFacts | None:
        """The entry that counts now."""
        return self.history[-1] if self.history else None

    @property
    def is_filled(self) -> bool:
        """Whether something, be it "not applicable", stands here."""
        return bool(self.history)

    @property
    def is_not_applicable(self) -> bool:
        """Whether the latest entry says that nothing applies here."""
        return self.latest is not None and self.latest.kind is EntryKind.NOT_APPLICABLE

    @property
    def reading(self) -> Reading | None:
        """The value that counts now, or None."""
        if self.latest is None or self.is_not_applicable or self.latest.value is None:
            return None
        shown = self.latest.shown if self.latest.shown is not None else self.latest.value
        return stored_reading(self.field, shown)


@dataclass(frozen=True)
class StepSheet:
    """A step with its cells, its check and what is missing; `waiting`: the steps its check covers that are not done."""

    step: Step
    section: Section
    state: StepState
    cells: tuple[Cell, ...]
    completed: EntryFacts | None
    check: EntryFacts | None
    second_readings: tuple[EntryFacts, ...]
    skipped: EntryFacts | None
    uncommented: tuple[ExceptionFacts, ...]
    waiting: tuple[Step, ...] = ()
    files: tuple[AttachedFile, ...] = ()

    @property
    def missing(self) -> tuple[Cell, ...]:
        """The cells that must be filled before the step is complete (a blank is never "fine", ER-20)."""
        return tuple(
            cell for cell in self.cells if not cell.is_filled and cell.field.required and not cell.field.is_calculated
        )

    @property
    def is_done(self) -> bool:
        """Whether the step is complete, checked if it must be, or set aside."""
        return self.state in (StepState.COMPLETE, StepState.NOT_APPLICABLE)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is asked of this step: done, and every exception commented on."""
        return self.is_done and not self.uncommented


@dataclass(frozen=True)
class Sheet:
    """The whole record as it stands."""

    exercise: Exercise
    entries: tuple[EntryFacts, ...]
    exceptions: tuple[ExceptionFacts, ...]

    @cached_property
    def steps(self) -> tuple[StepSheet, ...]:
        """Every step in order."""
        return tuple(step for section in self.exercise.sections for step in self._section(section))

    def step(self, step_id: str) -> StepSheet:
        """Return one step; raises UnknownPart when the exercise has none of this id."""
        section = self.exercise.section_of(step_id)
        return next(sheet for sheet in self._section(section) if sheet.step.id == step_id)

    def _section(self, section: Section) -> tuple[StepSheet, ...]:
        """Return the steps of a section: what a step may depend on stands in its own section."""
        if section.id not in self._sections:
            done: set[str] = set()
            sheets = []
            for step in section.steps:
                sheet = self._step(section, step, done)
                if sheet.state in (StepState.COMPLETE, StepState.NOT_APPLICABLE):
                    done.add(step.id)
                sheets.append(sheet)
            self._sections[section.id] = tuple(sheets)
        return self._sections[section.id]

    @cached_property
    def _sections(self) -> dict[str, tuple[StepSheet, ...]]:
        return {}

    def cell(self, field_id: str, position: int | None) -> Cell:
        """Return one cell; raises UnknownPart when there is no such field."""
        place = (field_id, position)
        return Cell(
            self.exercise.field(field_id), position, self._histories.get(place, ()), self._outcomes.get(place, ())
        )

    @cached_property
    def values(self) -> dict[str, Value]:
        """What every field holds, as formulas and limits see it."""
        return {field.id: self._value(field) for field in self.exercise.fields()}

    @cached_property
    def files(self) -> tuple[AttachedFile, ...]:
        """Every file that was ever attached, in order."""
        return attached_files(self.entries)

    @property
    def next_sequence(self) -> int:
        """The number the next entry gets."""
        return len(self.entries) + 1

    @property
    def next_exception(self) -> int:
        """The number the next exception gets."""
        return len(self.exceptions) + 1

    @cached_property
    def _histories(self) -> dict[tuple[str, int | None], tuple[EntryFacts, ...]]:
        histories: dict[tuple[str, int | None], tuple[EntryFacts, ...]] = {}
        for entry in self.entries:
            if entry.kind in CELL_KINDS and entry.field_id:
                place = (entry.field_id, entry.position)
                histories[place] = (*histories.get(place, ()), entry)
        return histories

    @cached_property
    def _outcomes(self) -> dict[tuple[str, int | None], tuple[dict[str, Any], ...]]:
        """What limits said last about each place: the entry that changed a bound said it too (ER-06)."""
        outcomes: dict[tuple[str, int | None], tuple[dict[str, Any], ...]] = {}
        for entry in self.entries:
            if entry.kind in CELL_KINDS and entry.field_id and entry.value is None:
                outcomes.pop((entry.field_id, entry.position), None)  # what is not there is in no limit and out of none
            said: dict[tuple[str, int | None], tuple[dict[str, Any], ...]] = {}
            for found in entry.evaluation:
                place = (found["field"], found["position"])
                said[place] = (*said.get(place, ()), found)
            outcomes.update(said)
        return outcomes

    def _value(self, field: Field) -> Value:
        if field.repeat == 1:
            return self._reading(field, None)
        return [self._reading(field, position) for position in range(1, field.repeat + 1)]

    def _reading(self, field: Field, position: int | None) -> Reading | None:
        # Most places of a record are empty most of the time: no cell is made for them.
        return self.cell(field.id, position).reading if (field.id, position) in self._histories else None

    def _step(self, section: Section, step: Step, done: set[str]) -> StepSheet:
        mine = [entry for entry in self.entries if entry.step_id == step.id]
        completed = _last(mine, EntryKind.STEP_COMPLETED)
        skipped = _skipped(mine)
        check = _last(mine, EntryKind.CHECK)
        covered = covered_by_check(section, step)
        fresh = check is not None and check.sequence > self._last_change(covered)
        if skipped:
            state = StepState.NOT_APPLICABLE
        elif completed:
            state = StepState.CHECK_NEEDED if step.check and not fresh else StepState.COMPLETE
        elif any(before.id not in done for before in self.exercise.steps_before(step.id)):
            state = StepState.BLOCKED
        else:
            state = StepState.OPEN
        return StepSheet(
            step,
            section,
            state,
            tuple(self.cell(field.id, position) for field in step.fields for position in positions(field)),
            completed,
            check if fresh else None,
            tuple(entry for entry in mine if entry.kind is EntryKind.SECOND_READING),
            skipped,
            tuple(found for found in self.exceptions if found.step_id == step.id and found.comment is None),
            tuple(before for before in covered[:-1] if before.id not in done),
            tuple(file for file in self.files if file.entry.step_id == step.id),
        )

    def _last_change(self, steps: Sequence[Step]) -> int:
        """Return the sequence of the last thing a performer put into these steps."""
        ids = {step.id for step in steps}
        changes = (entry.sequence for entry in self.entries if entry.step_id in ids and entry.kind in STEP_KINDS)
        return max(changes, default=0)


def covered_by_check(section: Section, step: Step) -> tuple[Step, ...]:
    """Return the steps that the check of a step covers: those of its section since the check before, and itself."""
    place = section.steps.index(step)
    if step.check is None:
        return (step,)
    first = next((number + 1 for number in range(place - 1, -1, -1) if section.steps[number].check), 0)
    return section.steps[first : place + 1]


def positions(field: Field) -> Iterator[int | None]:
    """Yield the positions of a field's cells: None for a single value, 1 to n for repeated readings."""
    return iter([None]) if field.repeat == 1 else iter(range(1, field.repeat + 1))


def step_digest(sheet: Sheet, step_id: str) -> str:
    """Digest what the performer put into a step and the steps that its check covers with it: what VERIFIED covers."""
    step = sheet.step(step_id)
    ids = {covered.id for covered in covered_by_check(step.section, step.step)}
    entries = [entry.content() for entry in sheet.entries if entry.step_id in ids and entry.kind in STEP_KINDS]
    return canonical.digest(canonical.canonical_bytes({"step": step_id, "entries": entries}))


def content_digest(header: Mapping[str, Any], sheet: Sheet) -> str:
    """Digest a record's content: header, entries, exceptions as the performer left them; what PERFORMED covers."""
    return canonical.digest(
        canonical.canonical_bytes(
            {
                "header": dict(header),
                "entries": [entry.content() for entry in sheet.entries],
                "exceptions": [found.content() for found in sheet.exceptions],
            }
        )
    )


def review_digest(content_digest: str, exceptions: Sequence[ExceptionFacts]) -> str:
    """Digest what REVIEWED covers: the record's content and every exception's judgement."""
    judgements = [
        {
            "number": found.number,
            "judgement": found.judgement.value if found.judgement else None,
            "grounds": found.grounds,
            "by": found.judged_by,
        }
        for found in exceptions
    ]
    return canonical.digest(canonical.canonical_bytes({"content": content_digest, "judgements": judgements}))


def conclusion_digest(reviewed: str, statement_commitment: str) -> str:
    """Digest what APPROVED or REJECTED covers: the review and the assessor's statement."""
    return canonical.digest(canonical.canonical_bytes({"review": reviewed, "statement": statement_commitment}))


def missing_for_completion(sheet: Sheet) -> list[str]:
    """Return the ids of the steps that keep the record from being completed; empty when nothing is missing."""
    return [step.step.id for step in sheet.steps if not step.is_settled]


def _skipped(entries: Sequence[EntryFacts]) -> EntryFacts | None:
    """Return the entry that set a step aside, unless the step was taken up again since."""
    kinds = (EntryKind.NOT_APPLICABLE, EntryKind.STEP_RESUMED)
    last = next((entry for entry in reversed(entries) if entry.kind in kinds and not entry.field_id), None)
    return last if last and last.kind is EntryKind.NOT_APPLICABLE else None


def _last(entries: Sequence[EntryFacts], kind: EntryKind) -> EntryFacts | None:
    return next((entry for entry in reversed(entries) if entry.kind is kind), None)
