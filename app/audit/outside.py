"""Parties outside, authorities and witnesses: what each said last, and how long to leave one alone that failed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from app.audit.models import OutsideParty
from app.kernel import clock
from app.storage import Storage

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
SECONDS_FOR_AN_ANSWER = 10
MOST_BYTES = 1_000_000
AGENT = "cahier"
"""All that a request says of us: no version, no library (TSP-1)."""


class Kind(StrEnum):
    """What a party outside is for."""

    AUTHORITY = "authority"
    WITNESS = "witness"


@dataclass(frozen=True)
class Party:
    """A party outside; `origin` is the log that a witness is asked about, empty for an authority."""

    kind: Kind
    name: str
    origin: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The key of its row."""
        return (self.kind.value, self.name, self.origin)


@dataclass(frozen=True)
class Answer:
    """What came of asking: `failed` makes us wait longer each time; a `conflict` stays until it is `settled`."""

    text: str
    failed: bool = False
    known_size: int | None = None
    conflict: str | None = None
    settled: bool = False


def is_resting(session: Session, party: Party) -> bool:
    """Say whether a party is left alone for now, because it failed."""
    known = session.get(OutsideParty, party.key)
    return known is not None and known.not_before is not None and known.not_before > clock.now()


def keep_answer(storage: Storage, party: Party, answer: Answer) -> None:
    """Remember what a party said, and how long to leave it alone when it failed."""
    now = clock.now()
    with storage.transaction() as session:
        row = session.get(OutsideParty, party.key, with_for_update=True)
        if row is None:
            kind, name, origin = party.key
            row = OutsideParty(kind=kind, name=name, origin=origin, failures=0)
            session.add(row)
        row.failures = row.failures + 1 if answer.failed else 0
        row.not_before = now + _pause(row.failures) if answer.failed else None
        row.last_answer, row.last_answer_at = answer.text[:500], now
        if answer.known_size is not None:
            row.known_size = answer.known_size
        if answer.conflict is not None:
            row.conflict, row.conflict_at = answer.conflict[:500], row.conflict_at or now
        elif answer.settled:
            row.conflict, row.conflict_at = None, None


def _pause(failures: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)
