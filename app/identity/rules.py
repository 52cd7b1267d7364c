"""Pure decisions of identity: which role grants what, what a login and a password must be, when a session ends."""

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from zxcvbn import zxcvbn

from app.identity.errors import RolesClash, WeakPassword
from app.kernel.actors import Permission, Role
from app.kernel.errors import N_, Invalid
from app.kernel.text import LANGUAGES

LEAST_PASSWORD_LENGTH = 14
GREATEST_PASSWORD_LENGTH = 256
LEAST_PASSWORD_SCORE = 3
LEAST_REST_LENGTH = 8
"""How many letters and figures a password needs besides the person's and the hub's own words."""
HUB_WORDS = ("cahier", "biotech", "charleroi", "seneffe", "liege", "pipette", "trainee", "assessor")
ACTIVATION_VALID = timedelta(hours=72)
LOCK_DURATION = timedelta(minutes=15)
FAILURES_FORGOTTEN_AFTER = timedelta(hours=24)
FREE_FAILURES = 3
ADDRESS_ALLOWANCE = 10
"""How many times more failures an address may make than a login: a whole class may come from one address (C3)."""
LEAST_REASON_LENGTH = 3
OF_AGE = 18
AGE_OF_DIGITAL_CONSENT = 13
"""In Belgium: below it nobody has an account before a parent or guardian was informed (GDPR 8; law of 30 July 2018)."""
_OLDEST = 120

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

_READING = (Permission.EXERCISE_READ, Permission.RECORD_READ, Permission.COMPETENCY_READ)

GRANTS: dict[Role, tuple[Permission, ...]] = {
    Role.TRAINEE: (
        *_READING,
        Permission.RECORD_PRACTISE,
        Permission.RECORD_EXECUTE,
        Permission.RECORD_CHECK,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TOKEN_OWN,
    ),
    Role.ASSESSOR: (
        *_READING,
        Permission.RECORD_ISSUE,
        Permission.RECORD_CHECK,
        Permission.RECORD_VOID,
        Permission.RECORD_ASSESS,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.IDENTITY_CONFIRM,
        Permission.COHORT_ADMINISTER,
        Permission.TOKEN_OWN,
    ),
    Role.AUTHOR: (*_READING, Permission.EXERCISE_LOAD, Permission.SIGN, Permission.TOKEN_OWN),
    Role.QUALITY: (
        *_READING,
        Permission.RECORD_VOID,
        Permission.SIGN,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.IDENTITY_CONFIRM,
        Permission.INCIDENT_OPEN,
        Permission.ERASURE_DECIDE,
        Permission.RESTRICTED_READ,
        Permission.EMPLOYER_ADMINISTER,
        Permission.TOKEN_OWN,
    ),
    Role.EQUIPMENT_MANAGER: (Permission.EXERCISE_READ, Permission.TOKEN_OWN),
    Role.AUDITOR: (
        *_READING,
        Permission.TRAIL_READ,
        Permission.TRAIL_VERIFY,
        Permission.PERSON_READ,
        Permission.RESTRICTED_READ,
        Permission.SETTINGS_READ,
    ),
    Role.ADMINISTRATOR: (
        Permission.PERSON_READ,
        Permission.PERSON_ADMINISTER,
        Permission.IDENTITY_CONFIRM,
        Permission.INCIDENT_OPEN,
        Permission.ERASURE_DECIDE,
        Permission.RESTRICTED_READ,
        Permission.EMPLOYER_ADMINISTER,
        Permission.OPERATOR_ADMINISTER,
        Permission.COHORT_ADMINISTER,
        Permission.TARGET_ADMINISTER,
        Permission.SETTINGS_READ,
        Permission.TOKEN_OWN,
    ),
}
"""Which role grants what. The administrator has people and settings and no right over content (A11d-11.10, T2)."""

