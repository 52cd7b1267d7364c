"""Pure decisions of delivery: how much at once, how long to wait, what a target's answer means for each parcel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from app.delivery.errors import BadTarget
from app.kernel.errors import N_

_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)
LONGEST_ADDRESS = 500
LONGEST_ANSWER = 500
LEAST_REASON_LENGTH = 3


class Fate(StrEnum):
    """What became of a parcel at a target.

    A dead one was refused for good; what comes after it in its sequence is held, until somebody has it sent again or
    sets it aside.
    """

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    HELD = "held"
    SET_ASIDE = "set_aside"


class Event(StrEnum):
    """What happened to a record that others are told."""

    STARTED = "started"
    STEP_COMPLETED = "step-completed"
    CORRECTED = "corrected"
    OUT_OF_LIMIT = "out-of-limit"
    VERIFIED = "verified"
    SIGNED = "signed"
    SUBMITTED = "submitted"
    PASSED = "passed"
    FAILED = "failed"
    EARNED = "earned"
    WITHDRAWN = "withdrawn"


RESULTS = frozenset({Event.PASSED, Event.FAILED})
"""What carries the result of a record."""


class StopReason(StrEnum):
    """Why a target is not served until somebody looks: trying again alone would not help."""

    CREDENTIALS = "credentials"
    SECRET = "secret"


class Circuit(StrEnum):
    """Whether a target is trusted with whole batches: closed as long as it works, open while it rests after failing
    again and again, half-open when one parcel is about to try whether it works again.
    """

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True)
class Patience:
    """How long a carrier waits for each phase of a request, in seconds; `talk` is for an answer that drips in."""

    connect: float = 10
    write: float = 30
    read: float = 30
    talk: float = 60


@dataclass(frozen=True)
class Limits:
    """How a worker serves targets: parcels and bytes in a request, requests in a round, lengths of lease and back-off.

    `failures` in a row open the circuit. A lease should outlast one request with all its timeouts; a carrier renews it
    between requests, and one that lost it only sends what is known already.
    """

    parcels: int = 200
    octets: int = 1_000_000
    requests: int = 5
    lease: timedelta = timedelta(seconds=90)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=15)
    failures: int = 5
    patience: Patience = Patience()


@dataclass(frozen=True)
class Destination:
    """A target as its kind sees it; `secret` is in the clear and lives only as long as the carrier."""

    id: str
    name: str
    address: str
    operator_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Label:
    """What names one thing to deliver: where it stands in the kind's order, and the sequence that it belongs to.

    Within a sequence nothing overtakes; None: it stands alone.
    """

    position: int
    reference: str
    sequence: str | None = None


@dataclass(frozen=True)
class Enclosed:
    """What goes along with a parcel: its SHA-2 digest, its media type, its bytes."""

    digest: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Content:
    """The frozen bytes of one thing to deliver, and what goes along."""

    body: bytes
    enclosed: tuple[Enclosed, ...] = ()

    @property
    def octets(self) -> int:
        """How much it weighs in a request."""
        return len(self.body) + sum(len(item.content) for item in self.enclosed)


@dataclass(frozen=True)
class Parcel:
    """One thing to deliver, ready to go: its label's words, its frozen bytes, what goes along.

    `hints` are what its kind tells its carrier besides, such as where a target is to file it.
    """

    position: int
    reference: str
    body: bytes
    sequence: str | None = None
    enclosed: tuple[Enclosed, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    @property
    def octets(self) -> int:
        """How much it weighs in a request."""
        return Content(self.body, self.enclosed).octets


@dataclass(frozen=True)
class Tiding:
    """What one thing to deliver says about a record: what names it, what happened and when, the title of the step."""

    reference: str
    event: Event
    at: datetime
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """What the target said of one parcel, and what that means."""

    position: int
    fate: Fate
    answer: str


@dataclass(frozen=True)
class Halt:
    """Why a carrier went no further: `stop` asks for a person, else it is tried again, not before `wait` is over."""

    answer: str
    wait: timedelta | None = None
    stop: StopReason | None = None


@dataclass(frozen=True)
class Report:
    """What came of one round: receipts in any order, and a halt when parcels are left without one."""

    receipts: tuple[Receipt, ...] = ()
    halt: Halt | None = None


@dataclass(frozen=True)
class Probe:
    """What a target answered to a trial."""

    works: bool
    answer: str


def pause(failures: int, chance: float, limits: Limits) -> timedelta:
    """Return how long to wait after so many failures in a row: doubled each time, capped, spread by `chance` in 0..1.

    The spread keeps the workers of several hubs from knocking at the same moment when a target comes back.
    """
    doublings = min(max(failures - 1, 0), 30)
    full = min(limits.first_pause * 2**doublings, limits.longest_pause)
    return timedelta(seconds=full.total_seconds() * (0.5 + chance / 2))


def next_attempt(now: datetime, failures: int, chance: float, halt: Halt, limits: Limits) -> datetime:
    """Return when a target that failed is tried again; the wait that it asked for is kept when it is the longer one."""
    return now + max(pause(failures, chance, limits), halt.wait or timedelta())


def circuit_of(failures: int, not_before: datetime | None, now: datetime, limits: Limits) -> Circuit:
    """Return how far a target that failed so many times in a row is trusted now."""
    if failures < limits.failures:
        return Circuit.CLOSED
    return Circuit.OPEN if not_before is not None and now < not_before else Circuit.HALF_OPEN


def parcels_at_once(circuit: Circuit, limits: Limits) -> int:
    """Return how many parcels go out in one round: after many failures one alone has to show that the target works."""
    return limits.parcels * limits.requests if circuit is Circuit.CLOSED else 1


def next_request(parcels: Sequence[Parcel], most: int, octets: int) -> list[Parcel]:
    """Return the first parcels, as many as one request may hold by number and by bytes, and at least one."""
    chosen = list(parcels[:1])
    room = octets - sum(parcel.octets for parcel in chosen)
    for parcel in parcels[1:most]:
        room -= parcel.octets
        if room < 0:
            break
        chosen.append(parcel)
    return chosen


def check_name(name: str) -> str:
    """Return a target's name, or raise BadTarget: it is typed on a command line."""
    if not _NAME.fullmatch(name):
        raise BadTarget(fields={"name": N_("A name has 1 to 60 letters, digits or . _ - and no space.")})
    return name


def check_address(address: str) -> str:
    """Return the address without a final slash, or raise BadTarget for one that cannot be used or holds a secret."""
    parts = urlsplit(address.strip())
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain or len(address) > LONGEST_ADDRESS:
        message = N_("An address is like https://lrs.example/xapi, without name, password or query.")
        raise BadTarget(fields={"address": message})
    return address.strip().rstrip("/")


def travels_in_clear(address: str) -> bool:
    """Say whether the password would cross a network unencrypted on its way to this address."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}
