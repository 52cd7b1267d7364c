"""Exports of a record's trail: CSV for people's tools, JSON lines with the exact bytes that were hashed (A11d-12.9)."""

import csv
import io
import json
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.kernel import clock
from app.kernel.actors import Permission
from app.trail.queries import TrailRow, record_trail
from app.web.access import requires
from app.web.visitors import current_actor, edge

JSON_LINES = "application/jsonl"
COLUMNS = ("log", "index", "time", "actor", "name", "role", "action", "subject", "old", "new", "reason", "leaf_hash")
# A spreadsheet takes a cell that begins so for a formula (CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/trail.csv")(export_csv)
    blueprint.get("/records/<uuid:record_id>/trail.jsonl")(export_json_lines)


@requires(Permission.TRAIL_READ)
def export_csv(record_id: object) -> ResponseReturnValue:
    """Export a record's trail as CSV in UTF-8, names and texts opened."""
    with edge().storage.reading() as session:
        record, rows = record_trail(session, str(record_id), current_actor())
    return _file("".join(csv_lines(rows)), f"{record.number}-trail.csv", "text/csv; charset=utf-8")


@requires(Permission.TRAIL_READ)
def export_json_lines(record_id: object) -> ResponseReturnValue:
    """Export a record's trail as JSON lines: index, leaf hash and the exact text that was hashed."""
    return json_lines_file(str(record_id))


def json_lines_file(record_id: str) -> Response:
    """Return a record's trail as a file of JSON lines, to the screens and to programs alike; raises NotFound."""
    with edge().storage.reading() as session:
        record, rows = record_trail(session, record_id, current_actor())
    lines = (
        json.dumps({"log": row.log, "index": row.index, "leaf_hash": row.leaf_hash, "body": row.body.decode()})
        for row in rows
    )
    return _file("".join(f"{line}\n" for line in lines), f"{record.number}-trail.jsonl", JSON_LINES)


def csv_lines(rows: Iterable[TrailRow]) -> Iterator[str]:
    """Yield the lines of the CSV, the heads of the columns first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for row in rows:
        old, new = (json.dumps(facts, ensure_ascii=False, sort_keys=True) for facts in (row.before, row.after))
        cells = (
            row.log,
            str(row.index),
            clock.to_text(row.at),
            row.actor,
            row.name,
            row.role,
            row.action.value,
            row.subject,
            old,
            new,
            row.reason,
            row.leaf_hash,
        )
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    yield buffer.getvalue()


def _file(content: str, name: str, media_type: str) -> Response:
    return Response(content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