ROLE_LABELS: dict[Role, str] = {
    Role.TRAINEE: N_("Trainee"),
    Role.ASSESSOR: N_("Assessor"),
    Role.AUTHOR: N_("Author"),
    Role.QUALITY: N_("Quality"),
    Role.EQUIPMENT_MANAGER: N_("Equipment manager"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMINISTRATOR: N_("Administrator"),
}
"""The roles a person can be given, and what they are called."""

APART_FROM_ADMINISTRATION = frozenset({Role.TRAINEE, Role.ASSESSOR, Role.AUTHOR, Role.QUALITY, Role.EQUIPMENT_MANAGER})


class AccountName(StrEnum):
    """By which of its names another system knows a person; an LMS has all four."""

    ID = "id"
    USERNAME = "username"
    IDNUMBER = "idnumber"
    EMAIL = "email"


class Scope(StrEnum):
    """What a bearer token may be limited to; a token never grants more than its person holds."""

    READ = "read"
    EXECUTE = "execute"
    ASSESS = "assess"
    ADMINISTER = "administer"


SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset(
        {*_READING, Permission.TRAIL_READ, Permission.TRAIL_VERIFY, Permission.PERSON_READ, Permission.SETTINGS_READ}
    ),
    Scope.EXECUTE: frozenset(
        {Permission.RECORD_PRACTISE, Permission.RECORD_EXECUTE, Permission.RECORD_CHECK, Permission.SIGN}
    ),
    Scope.ASSESS: frozenset(
        {
            Permission.RECORD_ISSUE,
            Permission.RECORD_VOID,
            Permission.RECORD_ASSESS,
            Permission.RECORD_CHECK,
            Permission.SIGN,
        }
    ),
    Scope.ADMINISTER: frozenset(
        {
            Permission.PERSON_ADMINISTER,
            Permission.OPERATOR_ADMINISTER,
            Permission.COHORT_ADMINISTER,
            Permission.TARGET_ADMINISTER,
            Permission.EXERCISE_LOAD,
        }
    ),
}


class SecondFactor(StrEnum):
    """Whom the hub asks for a second factor when they sign: nobody, those who enrolled one, everybody (ES-1)."""

    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"


@dataclass(frozen=True)
class Notice:
    """What a person is told of their data, in one language: the very text they read, and the day of its version."""

    language: str
    version: str
    title: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, by which lines name it (GDPR 13)."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """The parts of the text, each a heading and its Markdown; the first, which opens it, has none."""
        opening, *parts = re.split(r"^## ", self.text.split("\n", 3)[3], flags=re.MULTILINE)
        return (("", opening.strip()), *((head, body.strip()) for head, _, body in (p.partition("\n") for p in parts)))


def fill_notice(language: str, source: str, facts: Mapping[str, str]) -> Notice:
    """Return the notice that a file holds (`Version <day>`, then the text under its title), with the hub's own facts.

    Raises ValueError for a file of another form, KeyError for a place that no fact fills.
    """
    form = re.fullmatch(r"Version (\d{4}-\d\d-\d\d)\n\n# ([^\n]+)\n(.*)", source, re.DOTALL)
    if form is None:
        raise ValueError(f"the notice in {language} does not begin with its version and its title")
    version, title, body = form.groups()
    filled = re.sub(r"\{(\w+)\}", lambda place: facts[place[1]], body)
    return Notice(language, version, title, f"Version {version}\n\n# {title}\n{filled}")


@dataclass(frozen=True)
class Door:
    """Where a password is tried: how many failures lock it, and whether many people share it, as an address."""

    name: str
    allowance: int
    shared: bool


def grants_of(roles: Iterable[Role]) -> dict[Permission, Role]:
    """Map each permission to the role that grants it; the first role in the order of the vocabulary speaks."""
    grants: dict[Permission, Role] = {}
    for role in sorted(roles, key=list(Role).index):
        for permission in GRANTS.get(role, ()):
            grants.setdefault(permission, role)
    return grants


def check_roles(held: Iterable[Role]) -> None:
    """Raise RolesClash when one person would administer and take part in the activity (A11d-11.10)."""
    roles = frozenset(held)
    if Role.ADMINISTRATOR in roles and roles & APART_FROM_ADMINISTRATION:
        raise RolesClash


def login_key(login: str) -> str:
    """Return the form under which a login is unique for ever: no case, width or accent variant passes (P11.100(a)).

    A digest, so that the key can stay when the person's name is erased.
    """
    return hashlib.sha256(bare_name(login).encode()).hexdigest()


def check_login(login: str) -> str:
    """Return a login fit to be given, or raise Invalid; no letter of another script passes for a Latin one (LANG-6)."""
    composed = unicodedata.normalize("NFKC", login.strip())
    if not re.fullmatch(r"[\w.@+-]{3,100}", composed) or not re.fullmatch(r"[a-z0-9_.@+-]{3,}", bare_name(composed)):
        raise Invalid(fields={"login": N_("A login has 3 to 100 letters, digits or . _ - @ + and no space.")})
    return composed


def check_name(name: str) -> str:
    """Return a person's full name with single spaces, as it is printed beside signatures, or raise Invalid."""
    composed = " ".join(unicodedata.normalize("NFC", name).split())
    if not composed or len(composed) > 200 or not composed.isprintable():
        raise Invalid(fields={"name": N_("Enter the person's full name, as it will be printed beside signatures.")})
    return composed


