"""Executing a record as somebody at the bench would: value by value, step by step, checked where the master asks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from app.exercises.rules.master import Exercise, Field, FieldType, Step, Validity
from app.installation.demonstration.exhibits import Exhibit
from app.installation.demonstration.scheduling import Story
from app.installation.demonstration.stage import Player, Stage
from app.kernel import clock
from app.notebook import queries
from app.notebook.models import Record
from app.notebook.rules.reading import DECIMAL_SIGN
from app.notebook.rules.sheet import Sheet, positions
from app.notebook.services.closing import complete_record
from app.notebook.services.entries import Place, correct_entry, record_entry
from app.notebook.services.exceptions import comment_exception
from app.notebook.services.files import attach_file, withdraw_file
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.services.steps import SecondPerson, complete_step, verify_step

MINUTE = timedelta(minutes=1)
HALF_A_MINUTE = timedelta(seconds=30)
GAP = timedelta(seconds=25)
SHORTEST_GAP = timedelta(seconds=12)
YES = "true"


@dataclass(frozen=True)
class Script:
    """What is typed into a record: values by field, one for each reading; a wait before a field; a comment where asked.

    A time is typed as it is then, unless `values` gives how long before or after. Of equipment and lots only what is
    special is given. Values are written with a decimal point; players type the sign of their language.
    """

    values: Mapping[str, str | Sequence[str] | timedelta] = field(default_factory=dict)
    waits: Mapping[str, timedelta] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Field to the right value and the reason, typed right after the (last) wrong one."""
    files: Mapping[str, Sequence[Exhibit]] = field(default_factory=dict)
    """Step to what is attached to it, once its values are there."""


