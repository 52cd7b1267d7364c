"""What is registered of a platform: its addresses, its deployments, what its roles become here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.kernel.actors import Role
from app.kernel.errors import N_
from app.lms.errors import BadPlatform

LONGEST_ADDRESS = 2000
GIVEN_BY_LAUNCH = frozenset({Role.TRAINEE, Role.AUTHOR, Role.EQUIPMENT_MANAGER})
"""What a launch may make of somebody; who assesses, releases or administers is named by the hub alone (LT-4)."""

DEFAULT_ROLES: Mapping[str, str] = {"Learner": Role.TRAINEE.value}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ODD = re.compile(r"[\x00-\x20\x7f\\]|[^\x00-\x7f]")
_SHORT_NAME = re.compile(r"[A-Za-z]{1,60}")


@dataclass(frozen=True)
class Endpoints:
    """Where a platform is asked: for a login, an access token, its keys (LTI 1.3 core, security framework)."""

    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    audience: str | None = None


@dataclass(frozen=True)
class Registration:
    """What both sides agree on: who the platform is, who the hub is for it, and where it is asked."""

    name: str
    issuer: str
    client_id: str
    endpoints: Endpoints
    origin: str | None = None
    roles: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_ROLES))


def check_registration(given: Registration) -> Registration:
    """Return a registration fit to be kept, its origin filled in; raise BadPlatform.

    An address without TLS is taken on loopback only (security framework §3.1).
    """
    wrong: dict[str, str] = {}
    if not re.fullmatch(r"[\w.-]{1,60}", given.name, re.ASCII):
        wrong["name"] = N_("A name has 1 to 60 letters, digits or . _ - and no space.")
    if not 0 < len(given.client_id) <= 200 or not given.client_id.isprintable():
        wrong["client_id"] = N_("Copy the client id as the platform shows it.")
    points = given.endpoints
    addresses = {
        "issuer": given.issuer,
        "auth_login_url": points.auth_login_url,
        "auth_token_url": points.auth_token_url,
        "key_set_url": points.key_set_url,
    }
    if given.origin:
        addresses["origin"] = given.origin
    for name, address in addresses.items():
        if not is_address(address):
            wrong[name] = N_("An address begins with https:// and has no spaces.")
    if len(given.issuer) > 500:
        wrong["issuer"] = N_("An address begins with https:// and has no spaces.")
    if wrong:
        raise BadPlatform(fields=wrong)
    origin = origin_of(given.origin or points.auth_login_url)
    return Registration(given.name, given.issuer, given.client_id, points, origin, check_role_map(given.roles))


def check_deployment_id(deployment_id: str) -> str:
    """Return the id of a deployment as the platform shows it, or raise BadPlatform (LTI 1.3 core §3.1.3)."""
    given = deployment_id.strip()
    if not 0 < len(given) <= 255 or not given.isascii() or not given.isprintable():
        raise BadPlatform(fields={"deployment_id": N_("Copy the deployment id as the platform shows it.")})
    return given


def check_role_map(roles: Mapping[str, str]) -> dict[str, str]:
    """Return what a platform's roles become here, or raise BadPlatform for what no launch may give (LT-4)."""
    allowed = {role.value for role in GIVEN_BY_LAUNCH}
    if not all(_SHORT_NAME.fullmatch(name) for name in roles) or not set(roles.values()) <= allowed:
        message = N_("A launch makes trainees, authors and equipment managers; other roles are given in the hub.")
        raise BadPlatform(fields={"roles": message})
    return dict(roles)


def read_role_map(typed: Mapping[Role, str]) -> dict[str, str]:
    """Return the map that was typed as the platform's short names for each role of the hub, separated by commas.

    Raises BadPlatform, which names the field `role_<role>`.
    """
    roles: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for role, text in typed.items():
        for name in (part.strip() for part in text.split(",")):
            if not name:
                continue
            if not _SHORT_NAME.fullmatch(name):
                wrong[f"role_{role.value}"] = N_("Write roles as the platform names them, such as Learner, Instructor.")
            elif name in roles and roles[name] != role.value:
                wrong[f"role_{role.value}"] = N_("A role of the platform becomes one role here, not several.")
            roles[name] = role.value
    if wrong:
        raise BadPlatform(fields=wrong)
    return check_role_map(roles)


def is_address(address: str) -> bool:
    """Say whether an address may be kept: https, or http on this very machine, without a name or password in it."""
    if _ODD.search(address) or not 0 < len(address) <= LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.password or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def origin_of(address: str) -> str:
    """Return scheme, host and port of an address, as a page's origin is written."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
