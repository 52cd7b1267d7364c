"""The lines that a bundle holds: the record's chain, the issues of its series, and what logged the things relied on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Line
from app.audit.services import read_body
from app.notebook.models import Record

RELEASE = "audit:release:record"
_SUBJECT = "release:"
_AT_ONCE = 500


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
        for start in range(0, len(indexes), _AT_ONCE):
            query = _lines().where(Line.log_id == log_id, Line.index.in_(indexes[start : start + _AT_ONCE]))
            found += [FoundLine(*row) for row in session.execute(query)]
    return found


def releases_named(session: Session, chain: Iterable[FoundLine]) -> list[FoundLine]:
    """Return the lines of the hub's log that recorded the releases which these lines name (PF-13)."""
    found = []
    for release in sorted({line.facts()["release"] for line in chain}):
        query = _lines().where(Line.log_id == HUB_LOG, Line.subject.startswith(f"{_SUBJECT}{release}", autoescape=True))
        found += [FoundLine(*row) for row in session.execute(query.order_by(Line.index))]
    return [line for line in found if line.facts()["action"] == RELEASE]


def _lines() -> Any:
    return select(Line.log_id, Line.index, Line.body)
