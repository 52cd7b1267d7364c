"""People who come through a platform: found by issuer and subject, made where the platform's roles say so, given the
role that their course asks for; never found by a mail address (LT-1, LT-5).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.identity.models import Membership, OutsideAccount, Person
from app.identity.queries import account_in_use
from app.identity.rules.people import AccountName
from app.identity.services.newcomers import Newcomer, add_newcomers
from app.identity.services.people import grant_role, person_subject
from app.kernel.actors import Actor, Permission, Role, system_actor
from app.lms.errors import NotLetIn
from app.lms.models import Deployment, Newcomers, Platform
from app.lms.rules.messages import Message

DOOR: Actor = system_actor("lms", Permission.PERSON_ADMINISTER)


def account_of(session: Session, platform: Platform, subject: str) -> OutsideAccount | None:
    """Return the account by which the hub knows somebody of a platform."""
    return account_in_use(session, home_of(platform), AccountName.ID, subject)


def home_of(platform: Platform) -> str:
    """Return how a platform is named in accounts: its issuer, without a final slash."""
    return platform.issuer.rstrip("/")


def roles_given(platform: Platform, short_names: frozenset[str]) -> frozenset[Role]:
    """Return what a platform's roles become here."""
    return frozenset(Role(given) for name, given in platform.roles.items() if name in short_names)


def is_made(platform: Platform, message: Message) -> bool:
    """Say whether somebody unknown becomes a person of the hub by this launch, without another question."""
    return platform.newcomers is Newcomers.MADE and bool(roles_given(platform, message.roles))


def make_person(
    session: Session, platform: Platform, deployment: Deployment, message: Message, *, pepper: bytes, language: str
) -> tuple[Person, OutsideAccount]:
    """Make a person of somebody for whom a platform vouches, for the deployment's operator.

    They have no password, and so no key: they work, and do not sign. `language` is the hub's, for a launch in none of
    the house. Raises LoginTaken.
    """
    roles = roles_given(platform, message.roles)
    name = message.name or message.username or f"{platform.name} {message.subject}"
    new = Newcomer(
        home_page=home_of(platform),
        account=message.subject,
        name=name[:200],
        wanted_login=message.username or name,
        language=message.language or language,
        roles=roles,
    )
    ((person, account),) = add_newcomers(session, [new], deployment.operator_id, pepper, actor=DOOR)
    after = {
        "platform": platform.name,
        "operator": deployment.operator_id,
        "roles": sorted(roles),
        "language": person.language,
    }
    note(session, Action.LTI_PERSON_MADE, person_subject(person.id), actor=DOOR, role=Role.SYSTEM, after=after)
    return person, account


def missing_role(
    session: Session, person_id: str, platform: Platform, deployment: Deployment, message: Message
) -> Role | None:
    """Return a role that somebody known needs to come through a deployment of an operator where they never had one.

    A role that the hub ended is not given again by a launch. Raises NotLetIn for whom no role would let in.
    """
    query = select(Membership).where(Membership.person_id == person_id)
    held = session.scalars(query).all()
    there = [item for item in held if item.operator_id in (None, deployment.operator_id)]
    if any(item.ended_at is None for item in there):
        return None
    given = sorted(roles_given(platform, message.roles))
    if there or not given:
        raise NotLetIn(subject=f"person:{person_id}")
    return given[0]


def give_role(session: Session, person_id: str, role: Role, deployment: Deployment) -> None:
    """Give somebody known the role with which they come through a deployment."""
    grant_role(session, person_id, role, operator_id=deployment.operator_id, actor=DOOR)
