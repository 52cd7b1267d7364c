"""Completing a step, and its check by a second person at the same tablet, without ending the performer's session."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.exercises.rules.limits import readings_agree
from app.exercises.rules.master import Check
from app.exercises.rules.values import EquipmentUsed
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Refused
from app.notebook import queries
from app.notebook.errors import NothingMissingFirst, SamePerson, UnreadableValue
from app.notebook.models import Entry, RecordException
from app.notebook.rules.reading import Typed, read_typed
from app.notebook.rules.sheet import StepSheet, StepState, positions
from app.notebook.rules.words import Deed, EntryKind, ExceptionKind, next_state
from app.notebook.services.bench import Bench, open_step, take_in_hand
from app.notebook.services.entries import Place
from app.notebook.services.placing import need_shown
from app.signatures.rules import Meaning
from app.signatures.services.keys import OpenKey
from app.signatures.services.signing import sign


@dataclass(frozen=True)
class SecondPerson:
    """The checker at the performer's tablet: who they are, their opened key, what their page showed (a digest, and the
    room as `need_shown` takes it), what they read again.
    """

    actor: Actor
    key: OpenKey
    shown_digest: str
    readings: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    shown_room: str | None = None


def complete_step(session: Session, record_id: str, step_id: str, *, actor: Actor) -> Entry:
    """Say that a step is done; raises NothingMissingFirst while a value, or a comment on an exception, is missing."""
    bench = take_in_hand(session, record_id, Deed.ENTER, actor=actor)
    step = open_step(bench, step_id)
    if step.state is not StepState.OPEN:
        raise NothingMissingFirst(N_("This step is complete already."), subject=str(bench.subject))
    _nothing_missing(bench, step)
    entry = bench.entry(EntryKind.STEP_COMPLETED, step_id, bench.sheet.next_sequence)
    equipment = sorted({cell.reading.code for cell in step.cells if isinstance(cell.reading, EquipmentUsed)})
    note(
        session,
        Action.STEP_COMPLETED,
        bench.subject,
        actor=actor,
        role=bench.role,
        after=bench.facts(step=step_id, entry=entry.sequence) | ({"equipment": equipment} if equipment else {}),
    )
    return entry


def verify_step(session: Session, record_id: str, step_id: str, second: SecondPerson, *, host: Actor) -> Entry:
    """Check a completed step as a second person and sign VERIFIED over it (A11-6, ER-13).

    `host` is the performer whose session the tablet carries. Raises SamePerson when performer and checker are one; a
    reading that differs from the first is recorded and opens an exception.
    """
    bench, check = _take_for_check(session, record_id, step_id, second.actor, host)
    need_shown(bench.record, second.shown_room)
    readings = _read_again(bench, check, second.readings)
    signature = sign(
        session,
        queries.signable_step(bench.record, bench.sheet, step_id),
        Meaning.VERIFIED,
        second.key,
        actor=second.actor,
        shown_digest=second.shown_digest,
        zone=bench.record.zone,
    )
    disagreements = _keep_readings(bench, step_id, check, readings)
    entry = bench.entry(
        EntryKind.CHECK,
        step_id,
        bench.sheet.next_sequence + len(readings),
        inputs={"signature": signature.manifest_digest},
    )
    note(
        session,
        Action.STEP_VERIFIED,
        bench.subject,
        actor=second.actor,
        role=bench.role,
        after=bench.facts(step=step_id, entry=entry.sequence, signature=signature.manifest_digest, host=host.pseudonym)
        | ({"out_of_limit": True, "exceptions": disagreements} if disagreements else {}),
    )
    return entry


def _take_for_check(session: Session, record_id: str, step_id: str, checker: Actor, host: Actor) -> tuple[Bench, Check]:
    """Lock a record for a second person; raise what forbids them, or this step, to be checked now.

    (1) the checker may check; (2) the record is open, and the host's to see; (3) performer and checker are two people;
    (4) of one operator; (5) the step waits for a check; (6) all that the check covers is done.
    """
    subject = f"record:{record_id}"
    # (1)
    role = checker.require(Permission.RECORD_CHECK, subject)
    # (2)
    record = queries.access_record(session, record_id, host, for_act=True)
    next_state(record.state, Deed.ENTER, subject)
    # (3)
    if checker.person_id == record.performer_id:
        raise SamePerson(subject=subject)
    # (4)
    if checker.operator_id != record.operator_id:
        raise Refused(subject=subject)
    bench = Bench(session, record, queries.sheet_of(session, record), checker, role)
    step = bench.sheet.step(step_id)
    # (5)
    if step.state is not StepState.CHECK_NEEDED or step.step.check is None:
        raise NothingMissingFirst(N_("There is nothing to check here now."), subject=subject)
    # (6)
    if step.waiting:
        titles = [before.title.in_language(checker.language) for before in step.waiting]
        raise NothingMissingFirst(subject=subject, missing=", ".join(titles))
    return bench, step.step.check


def _nothing_missing(bench: Bench, step: StepSheet) -> None:
    language = bench.actor.language
    missing = [cell.field.label.in_language(language) for cell in step.missing]
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        raise NothingMissingFirst(subject=str(bench.subject), missing=names)
    if step.uncommented:
        raise NothingMissingFirst(
            N_("Comment on each value outside its limits first: exception %(numbers)s."),
            subject=str(bench.subject),
            numbers=", ".join(str(found.number) for found in step.uncommented),
        )


def _read_again(bench: Bench, check: Check, given: Mapping[Place, Mapping[str, str]]) -> list[tuple[Place, Typed]]:
    """Read what the second person read themselves: as many readings of each field as the master asks."""
    readings = []
    for wanted in check.readings:
        target = bench.sheet.exercise.field(wanted.field)
        places = [place for place in given if place.field_id == wanted.field and any(given[place].values())]
        name = f"second-{wanted.field}"
        if len(places) < wanted.count:
            raise UnreadableValue(N_("Enter what you read yourself."), name)
        for place in places:
            if place.position not in positions(target):
                raise UnreadableValue(N_("Say which of the readings you read yourself."), name)
            try:
                typed = read_typed(target, given[place], bench.actor.language, bench.record.zone)
            except UnreadableValue as error:
                raise UnreadableValue(error.message, name, **error.values) from None
            readings.append((place, typed))
    return readings


def _keep_readings(bench: Bench, step_id: str, check: Check, readings: list[tuple[Place, Typed]]) -> list[int]:
    """Add the second readings; open an exception for each that does not agree, and return their numbers."""
    opened: list[int] = []
    for offset, (place, typed) in enumerate(readings):
        sequence = bench.sheet.next_sequence + offset
        bench.entry(
            EntryKind.SECOND_READING,
            step_id,
            sequence,
            field_id=place.field_id,
            position=place.position,
            value=typed.text,
            raw=typed.raw,
        )
        first = bench.sheet.cell(place.field_id, place.position).reading
        wanted = check.reading_of(place.field_id)
        if first is None or wanted is None or not readings_agree(wanted, first, typed.reading):
            opened.append(bench.sheet.next_exception + len(opened))
            bench.session.add(_disagreement(bench, step_id, place, typed, sequence, opened[-1]))
    return opened


def _disagreement(
    bench: Bench, step_id: str, place: Place, typed: Typed, sequence: int, number: int
) -> RecordException:
    latest = bench.sheet.cell(place.field_id, place.position).latest
    return RecordException(
        record_id=bench.record.id,
        number=number,
        kind=ExceptionKind.SECOND_READING,
        step_id=step_id,
        field_id=place.field_id,
        position=place.position,
        entry=sequence,
        facts={"first": latest.value if latest else None, "value": typed.text},
        opened_by=bench.actor.person_id or "",
        opened_at=clock.now(),
    )