@dataclass
class Performance:
    """One record being executed."""

    stage: Stage
    record_id: str
    performer: Player
    checker: Player
    script: Script

    @classmethod
    def issue(
        cls, stage: Stage, issuer: Player, issue: Issue, performer: Player, checker: Player, script: Script
    ) -> "Performance":
        """Issue a record to a performer; `checker` is the second person whenever the master asks for one."""
        record = stage.act(lambda session: issue_record(session, issue, actor=issuer.actor))
        return cls(stage, record.id, performer, checker, script)

    def run(self, *, until: str | None = None, after: str | None = None) -> Story:
        """Execute every step, up to and without the step `until`, from after the step `after`."""
        skipping = after is not None
        for step in self._exercise.steps():
            if step.id == until:
                return
            if not skipping:
                yield from self._perform(step)
            skipping = skipping and step.id != after

    def sign(self) -> Story:
        """Sign the whole record as performed."""
        digest = queries.signable_record(self._record(), self._sheet()).digest
        key, actor = self.stage.key_of(self.performer), self.performer.actor
        self.stage.act(lambda session: complete_record(session, self.record_id, key, digest, actor=actor))
        yield MINUTE

    def correct(self, field_id: str, value: str, reason: str, position: int | None = None) -> None:
        """Correct the latest value of a field."""
        found = self._exercise.field(field_id)
        latest = self._sheet().cell(field_id, position).latest
        if latest is None:
            raise LookupError(f"nothing to correct in {field_id}")
        typed = {"value": self._typed_number(found, value)}
        self.stage.act(
            lambda session: correct_entry(
                session, self.record_id, latest.sequence, typed, actor=self.performer.actor, reason=reason
            )
        )

    def enter(self, field_id: str, position: int | None = None) -> None:
        """Type one value."""
        typed = self._typed(self._exercise.field(field_id), position)
        self.stage.act(
            lambda session: record_entry(
                session, self.record_id, Place(field_id, position), typed, actor=self.performer.actor
            )
        )

    def comment(self, step_id: str) -> Story:
        """Comment on what stands outside its limits in a step."""
        for found in self._sheet().step(step_id).uncommented:
            text = self.script.comments[found.field_id or ""]
            self.stage.act(
                lambda session, number=found.number, reason=text: comment_exception(  # type: ignore[misc]
                    session, self.record_id, number, actor=self.performer.actor, reason=reason
                )
            )
            yield MINUTE

    def fill(self, step: Step) -> Story:
        """Type every value of a step."""
        for found in step.fields:
            if found.is_calculated or not (found.required or found.id in self.script.values):
                continue
            if found.id in self.script.waits:
                yield self.script.waits[found.id]
            for position in positions(found):
                self.enter(found.id, position)
                yield SHORTEST_GAP if found.type is FieldType.CHECKBOX else GAP
            if found.id in self.script.corrections:
                value, reason = self.script.corrections[found.id]
                self.correct(found.id, value, reason, found.repeat if found.repeat > 1 else None)
                yield GAP

    def attach(self, step: Step) -> Story:
        """Attach what the script has for a step, and withdraw what did not turn out well."""
        actor, shelf = self.performer.actor, self.stage.shelf
        for one in self.script.files.get(step.id, ()):
            upload = one.upload()
            entry = self.stage.act(
                lambda session, given=upload: attach_file(  # type: ignore[misc]
                    session, self.record_id, step.id, given, shelf, actor=actor
                )
            )
            yield GAP
            if one.withdrawn:
                self.stage.act(
                    lambda session, number=entry.sequence, why=one.withdrawn: withdraw_file(  # type: ignore[misc]
                        session, self.record_id, number, actor=actor, reason=why
                    )
                )
                yield GAP

    def _perform(self, step: Step) -> Story:
        yield from self.fill(step)
        yield from self.comment(step.id)
        yield from self.attach(step)
        self.stage.act(lambda session: complete_step(session, self.record_id, step.id, actor=self.performer.actor))
        yield HALF_A_MINUTE
        if step.check:
            self._check(step)
            yield 2 * MINUTE

    def _check(self, step: Step) -> None:
        sheet = self._sheet()
        digest = queries.signable_step(self._record(), sheet, step.id).digest
        readings = dict(self._second_readings(sheet, step))
        second = SecondPerson(self.checker.actor, self.stage.key_of(self.checker), digest, readings)
        host = self.performer.actor
        self.stage.act(lambda session: verify_step(session, self.record_id, step.id, second, host=host))

    def _second_readings(self, sheet: Sheet, step: Step) -> Iterator[tuple[Place, dict[str, str]]]:
        """Yield what the checker reads: what stands there, in their own way of writing."""
        for wanted in step.check.readings if step.check else ():
            found = sheet.exercise.field(wanted.field)
            for position in list(positions(found))[: wanted.count]:
                latest = sheet.cell(found.id, position).latest
                text = latest.value if latest and latest.value else ""
                yield Place(found.id, position), {"value": self._number_for(self.checker, found, text)}

    def _typed(self, found: Field, position: int | None) -> dict[str, str]:
        given = self.script.values.get(found.id)
        if found.type is FieldType.DATETIME:
            offset = given if isinstance(given, timedelta) else timedelta()
            local = (clock.now() + offset).astimezone(self._zone)
            return {"value": local.strftime("%Y-%m-%dT%H:%M")}
        if found.type is FieldType.EQUIPMENT:
            return {"code": "", "serial": "", "due": ""} | self._item(found, given)
        if found.type is FieldType.LOT:
            return {"number": "", "due": ""} | self._item(found, given)
        if isinstance(given, str):
            return {"value": self._typed_number(found, given)}
        if isinstance(given, Sequence):
            return {"value": self._typed_number(found, given[(position or 1) - 1])}
        return {"value": _usual(found)}

    def _item(self, found: Field, given: object) -> dict[str, str]:
        """Return an instrument or lot as its label reads; the same kind is always the same thing."""
        kind = found.kind.code if found.kind else found.id
        mark, number = kind.replace("_", "")[:4].upper(), sum(map(ord, found.id)) % 89 + 10
        day = clock.now().date() + timedelta(days=120 + number)
        due = "" if found.validity is Validity.NONE else day.isoformat()
        if isinstance(given, str):
            due = given
        if found.type is FieldType.EQUIPMENT:
            return {"code": f"{mark}-{number % 9 + 1:02}", "serial": f"{number * 7919 % 100000:05}", "due": due}
        return {"number": f"{mark}{number}{number * 31 % 100:02}", "due": due}

    def _typed_number(self, found: Field, text: str) -> str:
        return self._number_for(self.performer, found, text)

    def _number_for(self, player: Player, found: Field, text: str) -> str:
        if found.type is not FieldType.DECIMAL:
            return text
        return text.replace(".", DECIMAL_SIGN[player.part.language])

    def _record(self) -> Record:
        return self.stage.read(lambda session: session.get_one(Record, self.record_id))

    def _sheet(self) -> Sheet:
        return self.stage.read(lambda session: queries.sheet_of(session, session.get_one(Record, self.record_id)))

    @cached_property
    def _exercise(self) -> Exercise:
        return self._sheet().exercise

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._record().zone)


def _usual(found: Field) -> str:
    """Return what somebody enters where nothing special is to be told: yes, and the first answer that is allowed."""
    if found.type is FieldType.CHECKBOX:
        return YES
    allowed = [code for limit in found.limits for code in limit.allowed]
    codes = [choice.code for choice in found.choices]
    if not codes:
        raise LookupError(f"the script says nothing of {found.id}")
    return next((code for code in codes if code in allowed), codes[0])
