"""The keys that a log has had, one after another: which sizes each may sign, and how the next one was announced (KM-5).

An announcement is a signed note that both keys sign, so that whoever trusts one of them can follow to the other. Where
the old key is lost or suspected only the new one signs: then nobody can follow by the announcement alone, and the new
key has to be handed out as the first one was. Format: docs/line-format.md, *The keys of a log*.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from app.audit.notes import (
    Ed25519Verifier,
    Note,
    NoteError,
    Signer,
    VerifierKey,
    parse_note,
    parse_verifier_key,
    sign_note,
    verify_note,
)

SCHEMA: Final = "cahier.log-succession.v1"
_COUNT = re.compile(r"0|[1-9][0-9]{0,18}")
_NAMES = ("origin", "old", "old-end", "new", "new-from", "emergency")


class SuccessionMalformed(NoteError):
    """An announcement or the list of a log's keys is not written as it must be."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """That a key succeeds another: the old one signs checkpoints of fewer than `old_end` lines, the new one those of
    `new_from` lines and more.

    Planned, the two meet. In an emergency `old_end` is where others outside last vouched for the log, and for what lies
    between no checkpoint is good; the first of the new key covers it again.
    """

    origin: str
    old: VerifierKey
    old_end: int
    new: VerifierKey
    new_from: int
    emergency: bool = False

    def __post_init__(self) -> None:
        fits = self.old_end <= self.new_from if self.emergency else self.old_end == self.new_from
        if not fits or {self.old.name, self.new.name} != {self.origin} or self.old == self.new:
            raise SuccessionMalformed(f"this cannot be the succession of a key of {self.origin}")

    def to_text(self) -> str:
        """Return the text that is signed."""
        said = (self.origin, self.old.to_text(), self.old_end, self.new.to_text(), self.new_from, int(self.emergency))
        return "".join([f"{SCHEMA}\n", *(f"{name} {value}\n" for name, value in zip(_NAMES, said, strict=True))])

    def sign(self, *signers: Signer) -> Note:
        """Return the announcement as a note: signed by both keys, by the new one alone in an emergency."""
        return sign_note(self.to_text(), *signers)


def open_announcement(data: bytes) -> Announcement:
    """Return what a note announces, once the new key and, unless in an emergency, the old one signed it.

    Raises SuccessionMalformed or another NoteError.
    """
    note = parse_note(data)
    announced = _parse(note.text)
    wanted = [announced.new] if announced.emergency else [announced.old, announced.new]
    for key in wanted:
        verify_note(note, [Ed25519Verifier(key)])
    return announced


def _parse(text: str) -> Announcement:
    schema, *lines = text.removesuffix("\n").split("\n")
    said = dict(line.partition(" ")[::2] for line in lines)
    if schema != SCHEMA or tuple(said) != _NAMES or len(lines) != len(_NAMES):
        raise SuccessionMalformed("this announces no key of a log")
    if not all(_COUNT.fullmatch(said[name]) for name in ("old-end", "new-from")) or said["emergency"] not in "01":
        raise SuccessionMalformed("an announcement counts lines in decimal")
    announced = Announcement(
        said["origin"],
        parse_verifier_key(said["old"]),
        int(said["old-end"]),
        parse_verifier_key(said["new"]),
        int(said["new-from"]),
        said["emergency"] == "1",
    )
    if announced.to_text() != text:
        raise SuccessionMalformed("an announcement has one spelling")
    return announced


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of a log: it signs checkpoints of `first` lines up to, not with, `end`; None while it is in use.

    `since` and `until` are times as text, empty where nobody noted them. `announcement` is the note by which it
    succeeded the key before; empty for the first.
    """

    key: VerifierKey
    first: int = 0
    end: int | None = None
    since: str = ""
    until: str = ""
    announcement: str = ""

    def may_sign(self, size: int) -> bool:
        """Say whether the key may sign a checkpoint of this size."""
        return self.first <= size and (self.end is None or size < self.end)


@dataclass(frozen=True, slots=True)
class KeyHistory:
    """The keys that a log has had, the one in use last."""

    keys: tuple[LogKey, ...]

    @property
    def current(self) -> VerifierKey:
        """The key in use."""
        return self.keys[-1].key

    def followed_by(self, announcement: Note, at: str) -> "KeyHistory":
        """Return the history with the key that an announcement names in use from then on; raises NoteError."""
        said = open_announcement(announcement.to_bytes())
        if said.old != self.current:
            raise SuccessionMalformed(f"the announcement is not about the key in use of {said.origin}")
        ended = replace(self.keys[-1], end=said.old_end, until=at)
        next_key = LogKey(said.new, said.new_from, since=at, announcement=announcement.to_bytes().decode())
        return KeyHistory((*self.keys[:-1], ended, next_key))

    def known_to(self, keys: Iterable[VerifierKey]) -> tuple[LogKey, ...]:
        """Return the keys that somebody believes who has some of them from elsewhere, by the announcements between.

        An announcement is followed only where a key that signed it is believed. A key from elsewhere that is not in
        the history is believed for every size: then nothing here is signed by it, and that is found.
        """
        given = list(keys)
        believed = {one.key for one in self.keys} & set(given)
        for earlier, later in [*zip(self.keys, self.keys[1:], strict=False)]:
            if earlier.key in believed and _is_signed_by(later, earlier.key):
                believed.add(later.key)
        for earlier, later in reversed([*zip(self.keys, self.keys[1:], strict=False)]):
            if later.key in believed and _is_signed_by(later, later.key):
                believed.add(earlier.key)
        strangers = [LogKey(key) for key in given if key not in {one.key for one in self.keys}]
        return (*(one for one in self.keys if one.key in believed), *strangers)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the keys for a file of JSON."""
        return [asdict(one) | {"key": one.key.to_text()} for one in self.keys]


def history_from(listed: Sequence[dict[str, Any]]) -> KeyHistory:
    """Return the history that a file of JSON lists; raises SuccessionMalformed."""
    try:
        keys = tuple(LogKey(**one | {"key": parse_verifier_key(one["key"])}) for one in listed)
    except (KeyError, NoteError, TypeError) as error:
        raise SuccessionMalformed(f"the list of a log's keys cannot be read: {error}") from None
    if not keys:
        raise SuccessionMalformed("the list of a log's keys is empty")
    return KeyHistory(keys)


def _is_signed_by(later: LogKey, key: VerifierKey) -> bool:
    try:
        said = open_announcement(later.announcement.encode())
        verify_note(parse_note(later.announcement.encode()), [Ed25519Verifier(key)])
    except NoteError:
        return False
    return said.new == later.key


@dataclass(frozen=True, slots=True)
class Pending:
    """A key that waits for its announcement to stand in the log: at which index, with which leaf hash, and the note."""

    index: int
    leaf: str
    announcement: str
    since: str
    memory: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it for a file of JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """What a signer keeps of a log's keys beside the key itself: those it had, and the one that waits."""

    history: KeyHistory
    pending: Pending | None = None

    def to_bytes(self) -> bytes:
        """Return the file."""
        waiting = self.pending.to_json() if self.pending else None
        return json.dumps({"keys": self.history.to_json(), "pending": waiting}, indent=1).encode() + b"\n"


def read_ring(data: bytes) -> KeyRing:
    """Return what a signer's file says; raises SuccessionMalformed."""
    try:
        said = json.loads(data)
        waiting = Pending(**said["pending"]) if said["pending"] else None
        return KeyRing(history_from(said["keys"]), waiting)
    except (ValueError, KeyError, TypeError) as error:
        raise SuccessionMalformed(f"the list of a log's keys cannot be read: {error}") from None
