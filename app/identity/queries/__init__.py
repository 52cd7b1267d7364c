"""Reading identity: people, their present roles, sessions, cohorts, the actor behind a session or a token."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.identity.models import (
    Cohort,
    CohortPlace,
    Credential,
    Factor,
    FactorKind,
    FactorState,
    FactorUse,
    GuardianNotice,
    Membership,
    NoticeReading,
    NoticeText,
    Operator,
    OutsideAccount,
    Person,
    PersonState,
    Throttle,
    Token,
    WebSession,
)
from app.identity.rules.doors import login_door
from app.identity.rules.people import AccountName, Notice, bare_name
from app.identity.rules.roles import grants_of
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.storage.sessions import vault_of
from app.storage.vault import Vault


@dataclass(frozen=True)
class PersonRow:
    """A person in a list, with the roles they hold now."""

    person: Person
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class HeldRole:
    """A role that a person holds or held, with the names of the operator and of those who gave and ended it."""

    membership: Membership
    operator_name: str
    granted_by: str
    ended_by: str


@dataclass(frozen=True)
class CohortRow:
    """A cohort in a list, with its operator's name and how many people are in it now."""

    cohort: Cohort
    operator_name: str
    people: int


def login_key(vault: Vault, login: str) -> str:
    """Return the code under which a login is unique for ever: no case, width or accent variant passes (P11.100(a)).

    It hangs on a secret outside the database: whoever has the database alone can try no logins against it.
    """
    return vault.name(f"login|{bare_name(login)}")


def account_key(vault: Vault, home_page: str, name: str) -> str:
    """Return the code by which an account in another system is found."""
    return vault.name(f"account|{home_page}|{name}")


def person_by_login(session: Session, login: str) -> Person | None:
    """Find a person by any spelling of their login."""
    return session.scalar(select(Person).where(Person.login_key == login_key(vault_of(session), login)))


def accounts_of(session: Session, person_id: str) -> Sequence[OutsideAccount]:
    """Return a person's accounts in other systems that are in use, in the order of linking."""
    query = select(OutsideAccount).where(OutsideAccount.person_id == person_id, OutsideAccount.ended_at.is_(None))
    return session.scalars(query.order_by(OutsideAccount.linked_at, OutsideAccount.id)).all()


def account_in_use(session: Session, home_page: str, kind: AccountName, name: str) -> OutsideAccount | None:
    """Return the account that another system knows by this name, or None."""
    return session.scalar(
        select(OutsideAccount).where(
            OutsideAccount.home_page == home_page,
            OutsideAccount.kind == kind,
            OutsideAccount.name_key == account_key(vault_of(session), home_page, name),
            OutsideAccount.ended_at.is_(None),
        )
    )


def has_password(session: Session, person_id: str) -> bool:
    """Say whether a person chose a password; whom another system vouched for has none at first."""
    query = select(Credential.person_id).where(Credential.person_id == person_id, Credential.password_hash.is_not(None))
    return session.scalar(query) is not None


def person_name(session: Session, person_id: str | None) -> str:
    """Return a person's present name, or their pseudonym when the name was erased."""
    person = session.get(Person, person_id) if person_id else None
    return (person.name if person else None) or (person_id or "")


def names_of(session: Session, person_ids: set[str]) -> dict[str, str]:
    """Return the present names of several people in one query."""
    if not person_ids:
        return {}
    return {one.id: one.name or one.id for one in session.scalars(select(Person).where(Person.id.in_(person_ids)))}


def by_name(people: Iterable[Person]) -> list[Person]:
    """Return people in the order of their names; accents and case do not matter. The database knows no names."""
    return sorted(people, key=lambda person: (_folded(person.name or ""), person.id))


