"""Bringing cohorts to what their courses are, portion by portion: people join, are made, leave; nobody is deleted.

The platform is asked outside every transaction. A portion looks again at what is there, so that two workers, or one
that was killed between two portions, do nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import CohortPlace, Membership, Person, PersonState
from app.identity.services.newcomers import Newcomer, add_newcomers
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role, system_actor
from app.lms import queries
from app.lms.errors import PlatformSilent
from app.lms.models import Newcomers, Platform, Roster, RosterState
from app.lms.rules.memberships import AT_ONCE, Changes, Member
from app.lms.services.newcomers import home_of, roles_given
from app.lms.services.rosters import Means, cohort_subject, compare, read_course
from app.storage import Storage
from app.storage.rows import in_portions
from app.storage.tables import new_id

WORKER: Actor = system_actor("worker", Permission.COHORT_ADMINISTER, Permission.PERSON_ADMINISTER)
LOOKED_EVERY = timedelta(hours=6)
_LEASE, _PAUSE = timedelta(minutes=10), timedelta(minutes=5)
_LEARNER = frozenset({"Learner"})


def synchronise_next(storage: Storage, means: Means) -> bool:
    """Synchronise the roster that is due the longest, and say whether there was one.

    Raises nothing for what a platform or the network does: it is asked again, more and more rarely.
    """
    taken = _take_next(storage)
    if taken is None:
        return False
    roster_id, until = taken
    try:
        synchronise(storage, roster_id, means)
    except (PlatformSilent, OSError) as error:
        _put_back(storage, roster_id, until, str(error))
    else:
        _put_back(storage, roster_id, until, None)
    return True


def synchronise(storage: Storage, roster_id: str, means: Means) -> Changes:
    """Bring a cohort to what its course is now, and return what that took; nothing is written where nothing changed.

    Raises PlatformSilent, OSError.
    """
    with storage.reading() as session:
        roster = session.get_one(Roster, roster_id)
        platform = queries.platform_of_deployment(session, roster.deployment_id)
    members = read_course(storage, means.tokens, platform.id, roster.memberships_url)
    with storage.reading() as session:
        changes = compare(session, platform, roster.cohort_id, members)
    if changes.leaving and not any(member.learns for member in members):
        # A platform that lost its list must not empty a cohort; a course that is over is ended by hand.
        raise PlatformSilent
    for joining in in_portions(changes.joining, AT_ONCE):
        with storage.transaction() as session:
            synchronise_portion(session, roster_id, joining, (), means)
    for leaving in in_portions(changes.leaving, AT_ONCE):
        with storage.transaction() as session:
            synchronise_portion(session, roster_id, (), leaving, means)
    return changes


def synchronise_portion(
    session: Session, roster_id: str, joining: Sequence[Member], leaving: Sequence[str], means: Means
) -> None:
    """Put people into a cohort and let others leave it, as one act; none where somebody else did so already.

    Whom the platform's setting does not let be made is passed over, as is whose role the hub ended, or who is disabled.
    """
    roster = session.get_one(Roster, roster_id)
    if roster.ended_at:
        return
    made, came = _bring(session, roster, joining, means)
    places = _places(session, roster.cohort_id, [*came, *leaving])
    joined = [person_id for person_id in came if _enter(session, roster, places.get(person_id), person_id)]
    left = [person_id for person_id in leaving if _leave(places.get(person_id))]
    if joined or left:
        after = {"joined": joined, "left": left, "made": made}
        subject = cohort_subject(roster)
        note(session, Action.LTI_ROSTER_SYNCHRONISED, subject, actor=WORKER, role=Role.SYSTEM, after=after)


def _bring(session: Session, roster: Roster, joining: Sequence[Member], means: Means) -> tuple[list[str], list[str]]:
    """Return who was made, and everybody who may enter: those, and known people who have or may be given a role."""
    platform = queries.platform_of_deployment(session, roster.deployment_id)
    roles = roles_given(platform, _LEARNER)
    known = queries.people_of_accounts(session, home_of(platform), [one.user_id for one in joining])
    welcome = _welcome(session, roster.operator_id, roles, set(known.values()))
    unknown = [one for one in joining if one.user_id not in known]
    made = _make(session, platform, roster, unknown, means) if roles and platform.newcomers is Newcomers.MADE else []
    came = [person_id for one in joining if (person_id := known.get(one.user_id)) in welcome]
    return made, [*came, *made]


def _make(session: Session, platform: Platform, roster: Roster, members: Sequence[Member], means: Means) -> list[str]:
    roles = roles_given(platform, _LEARNER)
    newcomers = [
        Newcomer(
            home_page=home_of(platform),
            account=member.user_id,
            name=(member.name or f"{platform.name} {member.user_id}")[:200],
            wanted_login=member.name or f"{platform.name} {member.user_id}",
            language=means.language,
            roles=roles,
        )
        for member in members
    ]
    added = add_newcomers(session, newcomers, roster.operator_id, means.pepper, actor=WORKER)
    return [person.id for person, _ in added]


def _welcome(session: Session, operator_id: str, roles: frozenset[Role], people: set[str]) -> set[str]:
    """Return those of some known people who may enter; who never had a role at the operator is given the learner's."""
    welcome: set[str] = set()
    for some in in_portions(sorted(people)):
        active = session.scalars(select(Person.id).where(Person.id.in_(some), Person.state == PersonState.ACTIVE)).all()
        here = Membership.operator_id == operator_id
        held = session.scalars(select(Membership).where(Membership.person_id.in_(some), here)).all()
        holding = {one.person_id for one in held if one.ended_at is None}
        new = set(active) - {one.person_id for one in held} if roles else set()
        session.add_all(
            _membership(person_id, operator_id, role) for person_id in sorted(new) for role in sorted(roles)
        )
        welcome |= (holding & set(active)) | new
    return welcome


