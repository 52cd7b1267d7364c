"""What the lines say of themselves: their place, their subject and its previous line, their time, their action.

Judged a group at a time, because nearly all are good: a group is compared as a whole, and only one that does
not compare is gone through line by line to name what is wrong.
"""

from datetime import timedelta
from operator import itemgetter
from typing import NamedTuple

from app.audit.actions import Action
from app.audit.services import LINE_SCHEMA
from app.audit.verification.decoding import Item, LineUnreadable, Said, decode_line
from app.audit.verification.lines import BODY, INDEX, SEQUENCE, SUBJECT
from app.audit.verification.snapshot import Head, Row
from app.audit.verification.verdict import Code, Finding, Findings, shown
from app.kernel import clock

CLOCK_TOLERANCE = timedelta(seconds=1)
"""By how much a line may be older than the one before it: several servers, however well set, differ by milliseconds."""

SERVER = "server"
CLOCKS = frozenset({SERVER, "simulated"})
PLACE = itemgetter(INDEX, SUBJECT, SEQUENCE)
ACTIONS = frozenset(action.value for action in Action)


class Listed(NamedTuple):
    """What a group of lines says of rows, beside the places of those lines."""

    items: list[Item]
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
        except LineUnreadable:
            said = []
        if not self._is_good(rows, said):
            rows, leaves, said = self._judged(rows, leaves)
        if not said:
            return Listed([], [])
        self._follow(rows, said, leaves)
        self._time, self._clock = said[-1].time, said[-1].clock
        log_id = self._head.id
        items = [item for line in said for item in line.rows]
        places = [(log_id, row[INDEX]) for row, line in zip(rows, said, strict=True) for _ in line.rows]
        return Listed(items, places)

    def _is_good(self, rows: list[Row], said: list[Said]) -> bool:
        """Compare a group with what it must be; False also where it may be good all the same."""
        times = [line.time for line in said]
        return (
            [(line.index, line.subject, line.sequence) for line in said] == [PLACE(row) for row in rows]
            and {(line.log, line.schema, line.clock) for line in said}
            == {(self._head.origin, LINE_SCHEMA, self._clock)}
            and ACTIONS.issuperset([line.action for line in said])
            and self._clock in CLOCKS
            and (self._clock != SERVER or (times[0] >= self._time and sorted(times) == times))
        )

    def _follow(self, rows: list[Row], said: list[Said], leaves: list[bytes]) -> None:
        """Judge that each line names the one before it on the same subject."""
        last = self._last
        for row, line, leaf in zip(rows, said, leaves, strict=True):
            number, named = 1, None
            if line.subject in last:
                before, hashed = last[line.subject]
                number, named = before + 1, hashed.hex()
            if line.previous != named or line.sequence != number:
                self._add(Code.CHAIN_BROKEN, line, row, f"{number} {named}", f"{line.sequence} {line.previous}")
            last[line.subject] = (line.sequence, leaf)

    def _judged(self, rows: list[Row], leaves: list[bytes]) -> tuple[list[Row], list[bytes], list[Said]]:
        """Go through a group line by line; return those that are lines at all, having named what is wrong with each."""
        kept: list[tuple[Row, bytes, Said]] = []
        for row, leaf in zip(rows, leaves, strict=True):
            if row[BODY] is None:
                continue
            try:
                line = decode_line(row[BODY])
            except LineUnreadable as error:
                unreadable = Finding(Code.LINE_UNREADABLE, self._head.origin, row[INDEX], found=shown(error))
                self._findings.add(unreadable)
                continue
            self._judge(row, line)
            kept.append((row, leaf, line))
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
