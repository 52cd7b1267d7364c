"""The record on paper: everything it says, in its own language, as the HTML that is laid out into a PDF."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import segno
from flask import current_app
from sqlalchemy.orm import Session

from app import __version__
from app.assessment.queries import statement_of
from app.assessment.views.wording import statement_view
from app.evidence.views.addresses import verification_address
from app.identity.models import Operator
from app.identity.queries import names_of
from app.kernel import clock
from app.kernel.actors import Actor
from app.kernel.errors import N_
from app.notebook.models import Record
from app.notebook.queries import sheet_of, signable_record, signature_blocks
from app.notebook.rules.labels import PURPOSES, RECORD_STATES
from app.notebook.rules.sheet import Sheet
from app.notebook.rules.words import Purpose, RecordState
from app.notebook.views.filing import file_views
from app.notebook.views.presenting import exception_facts, people_of, signature_view, step_view, where
from app.notebook.views.wording import Reader
from app.signatures.queries import signatures_of
from app.signatures.rules import Meaning
from app.trail.queries import record_trail
from app.trail.views.showing import row_view, titles_for
from app.web.formats import show_time
from app.web.languages import speaking, translate
from app.web.opened import shown_text

CSS = Path(__file__).parents[1] / "templates" / "evidence" / "paper.css"


@dataclass(frozen=True)
class Page:
    """One record with everything that its paper and its description show."""

    record: Record
    sheet: Sheet
    reader: Reader
    digest: str


@dataclass(frozen=True)
class Reach:
    """Up to where a paper was made: the log, how many lines it had, what is printed of pictures, by their entries."""

    origin: str
    size: int
    pictures: Mapping[int, bytes] = field(default_factory=dict)


def open_page(session: Session, record: Record) -> Page:
    """Return a record as its own language reads it."""
    sheet = sheet_of(session, record)
    with speaking(record.language):
        reader = Reader.of(record, sheet.exercise, names_of(session, people_of(record, sheet)))
    return Page(record, sheet, reader, signable_record(record, sheet).digest)


def paper_html(session: Session, page: Page, reach: Reach, public_url: str, *, actor: Actor) -> str:
    """Return the paper of a record the actor may see, in the record's language."""
    with speaking(page.record.language):
        context = {
            **_opening(session, page),
            **_contents(session, page),
            "trail": _trail(session, page, actor),
            **_attached(page, reach.pictures),
            "log": reach.origin,
            "log_size": reach.size,
            "address": (address := verification_address(public_url, page.record.number, page.digest)),
            "code": segno.make(address, error="m").svg_data_uri(border=1),
        }
        # Not render_template: what every page of the house knows of its visitor is no part of a record.
        return current_app.jinja_env.get_template("evidence/paper.html").render(context)


def paper_css() -> str:
    """Return how paper looks."""
    return CSS.read_text("utf-8")


def _opening(session: Session, page: Page) -> dict[str, Any]:
    record, reader = page.record, page.reader
    state = translate(RECORD_STATES[record.state][1])
    return {
        "record": record,
        "language": record.language,
        "title": page.sheet.exercise.title.in_language(reader.language),
        "version": translate(
            N_("%(code)s · version %(version)s"), code=record.exercise_code, version=record.exercise_version
        ),
        "is_practice": record.purpose is Purpose.PRACTICE,
        "state": state,
        "performer": reader.name(record.performer_id),
        "facts": [(name, value) for name, value in _facts(session, page, state) if value],
        "note": shown_text(session, record.note),
        "digest": page.digest,
        "release": __version__,
        "printed_at": show_time(clock.now(), record.zone),
    }


def _facts(session: Session, page: Page, state: str) -> list[tuple[str, str]]:
    record, reader = page.record, page.reader
    issuer = reader.name(record.issued_by.removeprefix("person:"))
    return [
        (translate(N_("State")), state),
        (translate(N_("Operator")), session.get_one(Operator, record.operator_id).name),
        (translate(N_("Room")), where(record)),
        (translate(N_("Purpose")), translate(PURPOSES[record.purpose])),
        (translate(N_("Performed by")), reader.name(record.performer_id)),
        (translate(N_("Issued")), f"{issuer} · {show_time(record.issued_at, record.zone)}"),
        (translate(N_("Execution begun")), show_time(record.started_at, record.zone)),
        (translate(N_("Signed as performed")), show_time(record.completed_at, record.zone)),
        (translate(N_("Reviewer")), reader.name(record.reviewer_id)),
        (translate(N_("Record closed")), show_time(record.closed_at, record.zone)),
        (
            translate(N_("Attributed in error: not the work of who signed")),
            show_time(record.misattributed_at, record.zone),
        ),
        (translate(N_("Entries")), str(len(page.sheet.entries))),
        (translate(N_("Exceptions")), str(len(page.sheet.exceptions))),
        (translate(N_("Issued by release")), record.release),
    ]


def _contents(session: Session, page: Page) -> dict[str, Any]:
    record, sheet, reader = page.record, page.sheet, page.reader
    blocks = signature_blocks(session, record, sheet)
    digests = {one.id: one.manifest_digest for one in signatures_of(session, f"record:{record.id}")}
    statement = statement_of(session, record)
    meaning = Meaning.REJECTED if record.state is RecordState.REJECTED else Meaning.APPROVED
    return {
        "parts": [step_view(step, sheet, reader) for step in sheet.steps],
        "exceptions": [exception_facts(found, sheet, reader) for found in sheet.exceptions],
        "signatures": [signature_view(block, sheet, reader) | {"manifest": digests[block.id]} for block in blocks],
        "erased_statement": "" if statement else shown_text(session, record.conclusion),
        "statement": statement_view(statement, meaning, sheet.exercise, reader.language) if statement else None,
    }


def _attached(page: Page, pictures: Mapping[int, bytes]) -> dict[str, Any]:
    """Return the list of files, numbered as F1, F2, …, and the pictures among them that can be printed."""
    steps = {step.step.id: step.step.title.in_language(page.reader.language) for step in page.sheet.steps}
    files = [
        view | {"number": f"F{number}", "step": steps[view["step_id"]]}
        for number, view in enumerate(file_views(page.sheet.files, page.reader), start=1)
    ]
    for file in files:
        if file["sequence"] in pictures:
            file["picture"] = "data:image/jpeg;base64," + base64.b64encode(pictures[file["sequence"]]).decode()
    return {"attached": files}


def _trail(session: Session, page: Page, actor: Actor) -> list[dict[str, Any]]:
    _record, rows = record_trail(session, page.record.id, actor)
    titles = titles_for(page.sheet.exercise, page.reader.language, page.record.zone)
    return [row_view(row, titles) | {"at": show_time(row.at, page.record.zone)} for row in rows]
