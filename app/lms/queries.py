"""Reading what is known of platforms: which may launch, through which deployments, which activities opened what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.delivery.rules import Destination
from app.identity.models import CohortPlace, Membership, OutsideAccount
from app.identity.queries import account_key
from app.identity.rules.people import AccountName
from app.kernel.actors import Actor
from app.lms.errors import NoSuchPlatform
from app.lms.models import Deployment, Grade, Launch, Mapping, Platform, ResourceLink, Roster, RosterState, ToolKey
from app.lms.rules.mapping import ThingKind
from app.storage.errors import KeyDestroyed
from app.storage.particulars import bound_to_row, open_about
from app.storage.rows import FOR_AN_ACT, in_portions
from app.storage.sessions import vault_of


def find_platform(session: Session, issuer: str, client_id: str) -> Platform | None:
    """Return the platform in use with this issuer, for which the hub has this client id."""
    return session.scalar(
        select(Platform).where(Platform.issuer == issuer, Platform.client_id == client_id, Platform.ended_at.is_(None))
    )


def platforms_of_issuer(session: Session, issuer: str) -> Sequence[Platform]:
    """Return the platforms in use with this issuer; one may know the hub as several clients."""
    query = select(Platform).where(Platform.issuer == issuer, Platform.ended_at.is_(None))
    return session.scalars(query.order_by(Platform.added_at, Platform.id)).all()


def is_issuer_elsewhere(session: Session, issuer: str, operator_id: str) -> bool:
    """Say whether another operator has, or had, a platform with this issuer, or people who are known by it."""
    home = issuer.rstrip("/")
    shared = select(Deployment.platform_id).where(Deployment.operator_id != operator_id)
    others = or_(Platform.operator_id.is_distinct_from(operator_id), Platform.id.in_(shared))
    if any(known.rstrip("/") == home for known in session.scalars(select(Platform.issuer).where(others))):
        return True
    own = select(Membership.person_id).where(Membership.operator_id == operator_id)
    known = select(OutsideAccount.id).where(OutsideAccount.home_page == home, OutsideAccount.ended_at.is_(None))
    return session.scalar(known.where(OutsideAccount.person_id.not_in(own)).limit(1)) is not None


def named(session: Session, name: str) -> Platform | None:
    """Return the platform in use with this name."""
    return session.scalar(select(Platform).where(Platform.name == name, Platform.ended_at.is_(None)))


def platform_in_use(session: Session, name: str, actor: Actor, *, for_act: bool = False) -> Platform:
    """Return a platform of the actor's operator, or any for those who act for the hub; raise NoSuchPlatform."""
    found = named(session, name)
    if found is None or actor.operator_id not in (None, found.operator_id):
        raise NoSuchPlatform
    return session.get_one(Platform, found.id, with_for_update=FOR_AN_ACT, populate_existing=True) if for_act else found


def list_platforms(session: Session, actor: Actor) -> Sequence[Platform]:
    """List the platforms in use of the actor's operator, or all of them, by name."""
    query = select(Platform).where(Platform.ended_at.is_(None)).order_by(Platform.name)
    if actor.operator_id is not None:
        query = query.where(Platform.operator_id == actor.operator_id)
    return session.scalars(query).all()


def has_platform(session: Session, operator_id: str) -> bool:
    """Say whether a platform in use is an operator's."""
    query = select(Platform.id).where(Platform.operator_id == operator_id, Platform.ended_at.is_(None))
    return session.scalar(query.limit(1)) is not None


def tool_keys_of(session: Session, operator_id: str | None, *, for_act: bool = False) -> Sequence[ToolKey]:
    """Return an operator's own keys that are not retired, or the hub's, the newest first."""
    query = select(ToolKey).where(ToolKey.operator_id == operator_id, ToolKey.retired_at.is_(None))
    query = query.order_by(ToolKey.made_at.desc(), ToolKey.id)
    return session.scalars(query.with_for_update() if for_act else query).all()


