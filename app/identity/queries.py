"""Reading identity: people, their present roles, the actor behind a session or a token."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.identity.models import Cohort, CohortPlace, Membership, Operator, Person, PersonState
from app.identity.rules import grants_of, login_key
from app.kernel.actors import Actor, Permission, Role


@dataclass(frozen=True)
class PersonRow:
    """A person in a list, with the roles they hold now."""

    person: Person
    roles: tuple[Role, ...]


def person_by_login(session: Session, login: str) -> Person | None:
    """Find a person by any spelling of their login."""
    return session.scalar(select(Person).where(Person.login_key == login_key(login)))


def person_name(session: Session, person_id: str | None) -> str:
    """Return a person's present name, or their pseudonym when the name was erased."""
    person = session.get(Person, person_id) if person_id else None
    return (person.name if person else None) or (person_id or "")


def names_of(session: Session, person_ids: set[str]) -> dict[str, str]:
    """Return the present names of several people in one query."""
    if not person_ids:
        return {}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {identifier: name or identifier for identifier, name in rows}


def current_memberships(session: Session, person_id: str) -> Sequence[Membership]:
    """Return the roles a person holds now, for whichever operator."""
    return session.scalars(
        select(Membership).where(Membership.person_id == person_id, Membership.ended_at.is_(None))
    ).all()


def operators_of(session: Session, person_id: str) -> list[Operator]:
    """Return the operators a person may act for, by name."""
    query = (
        select(Operator)
        .join(Membership, Membership.operator_id == Operator.id)
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .distinct()
        .order_by(Operator.name)
    )
    return list(session.scalars(query))


def actor_of(
    session: Session, person: Person, operator_id: str | None, *, session_id: str | None = None
) -> Actor:
    """Return the actor a person is at this moment for this operator; roles held for the hub count everywhere.

    Read anew at each request, so that a role ended a second ago no longer counts (AS-8.3.2).
    """
    held = current_memberships(session, person.id) if person.state is PersonState.ACTIVE else ()
    roles = frozenset(item.role for item in held if item.operator_id in (None, operator_id))
    return Actor(f"person:{person.id}", grants_of(roles), roles, operator_id, session_id, person.language)


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


def list_people(session: Session, actor: Actor, *, search: str = "") -> list[PersonRow]:
    """List the people of the actor's operator, or of the whole hub, by name."""
    actor.require(Permission.PERSON_READ)
    query = select(Person, Membership.role).outerjoin(Membership, _now_held(Person.id)).order_by(Person.name, Person.id)
    if actor.operator_id is not None:
        query = query.where(
            Person.id.in_(select(Membership.person_id).where(Membership.operator_id == actor.operator_id))
        ).where(or_(Membership.operator_id == actor.operator_id, Membership.id.is_(None)))
    rows: dict[str, tuple[Person, list[Role]]] = {}
    for person, role in session.execute(query):
        if search.casefold() in f"{person.name} {person.login}".casefold():
            rows.setdefault(person.id, (person, []))[1].extend([role] if role else [])
    return [PersonRow(person, tuple(roles)) for person, roles in rows.values()]


def holders_of(session: Session, operator_id: str, role: Role) -> list[Person]:
    """Return the active people who hold a role for an operator now, by name."""
    query = (
        select(Person)
        .join(Membership, _now_held(Person.id))
        .where(Membership.operator_id == operator_id, Membership.role == role, Person.state == PersonState.ACTIVE)
        .order_by(Person.name)
    )
    return list(session.scalars(query).unique())


def list_cohorts(session: Session, actor: Actor) -> list[Cohort]:
    """List the cohorts of the actor's operator."""
    query = select(Cohort).order_by(Cohort.name)
    if actor.operator_id is not None:
        query = query.where(Cohort.operator_id == actor.operator_id)
    return list(session.scalars(query))


def members_of(session: Session, cohort_id: str) -> list[Person]:
    """Return the people who stand in a cohort now, by name."""
    query = (
        select(Person)
        .join(CohortPlace, CohortPlace.person_id == Person.id)
        .where(CohortPlace.cohort_id == cohort_id, CohortPlace.left_at.is_(None))
        .order_by(Person.name)
    )
    return list(session.scalars(query))


def _now_held(person_id: ColumnElement[str]) -> ColumnElement[bool]:
    return (Membership.person_id == person_id) & Membership.ended_at.is_(None)
