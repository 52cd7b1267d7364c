"""Taking a launch: the round is spent, the session begun, the activity remembered, the record found or issued.

Each act spends the round in its own transaction, so that a launch that is sent again finds it spent whatever came of
the first. Nobody waits for a network here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.models import OutsideAccount, Person, PersonState
from app.identity.queries import actor_of
from app.identity.services.sessions import begin_launched_session
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.lms import queries
from app.lms.errors import NotLetIn
from app.lms.models import Deployment, Launch, Platform, ResourceLink
from app.lms.models import Mapping as MappingRow
from app.lms.rules.mapping import ThingKind
from app.lms.rules.messages import RESOURCE_LINK_REQUEST, Message
from app.notebook.models import Record
from app.notebook.queries import next_waiting
from app.notebook.rules.words import Purpose, RecordState
from app.notebook.services.issuing import Issue, issue_record
from app.storage.rows import FOR_AN_ACT
from app.storage.tables import new_id

CLOSED = frozenset({RecordState.APPROVED, RecordState.REJECTED, RecordState.ABORTED, RecordState.VOIDED})
ISSUER = system_actor("lms", Permission.RECORD_ISSUE)

Remember = Callable[[Session, str, str, Mapping[str, Any]], None]
"""How it is kept as whom a person was launched into a record: session, record, person, the xAPI agent."""


@dataclass(frozen=True)
class Door:
    """Through which place of which platform somebody comes, and at what browser.

    `is_confirmed` says that they just gave their own password here (LT-5).
    """

    platform: Platform
    deployment: Deployment
    device: str
    remember: Remember
    is_confirmed: bool = False


@dataclass(frozen=True)
class Opened:
    """What came of a launch: the token for the cookie, the launch, where the person is to stand."""

    token: str = field(repr=False)
    launch_id: str
    person_id: str
    operator_id: str
    exercise_code: str | None
    record_id: str | None
    may_execute: bool


def open_launch(
    session: Session, door: Door, message: Message, account: OutsideAccount, exercise_code: str | None
) -> Opened:
    """Take a launch of somebody known: begin their session, remember the activity and the record that is open.

    `exercise_code` names an exercise that exists, and wins; None: what somebody mapped the activity to, or what it
    opened before. Raises NotLetIn. The caller spends the round in the same transaction.
    """
    person = session.get_one(Person, account.person_id)
    if person.state is not PersonState.ACTIVE:
        raise NotLetIn(subject=f"person:{person.id}")
    operator_id = door.deployment.operator_id
    token, row = begin_launched_session(session, person, operator_id, device=door.device, language=message.language)
    if door.is_confirmed:
        row.launched_at = None
    actor = actor_of(session, person, operator_id, session_id=row.public_id)
    if not actor.roles:
        raise NotLetIn(subject=f"person:{person.id}")
    mapping = _mapping_of(session, door.deployment, message, exercise_code)
    link = _remember_link(session, door.deployment, message, mapping.code if mapping else exercise_code)
    launch = _new_launch(door, message, account, link)
    record = _record_for(session, launch, link) if link and actor.may(Permission.RECORD_EXECUTE) else None
    launch.record_id = record.id if record else None
    session.add(launch)
    if record:
        door.remember(session, record.id, person.id, agent_of(door.platform, account))
    after: dict[str, Any] = {"platform": door.platform.name, "message": message.type, "session": row.public_id}
    after |= {"link": link.id, "exercise": link.exercise_code} if link else {}
    after |= ({"mapping": mapping.id} if mapping else {}) | ({"record": record.number} if record else {})
    note(session, Action.LTI_LAUNCHED, Subject("lti_launch", launch.id, operator_id), actor=actor, after=after)
    return Opened(
        token=token,
        launch_id=launch.id,
        person_id=person.id,
        operator_id=operator_id,
        exercise_code=link.exercise_code if link else exercise_code,
        record_id=launch.record_id,
        may_execute=actor.may(Permission.RECORD_EXECUTE),
    )


def issue_for_launch(session: Session, launch_id: str, remember: Remember) -> Record:
    """Issue the record of a launch whose person has none yet, and remember it with the launch: one act, or none where
    another launch was quicker.

    The teacher who put the activity into the course decided that it is done; the platform asks for it. Raises what
    issuing raises, such as UnderRestriction.
    """
    launch = session.get_one(Launch, launch_id)
    _hold_launches(session, launch)
    link = session.get_one(ResourceLink, launch.resource_link_id)
    found = _record_for(session, launch, link)
    if found:
        return found
    launch.record_id = record_id = new_id()
    issue = Issue(link.exercise_code or "", launch.person_id, Purpose.TRAINING, record_id=record_id)
    account = session.get_one(OutsideAccount, launch.account_id)
    platform = queries.platform_of_deployment(session, launch.deployment_id)
    remember(session, record_id, launch.person_id, agent_of(platform, account))
    return issue_record(session, issue, actor=replace(ISSUER, operator_id=launch.operator_id))


def _hold_launches(session: Session, launch: Launch) -> None:
    """Let one request at a time issue to a person here: who opens an activity twice at once finds one record.

    Their own launches are locked and not the activity, which a whole class opens in the same minute.
    """
    own = select(Launch.id).where(
        Launch.resource_link_id == launch.resource_link_id, Launch.person_id == launch.person_id
    )
    session.execute(own.order_by(Launch.launched_at, Launch.id).with_for_update(**FOR_AN_ACT))


def agent_of(platform: Platform, account: OutsideAccount) -> dict[str, Any]:
    """Return the person as the platform knows them in learning statements: {issuer, subject} as an account."""
    return {"objectType": "Agent", "account": {"homePage": platform.issuer, "name": account.name}}


def _mapping_of(
    session: Session, deployment: Deployment, message: Message, exercise_code: str | None
) -> MappingRow | None:
    """Return what decides which exercise an activity opens, where it names none that the hub has."""
    if exercise_code or message.link is None:
        return None
    return queries.mapping_of(session, deployment.id, ThingKind.LINK, message.link.id)


def _remember_link(
    session: Session, deployment: Deployment, message: Message, exercise_code: str | None
) -> ResourceLink | None:
    """Return the activity's row with what this launch says of it; an unchanged one is not written."""
    link = message.link
    if link is None:
        return None
    row = queries.link_named(session, deployment.id, link.id)
    if row is None:
        row = ResourceLink(id=new_id(), deployment_id=deployment.id, resource_link_id=link.id, added_at=clock.now())
        row.exercise_code = exercise_code
        session.add(row)
    said = {
        "context_id": link.context_id,
        "context_title": link.context_title,
        "title": link.title,
        "named": message.exercise if message.type == RESOURCE_LINK_REQUEST else row.named,
        "exercise_code": exercise_code or row.exercise_code,
        "lineitem_url": link.lineitem_url,
        "lineitems_url": link.lineitems_url,
        "scopes": sorted(link.scopes),
        "memberships_url": link.memberships_url,
    }
    for name, value in said.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
    return row


