"""A record as the metadata of its bundle describes it: values with units and bounds, steps, people."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import Session

from app.assessment.queries import statement_of
from app.evidence.queries.bundles import ATTACHMENTS
from app.evidence.rules.crate import Assessed, Attached, Described, Measured, Someone
from app.evidence.views.paper import Page
from app.exercises.rules.master import ITEMS, LimitKind
from app.identity.models import Operator
from app.kernel import clock
from app.kernel.errors import N_
from app.notebook.rules.labels import PURPOSES, RECORD_STATES
from app.notebook.rules.sheet import Cell
from app.notebook.views.presenting import people_of, place_key, where
from app.notebook.views.wording import cell_name
from app.web.languages import speaking, translate


def described(session: Session, page: Page, public_url: str) -> Described:
    """Return what the description of a record's bundle says, in the record's language."""
    record, sheet, reader = page.record, page.sheet, page.reader
    exercise, people = sheet.exercise, people_of(record, sheet) - {record.performer_id}
    with speaking(record.language):
        return Described(
            number=record.number,
            title=exercise.title.in_language(reader.language),
            summary=exercise.summary.in_language(reader.language),
            language=record.language,
            state=translate(RECORD_STATES[record.state][1]),
            purpose=translate(PURPOSES[record.purpose]),
            exercise=record.exercise_code,
            exercise_name=translate(
                N_("%(code)s · version %(version)s"), code=record.exercise_code, version=record.exercise_version
            ),
            exercise_version=record.exercise_version,
            hub_name=session.get_one(Operator, record.operator_id).name,
            hub_url=public_url,
            issued_at=clock.to_text(record.issued_at),
            changed_at=clock.to_text(record.closed_at or record.completed_at or record.issued_at),
            performer=Someone(record.performer_id, reader.name(record.performer_id)),
            others=[Someone(one, reader.name(one)) for one in sorted(people)],
            steps=[(step.id, step.title.in_language(reader.language)) for step in exercise.steps()],
            values=list(_values(page)),
            attached=list(_attached(page)),
            assessment=_assessment(session, page),
            place=where(record),
        )


def _values(page: Page) -> Iterator[Measured]:
    for step in page.sheet.steps:
        for cell in step.cells:
            latest = cell.latest
            if latest is None or latest.value is None or cell.is_not_applicable:
                continue
            unit = cell.field.unit
            low, high = _bounds(cell)
            yield Measured(
                place=f"{step.step.id}.{place_key(cell.field.id, cell.position)}",
                name=cell_name(cell, page.reader),
                value=_plain(cell, latest.shown or latest.value),
                unit=unit.display if unit else "",
                unit_code=unit.code if unit else "",
                minimum=low,
                maximum=high,
            )


def _attached(page: Page) -> Iterator[Attached]:
    """Yield the files; one that was attached twice and still counts somewhere is described as there."""
    for file in sorted(page.sheet.files, key=lambda file: file.withdrawn is None):
        if file.facts:
            facts, at = file.facts, clock.to_text(file.entry.recorded_at)
            path = f"{ATTACHMENTS}{facts.sha256}"
            withdrawn = translate(N_("withdrawn: %(what)s"), what=facts.description) if file.withdrawn else ""
            said = withdrawn or facts.description
            yield Attached(path, facts.name, said, facts.media_type, at, file.entry.step_id)


def _plain(cell: Cell, text: str) -> str:
    if cell.field.type in ITEMS and text.startswith("{"):
        return " · ".join(part for part in json.loads(text).values() if part)
    return text


def _bounds(cell: Cell) -> tuple[str | None, str | None]:
    """Return the bounds that a value was held against, those of the specification before those of action."""
    held = [found["bounds"] for found in cell.outcomes if "kind" in found["bounds"]]
    held.sort(key=lambda bounds: bounds["kind"] != LimitKind.SPECIFICATION.value)
    return (held[0].get("minimum"), held[0].get("maximum")) if held else (None, None)


def _assessment(session: Session, page: Page) -> Assessed | None:
    record = page.record
    statement = statement_of(session, record)
    if statement is None or record.reviewer_id is None or record.closed_at is None:
        return None
    by = Someone(record.reviewer_id, page.reader.name(record.reviewer_id))
    return Assessed(by, clock.to_text(record.closed_at), statement["verdict"])
