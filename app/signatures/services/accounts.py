"""What touches a password and a key together: accepting the statement, changing a password, resetting credentials,
disabling a person.

The slow parts (Argon2) are prepared before the act, so that no one waits for the database while a password is
stretched.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import Person, PersonState
from app.identity.rules import check_reason
from app.identity.services.passwords import hash_password, set_password
from app.identity.services.people import administered_person, end_person, invite_again, person_subject
from app.identity.services.sessions import check_own_password, end_all_sessions
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Refused
from app.signatures.errors import WitnessNeeded
from app.signatures.models import Acknowledgement, SigningKey
from app.signatures.rules import STATEMENT_VERSION
from app.signatures.services.keys import end_key, make_key, rewrapped, valid_key
from app.storage.tables import new_id


@dataclass(frozen=True)
class PreparedChange:
    """A change of password whose slow parts are done: the wrapping anew of the key that the person had then, if any."""

    person_id: str
    password_hash: str = field(repr=False)
    key_id: str | None
    wrapping: tuple[str, dict[str, Any]] | None = field(repr=False)


def had_key(session: Session, person_id: str) -> bool:
    """Say whether a person ever had a key: a further one needs somebody who vouches for them (KM-7)."""
    return session.scalar(select(SigningKey.id).where(SigningKey.person_id == person_id).limit(1)) is not None


def prepare_key(session: Session, password: str, pepper: bytes, *, actor: Actor) -> SigningKey:
    """Check the actor's password and make the key that accepting adds; raises WrongPassword, NotPermitted."""
    actor.require(Permission.SIGN)
    person = check_own_password(session, password, actor=actor)
    return make_key(person.id, password, pepper)


def accept_statement(
    session: Session, prepared: SigningKey, text: str, *, actor: Actor, witness: Actor | None = None
) -> Acknowledgement:
    """Accept the accountability statement as it was shown, and receive the key to sign with (P11.10(j), KM-2).

    Who had a key before and lost its password needs a witness who signs for the same operator; whoever resets
    passwords signs nothing, so that no one person can come to sign as another (P11.200(a)(3), KM-7). Raises
    WitnessNeeded, Conflict.
    """
    role = actor.require(Permission.SIGN)
    if prepared.person_id != actor.person_id:
        raise Refused
    if valid_key(session, prepared.person_id):
        raise Conflict(N_("You have accepted the statement already."))
    witness = _check_witness(session, actor, witness)
    accepted = Acknowledgement(
        id=new_id(),
        person_id=prepared.person_id,
        statement_version=STATEMENT_VERSION,
        language=actor.language,
        text_digest=canonical.digest(text.encode()),
        accepted_at=clock.now(),
        witnessed_by=witness.person_id if witness else None,
    )
    session.add_all([accepted, prepared])
    after = {"statement": STATEMENT_VERSION, "language": actor.language, "key": prepared.fingerprint}
    if witness:
        after["witness"] = witness.pseudonym
    subject = person_subject(prepared.person_id)
    note(session, Action.STATEMENT_ACCEPTED, subject, actor=actor, role=role, after=after)
    return accepted


def prepare_change(session: Session, old: str, new: str, pepper: bytes, *, actor: Actor) -> PreparedChange:
    """Check the old password, hash the new, wrap the key anew, before the act; raises WrongPassword, WeakPassword."""
    person = check_own_password(session, old, actor=actor)
    password_hash = hash_password(person, new)
    key = valid_key(session, person.id)
    if key is None:
        return PreparedChange(person.id, password_hash, None, None)
    return PreparedChange(person.id, password_hash, key.id, rewrapped(key, old, new, pepper))


def change_password(session: Session, prepared: PreparedChange, *, actor: Actor) -> None:
    """Change one's own password: the same key under a new wrapping, all sessions end (KM-4, ES-1).

    Raises Conflict when the key became another one meanwhile.
    """
    if prepared.person_id != actor.person_id:
        raise Refused
    person = session.get_one(Person, prepared.person_id)
    key = valid_key(session, person.id)
    if prepared.key_id != (key.id if key else None):
        raise Conflict
    set_password(session, person, prepared.password_hash)
    if key and prepared.wrapping:
        key.wrapped, key.wrapping = prepared.wrapping
    end_all_sessions(session, person.id)
    after = {"key": key.fingerprint if key else None}
    note(session, Action.PASSWORD_CHANGED, person_subject(person.id), actor=actor, after=after)


def reset_credentials(session: Session, person_id: str, *, actor: Actor, reason: str) -> str:
    """Take a person's password and key away and return an activation code; nothing signs for them meanwhile (KM-7).

    Old signatures still verify; the person chooses a new password themselves, and gets a new key before a witness.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled; nothing can be reset."))
    reason = check_reason(reason)
    code = invite_again(session, person)
    ended = _end_keys(session, person_id)
    note(
        session,
        Action.CREDENTIALS_RESET,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"keys": ended},
        after={"keys": []},
    )
    return code


def disable_person(session: Session, person_id: str, *, actor: Actor, reason: str) -> None:
    """Disable a person for good: roles, sessions, password and key end, the login stays taken (P11.100(a), KM-8).

    The wrapped half of the key is destroyed, as by a reset; the public half stays, and old signatures still verify.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled already."))
    reason = check_reason(reason)
    before, roles, keys = person.state, end_person(session, person, actor=actor), _end_keys(session, person_id)
    note(
        session,
        Action.PERSON_DISABLED,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"state": before.value, "roles": roles, "keys": keys},
        after={"state": PersonState.DISABLED.value, "roles": [], "keys": []},
    )


def _end_keys(session: Session, person_id: str) -> list[str]:
    """End every key of a person that has not ended, and return their fingerprints."""
    query = select(SigningKey).where(SigningKey.person_id == person_id, SigningKey.ended_at.is_(None))
    ended = session.scalars(query).all()
    for key in ended:
        end_key(key)
    return [key.fingerprint for key in ended]


def _check_witness(session: Session, actor: Actor, witness: Actor | None) -> Actor | None:
    """Return the witness where one is needed; raise WitnessNeeded without one who may be it."""
    if not had_key(session, actor.person_id or ""):
        return None
    if witness is None or not witness.may(Permission.SIGN) or witness.person_id in (None, actor.person_id):
        raise WitnessNeeded(subject=actor.pseudonym)
    if witness.operator_id != actor.operator_id:
        raise WitnessNeeded(subject=actor.pseudonym)
    return witness
