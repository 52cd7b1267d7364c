"""Acting on records through the API: the same services as the screens, one act a request, repeatable by
Idempotency-Key.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint
from spectree import Response
from sqlalchemy.orm import Session

from app.identity.services.factors import Proof
from app.kernel.actors import Permission
from app.notebook import queries
from app.notebook.api import messages
from app.notebook.api.reading import summary
from app.notebook.services import closing, entries, exceptions, issuing, placing, steps
from app.notebook.services.entries import Place
from app.signatures.services.opening import open_own_key, open_second_person
from app.web.access import requires, signed_in
from app.web.acting import perform
from app.web.openapi import Problem, spec
from app.web.visitors import current_actor

Summary = messages.RecordSummary
ACTS = Response(
    HTTP_200=messages.RecordSummary,
    HTTP_401=Problem,
    HTTP_403=Problem,
    HTTP_404=Problem,
    HTTP_409=Problem,
    HTTP_429=Problem,
)


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    record, step = "/records/<uuid:record_id>", "/records/<uuid:record_id>/steps/<step_id>"
    blueprint.post("/records")(issue)
    blueprint.post(f"{record}/room")(place)
    blueprint.post(f"{record}/entries")(add_entry)
    blueprint.post(f"{record}/entries/<int:sequence>/corrections")(correct)
    blueprint.post(f"{record}/entries/<int:sequence>/repeats")(repeat)
    blueprint.post(f"{step}/not-applicable")(set_aside)
    blueprint.post(f"{step}/resumption")(take_up)
    blueprint.post(f"{step}/completion")(complete)
    blueprint.post(f"{step}/check")(check)
    blueprint.post(f"{record}/exceptions")(report)
    blueprint.post(f"{record}/exceptions/<int:number>/comment")(comment)
    blueprint.post(f"{record}/signature")(sign)
    blueprint.post(f"{record}/abortion")(abort)
    blueprint.post(f"{record}/voiding")(void)


@signed_in
@spec.validate(resp=ACTS, tags=["records"])
def issue(json: messages.IssueMessage) -> Any:
    """Issue a record under the next number of its series."""
    actor = current_actor()
    wanted = issuing.Issue(json.exercise, json.performer or actor.person_id or "", json.purpose, room_id=json.room)
    return perform(lambda session: summary(issuing.issue_record(session, wanted, actor=actor)).model_dump(mode="json"))


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["records"])
def place(record_id: UUID, json: messages.RoomMessage) -> Any:
    """Say in which room the record is executed."""
    return act_on(
        record_id,
        lambda session, record: placing.place_record(
            session, record, json.room, actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["entries"])
def add_entry(record_id: UUID, json: messages.EntryMessage) -> Any:
    """Record the first value of a field, or of one of its readings."""
    place = Place(json.field, json.position)
    return act_on(
        record_id,
        lambda session, record: entries.record_entry(session, record, place, _typed(json), actor=current_actor()),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["entries"])
def correct(record_id: UUID, sequence: int, json: messages.ChangeMessage) -> Any:
    """Correct the latest value of a cell, with a reason; the earlier ones stay."""
    return act_on(
        record_id,
        lambda session, record: entries.correct_entry(
            session, record, sequence, _typed(json), actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["entries"])
def repeat(record_id: UUID, sequence: int, json: messages.ChangeMessage) -> Any:
    """Record a further attempt at a measurement, with its cause."""
    return act_on(
        record_id,
        lambda session, record: entries.repeat_entry(
            session, record, sequence, _typed(json), actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["entries"])
def set_aside(record_id: UUID, step_id: str, json: messages.NotApplicableMessage) -> Any:
    """Say that a field, or the whole step, does not apply."""
    place = Place(json.field, json.position) if json.field else None
    return act_on(
        record_id,
        lambda session, record: entries.mark_not_applicable(
            session, record, step_id, place, actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["steps"])
def take_up(record_id: UUID, step_id: str, json: messages.ReasonMessage) -> Any:
    """Take up a step again that was set aside as not applicable."""
    return act_on(
        record_id,
        lambda session, record: entries.resume_step(
            session, record, step_id, actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["steps"])
def complete(record_id: UUID, step_id: str) -> Any:
    """Complete a step."""
    return act_on(
        record_id, lambda session, record: steps.complete_step(session, record, step_id, actor=current_actor())
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["steps"])
def check(record_id: UUID, step_id: str, json: messages.CheckMessage) -> Any:
    """Check a completed step as a second person, who signs with their own password."""
    checker, key, _ = open_second_person(json.login, json.password, Proof(json.factor_code))
    readings = {Place(found.field, found.position): {"value": found.value} for found in json.readings}
    second = steps.SecondPerson(checker, key, json.shown_digest, readings, shown_room=json.shown_room)
    return act_on(
        record_id, lambda session, record: steps.verify_step(session, record, step_id, second, host=current_actor())
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["exceptions"])
def report(record_id: UUID, json: messages.ExceptionMessage) -> Any:
    """Report an exception on a step."""
    return act_on(
        record_id,
        lambda session, record: exceptions.raise_exception(
            session, record, json.step, actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["exceptions"])
def comment(record_id: UUID, number: int, json: messages.ReasonMessage) -> Any:
    """Comment on an exception that a value opened."""
    return act_on(
        record_id,
        lambda session, record: exceptions.comment_exception(
            session, record, number, actor=current_actor(), reason=json.reason
        ),
    )


@requires(Permission.RECORD_EXECUTE)
@spec.validate(resp=ACTS, tags=["signatures"])
def sign(record_id: UUID, json: messages.SignMessage) -> Any:
    """Sign PERFORMED over the whole record and hand it to review."""
    key = open_own_key(json.password, proof=Proof(json.factor_code))
    return act_on(
        record_id,
        lambda session, record: closing.complete_record(
            session, record, key, json.shown_digest, actor=current_actor(), shown_room=json.shown_room
        ),
    )


@requires(Permission.RECORD_READ)
@spec.validate(resp=ACTS, tags=["records"])
def abort(record_id: UUID, json: messages.ReasonMessage) -> Any:
    """Abort a record with a reason; everything entered stays."""
    return act_on(
        record_id,
        lambda session, record: closing.abort_record(session, record, actor=current_actor(), reason=json.reason),
    )


@requires(Permission.RECORD_VOID)
@spec.validate(resp=ACTS, tags=["records"])
def void(record_id: UUID, json: messages.VoidMessage) -> Any:
    """Void a record that was never begun, with a second person."""
    second, _, _ = open_second_person(json.login, json.password, Proof(json.factor_code))
    return act_on(
        record_id,
        lambda session, record: issuing.void_record(session, record, second, actor=current_actor(), reason=json.reason),
    )


def _typed(message: messages.Typed) -> dict[str, str]:
    return {name: getattr(message, name) for name in ("value", "code", "serial", "number", "due")}


def act_on(record_id: UUID, service: Callable[[Session, str], object]) -> Any:
    """Run one act and answer with the record as it stands after it."""

    def act(session: Session) -> Any:
        service(session, str(record_id))
        return summary(queries.access_record(session, str(record_id), current_actor())).model_dump(mode="json")

    return perform(act)