def tool_keys_shown_to(session: Session, actor: Actor) -> Sequence[ToolKey]:
    """Return the keys that are not retired, of the actor's operator or all, the newest first."""
    query = select(ToolKey).where(ToolKey.retired_at.is_(None)).order_by(ToolKey.made_at.desc(), ToolKey.id)
    if actor.operator_id is not None:
        query = query.where(ToolKey.operator_id == actor.operator_id)
    return session.scalars(query).all()


def deployments_of(session: Session, platform_id: str) -> Sequence[Deployment]:
    """Return the deployments in use of a platform, the oldest first."""
    query = select(Deployment).where(Deployment.platform_id == platform_id, Deployment.ended_at.is_(None))
    return session.scalars(query.order_by(Deployment.added_at, Deployment.deployment_id)).all()


def find_deployment(session: Session, platform_id: str, deployment_id: str) -> Deployment | None:
    """Return the deployment in use that a platform names so."""
    return session.scalar(
        select(Deployment).where(
            Deployment.platform_id == platform_id,
            Deployment.deployment_id == deployment_id,
            Deployment.ended_at.is_(None),
        )
    )


@dataclass(frozen=True)
class GradedPlace:
    """An activity through which a record was opened, its line item, and the account as which its person came."""

    platform_id: str
    resource_link_id: str
    line_item: str
    account: OutsideAccount


def graded_places(session: Session, record_id: str) -> list[GradedPlace]:
    """Return the activities that take a score for a record, once each, under the account of the last launch there."""
    query = (
        select(Deployment.platform_id, ResourceLink.id, ResourceLink.lineitem_url, OutsideAccount)
        .select_from(Launch)
        .join(ResourceLink, ResourceLink.id == Launch.resource_link_id)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(OutsideAccount, OutsideAccount.id == Launch.account_id)
        .where(Launch.record_id == record_id, ResourceLink.lineitem_url.is_not(None))
        .order_by(Launch.launched_at, Launch.id)
    )
    found = {
        link_id: GradedPlace(platform_id, link_id, line_item or "", account)
        for platform_id, link_id, line_item, account in session.execute(query)
    }
    return list(found.values())


def record_opened_by(session: Session, launch: Launch, person_id: str) -> str | None:
    """Return the newest record that somebody opened through the activity of a launch, or through its deployment where
    the platform names no activity.
    """
    where = (
        Launch.resource_link_id == launch.resource_link_id
        if launch.resource_link_id
        else Launch.deployment_id == launch.deployment_id
    )
    query = select(Launch.record_id).where(where, Launch.person_id == person_id, Launch.record_id.is_not(None))
    return session.scalar(query.order_by(Launch.launched_at.desc(), Launch.id).limit(1))


def last_stamp(session: Session, sequence: str) -> datetime | None:
    """Return the time that the last score of a person in a line item bears; None before the first."""
    return session.scalar(select(func.max(Grade.stamp)).where(Grade.sequence == sequence))


def grades_after(session: Session, destination: Destination, after: int, limit: int) -> Sequence[tuple[int, str, str]]:
    """Return position, id and sequence of the next scores for a target."""
    query = select(Grade.position, Grade.id, Grade.sequence).where(*_for(destination, after))
    rows = session.execute(query.order_by(Grade.position).limit(limit))
    return [(position, identifier, sequence) for position, identifier, sequence in rows]


def count_grades_after(session: Session, destination: Destination, after: int) -> int:
    """Count the scores for a target after a position."""
    return session.scalar(select(func.count()).select_from(Grade).where(*_for(destination, after))) or 0


def bodies_of_grades(session: Session, references: Sequence[str]) -> list[tuple[str, bytes]]:
    """Return the frozen bytes of scores by id, in their order."""
    found: list[tuple[str, bytes]] = []
    for some in in_portions(references):
        for grade in session.scalars(select(Grade).where(Grade.id.in_(some)).order_by(Grade.position)):
            found.append((grade.id, body_of_grade(session, grade)))
    return found


