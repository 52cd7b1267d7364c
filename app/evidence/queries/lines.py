"""The lines that a bundle holds: the record's chain, the issues of its series, and what logged the things relied on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.audit.actions import HOUSEKEEPING, Action
from app.audit.models import HUB_LOG, Line, Log
from app.audit.services import read_body
from app.notebook.models import Record
from app.storage.rows import in_portions

RELEASE = "audit:release:record"
_SUBJECT = "release:"
_MOST_DAYS = 62
_MOST_QUIET = 300


@dataclass(frozen=True, order=True)
class FoundLine:
    """A line where it stands: the number of its log, its index, and the bytes that were hashed."""

    log_id: int
    index: int
    body: bytes

    def facts(self) -> dict[str, Any]:
        """Return what the line says."""
        return read_body(self.body)


def chain_of(session: Session, log_id: int, record: Record) -> list[FoundLine]:
    """Return every line about a record, in order."""
    query = _lines().where(Line.log_id == log_id, Line.subject == f"record:{record.id}")
    return [FoundLine(*row) for row in session.execute(query.order_by(Line.subject_sequence))]


def issues_of_series(session: Session, log_id: int, record: Record) -> list[FoundLine]:
    """Return the line that issued each record of the same series and year, this one among them (PF-4)."""
    prefix = record.number.rpartition("-")[0] + "-"
    query = (
        _lines()
        .join(Record, Line.subject == literal("record:") + Record.id)
        .where(Line.log_id == log_id, Line.subject_sequence == 1, Record.operator_id == record.operator_id)
        .where(Record.number.startswith(prefix, autoescape=True))
    )
    found = [FoundLine(*row) for row in session.execute(query.order_by(Line.index))]
    return [line for line in found if line.facts()["action"] == Action.RECORD_ISSUED.value]


def lines_at(session: Session, places: Iterable[tuple[int, int]]) -> list[FoundLine]:
    """Return the lines at some places: number of the log, index."""
    by_log: dict[int, list[int]] = defaultdict(list)
    for log_id, index in sorted(set(places)):
        by_log[log_id].append(index)
    found = []
    for log_id, indexes in by_log.items():
        for some in in_portions(indexes):
            query = _lines().where(Line.log_id == log_id, Line.index.in_(some))
            found += [FoundLine(*row) for row in session.execute(query)]
    return found


def quiet_days(session: Session, log: Log, first: int, end: int) -> list[FoundLine]:
    """Return the newest stretch of a log, between two of its lines, in which it only gave its daily sign of life.

    That is from one heartbeat to another with nothing but housekeeping between; empty where every day was busy (PF-14).
    """
    query = _lines().where(Line.log_id == log.id, Line.subject == f"log:{log.origin}")
    newest = query.where(Line.index >= first, Line.index < end).order_by(Line.index.desc()).limit(_MOST_DAYS)
    beats = [FoundLine(*row) for row in session.execute(newest)]
    quiet: list[FoundLine] = []
    for later, earlier in pairwise(beats):
        day = _housekeeping_between(session, earlier, later) if len(quiet) < _MOST_QUIET else None
        if day is None and quiet:
            break
        if day is not None:
            quiet = [earlier, *day, *(quiet or [later])]
    return quiet


def _housekeeping_between(session: Session, earlier: FoundLine, later: FoundLine) -> list[FoundLine] | None:
    """Return the lines between two heartbeats, or None where somebody did something."""
    if later.index - earlier.index > _MOST_QUIET:
        return None
    query = _lines().where(Line.log_id == later.log_id, Line.index > earlier.index, Line.index < later.index)
    found = [FoundLine(*row) for row in session.execute(query.order_by(Line.index))]
    return found if all(_is_housekeeping(line.facts()) for line in found) else None


def _is_housekeeping(said: dict[str, Any]) -> bool:
    return said["action"] in HOUSEKEEPING and said["actor"].startswith("system:") and said["reason"] is None


def releases_named(session: Session, chain: Iterable[FoundLine]) -> list[FoundLine]:
    """Return the lines of the hub's log that recorded the releases which these lines name (PF-13)."""
    found = []
    for release in sorted({line.facts()["release"] for line in chain}):
        query = _lines().where(Line.log_id == HUB_LOG, Line.subject.startswith(f"{_SUBJECT}{release}", autoescape=True))
        found += [FoundLine(*row) for row in session.execute(query.order_by(Line.index))]
    return [line for line in found if line.facts()["action"] == RELEASE]


def _lines() -> Any:
    return select(Line.log_id, Line.index, Line.body)
