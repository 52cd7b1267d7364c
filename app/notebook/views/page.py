"""What every page of one record starts from: the record, its sheet, its reader, and the frame around the page."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from app.identity.queries import names_of
from app.kernel.errors import CahierError, NotFound
from app.notebook.errors import NotThePerformer, NotTheState
from app.notebook.models import Record
from app.notebook.queries import access_record, sheet_of
from app.notebook.rules.sheet import Sheet
from app.notebook.rules.words import OPEN_STATES
from app.notebook.views.presenting import people_of, record_facts, step_items
from app.notebook.views.wording import Reader
from app.web.acting import AlreadyDone
from app.web.errors import remember_refusal, status_of, text_of
from app.web.languages import page_language, translate
from app.web.visitors import current_actor, edge

NOT_IN_A_FORM = (NotFound, AlreadyDone)
"""What a form never shows itself: there is no such thing, or this very form was accepted before."""

NOT_THEIR_FORM = (*NOT_IN_A_FORM, NotThePerformer, NotTheState)
"""What a form that only the performer of an open record gets to see does not show either."""


@dataclass(frozen=True)
class RecordPage:
    """One record as this request sees it."""

    record: Record
    sheet: Sheet
    reader: Reader

    @classmethod
    def open(cls, session: Session, record_id: str) -> "RecordPage":
        """Open a record for the visitor of this request; raises NotFound."""
        record = access_record(session, record_id, current_actor())
        sheet = sheet_of(session, record)
        return cls(record, sheet, Reader.of(record, sheet.exercise, names_of(session, people_of(record, sheet))))

    @property
    def is_mine(self) -> bool:
        """Whether the visitor is the performer."""
        return self.record.performer_id == current_actor().person_id

    @property
    def can_enter(self) -> bool:
        """Whether the visitor may put something into the record now."""
        return self.is_mine and self.record.state in OPEN_STATES

    def need_enter(self) -> None:
        """Raise why the visitor may put nothing into the record now: a form is shown only to those who can send it."""
        subject = f"record:{self.record.id}"
        if not self.is_mine:
            raise NotThePerformer(subject=subject)
        if self.record.state not in OPEN_STATES:
            raise NotTheState(subject=subject)

    def render(self, template: str, *, step_id: str | None = None, **more: Any) -> str:
        """Render a page of this record, with its bar and its list of steps."""
        steps = step_items(self.record, self.sheet, step_id, self.reader)
        done = sum(step["done"] for step in steps)
        return render_template(
            template,
            record=record_facts(self.record, self.sheet, self.reader),
            row=self.record,
            step_id=step_id,
            steps=steps,
            steps_done=done,
            steps_progress=f"{done} / {len(steps)}",
            step_number=next((step["number"] for step in steps if step["current"]), None),
            content_language=self.reader.language if self.reader.language != page_language() else None,
            is_mine=self.is_mine,
            can_enter=self.can_enter,
            **more,
        )


def keep_in_form(error: CahierError) -> int:
    """Remember a refusal that a form shows itself, and return the status to answer with."""
    remember_refusal(edge().storage, error)
    return status_of(error)


def words_of(error: CahierError | None) -> dict[str, Any]:
    """Return what a form shows of an error: the sentence, its code, and the sentences beside fields."""
    if error is None:
        return {"error": "", "error_code": "", "error_fields": {}}
    fields = {name: translate(text, **error.values) for name, text in getattr(error, "fields", {}).items()}
    return {"error": text_of(error), "error_code": error.code, "error_fields": fields}