def names_of_actors(session: Session, pseudonyms: Iterable[str | None]) -> dict[str, str]:
    """Return what to show for pseudonyms as rows and lines hold them: a person's present name, a process as it is."""
    given = {pseudonym for pseudonym in pseudonyms if pseudonym}
    names = names_of(session, {text.removeprefix("person:") for text in given if text.startswith("person:")})
    return {pseudonym: names.get(pseudonym.removeprefix("person:"), pseudonym) for pseudonym in given}


def current_memberships(session: Session, person_id: str) -> Sequence[Membership]:
    """Return the roles a person holds now, for whichever operator."""
    return session.scalars(
        select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    ).all()


def roles_shown_to(session: Session, person_id: str, actor: Actor) -> list[HeldRole]:
    """Return the roles a person holds and held, newest first: those for the actor's operator and for the hub, or
    all.
    """
    query = select(Membership, Operator.name).outerjoin(Operator, Operator.id == Membership.operator_id)
    query = query.where(Membership.person_id == person_id)
    if actor.operator_id is not None and person_id != actor.person_id:
        query = query.where(or_(Membership.operator_id == actor.operator_id, Membership.operator_id.is_(None)))
    rows = session.execute(query.order_by(Membership.granted_at.desc(), Membership.role)).all()
    names = names_of_actors(session, (by for held, _ in rows for by in (held.granted_by, held.ended_by)))
    return [
        HeldRole(held, operator or "", names[held.granted_by], names.get(held.ended_by or "", ""))
        for held, operator in rows
    ]


def operators_of(session: Session, person_id: str) -> list[Operator]:
    """Return the operators a person may act for, by name; all of them for those who hold a role for the hub."""
    return operators_held(session, current_memberships(session, person_id))


def operators_held(session: Session, memberships: Sequence[Membership]) -> list[Operator]:
    """Return the operators that somebody who holds these roles may act for, as `operators_of` does."""
    held = {membership.operator_id for membership in memberships}
    query = select(Operator).order_by(Operator.name)
    if None not in held:
        query = query.where(Operator.id.in_(held))
    return list(session.scalars(query))


def acts_for_hub(session: Session, person_id: str) -> bool:
    """Say whether a person holds a role for the hub itself."""
    return any(membership.operator_id is None for membership in current_memberships(session, person_id))


def first_operator_id(session: Session, person_id: str) -> str | None:
    """Return the operator a person acts for when they sign in; None for those who hold a role for the hub."""
    if acts_for_hub(session, person_id):
        return None
    operators = operators_of(session, person_id)
    return operators[0].id if operators else None


def actor_of(session: Session, person: Person, operator_id: str | None, *, session_id: str | None = None) -> Actor:
    """Return the actor a person is at this moment for this operator; roles held for the hub count everywhere.

    Read anew at each request, so that a role ended a second ago no longer counts (AS-8.3.2).
    """
    held = current_memberships(session, person.id) if person.state is PersonState.ACTIVE else ()
    return actor_holding(person, held, operator_id, session_id)


def actor_holding(
    person: Person, held: Sequence[Membership], operator_id: str | None, session_id: str | None = None
) -> Actor:
    """Return the actor that an active person is who holds these roles, as `actor_of` does."""
    roles = frozenset(item.role for item in held if item.operator_id in (None, operator_id))
    return Actor(f"person:{person.id}", grants_of(roles), roles, operator_id, session_id, person.language)


def has_read(session: Session, person_id: str, digests: Iterable[str]) -> bool:
    """Say whether a person read one of these texts of the notice: the same version in another language is enough."""
    query = select(NoticeReading.digest).where(
        NoticeReading.person_id == person_id, NoticeReading.digest.in_(list(digests))
    )
    return session.scalar(query.limit(1)) is not None


def notice_read_before(session: Session, digest: str) -> Notice | None:
    """Return the text of the notice behind a digest, if anybody ever read it."""
    kept = session.get(NoticeText, digest)
    return Notice(kept.language, kept.version, kept.title, kept.text) if kept else None


