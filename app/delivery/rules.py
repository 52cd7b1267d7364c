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


class Fate(StrEnum):
    """What became of a parcel at a target."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


class StopReason(StrEnum):
    """Why a target is not served until somebody looks: trying again alone would not help."""

    CREDENTIALS = "credentials"
    SECRET = "secret"


@dataclass(frozen=True)
class Limits:
    """How a worker serves targets: parcels and bytes in one request, lengths of lease and back-off.

    A lease must outlast one request with all its timeouts; a carrier renews it between requests.
    """

    parcels: int = 100
    octets: int = 1_000_000
    lease: timedelta = timedelta(seconds=90)
    first_pause: timedelta = timedelta(seconds=1)
    longest_pause: timedelta = timedelta(minutes=15)


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
class Parcel:
    """One thing to deliver: where it stands in the kind's order, what names it, and its frozen bytes."""

    position: int
    reference: str
    body: bytes


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
    """What a target answered to a trial that delivers nothing."""

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


def fill(parcels: Sequence[Parcel], limits: Limits) -> list[Parcel]:
    """Return the first parcels that fit in one request, at least one, in their order."""
    chosen: list[Parcel] = []
    octets = 0
    for parcel in parcels[: limits.parcels]:
        octets += len(parcel.body)
        if chosen and octets > limits.octets:
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