def _new_launch(door: Door, message: Message, account: OutsideAccount, link: ResourceLink | None) -> Launch:
    return Launch(
        id=new_id(),
        resource_link_id=link.id if link else None,
        deployment_id=door.deployment.id,
        operator_id=door.deployment.operator_id,
        person_id=account.person_id,
        account_id=account.id,
        message_type=message.type,
        launched_at=clock.now(),
    )


def _record_for(session: Session, launch: Launch, link: ResourceLink) -> Record | None:
    """Return the record at which a person stands: the one of their last launch here; once that is closed, the next that
    waits for them and that no other activity leads to.
    """
    if link.exercise_code is None:
        return None
    before = select(Launch.record_id).where(
        Launch.resource_link_id == link.id, Launch.person_id == launch.person_id, Launch.record_id.is_not(None)
    )
    last = session.scalar(before.order_by(Launch.launched_at.desc()).limit(1))
    present = session.get(Record, last) if last else None
    if present and (present.state not in CLOSED) and present.exercise_code == link.exercise_code:
        return present
    elsewhere = exists().where(Launch.record_id == Record.id, Launch.resource_link_id != link.id)
    waiting = next_waiting(session, launch.person_id, link.exercise_code, launch.operator_id, elsewhere)
    if waiting or present is None or present.exercise_code != link.exercise_code:
        return waiting
    return present
