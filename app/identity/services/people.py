"""Adding people, giving and ending roles, activating; nobody ever chooses another's password
(AS-6.4.6).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity import queries
from app.identity.errors import ActivationFailed, GuardianFirst, HubOnly, NotOnesOwn
from app.identity.models import Credential, Membership, Operator, Person, PersonState, WebSession
from app.identity.rules.doors import ACTIVATION_VALID
from app.identity.rules.people import (
    Notice,
    check_birth_year,
    check_email,
    check_language,
    check_login,
    check_name,
    check_reason,
    needs_guardian_first,
)
from app.identity.rules.roles import ROLE_LABELS, check_roles
from app.identity.services.doors import open_doors
from app.identity.services.factors import end_factors
from app.identity.services.names import check_names_free, take_names
from app.identity.services.notices import keep_reading, notice_facts
from app.identity.services.passwords import activation_digest, hash_password, new_activation_code, set_password
from app.identity.services.sessions import break_signing, end_all_sessions
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Conflict, Invalid, NotFound, Refused
from app.storage.rows import FOR_AN_ACT
from app.storage.sessions import vault_of
from app.storage.tables import new_id


@dataclass(frozen=True)
class NewPerson:
    """What is asked of a new person; `roles` are held for the operator given to the act."""

    login: str
    name: str
    language: str
    roles: tuple[Role, ...]
    email: str | None = None
    birth_year: int | None = None


@dataclass(frozen=True)
class PreparedActivation:
    """A first password that is hashed already, and what its person was given to choose it with."""

    login: str
    code: str = field(repr=False)
    password_hash: str = field(repr=False)


def person_subject(person_id: str) -> Subject:
    """Name a person in the hub's log."""
    return Subject("person", person_id)


def add_person(
    session: Session, new: NewPerson, *, operator_id: str | None, pepper: bytes, actor: Actor
) -> tuple[Person, str]:
    """Add an invited person with roles; return them and the activation code, which is shown once and kept as a
    digest.

    Raises LoginTaken or EmailTaken for one that is or was somebody's, in any spelling (P11.100(a)), RolesClash,
    NotFound for the operator.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    _stay_in_operator(session, actor, operator_id)
    login, email, roles = check_login(new.login), check_email(new.email), _check_given(new.roles)
    check_names_free(session, login, email, pepper)
    person = Person(
        id=new_id(),
        login=login,
        login_key=queries.login_key(vault_of(session), login),
        name=check_name(new.name),
        email=email,
        language=check_language(new.language),
        state=PersonState.INVITED,
        added_at=clock.now(),
        birth_year=check_birth_year(new.birth_year, clock.now()),
    )
    code = _invite(session, person)
    take_names(session, person, pepper)
    session.add_all([person, *(_membership(person.id, operator_id, given, actor) for given in roles)])
    note(
        session,
        Action.PERSON_ADDED,
        person_subject(person.id),
        actor=actor,
        role=role,
        after={"roles": roles, "operator": operator_id, "language": new.language},
    )
    return person, code


def renew_invitation(session: Session, person_id: str, *, actor: Actor) -> str:
    """Return a new activation code for somebody who never chose a password; the one before stops working (AS-6.4.1)."""
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = administered_person(session, person_id, actor)
    if person.state is not PersonState.INVITED:
        raise Conflict(N_("This person has chosen a password already."))
    code = _invite(session, person)
    note(session, Action.PERSON_INVITED, person_subject(person_id), actor=actor, role=role)
    return code


def prepare_activation(session: Session, login: str, code: str, password: str) -> PreparedActivation:
    """Check a code and hash the first password before the act; raises ActivationFailed, GuardianFirst, WeakPassword."""
    person = _invited_person(session, login, code)
    return PreparedActivation(login, code, hash_password(person, password))


def activate_person(session: Session, prepared: PreparedActivation, *, notice: Notice) -> Person:
    """Let an invited person choose their first password with the code they were given; raises ActivationFailed.

    `notice` is the text about their data that they were shown and have read (GDPR 13).
    """
    person = _invited_person(session, prepared.login, prepared.code)
    set_password(session, person, prepared.password_hash)
    person.state = PersonState.ACTIVE
    open_doors(session, person.login_key)
    keep_reading(session, person.id, notice)
    note(
        session,
        Action.PERSON_ACTIVATED,
        person_subject(person.id),
        actor=Actor(f"person:{person.id}"),
        after={"state": PersonState.ACTIVE.value} | notice_facts(notice),
    )
    return person


def invite_again(session: Session, person: Person) -> str:
    """Take a person's password away and return a new activation code; part of the act that resets credentials."""
    person.state = PersonState.INVITED
    end_all_sessions(session, person.id)
    return _invite(session, person)


