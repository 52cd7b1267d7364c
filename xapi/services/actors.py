"""As whom targets know people: the setting of a target, what it would come to, and writing it on what is sent."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.errors import LeaseLost
from app.delivery.models import Target, TargetState
from app.delivery.queries import target_in_use
from app.delivery.rules import Destination, Parcel
from app.identity.models import Membership, OutsideAccount, Person
from app.identity.queries import by_name
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.storage import Storage
from app.storage.rows import in_portions
from xapi.errors import BeingServed
from xapi.feed import FEED
from xapi.models import KnownAs, LaunchActor, Statement
from xapi.rules.actors import SETTING, ActorForm, ActorMapping, Known, Shortfall, actor_for, people_in, put_in_place

RANDOM_MARK = '"name":"pseudonym:'


@dataclass(frozen=True)
class Shown:
    """A person of the hub and the agent that a target would receive for them; why it is not of the form asked for."""

    person: Person
    agent: Any
    shortfall: Shortfall | None = None


def set_actors(session: Session, name: str, mapping: ActorMapping, *, actor: Actor) -> Target:
    """Set how a target's actors are named from the next parcel on; what went out stays what it was.

    Setting the same mapping again takes addresses and names as they are now. Raises BeingServed while a worker sends
    there, for nobody knows then under which mapping its parcels arrive.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    target = target_in_use(session, name, actor)
    state = session.get_one(TargetState, target.id, with_for_update=True, populate_existing=True)
    if state.leased_until and state.leased_until > clock.now():
        raise BeingServed
    before = {SETTING: target.settings.get(SETTING)}
    target.settings = {**target.settings, SETTING: replace(mapping, since=state.position).to_settings()}
    after, subject = {SETTING: target.settings[SETTING]}, Subject("target", target.id, target.operator_id)
    note(session, Action.TARGET_ACTORS_SET, subject, actor=actor, role=role, before=before, after=after)
    return target


def show_actors(
    session: Session, target: Target, mapping: ActorMapping, home: str, people: Sequence[Person]
) -> list[Shown]:
    """Return what a target would receive for people under a mapping, without sending or keeping anything.

    A random name is drawn anew each time for somebody who has none there yet; of launches the newest is shown.
    """
    wanted = {person.id for person in people}
    known, kept, launches = (
        _known(session, mapping, wanted),
        _kept(session, target.id, wanted),
        _launches(session, wanted),
    )
    by_person = {person: agent for (_, person), agent in launches.items()}
    return [
        _shown(replace(known[one.id], launched_as=by_person.get(one.id)), one, mapping, home, kept.get(one.id, ()))
        for one in people
    ]


def learners(session: Session, target: Target, most: int) -> Sequence[Person]:
    """Return people about whom a target receives statements, by name."""
    query = select(Person).join(Membership, Membership.person_id == Person.id)
    query = query.where(Membership.ended_at.is_(None), Membership.role == Role.TRAINEE, Person.erased_at.is_(None))
    if target.operator_id:
        query = query.where(Membership.operator_id == target.operator_id)
    return by_name(session.scalars(query.distinct()))[:most]


def remember_launch(session: Session, registration: str, person_id: str, agent: Mapping[str, Any]) -> None:
    """Keep as whom another system launched a person into a record; part of the act that takes the launch."""
    body = json.dumps(agent, ensure_ascii=False, separators=(",", ":"))
    kept = session.get(LaunchActor, (registration, person_id))
    if kept is None:
        session.add(LaunchActor(registration=registration, person_id=person_id, agent=body))


def forget_actors(session: Session, person_id: str) -> None:
    """Forget as whom targets know a person; what still goes out about them has the hub's pseudonym."""
    session.execute(delete(KnownAs).where(KnownAs.person_id == person_id))
    session.execute(delete(LaunchActor).where(LaunchActor.person_id == person_id))


def name_actors(storage: Storage, destination: Destination, parcels: Sequence[Parcel]) -> list[Parcel]:
    """Return parcels whose people are named as their target knows them, and keep those names before anything is sent.

    Only the hub's own statements are touched: what programs stored here goes on as it came. Raises LeaseLost when
    another worker did the same meanwhile.
    """
    mapping = ActorMapping.of(destination.settings)
    if mapping == ActorMapping():
        return list(parcels)
    with storage.reading() as session:
        naming = _Naming(session, destination.id, mapping, parcels)
    if naming.new:
        try:
            with storage.transaction() as session:
                session.add_all(naming.new)
        except IntegrityError:
            raise LeaseLost from None
    return [naming.written_on(parcel) for parcel in parcels]


@dataclass(frozen=True)
class _Own:
    """A statement of the hub's own: the home page of its accounts, the attempt it belongs to, and whom it names."""

    home: str
    registration: str
    people: frozenset[str]


