"""What the lines say of themselves: their place, their subject and its previous line, their time, their action.

Judged a group at a time, because nearly all are good: a group is compared column by column, and only one that does
not compare is gone through line by line to name what is wrong.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from app.audit.actions import Action
from app.audit.services import LINE_SCHEMA
from app.audit.verification.decoding import LineUnreadable, Said, decode_line
from app.audit.verification.lines import BODY, INDEX, SEQUENCE, SUBJECT
from app.audit.verification.snapshot import Head, Row
from app.audit.verification.verdict import Code, Finding, Findings, shown
from app.kernel import clock

CLOCK_TOLERANCE = timedelta(seconds=1)
"""By how much a line may be older than the one before it: several servers, however well set, differ by milliseconds."""

SERVER = "server"
CLOCKS = frozenset({SERVER, "simulated"})
ACTIONS = frozenset(action.value for action in Action)
TEXTS = frozenset({str})
NUMBERS = frozenset({int})
LISTS = frozenset({list})


class Listed(NamedTuple):
    """What a group of lines says of rows (table, key, count of states, digest), beside the places of those lines."""

    items: list[tuple[Any, ...]]
    positions: list[tuple[int, int]]


class Contents:
    """Reads the lines of one log in order and judges each by itself and by the ones before it."""

    def __init__(self, head: Head, findings: Findings) -> None:
        self._head, self._findings = head, findings
        self._last: dict[str, tuple[int, bytes]] = {}
        self._time, self._clock = "", SERVER

    def read(self, rows: list[Row], leaves: list[bytes]) -> Listed:
        """Judge a group of lines, and return what they say of rows; a missing line, of no body, says nothing."""
        try:
            said = [decode_line(row[BODY]) for row in rows]
            good = self._is_good(rows, Said(*zip(*said, strict=True)))
        except (LineUnreadable, TypeError):  # TypeError: a list where a text should be
            said, good = [], False
        if not good:
            rows, leaves, said = self._judged(rows, leaves)
        if not said:
            return Listed([], [])
        columns = Said(*zip(*said, strict=True))
        self._follow(rows, columns, leaves)
        self._time, self._clock = columns.time[-1], columns.clock[-1]
        items = [tuple(item) for listed in columns.rows for item in listed]
        log_id = self._head.id
        places = [(log_id, row[INDEX]) for row, listed in zip(rows, columns.rows, strict=True) for _ in listed]
        return Listed(items, places)

    def _is_good(self, rows: list[Row], columns: Said) -> bool:
        """Compare a group with what it must be; False also where it may be good all the same."""
        stored = [row[INDEX] for row in rows], [row[SUBJECT] for row in rows], [row[SEQUENCE] for row in rows]
        said = list(columns.index), list(columns.subject), list(columns.sequence)
        times = list(columns.time)
        return (
            said == stored
            and {*map(type, columns.index), *map(type, columns.sequence)} == NUMBERS
            and {*map(type, times), *map(type, columns.action)} == TEXTS
            and {type(item) for listed in columns.rows for item in listed} <= LISTS
            and set(columns.log) == {self._head.origin}
            and set(columns.schema) == {LINE_SCHEMA}
            and ACTIONS.issuperset(columns.action)
            and set(columns.clock) == {self._clock} <= CLOCKS
            and (self._clock != SERVER or (times[0] >= self._time and sorted(times) == times))
        )

    def _follow(self, rows: list[Row], columns: Said, leaves: list[bytes]) -> None:
        """Judge that each line names the one before it on the same subject."""
        last = self._last
        for at, (subject, sequence, previous, leaf) in enumerate(
            zip(columns.subject, columns.sequence, columns.previous, leaves, strict=True)
        ):
            number, named = 1, None
            if subject in last:
                before, hashed = last[subject]
                number, named = before + 1, hashed.hex()
            if previous != named or sequence != number:
                about = shown(columns.action[at]), shown(subject)
                expected, found = f"{number} {named}", shown(f"{sequence} {previous}")
                broken = Finding(Code.CHAIN_BROKEN, self._head.origin, rows[at][INDEX], *about, "", "", expected, found)
                self._findings.add(broken)
            last[subject] = (sequence, leaf)

    def _judged(self, rows: list[Row], leaves: list[bytes]) -> tuple[list[Row], list[bytes], list[tuple[Any, ...]]]:
        """Go through a group line by line; return those that are lines at all, having named what is wrong with each."""
        kept: list[tuple[Row, bytes, tuple[Any, ...]]] = []
        for row, leaf in zip(rows, leaves, strict=True):
            if row[BODY] is None:
                continue
            try:
                one = decode_line(row[BODY])
                _check_kinds(Said(*one))
            except LineUnreadable as error:
                unreadable = Finding(Code.LINE_UNREADABLE, self._head.origin, row[INDEX], found=shown(error))
                self._findings.add(unreadable)
                continue
            self._judge(row, Said(*one))
            kept.append((row, leaf, one))
        return [one[0] for one in kept], [one[1] for one in kept], [one[2] for one in kept]

    def _judge(self, row: Row, said: Said) -> None:
        if (said.index, said.log, said.schema) != (row[INDEX], self._head.origin, LINE_SCHEMA):
            self._add(Code.LINE_MISPLACED, said, row, f"{self._head.origin}#{row[INDEX]}", f"{said.log}#{said.index}")
        if (said.subject, said.sequence) != (row[SUBJECT], row[SEQUENCE]):
            found = f"{row[SUBJECT]} {row[SEQUENCE]}"
            self._add(Code.LINE_SUBJECT_ALTERED, said, row, f"{said.subject} {said.sequence}", found)
        if said.action not in ACTIONS:
            self._add(Code.ACTION_UNKNOWN, said, row, "", said.action)
        if said.clock not in CLOCKS or (said.clock == self._clock == SERVER and self._is_late(said.time)):
            self._add(Code.TIME_BACKWARDS, said, row, self._time, f"{said.time} {said.clock}")
        self._time, self._clock = said.time, said.clock

    def _is_late(self, time: str) -> bool:
        """Say whether a line is older than the one before it, by more than clocks differ."""
        if time >= self._time:
            return False
        try:
            return clock.from_text(time) + CLOCK_TOLERANCE < clock.from_text(self._time)
        except (TypeError, ValueError):
            return True

    def _add(self, code: Code, said: Said, row: Row, expected: str, found: str) -> None:
        about = shown(said.action), shown(said.subject)
        values = {"expected": shown(expected), "found": shown(found)}
        self._findings.add(Finding(code, self._head.origin, row[INDEX], *about, **values))


def _check_kinds(said: Said) -> None:
    """Raise LineUnreadable for a field of another kind than it always is."""
    texts = (said.action, said.clock, said.log, said.schema, said.subject, said.time)
    lists = type(said.rows) is list and all(type(item) is list for item in said.rows)
    if not (all(type(text) is str for text in texts) and type(said.index) is type(said.sequence) is int and lists):
        raise LineUnreadable("a field is of another kind than it always is")
