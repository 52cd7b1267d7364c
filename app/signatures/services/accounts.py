"""What touches a password and a key together: accepting the statement, changing a password, resetting credentials.

The slow parts (Argon2) are prepared before the act, so that no one waits for the database while a password is stretched.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.errors import WrongPassword
from app.identity.models import Credential, Person, PersonState
from app.identity.services.passwords import check_door, clear_door, password_opens, set_password
from app.identity.services.people import access_person, invite_again, person_subject
from app.identity.services.sessions import end_all_sessions
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, Refused
from app.signatures.models import Acknowledgement, SigningKey
from app.signatures.rules import STATEMENT_VERSION
from app.signatures.services.keys import end_key, make_key, rewrapped, valid_key
from app.storage.tables import new_id


@dataclass(frozen=True)
class PreparedChange:
    """A change of password whose slow parts are done: the key's new wrapping, if the person has a key."""

    person_id: str
    new_password: str
    wrapping: tuple[str, dict[str, Any]] | None


def check_own_password(session: Session, actor: Actor, password: str) -> Person:
    """Return the actor's person when the password is theirs; raise WrongPassword, or TooMany while their door is closed."""
    person = session.get_one(Person, actor.person_id)
    check_door(session, f"login:{person.login_key}")
    if not password_opens(session.get(Credential, person.id), password):
        raise WrongPassword(subject=f"person:{person.id}")
    return person


def prepare_key(person: Person, password: str, pepper: bytes) -> SigningKey:
    """Make the key that accepting the statement will add."""
    return make_key(person.id, password, pepper)


def accept_statement(session: Session, prepared: SigningKey, text: str, *, actor: Actor) -> Acknowledgement:
    """Accept the accountability statement as it was shown, and receive the key to sign with (P11.10(j), KM-2)."""
    role = actor.require(Permission.SIGN)
    if prepared.person_id != actor.person_id:
        raise Refused
    if valid_key(session, prepared.person_id):
        raise Conflict(N_("You have accepted the statement already."))
    accepted = Acknowledgement(
        id=new_id(),
        person_id=prepared.person_id,
        statement_version=STATEMENT_VERSION,
        language=actor.language,
        text_digest=canonical.digest(text.encode()),
        accepted_at=clock.now(),
    )
    session.add_all([accepted, prepared])
    note(
        session,
        Action.STATEMENT_ACCEPTED,
        person_subject(prepared.person_id),
        actor=actor,
        role=role,
        after={"statement": STATEMENT_VERSION, "language": actor.language, "key": prepared.fingerprint},
    )
    return accepted


def prepare_change(session: Session, old: str, new: str, pepper: bytes, *, actor: Actor) -> PreparedChange:
    """Check the old password and wrap the key anew, before the act; raises WrongPassword."""
    person = check_own_password(session, actor, old)
    key = valid_key(session, person.id)
    return PreparedChange(person.id, new, rewrapped(key, old, new, pepper) if key else None)


def change_password(session: Session, prepared: PreparedChange, *, actor: Actor) -> None:
    """Change one's own password: the same key under a new wrapping, all sessions end (KM-4, ES-1). Raises WeakPassword."""
    person = session.get_one(Person, prepared.person_id)
    set_password(session, person, prepared.new_password)
    key = valid_key(session, person.id)
    if key and prepared.wrapping:
        key.wrapped, key.wrapping = prepared.wrapping
    end_all_sessions(session, person.id)
    clear_door(session, f"login:{person.login_key}")
    note(
        session,
        Action.PASSWORD_CHANGED,
        person_subject(person.id),
        actor=actor,
        after={"key": key.fingerprint if key else None},
    )


def reset_credentials(session: Session, person_id: str, *, actor: Actor, reason: str) -> str:
    """Take a person's password and key away and return an activation code; nothing signs for them meanwhile (KM-7).

    Old signatures still verify; the person chooses a new password themselves and gets a new key with it.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = access_person(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled; nothing can be reset."))
    if len(reason.strip()) < 3:
        raise Invalid(fields={"reason": N_("Say why, in a few words.")})
    code = invite_again(session, person)
    ended = session.scalars(
        select(SigningKey).where(SigningKey.person_id == person_id, SigningKey.ended_at.is_(None))
    ).all()
    for key in ended:
        end_key(key)
    note(
        session,
        Action.CREDENTIALS_RESET,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"keys": [key.fingerprint for key in ended]},
        after={"keys": []},
    )
    return code