def body_of_grade(session: Session, grade: Grade) -> bytes:
    """Return what a platform is told; nothing of a person who was erased. Raises KeyMissing, SealedAltered."""
    if not grade.body:
        return b""
    try:
        return open_about(vault_of(session), grade.person_id, grade.body, bound_to_row(Grade.__tablename__, grade.id))
    except KeyDestroyed:
        return b""


def grades_of_record(session: Session, record_id: str) -> Sequence[Grade]:
    """Return the scores that follow from decisions on a record, in their order."""
    return session.scalars(select(Grade).where(Grade.record_id == record_id).order_by(Grade.position)).all()


def grades_of_person(session: Session, person_id: str) -> Sequence[Grade]:
    """Return the scores of a person, in their order."""
    return session.scalars(select(Grade).where(Grade.person_id == person_id).order_by(Grade.position)).all()


@dataclass(frozen=True)
class Course:
    """A course of a platform whose members can be read, the cohort that follows it if one does, and how that stands.

    `link_id` is the newest of its activities.
    """

    platform: Platform
    deployment_id: str
    operator_id: str
    context_id: str
    title: str | None
    memberships_url: str
    link_id: str
    roster: Roster | None = None
    state: RosterState | None = None


def courses(session: Session, actor: Actor) -> list[Course]:
    """List the courses that tell who is in them, of the actor's operator or of all, by platform and title."""
    query = (
        select(ResourceLink, Deployment, Platform)
        .join(Deployment, Deployment.id == ResourceLink.deployment_id)
        .join(Platform, Platform.id == Deployment.platform_id)
        .where(ResourceLink.memberships_url.is_not(None), ResourceLink.context_id.is_not(None))
        .where(Deployment.ended_at.is_(None), Platform.ended_at.is_(None))
        .order_by(ResourceLink.added_at, ResourceLink.id)
    )
    if actor.operator_id is not None:
        query = query.where(Deployment.operator_id == actor.operator_id)
    following = select(Roster, RosterState).join(RosterState, RosterState.roster_id == Roster.id)
    rosters = {
        (roster.deployment_id, roster.context_id): (roster, state)
        for roster, state in session.execute(following.where(Roster.ended_at.is_(None)))
    }
    found = {
        (place.id, link.context_id): Course(
            *(platform, place.id, place.operator_id, link.context_id or "", link.context_title),
            *(link.memberships_url or "", link.id),
            *rosters.get((place.id, link.context_id or ""), ()),
        )
        for link, place, platform in session.execute(query)
    }
    return sorted(found.values(), key=lambda course: (course.platform.name, course.title or "", course.context_id))


def people_of_accounts(session: Session, home_page: str, names: Sequence[str]) -> dict[str, str]:
    """Return the people whom a platform knows by these ids, by id; many at once."""
    found: dict[str, str] = {}
    for some in in_portions(names):
        keys = {account_key(vault_of(session), home_page, name): name for name in some}
        query = select(OutsideAccount.name_key, OutsideAccount.person_id)
        query = query.where(*_accounts_at(home_page), OutsideAccount.name_key.in_(keys))
        found |= {keys[key]: person_id for key, person_id in session.execute(query) if key}
    return found


def people_in(session: Session, cohort_id: str, home_page: str) -> dict[str, bool]:
    """Return who stands in a cohort now, and of each whether a platform knows them."""
    # Not asked for each person by itself: PostgreSQL would go through all accounts of the platform each time.
    known = select(OutsideAccount.person_id).where(*_accounts_at(home_page))
    query = select(CohortPlace.person_id, CohortPlace.person_id.in_(known))
    query = query.where(CohortPlace.cohort_id == cohort_id, CohortPlace.left_at.is_(None))
    return dict(session.execute(query).all())


def _accounts_at(home_page: str) -> list[ColumnElement[bool]]:
    return [
        OutsideAccount.home_page == home_page,
        OutsideAccount.kind == AccountName.ID,
        OutsideAccount.ended_at.is_(None),
    ]


