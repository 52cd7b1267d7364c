"""What keeps strangers out: passwords, doors that count failures, how long sessions last, second factors."""

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from zxcvbn import zxcvbn

from app.identity.errors import WeakPassword
from app.identity.rules.people import bare_name
from app.kernel.errors import N_

LEAST_PASSWORD_LENGTH = 14
GREATEST_PASSWORD_LENGTH = 256
LEAST_PASSWORD_SCORE = 3
LEAST_REST_LENGTH = 8
"""How many letters and figures a password needs besides the person's and the hub's own words."""
HUB_WORDS = ("cahier", "biotech", "charleroi", "seneffe", "liege", "pipette", "trainee", "assessor")
ACTIVATION_VALID = timedelta(hours=72)
HAND_OVER_VALID = timedelta(minutes=10)
LOCK_DURATION = timedelta(minutes=15)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=24)
FREE_FAILURES = 3
ADDRESS_ALLOWANCE = 10
"""How many times more failures an address may make than a login: a whole class may come from one address (C3)."""

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrom", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class SecondFactor(StrEnum):
    """Whom the hub asks for a second factor when they sign: nobody, those who enrolled one, everybody (ES-1)."""

    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"


@dataclass(frozen=True)
class Door:
    """Where a password is tried: how many failures lock it, and whether many people share it, as an address."""

    name: str
    allowance: int
    shared: bool


@dataclass(frozen=True)
class HandOver:
    """That a framed session of a person goes on in a tab of its own, at a page: as the session that it names, once,
    until a moment.
    """

    framed_id: str
    person_id: str
    begins_id: str
    page: str
    until: datetime


def as_password(typed: str) -> str:
    """Return a typed password in Unicode NFC, so that it opens from every keyboard (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", typed)


def check_password(password: str, *, words: Iterable[str] = ()) -> None:
    """Raise WeakPassword for a password that is short, common, or made of the person's or the hub's words (C2,
    AS-6.2).
    """
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise WeakPassword(fields={"password": WeakPassword.message})
    if len(password) > GREATEST_PASSWORD_LENGTH:
        raise WeakPassword(fields={"password": N_("A password has at most 256 characters.")})
    known = [*HUB_WORDS, *(word for word in words if word)]
    # The estimator reads 72 characters at most: a longer password is judged by its beginning.
    verdict = zxcvbn(password[:72], user_inputs=known)
    if verdict["score"] < LEAST_PASSWORD_SCORE or len(_rest_of(password, known)) < LEAST_REST_LENGTH:
        raise WeakPassword(fields={"password": WeakPassword.message})


def is_over(begun_at: datetime, now: datetime, limit: timedelta) -> bool:
    """Say whether a session went past its absolute limit (AS-7.3.2)."""
    return now - begun_at >= limit


def is_idle(seen_at: datetime, now: datetime, limit: timedelta) -> bool:
    """Say whether a session stood idle past its limit (AS-7.3.1)."""
    return now - seen_at >= limit


def doors_of(key: str, address: str, failures: int, *, known_place: str = "") -> tuple[Door, Door]:
    """Return the doors at which a trial of a login's password from this address knocks; `failures` lock a login.

    `key` is the code of the login by which people are found (`Person.login_key`).

    A device on which this person signed in before, or their open session, has a door of its own (`known_place`), so
    that strangers who fail elsewhere cannot lock somebody out of their work (C3, ES-5).
    """
    place = ":" + hashlib.sha256(known_place.encode()).hexdigest()[:24] if known_place else ""
    # In the order in which every writer locks them.
    return (
        Door(f"address:{network_of(address)}", failures * ADDRESS_ALLOWANCE, shared=True),
        Door(login_door(key) + place, failures, shared=False),
    )


def login_door(key: str) -> str:
    """Return the name with which all doors of a login begin."""
    return f"login:{key}"


def next_attempt(door: Door, failures: int, now: datetime) -> datetime | None:
    """Return when the next attempt may be made: at once, after a growing pause, or after the lock (AS-6.3.1, C3)."""
    if failures >= door.allowance:
        return now + LOCK_DURATION
    if not door.shared and failures > FREE_FAILURES:
        return now + timedelta(seconds=2 ** (failures - FREE_FAILURES))
    return None


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv6 host owns its whole /64, and could change its address at will."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def describe_device(user_agent: str) -> str:
    """Name the browser and system of a session, as far as the browser says; a help for the eye, no evidence."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)


def _rest_of(password: str, known: Iterable[str]) -> str:
    """Return the letters and figures of a password, folded, without the words that anybody would try first."""
    rest = bare_name(password)
    parts = {part for word in known for part in (bare_name(word), *re.split(r"\W+", bare_name(word))) if len(part) >= 3}
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, " ")
    return "".join(character for character in rest if character.isalnum())