def lock_person_out(session: Session, person_id: str, *, actor: Actor) -> tuple[Person, list[str]]:
    """Take a person's password, sessions and tokens until somebody invites them anew; part of an incident (KM-9).

    Returns the person and the sessions that ended. Raises NotOnesOwn, Conflict for somebody who is disabled.
    """
    person = _changing(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled already."))
    ended = end_all_sessions(session, person_id)
    invite_again(session, person)
    for token in queries.tokens_of(session, person_id):
        token.revoked_at = clock.now()
    return person, ended


def end_person(session: Session, person: Person, *, actor: Actor) -> list[Role]:
    """Take a person's state, roles, sessions, password and factors for good; part of the act that disables (KM-8).

    Returns the roles that ended; the login stays taken (P11.100(a)).
    """
    person.state = PersonState.DISABLED
    credential = session.get_one(Credential, person.id)
    credential.password_hash = credential.activation_hash = credential.activation_expires_at = None
    ended = [_end(membership, actor) for membership in queries.current_memberships(session, person.id)]
    end_factors(session, person.id)
    end_all_sessions(session, person.id)
    return sorted(ended)


def unlock_person(session: Session, person_id: str, *, actor: Actor, reason: str) -> None:
    """Open a person's doors again after too many failures, having asked who it was (C3)."""
    role = actor.require(Permission.PERSON_ADMINISTER)
    person = access_person(session, person_id, actor)
    reason = check_reason(reason)
    open_doors(session, person.login_key)
    note(session, Action.PERSON_UNLOCKED, person_subject(person_id), actor=actor, role=role, reason=reason)


def end_sessions_of(session: Session, person_id: str, *, actor: Actor, reason: str) -> None:
    """End every open session of a person for them (AS-7.4.5)."""
    role = actor.require(Permission.PERSON_ADMINISTER)
    access_person(session, person_id, actor)
    reason = check_reason(reason)
    ended = end_all_sessions(session, person_id)
    if not ended:
        raise Conflict(N_("This person has no open session."))
    note(
        session,
        Action.SESSION_REVOKED,
        person_subject(person_id),
        actor=actor,
        role=role,
        reason=reason,
        after={"sessions": ended},
    )


def grant_role(session: Session, person_id: str, given: Role, *, operator_id: str | None, actor: Actor) -> Membership:
    """Give a person a role for an operator, or for the hub; it counts from now on (AS-8.3.2).

    Raises RolesClash, NotOnesOwn, Conflict for a role held already.
    """
    role = actor.require(Permission.PERSON_ADMINISTER)
    _stay_in_operator(session, actor, operator_id)
    person = _changing(session, person_id, actor)
    if person.state is PersonState.DISABLED:
        raise Conflict(N_("This person is disabled already."))
    held = queries.current_memberships(session, person_id)
    if any(membership.role is given and membership.operator_id == operator_id for membership in held):
        raise Conflict(N_("This person holds the role already."))
    _check_given((given,), *(membership.role for membership in held))
    membership = _membership(person_id, operator_id, given, actor)
    session.add(membership)
    break_signing(session, person_id)
    note(
        session,
        Action.ROLE_GRANTED,
        person_subject(person_id),
        actor=actor,
        role=role,
        after={"role": given.value, "operator": operator_id},
    )
    return membership


def end_role(session: Session, membership_id: str, *, actor: Actor, reason: str) -> None:
    """End a role; it stops counting at once, also in open sessions (AS-8.3.2)."""
    role = actor.require(Permission.PERSON_ADMINISTER)
    membership = session.get(Membership, membership_id)
    if membership is None or (actor.operator_id and membership.operator_id != actor.operator_id):
        raise NotFound
    _changing(session, membership.person_id, actor)
    if membership.ended_at:
        raise Conflict(N_("This role has ended already."))
    reason = check_reason(reason)
    _end(membership, actor)
    break_signing(session, membership.person_id)
    note(
        session,
        Action.ROLE_ENDED,
        person_subject(membership.person_id),
        actor=actor,
        role=role,
        reason=reason,
        before={"role": membership.role.value, "operator": membership.operator_id},
    )


def set_language(session: Session, language: str, *, actor: Actor) -> None:
    """Keep the language a person reads in; it counts also where a course began the session in another."""
    session.execute(update(WebSession).where(WebSession.public_id == actor.session_id).values(language=None))
    person = session.get_one(Person, actor.person_id)
    before, person.language = person.language, check_language(language)
    note(
        session,
        Action.PREFERENCE_SET,
        person_subject(person.id),
        actor=actor,
        before={"language": before},
        after={"language": language},
    )


def access_person(session: Session, person_id: str, actor: Actor) -> Person:
    """Return a person of the actor's own operator, or anyone for those who act for the hub; else raise NotFound.

    Somebody under restriction is there for themselves, and for those who see such people (GD-18).
    """
    person = session.get(Person, person_id)
    if person is None or not queries.belongs(session, person_id, actor):
        raise NotFound
    if person.restricted_at and person_id != actor.person_id and not queries.sees_restricted(actor):
        raise NotFound
    return person


def administered_person(session: Session, person_id: str, actor: Actor) -> Person:
    """Return a person whose whole access is about to change; one whom others share is the hub's to decide about."""
    person = _changing(session, person_id, actor)
    held = queries.current_memberships(session, person_id)
    if actor.operator_id and any(membership.operator_id != actor.operator_id for membership in held):
        raise HubOnly
    return person


def _changing(session: Session, person_id: str, actor: Actor) -> Person:
    """Return a person whose roles are about to change, one change at a time, and never by themselves."""
    access_person(session, person_id, actor)
    if person_id == actor.person_id:
        raise NotOnesOwn
    return session.get_one(Person, person_id, with_for_update=FOR_AN_ACT, populate_existing=True)


def _check_given(given: Iterable[Role], *held: Role) -> list[Role]:
    roles = sorted(set(given))
    if not roles or not set(roles) <= set(ROLE_LABELS):
        raise Invalid(fields={"roles": N_("Choose at least one role.")})
    check_roles((*roles, *held))
    return roles


def _stay_in_operator(session: Session, actor: Actor, operator_id: str | None) -> None:
    if actor.operator_id is not None and actor.operator_id != operator_id:
        raise Refused(N_("You administer your own operator only."))
    if operator_id is not None and session.get(Operator, operator_id) is None:
        raise NotFound


def _invited_person(session: Session, login: str, code: str) -> Person:
    person = queries.person_by_login(session, login)
    credential = session.get(Credential, person.id) if person else None
    if (
        person is None
        or credential is None
        or person.state is PersonState.DISABLED
        or credential.activation_hash != activation_digest(code)
        or credential.activation_expires_at is None
        or credential.activation_expires_at < clock.now()
    ):
        raise ActivationFailed(subject=str(person_subject(person.id)) if person else None)
    if needs_guardian_first(person.birth_year, clock.now()) and not queries.guardian_notices(session, person.id):
        raise GuardianFirst(subject=str(person_subject(person.id)))
    return person


def _invite(session: Session, person: Person) -> str:
    code, code_digest = new_activation_code()
    credential = session.get(Credential, person.id)
    if credential is None:
        credential = Credential(person_id=person.id)
        session.add(credential)
    credential.password_hash = None
    credential.activation_hash = code_digest
    credential.activation_expires_at = clock.now() + ACTIVATION_VALID
    return code


def _membership(person_id: str, operator_id: str | None, role: Role, actor: Actor) -> Membership:
    return Membership(
        id=new_id(),
        person_id=person_id,
        operator_id=operator_id,
        role=role,
        granted_at=clock.now(),
        granted_by=actor.pseudonym,
    )


def _end(membership: Membership, actor: Actor) -> Role:
    membership.ended_at = clock.now()
    membership.ended_by = actor.pseudonym
    return membership.role