class _Naming:
    """The people in some parcels, and as whom their target knows each."""

    def __init__(self, session: Session, target_id: str, mapping: ActorMapping, parcels: Sequence[Parcel]) -> None:
        self.mapping = mapping
        self.own = _own_statements(session, parcels)
        self.kept = _kept(session, target_id, {person for own in self.own.values() for person in own.people})
        missing: dict[tuple[str, str], str] = {}
        for parcel in parcels:
            own = self.own.get(parcel.reference)
            for person in own.people if own else ():
                if own and parcel.position > mapping.since and self._kept_for(person, own, parcel) is None:
                    missing[person, self._attempt(own)] = own.home
        self.new = _make(session, target_id, mapping, missing, self.kept)
        for row in self.new:
            self.kept.setdefault(row.person_id, []).append(row)

    def written_on(self, parcel: Parcel) -> Parcel:
        """Return a parcel with its people named as the target knows them."""
        own = self.own.get(parcel.reference)
        if own is None:
            return parcel
        found = {person: self._kept_for(person, own, parcel) for person in own.people}
        agents = {person: row.agent for person, row in found.items() if row and row.agent}
        return replace(parcel, body=put_in_place(parcel.body, own.home, agents)) if agents else parcel

    def _kept_for(self, person: str, own: _Own, parcel: Parcel) -> KnownAs | None:
        """Return what was in force when a parcel was first taken up."""
        today = self.mapping.since
        rows = [row for row in self.kept.get(person, ()) if row.registration in ("", own.registration)]
        if parcel.position > today:
            return next((row for row in rows if row.since == today and row.registration == self._attempt(own)), None)
        return max((row for row in rows if row.since < parcel.position), key=lambda row: row.since, default=None)

    def _attempt(self, own: _Own) -> str:
        return own.registration if self.mapping.form is ActorForm.LAUNCH else ""


def _own_statements(session: Session, parcels: Sequence[Parcel]) -> dict[str, _Own]:
    """Return the hub's own among some statements, by id: those that its feed vouches for."""
    bodies = {parcel.reference: parcel.body for parcel in parcels}
    own: dict[str, _Own] = {}
    for some in in_portions(sorted(bodies)):
        query = select(Statement.id, Statement.authority, Statement.registration).where(Statement.id.in_(some))
        for identifier, authority, registration in session.execute(query):
            account = json.loads(authority).get("account", {})
            if account.get("name") == FEED:
                home = account["homePage"]
                own[identifier] = _Own(home, registration or "", frozenset(people_in(bodies[identifier], home)))
    return own


def _kept(session: Session, target_id: str, people: Iterable[str]) -> dict[str, list[KnownAs]]:
    kept: dict[str, list[KnownAs]] = {}
    for some in in_portions(sorted(people)):
        query = select(KnownAs).where(KnownAs.target_id == target_id, KnownAs.person_id.in_(some))
        for row in session.scalars(query):
            kept.setdefault(row.person_id, []).append(row)
    return kept


def _make(
    session: Session,
    target_id: str,
    mapping: ActorMapping,
    missing: Mapping[tuple[str, str], str],
    kept: Mapping[str, Sequence[KnownAs]],
) -> list[KnownAs]:
    """Return rows for people whom the target does not know yet under the mapping; empty where the pseudonym stays."""
    known = _known(session, mapping, {person for person, _ in missing})
    launches = _launches(session, {person for person, _ in missing})
    made = []
    for (person, registration), home in missing.items():
        if person not in known:
            continue
        one = replace(known[person], launched_as=launches.get((registration, person)))
        found = _random_before(kept.get(person, ()), mapping) or _agent(mapping, one, home)
        agent = None if isinstance(found, Shortfall) else found or None
        made.append(
            KnownAs(target_id=target_id, person_id=person, registration=registration, since=mapping.since, agent=agent)
        )
    return made


def _agent(mapping: ActorMapping, known: Known, home: str) -> str | Shortfall:
    if mapping.form is ActorForm.HUB:
        return ""
    return actor_for(mapping, known, home, secrets.token_hex(16))


def _random_before(rows: Sequence[KnownAs], mapping: ActorMapping) -> str | None:
    """Return the random name that a target has for somebody already: one learner must not become two."""
    if mapping.form is not ActorForm.RANDOM:
        return None
    return next((row.agent for row in rows if row.agent and RANDOM_MARK in row.agent), None)


def _known(session: Session, mapping: ActorMapping, people: Iterable[str]) -> dict[str, Known]:
    """Return what the hub knows of people; of those whom it does not know, nothing."""
    found: dict[str, Known] = {}
    for some in in_portions(sorted(people)):
        for person in session.scalars(select(Person).where(Person.id.in_(some))):
            found[person.id] = Known(person.id, person.login, person.email)
        query = select(OutsideAccount).where(
            OutsideAccount.person_id.in_(some),
            OutsideAccount.home_page == (mapping.home_page or ""),
            OutsideAccount.ended_at.is_(None),
        )
        for account in session.scalars(query):
            accounts = {**found[account.person_id].accounts, account.kind: account.name or ""}
            found[account.person_id] = replace(found[account.person_id], accounts=accounts)
    return found


def _launches(session: Session, people: Iterable[str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for some in in_portions(sorted(people)):
        for row in session.scalars(select(LaunchActor).where(LaunchActor.person_id.in_(some))):
            if row.agent:
                found[row.registration, row.person_id] = row.agent
    return found


def _shown(known: Known, person: Person, mapping: ActorMapping, home: str, kept: Sequence[KnownAs]) -> Shown:
    """Return one person as a target would receive them."""
    hub = {"objectType": "Agent", "account": {"homePage": home, "name": f"person:{person.id}"}}
    agent = _random_before(kept, mapping) or _agent(mapping, known, home)
    if isinstance(agent, Shortfall):
        return Shown(person, hub, agent)
    return Shown(person, json.loads(agent) if agent else hub)