def _membership(person_id: str, operator_id: str, role: Role) -> Membership:
    return Membership(
        id=new_id(),
        person_id=person_id,
        operator_id=operator_id,
        role=role,
        granted_at=clock.now(),
        granted_by=WORKER.pseudonym,
    )


def _places(session: Session, cohort_id: str, people: Sequence[str]) -> Mapping[str, CohortPlace]:
    found: dict[str, CohortPlace] = {}
    for some in in_portions(people):
        query = select(CohortPlace).where(CohortPlace.cohort_id == cohort_id, CohortPlace.person_id.in_(some))
        found |= {place.person_id: place for place in session.scalars(query)}
    return found


def _enter(session: Session, roster: Roster, place: CohortPlace | None, person_id: str) -> bool:
    if place and place.left_at is None:
        return False
    if place is None:
        place = CohortPlace(cohort_id=roster.cohort_id, person_id=person_id)
        session.add(place)
    place.joined_at, place.left_at = clock.now(), None
    return True


def _leave(place: CohortPlace | None) -> bool:
    if place is None or place.left_at:
        return False
    place.left_at = clock.now()
    return True


def _take_next(storage: Storage) -> tuple[str, datetime] | None:
    """Take the right to synchronise a roster for a while; None when none is due."""
    now = clock.now()
    with storage.reading() as session:
        due = queries.due_rosters(session, now)
    for roster_id in due:
        with storage.transaction() as session:
            state = session.get_one(RosterState, roster_id, with_for_update=True, populate_existing=True)
            if state.due_at <= now:
                state.due_at = now + _LEASE
                return roster_id, state.due_at
    return None


def _put_back(storage: Storage, roster_id: str, until: datetime, answer: str | None) -> None:
    """Say when a roster is looked at next; an order that came meanwhile stays."""
    now = clock.now()
    with storage.transaction() as session:
        state = session.get_one(RosterState, roster_id, with_for_update=True, populate_existing=True)
        state.failures = state.failures + 1 if answer else 0
        state.answer, state.looked_at = answer, now if answer is None else state.looked_at
        if state.due_at == until:
            rest = _PAUSE * (1 << min(state.failures, 10)) if answer else LOOKED_EVERY
            state.due_at = now + min(rest, LOOKED_EVERY)
