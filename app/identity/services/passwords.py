"""Hashing and checking passwords and activation codes.

Argon2id at 64 MiB and three passes: above the least that ASVS 5.0 Appendix C accepts (AS-11.4.2). It takes a tenth of a
second or more: passwords are checked and hashed before an act takes the database, inside `password_attempt`
(app/identity/views).
"""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from app.identity.models import Credential, Person
from app.identity.rules.doors import as_password, check_password
from app.kernel import clock

HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
# The hash of a random text that nobody knows, to spend the same time on a login that does not exist.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$+tpVoJ3yGAeTgC6QUPuOjA$6yrSd3bLY/zWfacrDeld7IxlTCrPTz0cAIP/ADlo4Mw"


def hash_password(person: Person, password: str) -> str:
    """Hash a password that a person chose, before the act that sets it; raises WeakPassword."""
    check_password(password, words=(person.login or "", *(person.name or "").split()))
    return HASHER.hash(as_password(password))


def set_password(session: Session, person: Person, password_hash: str) -> Credential:
    """Give a person's credential a new password, hashed by `hash_password`; part of an act."""
    credential = session.get_one(Credential, person.id)
    credential.password_hash = password_hash
    credential.password_set_at = clock.now()
    credential.activation_hash = None
    credential.activation_expires_at = None
    return credential


def password_opens(credential: Credential | None, password: str) -> bool:
    """Say whether a password is a person's; takes as long for nobody, so that time tells a stranger nothing."""
    known = credential.password_hash if credential and credential.password_hash else None
    try:
        HASHER.verify(known or _NOBODY, as_password(password))
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
