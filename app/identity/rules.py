"""Pure decisions of identity: which role grants what, what a login and a password must be, when a session ends."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from zxcvbn import zxcvbn

from app.identity.errors import WeakPassword
from app.kernel.actors import Permission, Role
from app.kernel.errors import N_, Invalid

LEAST_PASSWORD_LENGTH = 14
GREATEST_PASSWORD_LENGTH = 256
LEAST_PASSWORD_SCORE = 3
HUB_WORDS = ("cahier", "biotech", "charleroi", "seneffe", "liege", "pipette", "trainee", "assessor")
ACTIVATION_VALID = timedelta(hours=72)
LOCK_DURATION = timedelta(minutes=15)
FREE_FAILURES = 3

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
        Permission.TOKEN_OWN,
    ),
    Role.EQUIPMENT_MANAGER: (Permission.EXERCISE_READ, Permission.TOKEN_OWN),
    Role.AUDITOR: (*_READING, Permission.TRAIL_READ, Permission.TRAIL_VERIFY, Permission.PERSON_READ, Permission.SETTINGS_READ),
    Role.ADMINISTRATOR: (
        Permission.PERSON_READ,
        Permission.PERSON_ADMINISTER,
        Permission.OPERATOR_ADMINISTER,
        Permission.COHORT_ADMINISTER,
        Permission.TARGET_ADMINISTER,
        Permission.SETTINGS_READ,
    ),
}
"""Which role grants what. The administrator has people and settings and no right over content (A11d-11.10, T2)."""


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
        {Permission.RECORD_ISSUE, Permission.RECORD_VOID, Permission.RECORD_ASSESS, Permission.RECORD_CHECK, Permission.SIGN}
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


def grants_of(roles: Iterable[Role]) -> dict[Permission, Role]:
    """Map each permission to the role that grants it; the first role in the order of the vocabulary speaks."""
    grants: dict[Permission, Role] = {}
    for role in sorted(roles, key=list(Role).index):
        for permission in GRANTS.get(role, ()):
            grants.setdefault(permission, role)
    return grants


def login_key(login: str) -> str:
    """Return the form under which a login is unique for ever: no case, width or accent variant passes (P11.100(a)).

    A digest, so that the key can stay when the person's name is erased.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", login.strip()).casefold())
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return hashlib.sha256(bare.encode()).hexdigest()


def check_login(login: str) -> str:
    """Return a login fit to be given, or raise Invalid."""
    stripped = unicodedata.normalize("NFC", login.strip())
    if not re.fullmatch(r"[\w.@+-]{3,100}", stripped):
        raise Invalid(fields={"login": N_("A login has 3 to 100 letters, digits or . _ - @ + and no space.")})
    return stripped


def check_password(password: str, *, words: Iterable[str] = ()) -> None:
    """Raise WeakPassword for a password that is short, common, or made of the person's or the hub's words (C2, AS-6.2)."""
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise WeakPassword(fields={"password": WeakPassword.message})
    if len(password) > GREATEST_PASSWORD_LENGTH:
        raise WeakPassword(fields={"password": N_("A password has at most 256 characters.")})
    # The estimator reads 72 characters at most: a longer password is judged by its beginning.
    verdict = zxcvbn(password[:72], user_inputs=[*HUB_WORDS, *(word for word in words if word)])
    if verdict["score"] < LEAST_PASSWORD_SCORE:
        raise WeakPassword(fields={"password": WeakPassword.message})


def is_over(begun_at: datetime, now: datetime, limit: timedelta) -> bool:
    """Say whether a session went past its absolute limit (AS-7.3.2)."""
    return now - begun_at >= limit


def is_idle(seen_at: datetime, now: datetime, limit: timedelta) -> bool:
    """Say whether a session stood idle past its limit (AS-7.3.1)."""
    return now - seen_at >= limit


def next_attempt(failures: int, now: datetime, lockout_failures: int) -> datetime | None:
    """Return when the next attempt at this door may be made: at once, after a growing pause, or after the lock (C3)."""
    if failures >= lockout_failures:
        return now + LOCK_DURATION
    if failures > FREE_FAILURES:
        return now + timedelta(seconds=2 ** (failures - FREE_FAILURES))
    return None
