"""Turns committed lines of the trail into statements of the hub's own LRS, each once. Runs in the worker.

A follower: it reads after its cursor, one log at a time. Statements and cursor move in one transaction, so that a feed
killed anywhere goes on where it was; two feeds at once do the reading twice and the storing once. A log's lines become
visible in their order, because every act holds the log's head until it is committed: no line appears behind the cursor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.models import Line, Log
from app.exercises.queries import exercise_of
from app.kernel.errors import CahierError
from app.storage import Storage
from xapi.derivation import LineFacts, derive, read_line
from xapi.models import Cursor
from xapi.rules.reading import Frozen
from xapi.services.storing import lock_head, store
from xapi.statements import Hub, build_statement

LINES_AT_ONCE = 200
FEED = "system:feed"
"""The name under which the hub vouches for the statements it derives."""


@dataclass(frozen=True)
class _Stretch:
    """A stretch of a log that was read, and the statements it makes."""

    log_id: int
    operator_id: str | None
    begin: int
    end: int
    statements: Sequence[Frozen]


def derive_once(storage: Storage, hub: Hub, *, lines_at_once: int = LINES_AT_ONCE) -> int:
    """Read the next lines of the log that lags most, store their statements, and return how many lines were read.

    0 means that every log is read to its end. Statements are made before the right to write is asked for.
    """
    with storage.reading() as session:
        stretch = _read_stretch(session, hub, lines_at_once)
    if stretch is None:
        return 0
    with storage.transaction() as session:
        _store_stretch(session, hub, stretch)
    return stretch.end - stretch.begin


def _read_stretch(session: Session, hub: Hub, limit: int) -> _Stretch | None:
    begin = func.coalesce(Cursor.next_index, 0)
    lagging = (
        select(Log.id, Log.operator_id, begin)
        .outerjoin(Cursor, Cursor.log_id == Log.id)
        .where(Log.size > begin)
        .order_by((Log.size - begin).desc(), Log.id)
    )
    found = session.execute(lagging.limit(1)).first()
    if found is None:
        return None
    log_id, operator_id, first = found
    query = select(Line.body, Line.leaf_hash).where(Line.log_id == log_id, Line.index >= first)
    lines = session.execute(query.order_by(Line.index).limit(limit)).all()
    titles, earlier = partial(_titles, session), partial(_earlier, session, log_id)
    statements = [
        build_statement(hub, facts) for body, leaf in lines for facts in derive(body, leaf.hex(), hub, titles, earlier)
    ]
    return _Stretch(log_id, operator_id, first, first + len(lines), statements)


def _titles(session: Session, code: str, version: int, step: str | None) -> Mapping[str, str]:
    """Return the title of an exercise's version, or of one of its steps; empty when the hub has it no longer whole."""
    try:
        exercise = exercise_of(session, code, version)
        return (exercise.step(step).title if step else exercise.title).as_mapping()
    except CahierError:
        return {}


def _earlier(session: Session, log_id: int, line: LineFacts) -> list[LineFacts]:
    """Return the lines about the same record before a line, in their order."""
    query = select(Line.body, Line.leaf_hash).where(
        Line.log_id == log_id, Line.subject == f"record:{line.record_id}", Line.index < line.index
    )
    found = (read_line(body, leaf.hex()) for body, leaf in session.execute(query.order_by(Line.index)))
    return [earlier for earlier in found if earlier is not None]


def _store_stretch(session: Session, hub: Hub, stretch: _Stretch) -> None:
    """Store a stretch's statements and move the cursor over it, unless another feed did so in the meantime."""
    head = lock_head(session)
    cursor = session.get(Cursor, stretch.log_id)
    if cursor is None:
        cursor = Cursor(log_id=stretch.log_id, next_index=0)
        session.add(cursor)
    if cursor.next_index != stretch.begin:
        return
    store(session, head, stretch.statements, authority=hub.authority(FEED), operator_id=stretch.operator_id)
    cursor.next_index = stretch.end
