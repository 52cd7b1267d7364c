"""A kind of target for the tests: letters, carried to a box in memory that answers as a test tells it to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from app.delivery.rules import (
    Content,
    Destination,
    Fate,
    Halt,
    Label,
    Limits,
    Parcel,
    Probe,
    Receipt,
    Report,
    Tiding,
)
from app.storage import Storage

Answer = Callable[["Carrier", Sequence[Parcel], Callable[[], None]], Report]


def take_all(carrier: "Carrier", parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
    """Take every letter."""
    keep_lease()
    carrier.box.arrived += [parcel.reference for parcel in parcels]
    return Report(tuple(Receipt(parcel.position, Fate.SENT, "taken") for parcel in parcels))


def refuse(halt: Halt) -> Answer:
    """Return an answer that takes nothing."""
    return lambda carrier, parcels, keep_lease: Report(halt=halt)


@dataclass
class Box:
    """Where letters arrive; `answers` are given one after the other, then everything is taken."""

    letters: list[bytes] = field(default_factory=list)
    people: dict[int, str] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    faults: list[OSError] = field(default_factory=list)
    opened: int = 0
    closed: int = 0


@dataclass
class Carrier:
    """A connection to the box."""

    box: Box

    def send(self, parcels: Sequence[Parcel], keep_lease: Callable[[], None]) -> Report:
        """Carry letters."""
        self.box.batches.append([parcel.reference for parcel in parcels])
        answer = self.box.answers.pop(0) if self.box.answers else take_all
        return answer(self, parcels, keep_lease)

    def probe(self) -> Probe:
        """Look at the box."""
        return Probe(True, "a box")

    def rehearse(self) -> Probe:
        """Knock at the box."""
        return Probe(True, "knocked")

    def close(self) -> None:
        """Leave the box."""
        self.box.closed += 1


@dataclass
class Letters:
    """Letters as something to deliver: the box's own list, from 1."""

    box: Box
    name: str = "letters"
    title: str = "A box"
    named: bool = True

    def complete(self, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Leave the settings as they are."""
        return dict(settings)

    def draw(self, session: Session, destination: Destination, after: int, limit: int) -> Sequence[Label]:
        """Return the next letters' names; letters to one person are a sequence."""
        numbers = range(after + 1, min(after + limit, len(self.box.letters)) + 1)
        return [Label(number, f"letter-{number}", self.box.people.get(number)) for number in numbers]

    def load(
        self, session: Session, destination: Destination, references: Sequence[str], octets: int
    ) -> Mapping[str, Content]:
        """Return letters by name."""
        found: dict[str, Content] = {}
        for name in references:
            letter = Content(self.box.letters[int(name.removeprefix("letter-")) - 1])
            octets -= letter.octets
            if found and octets < 0:
                break
            found[name] = letter
        return found

    def make_ready(self, storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Leave letters as they are."""
        return parcels

    def waiting(self, session: Session, destination: Destination, after: int) -> int:
        """Count letters."""
        return max(len(self.box.letters) - after, 0)

    def tidings(self, session: Session, record_id: str) -> Sequence[Tiding]:
        """Letters say nothing about records."""
        return ()

    def open(self, destination: Destination, limits: Limits) -> Carrier:
        """Go to the box."""
        if self.box.faults:
            raise self.box.faults.pop()
        self.box.opened += 1
        self.box.secrets.append(destination.secret)
        return Carrier(self.box)
