"""What touches a password and a key together: accepting the statement, changing a password, resetting credentials,
disabling a person.

The slow parts (Argon2) are prepared before the act, so that no one waits for the database while a password is
stretched.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import Person, PersonState
from app.identity.rules.people import check_reason
from app.identity.services.passwords import hash_password, set_password
from app.identity.services.people import administered_person, end_person, invite_again, person_subject
from app.identity.services.sessions import check_own_password, end_all_sessions
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Refused
from app.signatures.models import Acknowledgement, SigningKey
from app.signatures.rules import STATEMENT_VERSION, RevocationReason, is_due
from app.signatures.services.ca import Authority
from app.signatures.services.keys import (
    certified_key,
    end_key,
    make_key,
    open_keys,
    pending_key,
    rewrapped,
    valid_key,
)
from app.signatures.services.revoking import revoke
from app.storage.tables import new_id


@dataclass(frozen=True)
class PreparedChange:
    """A change of password whose slow parts are done: the wrapping anew of each key that the person had then."""

    person_id: str
    password_hash: str = field(repr=False)
    wrappings: dict[str, tuple[str, dict[str, Any]]] = field(repr=False)


def prepare_key(session: Session, password: str, pepper: bytes, *, actor: Actor) -> SigningKey:
    """Check the actor's password and make the key that accepting adds; raises WrongPassword, NotPermitted."""
    actor.require(Permission.SIGN)
    person = check_own_password(session, password, actor=actor)
    return make_key(person.id, password, pepper)


def accept_statement(session: Session, prepared: SigningKey, text: str, *, actor: Actor) -> Acknowledgement:
    """Accept the accountability statement as it was shown, and make a key that waits to be certified (P11.10(j), KM-2).

    A key that still signs goes on until the new one is certified; one that waited is replaced. Raises Conflict while a
    certificate is not due yet.
    """
    role = actor.require(Permission.SIGN)
    if prepared.person_id != actor.person_id:
        raise Refused
    if not may_make_key(session, prepared.person_id):
        raise Conflict(N_("You have accepted the statement already."))
    waiting = pending_key(session, prepared.person_id)
    if waiting:
        end_key(waiting)
    accepted = Acknowledgement(
        id=new_id(),
        person_id=prepared.person_id,
        statement_version=STATEMENT_VERSION,
        language=actor.language,
        text_digest=canonical.digest(text.encode()),
        accepted_at=clock.now(),
    )
    session.add_all([accepted, prepared])
    after = {"statement": STATEMENT_VERSION, "language": actor.language, "key": prepared.fingerprint}
    subject = person_subject(prepared.person_id)
    note(session, Action.STATEMENT_ACCEPTED, subject, actor=actor, role=role, after=after)
    return accepted


def may_make_key(session: Session, person_id: str) -> bool:
    """Say whether a person may make a key: their first, one after a loss, or the next when a certificate ends soon."""
    key = valid_key(session, person_id)
    certified = certified_key(session, key.id) if key else None
    return certified is None or is_due(certified.not_after, clock.now())


def prepare_change(session: Session, old: str, new: str, pepper: bytes, *, actor: Actor) -> PreparedChange:
    """Check the old password, hash the new, wrap the key anew, before the act; raises WrongPassword, WeakPassword."""
    person = check_own_password(session, old, actor=actor)
    password_hash = hash_password(person, new)
    wrappings = {key.id: rewrapped(key, old, new, pepper) for key in open_keys(session, person.id)}
    return PreparedChange(person.id, password_hash, wrappings)


def change_password(session: Session, prepared: PreparedChange, *, actor: Actor) -> None:
    """Change one's own password: the same key under a new wrapping, all sessions end (KM-4, ES-1).

    Raises Conflict when the key became another one meanwhile.
    """
    if prepared.person_id != actor.person_id:
        raise Refused
    person = session.get_one(Person, prepared.person_id)
    keys = open_keys(session, person.id)
    if prepared.wrappings.keys() != {key.id for key in keys}:
        raise Conflict
    set_password(session, person, prepared.password_hash)
    for key in keys:
        key.wrapped, key.wrapping = prepared.wrappings[key.id]
    end_all_sessions(session, person.id)
    after = {"keys": [key.fingerprint for key in keys]}
    note(session, Action.PASSWORD_CHANGED, person_subject(person.id), actor=actor, after=after)


def reset_credentials(
    session: Session, person_id: str, *, actor: Actor, reason: str, authority: Authority | None = None
) -> str:
    """Take a person's password and key away and return an activation code; nothing signs for them meanwhile (KM-7).

    Certificates are revoked as superseded, and `authority` publishes the list at once; without it the worker does. Old
    signatures still verify; the person chooses a new password themselves, and gets a new key and certificate after
    somebody else confirmed who they are.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled; nothing can be reset."))
    reason = check_reason(reason)
    code = invite_again(session, person)
    ended, revoked = end_keys(session, person_id, RevocationReason.SUPERSEDED, authority=authority)
    note(
        session,
        Action.CREDENTIALS_RESET,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"keys": ended},
        after={"keys": [], "revoked": revoked},
    )
    return code


def disable_person(
    session: Session, person_id: str, *, actor: Actor, reason: str, authority: Authority | None = None
) -> None:
    """Disable a person for good: roles, sessions, password and key end, the login stays taken (P11.100(a), KM-8).

    The wrapped half of the key is destroyed, as by a reset, and certificates are revoked; the public half stays, and
    old signatures still verify.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled already."))
    reason = check_reason(reason)
    before, roles = person.state, end_person(session, person, actor=actor)
    keys, revoked = end_keys(session, person_id, RevocationReason.CESSATION, authority=authority)
    note(
        session,
        Action.PERSON_DISABLED,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"state": before.value, "roles": roles, "keys": keys},
        after={"state": PersonState.DISABLED.value, "roles": [], "keys": [], "revoked": revoked},
    )


def end_keys(
    session: Session,
    person_id: str,
    reason: RevocationReason,
    *,
    authority: Authority | None,
    since: datetime | None = None,
) -> tuple[list[str], list[str]]:
    """End every key of a person and revoke the certificates, as part of an act; return fingerprints and serials."""
    ended = open_keys(session, person_id)
    for key in ended:
        end_key(key)
    revoked = revoke(session, [key.id for key in ended], reason, authority=authority, since=since)
    return [key.fingerprint for key in ended], revoked
