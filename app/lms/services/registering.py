"""Dynamic registration: an administrator invites a platform once, and it registers the hub with itself (LTI dynamic
registration 1.0).

Whoever has the invitation's token decides what the hub fetches; therefore it is good for a day and once, and only
addresses below the host that answers are believed. What is asked of the platform is asked outside transactions.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.delivery.services.asking import read_bounded
from app.identity.models import Operator
from app.kernel import clock
from app.kernel.actors import Actor, Permission, Role
from app.kernel.errors import N_, NotFound
from app.lms import queries
from app.lms.errors import BadPlatform, InvitationOver, PlatformSilent
from app.lms.models import Platform, PlatformInvitation
from app.lms.rules.messages import digest_of
from app.lms.rules.platforms import Endpoints, Registration, is_address, origin_of
from app.lms.services.key_sets import TIMEOUTS
from app.lms.services.platforms import NewPlatform, note_platform, prepare_platform
from app.storage.tables import new_id

LASTS = timedelta(days=1)
LONGEST_ANSWER = 256 * 1024
LONGEST_TALK = 20
TOOL_CLAIM = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@dataclass(frozen=True)
class Configured:
    """What a platform says of itself in its OpenID configuration (dynamic registration §3.4)."""

    issuer: str
    endpoints: Endpoints
    registration_endpoint: str


def invite_platform(session: Session, name: str, operator_id: str, *, actor: Actor) -> tuple[PlatformInvitation, str]:
    """Let a platform register itself under this name, once and until tomorrow; return the token, shown only now."""
    role = actor.require(Permission.TARGET_ADMINISTER)
    given = actor.operator_id or operator_id
    if session.get(Operator, given) is None:
        raise NotFound
    token = secrets.token_urlsafe(32)
    invitation = PlatformInvitation(
        id=new_id(),
        operator_id=given,
        name=name.strip(),
        token_hash=digest_of(token),
        made_at=clock.now(),
        expires_at=clock.now() + LASTS,
    )
    if not invitation.name or len(invitation.name) > 60 or queries.named(session, invitation.name):
        raise BadPlatform(fields={"name": N_("A name has 1 to 60 letters, digits or . _ - and no space.")})
    session.add(invitation)
    after = {"name": invitation.name, "operator": given, "expires_at": clock.to_text(invitation.expires_at)}
    note(session, Action.LTI_PLATFORM_INVITED, _subject(invitation), actor=actor, role=role, after=after)
    return invitation, token


def invitation_of(session: Session, token: str, *, for_act: bool = False) -> PlatformInvitation:
    """Return the invitation that a token opens; raise InvitationOver for one that was used, is over or never was."""
    query = select(PlatformInvitation).where(PlatformInvitation.token_hash == digest_of(token))
    found = session.scalar(query.with_for_update() if for_act else query)
    if found is None or found.used_at or found.expires_at < clock.now():
        raise InvitationOver
    return found


def register_platform(session: Session, token: str, new: NewPlatform) -> Platform:
    """Add the platform that registered the hub with itself; the invitation is used. Raises what adding one raises."""
    invitation = invitation_of(session, token, for_act=True)
    invitation.used_at = clock.now()
    actor = Actor(f"invitation:{invitation.id}", operator_id=invitation.operator_id)
    platform, facts = prepare_platform(session, new, invitation.operator_id, actor=actor)
    after = facts | {"invitation": invitation.id}
    note_platform(session, Action.LTI_PLATFORM_REGISTERED, platform, actor=actor, role=Role.SYSTEM, after=after)
    return platform


def key_set_address(public_url: str, operator_code: str | None) -> str:
    """Return where the keyset of an operator stands; that of the whole hub for none."""
    return f"{public_url}/lti/jwks/{operator_code}" if operator_code else f"{public_url}/lti/jwks"


def tool_configuration(public_url: str, name: str, operator_code: str | None = None) -> dict[str, Any]:
    """Return what the hub says of itself when it is registered for an operator (dynamic registration §3.5)."""
    door = f"{public_url}/lti"
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{door}/login",
        "redirect_uris": [f"{door}/launch"],
        "client_name": name,
        "jwks_uri": key_set_address(public_url, operator_code),
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        TOOL_CLAIM: {
            "domain": urlsplit(public_url).netloc,
            "target_link_uri": f"{door}/launch",
            "claims": ["iss", "sub", "name", "given_name", "family_name"],
            "messages": [{"type": "LtiDeepLinkingRequest", "target_link_uri": f"{door}/launch", "label": name}],
        },
    }


SCOPES = (
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
)
"""What the hub asks a platform for: grades of its own activities, and who is in the course."""


def ask_platform(address: str, token: str | None, tool: Mapping[str, Any], name: str) -> tuple[Registration, list[str]]:
    """Read a platform's configuration and register the hub with it; return what was agreed and the deployments.

    Raises BadPlatform for what does not fit together, PlatformSilent.
    """
    if not is_address(address):
        raise BadPlatform(fields={"openid_configuration": N_("An address begins with https:// and has no spaces.")})
    with httpx.Client(timeout=TIMEOUTS, follow_redirects=False) as line:
        configured = read_configuration(address, _ask(line, "GET", address))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        made = _ask(line, "POST", configured.registration_endpoint, json=dict(tool), headers=headers)
    client_id = made.get("client_id")
    if not isinstance(client_id, str):
        raise PlatformSilent
    given = made.get(TOOL_CLAIM)
    deployment = given.get("deployment_id") if isinstance(given, Mapping) else None
    return Registration(name, configured.issuer, client_id, configured.endpoints), [str(deployment or "1")]


def read_configuration(address: str, said: Mapping[str, Any]) -> Configured:
    """Return a platform's configuration; raise BadPlatform for addresses of other hosts than the one that answered.

    The issuer has to be of that host as well, so that an invitation for one platform cannot name another (§3.4).
    """
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
    given = {name: said.get(name) for name in names}
    host = origin_of(address)
    for name, value in given.items():
        if not isinstance(value, str) or not is_address(value) or origin_of(value) != host:
            raise BadPlatform(fields={name: N_("The platform names addresses that are not its own.")})
    audience = said.get("authorization_server")
    points = Endpoints(
        str(given["authorization_endpoint"]),
        str(given["token_endpoint"]),
        str(given["jwks_uri"]),
        audience if isinstance(audience, str) and is_address(audience) else None,
    )
    return Configured(str(given["issuer"]), points, str(given["registration_endpoint"]))


def _ask(line: httpx.Client, method: str, address: str, **more: Any) -> Mapping[str, Any]:
    try:
        with line.stream(method, address, **more) as answer:
            said: Any = json.loads(read_bounded(answer, LONGEST_ANSWER, LONGEST_TALK)) if answer.is_success else None
    except (httpx.HTTPError, ValueError):
        said = None
    if not isinstance(said, Mapping):
        raise PlatformSilent
    return said


def _subject(invitation: PlatformInvitation) -> Subject:
    return Subject("lti_invitation", invitation.id, invitation.operator_id)
