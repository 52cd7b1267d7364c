"""Reading what is known of platforms: which may launch, through which deployments, which activities opened what."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.actors import Actor
from app.lms.errors import NoSuchPlatform
from app.lms.models import Deployment, Launch, Platform, ResourceLink


def find_platform(session: Session, issuer: str, client_id: str) -> Platform | None:
    """Return the platform in use with this issuer, for which the hub has this client id."""
    return session.scalar(
        select(Platform).where(Platform.issuer == issuer, Platform.client_id == client_id, Platform.ended_at.is_(None))
    )


def platforms_of_issuer(session: Session, issuer: str) -> Sequence[Platform]:
    """Return the platforms in use with this issuer; one may know the hub as several clients."""
    query = select(Platform).where(Platform.issuer == issuer, Platform.ended_at.is_(None))
    return session.scalars(query.order_by(Platform.added_at, Platform.id)).all()


def named(session: Session, name: str) -> Platform | None:
    """Return the platform in use with this name."""
    return session.scalar(select(Platform).where(Platform.name == name, Platform.ended_at.is_(None)))


def platform_in_use(session: Session, name: str, actor: Actor) -> Platform:
    """Return a platform of the actor's operator, or any for those who act for the hub; raise NoSuchPlatform."""
    found = named(session, name)
    if found is None or actor.operator_id not in (None, found.operator_id):
        raise NoSuchPlatform
    return found


def list_platforms(session: Session, actor: Actor) -> Sequence[Platform]:
    """List the platforms in use of the actor's operator, or all of them, by name."""
    query = select(Platform).where(Platform.ended_at.is_(None)).order_by(Platform.name)
    if actor.operator_id is not None:
        query = query.where(Platform.operator_id == actor.operator_id)
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
