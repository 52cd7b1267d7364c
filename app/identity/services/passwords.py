"""Hashing and checking passwords, and the throttle that stands before every door where one is tried.

Argon2id at 64 MiB and three passes: above the least that ASVS 5.0 Appendix C accepts (AS-11.4.2).
"""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from app.identity.models import Credential, Person, Throttle
from app.identity.rules import check_password, next_attempt
from app.kernel import clock
from app.kernel.errors import TooMany

HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
_NOBODY = HASHER.hash(secrets.token_hex(16))


def set_password(session: Session, person: Person, password: str) -> Credential:
    """Give a person's credential a new password; part of an act. Raises WeakPassword."""
    check_password(password, words=(person.login or "", *(person.name or "").split()))
    credential = session.get_one(Credential, person.id)
    credential.password_hash = HASHER.hash(password)
    credential.password_set_at = clock.now()
    credential.activation_hash = None
    credential.activation_expires_at = None
    return credential


def password_opens(credential: Credential | None, password: str) -> bool:
    """Say whether a password is a person's; takes as long for nobody, so that time tells a stranger nothing."""
    known = credential.password_hash if credential and credential.password_hash else None
    try:
        HASHER.verify(known or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def new_activation_code() -> tuple[str, str]:
    """Return a fresh activation code and the digest that is stored in its place."""
    code = "-".join(secrets.token_hex(2) for _ in range(5))
    return code, activation_digest(code)


def activation_digest(code: str) -> str:
    """Digest an activation code as it is typed: case, spaces and dashes do not matter."""
    return hashlib.sha256(code.replace("-", "").replace(" ", "").lower().encode()).hexdigest()


def check_door(session: Session, door: str) -> None:
    """Raise TooMany while a door is closed after failed attempts."""
    throttle = session.get(Throttle, door)
    now = clock.now()
    if throttle and throttle.until and throttle.until > now:
        raise TooMany(seconds=int((throttle.until - now).total_seconds()) + 1)


def count_failure(session: Session, door: str, lockout_failures: int) -> bool:
    """Count a failed attempt at a door; return whether this one locked it. Operational, not evidence."""
    now = clock.now()
    throttle = session.get(Throttle, door)
    if throttle is None:
        throttle = Throttle(door=door, failures=0, first_failure_at=now, until=None, locked=False)
        session.add(throttle)
    throttle.failures += 1
    throttle.until = next_attempt(throttle.failures, now, lockout_failures)
    was_locked, throttle.locked = throttle.locked, throttle.failures >= lockout_failures
    return throttle.locked and not was_locked


def clear_door(session: Session, door: str) -> None:
    """Forget the failures of a door after a success or an unlock."""
    throttle = session.get(Throttle, door)
    if throttle:
        session.delete(throttle)