def check_email(email: str | None) -> str | None:
    """Return an e-mail address that has the form of one, None for none, or raise Invalid."""
    given = (email or "").strip()
    if not given:
        return None
    if len(given) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", given):
        raise Invalid(fields={"email": N_("An e-mail address looks like name@example.org.")})
    return given


def check_home_page(address: str) -> str:
    """Return the address by which another system is named, without a final slash, or raise Invalid.

    xAPI compares home pages as text, so that one system must always be named by the same one.
    """
    given = address.strip().rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or len(given) > 500:
        raise Invalid(fields={"home_page": N_("A home page is an address like https://moodle.example.org.")})
    return given


def check_account_name(name: str) -> str:
    """Return the name of an account in another system, as that system writes it, or raise Invalid."""
    given = name.strip()
    if not given or len(given) > 254 or not given.isprintable():
        raise Invalid(fields={"name": N_("Enter the name as the other system writes it, at most 254 characters.")})
    return given


def check_language(language: str) -> str:
    """Return a language of the house, or raise Invalid."""
    if language not in LANGUAGES:
        raise Invalid(fields={"language": N_("Choose one of the languages offered.")})
    return language


def check_birth_year(year: int | None, now: datetime) -> str | None:
    """Return a year in which somebody alive may be born as it is kept, None for none given, or raise Invalid."""
    if year is not None and not now.year - _OLDEST <= year < now.year:
        raise Invalid(fields={"birth_year": N_("Enter the year of birth with four digits, or nothing.")})
    return None if year is None else str(year)


def is_minor(birth_year: str | None, at: datetime) -> bool:
    """Say whether somebody may have been under age then; who gave no year counts as of age (GD-minors).

    The year alone is known, so that everybody counts as born on its last day.
    """
    return birth_year is not None and at.year - int(birth_year) - 1 < OF_AGE


def needs_guardian_first(birth_year: str | None, at: datetime) -> bool:
    """Say whether somebody may have been too young then for an account of their own (GDPR 8)."""
    return birth_year is not None and at.year - int(birth_year) - 1 < AGE_OF_DIGITAL_CONSENT


def check_reason(reason: str | None) -> str:
    """Return a reason with a few words in it, or raise Invalid."""
    given = (reason or "").strip()
    if len(given) < LEAST_REASON_LENGTH:
        raise Invalid(fields={"reason": N_("Say why, in a few words.")})
    return given


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


def doors_of(login: str, address: str, failures: int, *, known_place: str = "") -> tuple[Door, Door]:
    """Return the doors at which a trial of this login's password from this address knocks; `failures` lock a login.

    A device on which this person signed in before, or their open session, has a door of its own (`known_place`), so
    that strangers who fail elsewhere cannot lock somebody out of their work (C3, ES-5).
    """
    place = ":" + hashlib.sha256(known_place.encode()).hexdigest()[:24] if known_place else ""
    # In the order in which every writer locks them.
    return (
        Door(f"address:{network_of(address)}", failures * ADDRESS_ALLOWANCE, shared=True),
        Door(login_door(login_key(login)) + place, failures, shared=False),
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


def bare_name(login: str) -> str:
    """Return what is left of a login or an e-mail address without case, width, ligatures and accents."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", login.strip()).casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))
