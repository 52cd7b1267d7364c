"""Announcements of the next key of a log: a signed note in a line (line-format, *The keys of a log*)."""

from dataclasses import dataclass

from app.verifier.parts.bundle import Line
from app.verifier.parts.faults import Malformed
from app.verifier.parts.notes import DECIMAL, LOG_KEY, NoteKey, read_key, read_note
from app.verifier.parts.trust import Trust

SUCCESSION_SCHEMA = "cahier.log-succession.v1"
PLANNED, REPLACED = "audit:key:rotate", "audit:key:replace"
SUCCESSION_MEMBERS = ["origin", "old", "old-end", "new", "new-from", "emergency"]


@dataclass(frozen=True)
class NextKey:
    """Which key of a log ends where, and which begins where."""

    old: NoteKey
    end: int
    new: NoteKey
    begin: int


def read_next_key(line: Line, origin: str) -> NextKey:
    """Return what a line announces; Malformed unless the keys that must have signed it did, for this log and place."""
    note = read_note(str(line.after.get("announcement")).encode("utf-8", "replace"))
    schema, *lines = note.text.removesuffix("\n").split("\n")
    said = [(name, value) for name, _, value in (one.partition(" ") for one in lines)]
    values = dict(said)
    if schema != SUCCESSION_SCHEMA or [name for name, _ in said] != SUCCESSION_MEMBERS or values["origin"] != origin:
        raise Malformed("succession")
    if any(DECIMAL.fullmatch(values[name]) is None for name in ("old-end", "new-from")):
        raise Malformed("succession")
    announced = NextKey(
        read_key(values["old"]), int(values["old-end"]), read_key(values["new"]), int(values["new-from"])
    )
    is_planned = line.action == PLANNED
    fits = announced.end == announced.begin if is_planned else announced.end <= announced.begin
    if not fits or values["emergency"] != ("0" if is_planned else "1") or announced.begin != line.index + 1:
        raise Malformed("succession")
    for key in [announced.new, announced.old] if is_planned else [announced.new]:
        made = note.made_by(key)
        is_signed = made and all(key.verifies(one.value, note.text.encode()) for one in made)
        if key.kind != LOG_KEY or key.name != origin or not is_signed:
            raise Malformed("succession")
    return announced


def is_in_accord(announced: NextKey, trust: Trust) -> bool:
    """Say whether a trust file lets neither key sign where the log says that it may not."""
    ranges = [one for one in trust.logs if one.origin == announced.new.name]
    begun = all(one.first >= announced.begin for one in ranges if one.key == announced.new)
    return begun and all(one.end is not None and one.end <= announced.end for one in ranges if one.key == announced.old)
