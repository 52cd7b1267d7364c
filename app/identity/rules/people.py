"""How people are named, their age, what they are told, and the reasons they give."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from app.kernel.errors import N_, Invalid
from app.kernel.text import LANGUAGES

LEAST_REASON_LENGTH = 3
OF_AGE = 18
AGE_OF_DIGITAL_CONSENT = 13
"""In Belgium: below it nobody has an account before a parent or guardian was informed (GDPR 8; law of 30 July 2018)."""
_OLDEST = 120


class AccountName(StrEnum):
    """By which of its names another system knows a person; an LMS has all four."""

    ID = "id"
    USERNAME = "username"
    IDNUMBER = "idnumber"
    EMAIL = "email"


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


def bare_name(login: str) -> str:
    """Return what is left of a login or an e-mail address without case, width, ligatures and accents."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", login.strip()).casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))
