"""Companies and what is disclosed to them: for those who decide, for the companies, and for the people themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.competencies.queries import standing_of
from app.competencies.rules import Competency
from app.identity.models import Person
from app.identity.queries import is_restricted
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import NotFound
from app.privacy.models import Disclosure, DisclosureView, Employer, EmployerToken
from app.privacy.rules.disclosing import Result, results_to_tell


@dataclass(frozen=True)
class ToldPerson:
    """What a company is told of one person: each competency with its result and the last moment it holds."""

    disclosure: Disclosure
    name: str
    results: tuple[tuple[Competency, Result, datetime | None], ...]


@dataclass(frozen=True)
class OwnDisclosure:
    """A disclosure as the person it is about sees it, with every look."""

    disclosure: Disclosure
    employer: Employer
    looks: tuple[datetime, ...]


def list_employers(session: Session, actor: Actor) -> Sequence[Employer]:
    """List the companies of the actor's operator, or of the whole hub, by name."""
    actor.require(Permission.EMPLOYER_ADMINISTER)
    query = select(Employer).order_by(Employer.name, Employer.id)
    if actor.operator_id is not None:
        query = query.where(Employer.operator_id == actor.operator_id)
    return session.scalars(query).all()


def access_employer(session: Session, employer_id: str, actor: Actor) -> Employer:
    """Return a company of the actor's operator, or raise NotFound."""
    actor.require(Permission.EMPLOYER_ADMINISTER)
    employer = session.get(Employer, employer_id)
    if employer is None or actor.operator_id not in (None, employer.operator_id):
        raise NotFound
    return employer


def tokens_of_employer(session: Session, employer_id: str, now: datetime) -> Sequence[EmployerToken]:
    """Return a company's tokens that work, the newest first."""
    query = select(EmployerToken).where(
        EmployerToken.employer_id == employer_id, EmployerToken.revoked_at.is_(None), EmployerToken.expires_at >= now
    )
    return session.scalars(query.order_by(EmployerToken.made_at.desc())).all()


def disclosures_of_employer(session: Session, employer_id: str) -> Sequence[Disclosure]:
    """Return everything that was ever disclosed to a company, the newest first."""
    query = select(Disclosure).where(Disclosure.employer_id == employer_id)
    return session.scalars(query.order_by(Disclosure.set_at.desc(), Disclosure.id)).all()


def open_disclosures(session: Session, employer_id: str, now: datetime) -> Sequence[Disclosure]:
    """Return what a company may see now; of people whose name was erased, nothing."""
    query = (
        select(Disclosure)
        .join(Person, Person.id == Disclosure.person_id)
        .where(
            Disclosure.employer_id == employer_id,
            Disclosure.ended_at.is_(None),
            Disclosure.until >= now,
            Person.erased_at.is_(None),
        )
    )
    return session.scalars(query.order_by(Disclosure.id)).all()


def told_to(session: Session, employer: Employer, now: datetime) -> list[ToldPerson]:
    """Return what a company is told now: results and validity within each disclosure, nothing else of anybody.

    Nothing of somebody the use of whose data is restricted (GDPR 18).
    """
    rights = {Permission.COMPETENCY_READ: Role.SYSTEM, Permission.PERSON_READ: Role.SYSTEM}
    reader = Actor(f"employer:{employer.id}", rights, operator_id=employer.operator_id)
    found = open_disclosures(session, employer.id, now)
    told = [_told(session, one, reader, now) for one in found if not is_restricted(session, one.person_id)]
    return sorted(told, key=lambda one: one.name.casefold())


def _told(session: Session, disclosure: Disclosure, reader: Actor, now: datetime) -> ToldPerson:
    found = standing_of(session, disclosure.person_id, reader, at=now)
    competencies = {one.competency.code: one.competency for one in found}
    states = {one.competency.code: (one.state, one.standing.valid_until) for one in found}
    told = results_to_tell(states, disclosure.extent, disclosure.competencies)
    person = session.get_one(Person, disclosure.person_id)
    results = tuple((competencies[code], *result) for code, result in sorted(told.items()))
    return ToldPerson(disclosure, person.name or "", results)


def disclosures_about(session: Session, person_id: str) -> list[OwnDisclosure]:
    """Return who may or might look at a person's results, and when each looked, the newest first."""
    query = (
        select(Disclosure, Employer)
        .join(Employer, Employer.id == Disclosure.employer_id)
        .where(Disclosure.person_id == person_id)
        .order_by(Disclosure.set_at.desc(), Disclosure.id)
    )
    looks: dict[str, list[datetime]] = {}
    seen = select(DisclosureView).where(DisclosureView.person_id == person_id).order_by(DisclosureView.seen_at.desc())
    for view in session.scalars(seen):
        looks.setdefault(view.disclosure_id, []).append(view.seen_at)
    return [
        OwnDisclosure(one, employer, tuple(looks.get(one.id, ()))) for one, employer in session.execute(query).all()
    ]


def employers_named(session: Session, person_id: str) -> dict[str, str]:
    """Return the names of the companies to which anything of a person was ever disclosed, by id."""
    query = select(Employer.id, Employer.name).join(Disclosure, Disclosure.employer_id == Employer.id)
    return dict(session.execute(query.where(Disclosure.person_id == person_id)).all())