def belongs(session: Session, person_id: str, actor: Actor) -> bool:
    """Say whether a person is, or was, of the actor's operator; those who act for the hub see everyone."""
    if actor.operator_id is None or person_id == actor.person_id:
        return True
    found = session.scalar(
        select(Membership.id)
        .where(Membership.person_id == person_id, Membership.operator_id == actor.operator_id)
        .limit(1)
    )
    return found is not None


def sees_restricted(actor: Actor) -> bool:
    """Say whether an actor sees what is kept of people under restriction: few do, and the processes of the house."""
    return actor.person_id is None or actor.may(Permission.RESTRICTED_READ)


def is_restricted(session: Session, person_id: str) -> bool:
    """Say whether the use of a person's data is restricted now (GDPR 18)."""
    return session.scalar(select(Person.restricted_at).where(Person.id == person_id)) is not None


def shown_to(actor: Actor, person_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that a person's things show to this actor: those under restriction do not (GD-18)."""
    if sees_restricted(actor):
        return true()
    restricted = select(Person.id).where(Person.restricted_at.is_not(None))
    return or_(person_id == actor.person_id, person_id.not_in(restricted))


def list_people(session: Session, actor: Actor, *, search: str = "") -> list[PersonRow]:
    """List the people of the actor's operator, or of the whole hub, by name; accents and case do not matter."""
    actor.require(Permission.PERSON_READ)
    shown = _now_held(Person.id)
    query = select(Person, Membership.role).where(shown_to(actor, Person.id))
    if actor.operator_id is not None:
        shown &= or_(Membership.operator_id == actor.operator_id, Membership.operator_id.is_(None))
        query = query.where(
            Person.id.in_(select(Membership.person_id).where(Membership.operator_id == actor.operator_id))
        )
    rows: dict[str, tuple[Person, set[Role]]] = {}
    words = _folded(search).split()
    for person, role in session.execute(query.outerjoin(Membership, shown)):
        if all(word in _folded(f"{person.name or ''} {person.login or ''}") for word in words):
            rows.setdefault(person.id, (person, set()))[1].update({role} if role else ())
    found = [PersonRow(person, tuple(sorted(roles, key=list(Role).index))) for person, roles in rows.values()]
    return sorted(found, key=lambda row: (_folded(row.person.name or ""), row.person.id))


def holders_of(session: Session, operator_id: str, role: Role) -> list[Person]:
    """Return the active people who hold a role for an operator now, by name; nobody under restriction."""
    query = (
        select(Person)
        .join(Membership, _now_held(Person.id))
        .where(Membership.operator_id == operator_id, Membership.role == role, Person.state == PersonState.ACTIVE)
        .where(Person.restricted_at.is_(None))
    )
    return by_name(session.scalars(query).unique())


def locked_people(session: Session, people: Iterable[Person]) -> set[str]:
    """Return the ids of those whose sign-in is locked somewhere after too many failures."""
    locked = session.scalars(
        select(Throttle.door).where(Throttle.locked, Throttle.until > clock.now(), Throttle.door.startswith("login:"))
    )
    keys = {door.split(":")[1] for door in locked}
    return {person.id for person in people if login_door(person.login_key).split(":")[1] in keys}


def open_sessions(session: Session, person_id: str) -> list[WebSession]:
    """Return a person's sessions that nobody ended, the latest used first; some may be past the absolute limit."""
    query = select(WebSession).where(WebSession.person_id == person_id, WebSession.ended_at.is_(None))
    return list(session.scalars(query.order_by(WebSession.seen_at.desc())))


def tokens_of(session: Session, person_id: str) -> list[Token]:
    """Return a person's tokens that still work, the newest first."""
    query = select(Token).where(
        Token.person_id == person_id, Token.revoked_at.is_(None), Token.expires_at > clock.now()
    )
    return list(session.scalars(query.order_by(Token.made_at.desc())))


def factors_of(session: Session, person_id: str) -> list[Factor]:
    """Return a person's second factors that nobody removed, the oldest first; one may be suspected."""
    gone = (FactorState.REMOVED, FactorState.LOST)
    query = select(Factor).where(Factor.person_id == person_id, Factor.state.not_in(gone))
    return list(session.scalars(query.order_by(Factor.added_at, Factor.id)))


def lost_factors(session: Session, person_id: str) -> list[Factor]:
    """Return the factors that a person lost, and after which nobody confirmed yet who they are."""
    query = select(Factor).where(Factor.person_id == person_id, Factor.state == FactorState.LOST)
    return list(session.scalars(query.order_by(Factor.ended_at, Factor.id)))


def last_uses(session: Session, factors: Iterable[Factor]) -> dict[str, FactorUse]:
    """Return how far each of these factors was used, by its id."""
    wanted = [factor.id for factor in factors]
    return {use.factor_id: use for use in session.scalars(select(FactorUse).where(FactorUse.factor_id.in_(wanted)))}


def factor_kinds(session: Session, person_id: str | None = None) -> frozenset[FactorKind]:
    """Return the kinds of the factors that work: a person's, or those that anybody here enrolled."""
    query = select(Factor.kind).where(Factor.state == FactorState.ACTIVE).distinct()
    if person_id is not None:
        query = query.where(Factor.person_id == person_id)
    return frozenset(session.scalars(query))


def list_operators(session: Session) -> list[Operator]:
    """List all operators of the hub, by name."""
    return list(session.scalars(select(Operator).order_by(Operator.name)))


def operator_by_code(session: Session, code: str) -> Operator | None:
    """Find an operator by its code."""
    return session.scalar(select(Operator).where(Operator.code == code.strip().upper()))


def list_cohorts(session: Session, actor: Actor) -> list[Cohort]:
    """List the cohorts of the actor's operator, or of the whole hub, by name."""
    return [row.cohort for row in cohort_rows(session, actor)]


def cohort_rows(session: Session, actor: Actor) -> list[CohortRow]:
    """List the cohorts of the actor's operator, or of the whole hub, with how many people are in them."""
    inside = (CohortPlace.cohort_id == Cohort.id) & CohortPlace.left_at.is_(None)
    inside &= shown_to(actor, CohortPlace.person_id)
    query = (
        select(Cohort, Operator.name, func.count(CohortPlace.person_id))
        .join(Operator, Operator.id == Cohort.operator_id)
        .outerjoin(CohortPlace, inside)
        .group_by(*Cohort.__table__.columns, Operator.name)
        .order_by(Cohort.name, Cohort.id)
    )
    if actor.operator_id is not None:
        query = query.where(Cohort.operator_id == actor.operator_id)
    return [CohortRow(cohort, operator, people) for cohort, operator, people in session.execute(query)]


def members_of(session: Session, cohort_id: str, actor: Actor | None = None) -> list[Person]:
    """Return the people who stand in a cohort now, by name; with an actor, those whom they see."""
    query = (
        select(Person)
        .join(CohortPlace, CohortPlace.person_id == Person.id)
        .where(CohortPlace.cohort_id == cohort_id, CohortPlace.left_at.is_(None))
    )
    if actor:
        query = query.where(shown_to(actor, Person.id))
    return by_name(session.scalars(query))


def trainees_outside(session: Session, cohort: Cohort) -> list[Person]:
    """Return the operator's active trainees who are not in a cohort now, by name."""
    inside = {person.id for person in members_of(session, cohort.id)}
    trainees = holders_of(session, cohort.operator_id, Role.TRAINEE)
    return [person for person in trainees if person.id not in inside]


def _now_held(person_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return (Membership.person_id == person_id) & Membership.ended_at.is_(None)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def guardian_notices(session: Session, person_id: str) -> Sequence[GuardianNotice]:
    """Return what was recorded of informing somebody's parents or guardian, the latest first."""
    query = select(GuardianNotice).where(GuardianNotice.person_id == person_id)
    return session.scalars(query.order_by(GuardianNotice.recorded_at.desc())).all()
