"""Credentials of the LRS: made once, shown once, checked at each request without a slow hash, revocable."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_
from app.storage.tables import new_id
from xapi.errors import BadCredential, CredentialNameTaken, CredentialRefused, NoSuchCredential, ScopeMissing
from xapi.models import LrsCredential

_NAME = re.compile(r"[\w.-]{1,60}", re.ASCII)


class Scope(StrEnum):
    """What a credential may be limited to, in the words of the standard (xAPI-Communication §4.2)."""

    ALL = "all"
    ALL_READ = "all/read"
    STATEMENTS_READ = "statements/read"
    STATEMENTS_WRITE = "statements/write"
    STATE = "state"
    PROFILE = "profile"


def add_credential(
    session: Session, name: str, scopes: Sequence[Scope], *, actor: Actor, operator_id: str | None = None
) -> tuple[LrsCredential, str]:
    """Add a credential, return it with its password, which is shown once. Raises BadCredential, CredentialNameTaken."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    if not _NAME.fullmatch(name):
        raise BadCredential(fields={"name": N_("A name has 1 to 60 letters, digits or . _ - and no space.")})
    if not scopes:
        raise BadCredential(fields={"scopes": N_("Choose at least one scope.")})
    if _find(session, name):
        raise CredentialNameTaken
    password = secrets.token_urlsafe(32)
    credential = LrsCredential(
        id=new_id(),
        operator_id=actor.operator_id or operator_id,
        name=name,
        username=secrets.token_hex(12),
        password_digest=_digest(password),
        scopes=sorted(set(scopes)),
        added_at=clock.now(),
    )
    session.add(credential)
    after = {"name": name, "username": credential.username, "scopes": credential.scopes}
    note(session, Action.XAPI_CREDENTIAL_ADDED, subject_of(credential), actor=actor, role=role, after=after)
    return credential, password


def revoke_credential(session: Session, name: str, *, actor: Actor, reason: str | None = None) -> LrsCredential:
    """Revoke a credential; it stops working at once, and its name becomes free. Raises NoSuchCredential."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    credential = _find(session, name)
    if credential is None or actor.operator_id not in (None, credential.operator_id):
        raise NoSuchCredential
    credential.revoked_at = clock.now()
    before = {"name": name, "username": credential.username}
    subject = subject_of(credential)
    note(session, Action.XAPI_CREDENTIAL_REVOKED, subject, actor=actor, role=role, reason=reason, before=before)
    return credential


def open_with(session: Session, username: str, password: str) -> LrsCredential:
    """Return the credential that a name and password open; raise CredentialRefused, whatever was wrong."""
    query = select(LrsCredential).where(LrsCredential.username == username)
    credential = None if "\0" in username else session.scalar(query)  # which PostgreSQL cannot look for
    expected = credential.password_digest if credential else _digest("")
    matches = hmac.compare_digest(_digest(password), expected)
    if credential is None or credential.revoked_at or not matches:
        raise CredentialRefused
    return credential


def require_scope(credential: LrsCredential, *scopes: Scope) -> None:
    """Raise ScopeMissing unless the credential's scopes include one of these; without any, each will do."""
    enough = {Scope.ALL, *scopes} | ({Scope.ALL_READ} if Scope.STATEMENTS_READ in scopes else set())
    if scopes and not enough & set(credential.scopes):
        raise ScopeMissing(subject=str(subject_of(credential)))


def actor_of(credential: LrsCredential) -> Actor:
    """Return the actor for what a program does with a credential."""
    return Actor(f"credential:{credential.id}", {}, frozenset({Role.SYSTEM}), credential.operator_id)


def subject_of(credential: LrsCredential) -> Subject:
    """Return the subject under which the trail knows a credential."""
    return Subject("xapi_credential", credential.id, credential.operator_id)


def _find(session: Session, name: str) -> LrsCredential | None:
    query = select(LrsCredential).where(LrsCredential.name == name, LrsCredential.revoked_at.is_(None))
    return session.scalar(query)


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