def due_rosters(session: Session, now: datetime) -> Sequence[str]:
    """Return the rosters in use that are due, the longest first."""
    query = select(Roster.id).join(RosterState, RosterState.roster_id == Roster.id)
    query = query.where(Roster.ended_at.is_(None), RosterState.due_at <= now)
    return session.scalars(query.order_by(RosterState.due_at, Roster.id)).all()


def _for(destination: Destination, after: int) -> list[ColumnElement[bool]]:
    """Say which scores a target takes: those of its platform, and of its operator where it has one."""
    mine = [Grade.platform_id == str(destination.settings.get("platform")), Grade.position > after]
    return mine + ([Grade.operator_id == destination.operator_id] if destination.operator_id else [])


def link_named(session: Session, deployment_id: str, resource_link_id: str) -> ResourceLink | None:
    """Return an activity by what its platform calls it; `deployment_id` is our row's."""
    return session.scalar(
        select(ResourceLink).where(
            ResourceLink.deployment_id == deployment_id, ResourceLink.resource_link_id == resource_link_id
        )
    )


def launches_of_record(session: Session, record_id: str) -> Sequence[Launch]:
    """Return the launches that led to a record, the newest first."""
    query = select(Launch).where(Launch.record_id == record_id)
    return session.scalars(query.order_by(Launch.launched_at.desc(), Launch.id)).all()


def platform_of_deployment(session: Session, deployment_id: str) -> Platform:
    """Return the platform of one of our deployment rows, in use or ended."""
    return session.get_one(Platform, session.get_one(Deployment, deployment_id).platform_id)


def origins_in_use(session: Session) -> list[str]:
    """Return the origins of all platforms in use, which may show pages of the door in a frame."""
    return sorted(set(session.scalars(select(Platform.origin).where(Platform.ended_at.is_(None)))))


def deployments_for(session: Session, actor: Actor) -> Sequence[tuple[Deployment, Platform]]:
    """Return the deployments in use of the actor's operator, or all of them, with their platforms, by name."""
    query = (
        select(Deployment, Platform)
        .join(Platform, Platform.id == Deployment.platform_id)
        .where(Deployment.ended_at.is_(None), Platform.ended_at.is_(None))
        .order_by(Platform.name, Deployment.deployment_id)
    )
    if actor.operator_id is not None:
        query = query.where(Deployment.operator_id == actor.operator_id)
    return [(deployment, platform) for deployment, platform in session.execute(query)]


def links_of(session: Session, deployment_id: str) -> Sequence[ResourceLink]:
    """Return the activities that were opened through a deployment, the oldest first."""
    query = select(ResourceLink).where(ResourceLink.deployment_id == deployment_id)
    return session.scalars(query.order_by(ResourceLink.added_at, ResourceLink.id)).all()


def mappings_of(session: Session, deployment_id: str) -> Sequence[Mapping]:
    """Return what of a platform stands for something of ours, for one deployment, by code and name."""
    query = select(Mapping).where(Mapping.deployment_id == deployment_id, Mapping.ended_at.is_(None))
    return session.scalars(query.order_by(Mapping.code, Mapping.name, Mapping.id)).all()


def mapping_of(session: Session, deployment_id: str, kind: ThingKind, thing_id: str) -> Mapping | None:
    """Return what something of a platform stands for; None where nobody said so."""
    query = select(Mapping).where(
        *(Mapping.deployment_id == deployment_id, Mapping.kind == kind),
        *(Mapping.thing_id == thing_id, Mapping.ended_at.is_(None)),
    )
    return session.scalar(query)


def mappings_at(session: Session, issuer: str) -> Sequence[Mapping]:
    """Return what stands for something of ours at all platforms of an issuer, named without its final slash."""
    query = (
        select(Mapping)
        .join(Deployment, Deployment.id == Mapping.deployment_id)
        .join(Platform, Platform.id == Deployment.platform_id)
        .where(func.rtrim(Platform.issuer, "/") == issuer.rstrip("/"), Mapping.ended_at.is_(None))
        .where(Deployment.ended_at.is_(None), Platform.ended_at.is_(None))
    )
    return session.scalars(query.order_by(Mapping.set_at, Mapping.id)).all()
