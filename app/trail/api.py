"""The API of the trail: the lines about a record, filtered as on its page, their export, and the whole log."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint
from pydantic import Field
from spectree import Response

from app.audit.actions import Action
from app.kernel import clock
from app.kernel.actors import Permission
from app.trail.queries import PAGE_SIZE, Filter, TrailRow, operator_trail, record_trail
from app.trail.rules.filters import is_exceptional, read_days
from app.trail.views.exporting import JSON_LINES, json_lines_file
from app.web.access import requires
from app.web.openapi import Answer, LinesResponse, Message, Problem, spec
from app.web.visitors import current_actor, edge

blueprint = Blueprint("trail_api", __name__, url_prefix="/api/v1")
REFUSALS = {"HTTP_401": Problem, "HTTP_403": Problem, "HTTP_404": Problem}


class LineAnswer(Answer):
    """A line of a log as people read it; the bytes that were hashed are in the export."""

    log: str
    index: int
    time: str
    actor: str
    name: str
    role: str
    action: Action
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    leaf_hash: str


class TrailAnswer(Answer):
    """A page of lines, with the count of all that the filter keeps."""

    lines: list[LineAnswer]
    count: int


class PageQuery(Message):
    """Which page to read."""

    page: int = Field(default=1, ge=1, le=100_000)


class LinesQuery(PageQuery):
    """Which lines to read: of a person (`person:…`), of an action, from a day (`2026-11-23`) to a day, both included.

    The days are those of the hub's zone.
    """

    actor: str = Field(default="", max_length=80)
    action: Action | None = None
    since: str = Field(default="", max_length=10)
    until: str = Field(default="", max_length=10)

    def chosen(self, text: str = "", subject: str = "") -> Filter:
        """Return the filter; raises Invalid for a day that is none."""
        days = read_days(self.since, self.until, edge().zone)
        return Filter(self.actor, self.action.value if self.action else "", text, *days, subject)


class TrailQuery(LinesQuery):
    """Which lines about a record to read, and whether those come first that depart from the straight way."""

    text: str = Field(default="", max_length=200)
    exceptions_first: bool = False


class LogQuery(LinesQuery):
    """Which lines of a log to read: also of a subject: `record:…`, a kind such as `person`, or a record's number."""

    subject: str = Field(default="", max_length=200)


@blueprint.get("/records/<uuid:record_id>/trail")
@requires(Permission.TRAIL_READ)
@spec.validate(resp=Response(HTTP_200=TrailAnswer, **REFUSALS), tags=["trail"])
def read_record_trail(record_id: UUID, query: TrailQuery) -> Any:
    """Read the lines about one record in order, a hundred a page."""
    chosen = query.chosen(query.text)
    with edge().storage.reading() as session:
        rows = [row for row in record_trail(session, str(record_id), current_actor())[1] if chosen.keeps(row)]
    if query.exceptions_first:
        rows.sort(key=lambda row: not is_exceptional(row.action, row.after))
    first = (query.page - 1) * PAGE_SIZE
    return _answer(rows[first : first + PAGE_SIZE], len(rows))


@blueprint.get("/records/<uuid:record_id>/trail.jsonl")
@requires(Permission.TRAIL_READ)
@spec.validate(resp=LinesResponse(JSON_LINES, **REFUSALS), tags=["trail"])
def export_record_trail(record_id: UUID) -> Any:
    """Export the lines about one record as JSON lines, each with the exact text that was hashed."""
    return json_lines_file(str(record_id))


@blueprint.get("/trail")
@requires(Permission.TRAIL_VERIFY)
@spec.validate(resp=Response(HTTP_200=TrailAnswer, **REFUSALS), tags=["trail"])
def read_trail(query: LogQuery) -> Any:
    """Read the whole log of the operator, newest first, a hundred lines a page."""
    chosen = query.chosen(subject=query.subject)
    with edge().storage.reading() as session:
        return _answer(*operator_trail(session, current_actor(), page=query.page, chosen=chosen))


def _answer(rows: Sequence[TrailRow], count: int) -> TrailAnswer:
    return TrailAnswer(lines=[_line(row) for row in rows], count=count)


def _line(row: TrailRow) -> LineAnswer:
    return LineAnswer(
        log=row.log,
        index=row.index,
        time=clock.to_text(row.at),
        actor=row.actor,
        name=row.name,
        role=row.role,
        action=row.action,
        subject=row.subject,
        before=row.before,
        after=row.after,
        reason=row.reason,
        leaf_hash=row.leaf_hash,
    )
