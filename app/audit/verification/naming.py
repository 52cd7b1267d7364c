"""Naming what is wrong with a table that is not as the lines say: which row, in which way, and which line speaks of it.

Slower than deciding, and only for tables that were decided against: it remembers the last state of each key, in as
many passes over the lines as the memory asks for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import select

from app.audit.evidence import evidenced_models
from app.audit.verification.decoding import LineUnreadable, parse_line
from app.audit.verification.describing import line_finding
from app.audit.verification.digests import INDEX, LOG, RowDigester
from app.audit.verification.snapshot import LINE, Head, Snapshot
from app.audit.verification.verdict import Code, Finding, Findings

KEYS_AT_ONCE = 200_000
CHUNK = 1024


@dataclass(frozen=True, slots=True)
class State:
    """A state of a row: the line that it names, or that lists it, its number and its digest."""

    position: tuple[int, int]
    version: int
    digest: str


class Naming:
    """Names the faults of one table."""

    def __init__(self, snap: Snapshot, table: str, heads: list[Head], chosen: list[Head], findings: Findings) -> None:
        self._snap, self._findings = snap, findings
        self._digester = RowDigester(evidenced_models()[table])
        self._table = table
        self._chosen = [head.id for head in chosen]
        self._origins = {head.id: head.origin for head in heads}
        self._whole = len(heads) == len(chosen)

    def name(self) -> None:
        """Add a finding for each row that is not as the lines say; at least one for the table."""
        before = len(self._findings.kept) + self._findings.omitted
        parts = 1 + sum(1 for _ in self._items(0, 1)) // KEYS_AT_ONCE
        for part in range(parts):
            self._name_part(part, parts)
        if len(self._findings.kept) + self._findings.omitted == before:
            self._findings.add(Finding(Code.TABLE_DISAGREES, table=self._table))

    def _name_part(self, part: int, parts: int) -> None:
        last = dict(self._items(part, parts))
        for rows in self._snap.stream(self._digester.query(), CHUNK):
            for row, (_, key, version, digest) in zip(rows, self._digester.items(rows), strict=True):
                if _part(key, parts) == part:
                    present = State((row[LOG], row[INDEX]), version, digest)
                    self._judge(key, present, last.pop(key, None))
        for key, state in last.items():
            self._add(Code.ROW_REMOVED, key, state.position, state.digest, "")

    def _judge(self, key: str, row: State, last: State | None) -> None:
        log_id = row.position[0]
        if last is None:
            if self._whole or log_id in self._chosen:
                self._add(Code.ROW_UNEXPLAINED, key, row.position, "", row.digest)
        elif log_id not in self._chosen and not self._whole and log_id in self._origins:
            # Written again by an act of another log, which is for that log to judge.
            if not (type(row.version) is int and row.version > last.version):
                self._add(Code.ROW_ALTERED, key, last.position, last.digest, row.digest)
        elif row != last:
            earlier = [self._table, key, row.version, row.digest] in self._said(row.position)
            code = Code.ROW_REVERTED if earlier else Code.ROW_ALTERED
            self._add(code, key, last.position, f"{last.version} {last.digest}", f"{row.version} {row.digest}")

    def _items(self, part: int, parts: int) -> Iterator[tuple[str, State]]:
        """Yield what the lines say of the rows of this table, in order, of one part of the keys."""
        mark = f'["{self._table}",'.encode()
        for log_id in self._chosen:
            query = select(LINE.line_index, LINE.body).where(LINE.log_id == log_id).order_by(LINE.line_index)
            for lines in self._snap.stream(query, CHUNK):
                for index, body in lines:
                    if isinstance(body, bytes) and mark in body:
                        yield from self._listed((log_id, index), body, part, parts)

    def _listed(self, position: tuple[int, int], body: bytes, part: int, parts: int) -> Iterator[tuple[str, State]]:
        for item in _rows(body):
            match item:
                case [self._table, str(key), int(version), str(digest)] if _part(key, parts) == part:
                    yield key, State(position, version, digest)

    def _said(self, position: tuple[int, int]) -> list[object]:
        numbers = all(type(number) is int for number in position)
        return _rows(self._snap.body(*position)) if numbers else []

    def _add(self, code: Code, key: str, position: tuple[int, int], expected: str, found: str) -> None:
        about = {"table": self._table, "key": key, "expected": expected, "found": found}
        self._findings.add(line_finding(self._snap, code, self._origins, position, **about))


def _rows(body: bytes | None) -> list[object]:
    try:
        rows = parse_line(body).get("rows", [])
    except LineUnreadable:
        return []
    return rows if isinstance(rows, list) else []


def _part(key: str, parts: int) -> int:
    return crc32(key.encode()) % parts
