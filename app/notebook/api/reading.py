"""Reading records through the API."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint
from spectree import Response
from sqlalchemy.orm import Session

from app.kernel import clock
from app.kernel.actors import Permission
from app.notebook import queries
from app.notebook.api.messages import (
    EntryAnswer,
    ExceptionAnswer,
    FileAnswer,
    RecordAnswer,
    RecordsAnswer,
    RecordsQuery,
    RecordSummary,
    SignatureAnswer,
    StepAnswer,
    WorklistAnswer,
)
from app.notebook.models import Record
from app.notebook.rules.files import FileFacts
from app.notebook.rules.sheet import EntryFacts, ExceptionFacts, Sheet, StepSheet, step_digest
from app.notebook.rules.words import EntryKind
from app.web.access import requires
from app.web.languages import page_language
from app.web.openapi import Problem, spec
from app.web.visitors import current_actor, edge

REFUSALS = {"HTTP_401": Problem, "HTTP_403": Problem, "HTTP_404": Problem}


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/worklist")(read_worklist)
    blueprint.get("/records")(read_records)
    blueprint.get("/records/<uuid:record_id>")(read_record)


@requires(Permission.RECORD_READ)
@spec.validate(resp=Response(HTTP_200=WorklistAnswer, HTTP_401=Problem, HTTP_403=Problem), tags=["records"])
def read_worklist() -> Any:
    """Say what waits for this person."""
    with edge().storage.reading() as session:
        work = queries.worklist(session, current_actor())
    return WorklistAnswer(
        to_do=[summary(record) for record in work.to_do],
        to_correct=[summary(record) for record in work.to_correct],
        waiting=[summary(record) for record in work.waiting],
        to_review=[summary(record) for record in work.to_review],
    )


@requires(Permission.RECORD_READ)
@spec.validate(resp=Response(HTTP_200=RecordsAnswer, HTTP_401=Problem, HTTP_403=Problem), tags=["records"])
def read_records(query: RecordsQuery) -> Any:
    """List the records this person may see, newest first, fifty a page."""
    with edge().storage.reading() as session:
        rows, count = queries.list_records(
            session, current_actor(), state=query.state, search=query.search, page=query.page
        )
    return RecordsAnswer(records=[summary(record) for record in rows], count=count)


@requires(Permission.RECORD_READ)
@spec.validate(resp=Response(HTTP_200=RecordAnswer, **REFUSALS), tags=["records"])
def read_record(record_id: UUID) -> Any:
    """Read one record whole, with every entry that was ever made in it."""
    with edge().storage.reading() as session:
        return whole(session, queries.access_record(session, str(record_id), current_actor()))


def whole(session: Session, record: Record) -> RecordAnswer:
    """Return a record as the API shows it."""
    sheet = queries.sheet_of(session, record)
    return RecordAnswer(
        **summary(record).model_dump(),
        exercise_digest=record.exercise_digest,
        language=record.language,
        zone=record.zone,
        round=record.round,
        digest=queries.signable_record(record, sheet).digest,
        steps=[_step(step, sheet) for step in sheet.steps],
        entries=[_entry(entry) for entry in sheet.entries],
        exceptions=[_exception(found) for found in sheet.exceptions],
        signatures=[
            SignatureAnswer(
                name=block.name,
                login=block.login,
                role=block.role,
                meaning=block.meaning.value,
                part=block.part,
                at=clock.to_text(block.at),
                zone=block.zone,
                coverage=block.coverage.value,
                standing=block.standing.value,
                level=block.level.value if block.level else None,
            )
            for block in queries.signature_blocks(session, record, sheet)
        ],
    )


def summary(record: Record) -> RecordSummary:
    """Return a record as lists show it."""
    return RecordSummary(
        id=record.id,
        number=record.number,
        exercise=record.exercise_code,
        version=record.exercise_version,
        purpose=record.purpose,
        performer=record.performer_id,
        state=record.state,
        issued_at=clock.to_text(record.issued_at),
        site=record.site,
        room=record.room,
        misattributed_at=clock.to_text(record.misattributed_at) if record.misattributed_at else None,
    )


def _step(step: StepSheet, sheet: Sheet) -> StepAnswer:
    return StepAnswer(
        id=step.step.id,
        title=step.step.title.in_language(page_language()),
        state=step.state.value,
        missing=list(dict.fromkeys(cell.field.id for cell in step.missing)),
        needs_check=step.step.check is not None,
        digest=step_digest(sheet, step.step.id),
    )


def _file(entry: EntryFacts) -> FileAnswer | None:
    facts = FileFacts.from_text(entry.shown) if entry.kind is EntryKind.FILE else None
    return FileAnswer(**asdict(facts)) if facts else None


def _entry(entry: EntryFacts) -> EntryAnswer:
    file = _file(entry)
    return EntryAnswer(
        sequence=entry.sequence,
        kind=entry.kind.value,
        step=entry.step_id,
        field=entry.field_id,
        position=entry.position,
        attempt=entry.attempt,
        corrects=entry.corrects,
        value=None if file else entry.shown,
        unit=entry.unit,
        source=entry.source.value,
        evaluation=list(entry.evaluation),
        reason=entry.why,
        performed_by=entry.performed_by,
        recorded_at=clock.to_text(entry.recorded_at),
        file=file,
    )


def _exception(found: ExceptionFacts) -> ExceptionAnswer:
    return ExceptionAnswer(
        number=found.number,
        kind=found.kind.value,
        step=found.step_id,
        field=found.field_id,
        position=found.position,
        entry=found.entry,
        facts=dict(found.facts),
        comment=found.comment_shown,
        judgement=found.judgement,
        grounds=found.grounds_shown,
    )
