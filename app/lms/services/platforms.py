"""Acts on platforms: add one, change what it brings, add a deployment, end it. Each writes one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.identity.models import Operator
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, Conflict, NotFound
from app.lms import queries
from app.lms.errors import BadPlatform, IssuerElsewhere, PlatformTaken
from app.lms.models import Deployment, Newcomers, Platform, ToolKey
from app.lms.rules.authorities import check_authorities, fingerprints
from app.lms.rules.platforms import Registration, check_deployment_id, check_registration, check_role_map
from app.lms.services.tool_keys import give_first_key
from app.storage.tables import new_id


@dataclass(frozen=True)
class NewPlatform:
    """A platform that is to launch: what was agreed, its deployments, whose they are, what becomes of newcomers.

    `first_key` is a key made beforehand (`new_tool_key`); it becomes the operator's when it has none yet. `authorities`
    are certificates in PEM.
    """

    registration: Registration
    deployments: Sequence[str]
    operator_id: str
    first_key: ToolKey = field(repr=False)
    newcomers: Newcomers = Newcomers.MADE
    authorities: str | None = None


@dataclass(frozen=True)
class Changed:
    """What a platform's roles become from now on, what becomes of newcomers, who vouches for its certificate (PEM)."""

    roles: Mapping[str, str]
    newcomers: Newcomers
    authorities: str


def add_platform(session: Session, new: NewPlatform, *, actor: Actor) -> Platform:
    """Let a platform launch exercises.

    Raises BadPlatform, PlatformTaken, IssuerElsewhere, NotFound for the operator.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    platform, facts = prepare_platform(session, new, _operator(session, new.operator_id, actor), actor=actor)
    note_platform(session, Action.LTI_PLATFORM_ADDED, platform, actor=actor, role=role, after=facts)
    return platform


def prepare_platform(
    session: Session, new: NewPlatform, operator_id: str, *, actor: Actor
) -> tuple[Platform, dict[str, object]]:
    """Put a platform with its deployments into the session, as part of an act; return it and what its line says.

    People are known by the platform's issuer in the whole hub: who acts for one operator adds none by which another's
    are known. Raises what `add_platform` raises.
    """
    agreed = check_registration(new.registration)
    _check_free(session, agreed)
    if actor.operator_id and queries.is_issuer_elsewhere(session, agreed.issuer, actor.operator_id):
        raise IssuerElsewhere
    platform = _platform(agreed, new, operator_id)
    deployments = [_deployment(platform.id, name, operator_id) for name in _distinct(new.deployments)]
    is_taken = give_first_key(session, new.first_key, operator_id)
    session.add_all([platform, *deployments])
    facts = _facts(platform) | {"deployments": [found.deployment_id for found in deployments]}
    return platform, facts | ({"key": new.first_key.kid} if is_taken else {})


def note_platform(
    session: Session, action: Action, platform: Platform, *, actor: Actor, role: Role, after: dict[str, object]
) -> None:
    """Write the line of an act on a platform."""
    note(session, action, _subject(platform), actor=actor, role=role, after=after)


def add_deployment(
    session: Session, name: str, deployment_id: str, operator_id: str | None = None, *, actor: Actor
) -> Deployment:
    """Let another place of a platform launch, for its operator or another one. Raises NoSuchPlatform, PlatformTaken."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    platform = queries.platform_in_use(session, name, actor)
    given = check_deployment_id(deployment_id)
    if queries.find_deployment(session, platform.id, given):
        raise PlatformTaken(N_("This deployment is known already."))
    deployment = _deployment(platform.id, given, _operator(session, operator_id or platform.operator_id or "", actor))
    session.add(deployment)
    after = {"platform": platform.name, "deployment": given, "operator": deployment.operator_id}
    note(session, Action.LTI_DEPLOYMENT_ADDED, _subject(platform), actor=actor, role=role, after=after)
    return deployment


def change_platform(session: Session, name: str, changed: Changed, *, actor: Actor) -> Platform:
    """Change what a platform's roles become, whether it makes people, who vouches for it; for launches to come.

    Roles that people hold stay. Raises NoSuchPlatform, BadPlatform, Conflict where nothing would change.
    """
    role = actor.require(Permission.TARGET_ADMINISTER)
    platform = queries.platform_in_use(session, name, actor, for_act=True)
    before, authorities = _facts(platform), check_authorities(changed.authorities, clock.now())
    platform.roles, platform.newcomers = check_role_map(changed.roles), changed.newcomers
    if authorities != platform.authorities:
        platform.authorities, platform.ca_file = authorities, None
    after = _facts(platform)
    if after == before:
        raise Conflict(N_("Nothing was changed."))
    subject = _subject(platform)
    note(session, Action.LTI_PLATFORM_CHANGED, subject, actor=actor, role=role, before=before, after=after)
    return platform


def end_platform(session: Session, name: str, *, actor: Actor, reason: str | None = None) -> Platform:
    """End a platform and its deployments: nothing of it launches any more, and nothing is sent there."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    platform = queries.platform_in_use(session, name, actor)
    platform.ended_at = clock.now()
    for deployment in queries.deployments_of(session, platform.id):
        deployment.ended_at = platform.ended_at
    before = _facts(platform)
    note(session, Action.LTI_PLATFORM_ENDED, _subject(platform), actor=actor, role=role, reason=reason, before=before)
    return platform


def _check_free(session: Session, agreed: Registration) -> None:
    if queries.find_platform(session, agreed.issuer, agreed.client_id) or queries.named(session, agreed.name):
        raise PlatformTaken


def _operator(session: Session, operator_id: str, actor: Actor) -> str:
    """Return the operator whose people come through; one's own for those who act for one."""
    given = actor.operator_id or operator_id
    if session.get(Operator, given) is None:
        raise NotFound
    return given


def _distinct(deployments: Sequence[str]) -> list[str]:
    given = list(dict.fromkeys(check_deployment_id(name) for name in deployments))
    if not given:
        raise BadPlatform(fields={"deployment_id": N_("Copy the deployment id as the platform shows it.")})
    return given


def _platform(agreed: Registration, new: NewPlatform, operator_id: str) -> Platform:
    return Platform(
        id=new_id(),
        operator_id=operator_id,
        name=agreed.name,
        issuer=agreed.issuer,
        client_id=agreed.client_id,
        auth_login_url=agreed.endpoints.auth_login_url,
        auth_token_url=agreed.endpoints.auth_token_url,
        key_set_url=agreed.endpoints.key_set_url,
        audience=agreed.endpoints.audience,
        origin=agreed.origin,
        roles=dict(agreed.roles),
        newcomers=new.newcomers,
        authorities=check_authorities(new.authorities or "", clock.now()),
        added_at=clock.now(),
    )


def _deployment(platform_id: str, deployment_id: str, operator_id: str) -> Deployment:
    return Deployment(
        id=new_id(),
        platform_id=platform_id,
        deployment_id=deployment_id,
        operator_id=operator_id,
        added_at=clock.now(),
    )


def _facts(platform: Platform) -> dict[str, object]:
    return {
        "name": platform.name,
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "roles": platform.roles,
        "newcomers": platform.newcomers.value,
        "authorities": fingerprints(platform.authorities),
    }


def _subject(platform: Platform) -> Subject:
    return Subject("lti_platform", platform.id, platform.operator_id)
