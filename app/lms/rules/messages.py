"""What a platform says in a launch: the checks of the security framework on its claims, and what is read from them.

Section numbers are those of the 1EdTech security framework 1.0 (SF), LTI 1.3 core (core) and OpenID Connect core
(OIDC). Whoever calls verified the signature before.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.kernel.text import LANGUAGES
from app.lms.errors import BadMessage, WrongAudience, WrongNonce, WrongTimes

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS_CLAIM = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
VERSION = "1.3.0"
RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
LEEWAY = timedelta(seconds=60)
OLDEST = timedelta(minutes=10)
"""How long ago a token may have been made, whatever it says of its end (SF §5.1.3, step 8)."""

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_LONGEST = 255
_LONGEST_TITLE = 500
_LONGEST_CODE = 100
_LONGEST_ADDRESS = 2000


@dataclass(frozen=True)
class Link:
    """The activity that was opened (core §5.3.5, §5.4.1), and where its services are (AGS §3.1, NRPS §2.1)."""

    id: str
    title: str | None
    context_id: str | None
    context_title: str | None
    lineitem_url: str | None
    lineitems_url: str | None
    scopes: tuple[str, ...]
    memberships_url: str | None


@dataclass(frozen=True)
class Message:
    """A launch whose claims were checked; `claims` is everything as the platform said it.

    `exercise` is what it names as its exercise, by its parameter or in the address that it opens.
    """

    subject: str
    deployment_id: str
    type: str
    target: str
    roles: frozenset[str]
    name: str | None
    username: str | None
    language: str | None
    link: Link | None
    exercise: str | None
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Expected:
    """What a launch must agree with: who sent it and for whom, when it is now, and how its round began."""

    issuer: str
    client_id: str
    now: datetime
    nonce_digest: str
    target: str


def digest_of(secret: str) -> str:
    """Return how a state, a nonce or a browser's cookie is kept: the database never holds what opens a door."""
    return hashlib.sha256(secret.encode()).hexdigest()


def check_claims(claims: Mapping[str, Any], expected: Expected) -> Message:
    """Return what a launch says; raise the subclass of LaunchRefused for the first check that it fails (SF §5.1.3)."""
    if claims.get("iss") != expected.issuer:
        raise BadMessage("iss")
    _check_audience(claims, expected.client_id)
    _check_times(claims, expected.now)
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or digest_of(nonce) != expected.nonce_digest:
        raise WrongNonce
    return read_message(claims, expected.target)


def language_of(claims: Mapping[str, Any]) -> str | None:
    """Return the language of a launch where it is one of the house (core §5.4.4); trusted for words alone."""
    given = _mapping(claims, CLAIM + "launch_presentation").get("locale") or claims.get("locale")
    short = given[:2].lower() if isinstance(given, str) else ""
    return short if short in LANGUAGES else None


def short_roles(roles: Sequence[Any]) -> frozenset[str]:
    """Return the roles in the course by their short names; those in the system or institution say nothing (core A.2).

    A launch gives full addresses, the roster of Moodle short names.
    """
    found = set()
    for role in roles:
        if not isinstance(role, str):
            continue
        if role.startswith(f"{_MEMBERSHIP}#"):
            found.add(role.rpartition("#")[2])
        elif role.startswith(f"{_MEMBERSHIP}/"):
            found.add(role.removeprefix(f"{_MEMBERSHIP}/").partition("#")[0])
        elif role.isalpha():
            found.add(role)
    return frozenset(found)


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    """Check for whom the token is (SF §5.1.3 steps 3 to 5)."""
    given = claims.get("aud")
    audience = given if isinstance(given, list) else [given]
    party = claims.get("azp")
    if client_id not in audience or (len(audience) > 1 and party is None) or party not in (None, client_id):
        raise WrongAudience


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    """Check that the token is neither over nor of the future, and not old (SF §5.1.3 steps 7 and 8)."""
    expires, made = (_moment(claims.get(name)) for name in ("exp", "iat"))
    not_before = _moment(claims["nbf"]) if "nbf" in claims else made
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    if not (made - leeway <= at < expires + leeway and not_before - leeway <= at):
        raise WrongTimes
    if at - made > OLDEST.total_seconds():
        raise WrongTimes


def _moment(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongTimes
    return value


def read_message(claims: Mapping[str, Any], target: str) -> Message:
    """Read the claims of LTI (core §5.3, §5.4); raise BadMessage for one that is missing or misformed."""
    kind = _text(claims, CLAIM + "message_type", 60)
    if claims.get(CLAIM + "version") != VERSION:
        raise BadMessage("version")
    if claims.get(CLAIM + "target_link_uri", target) != target:
        raise BadMessage("target_link_uri")
    roles = claims.get(CLAIM + "roles", [])
    if not isinstance(roles, list):
        raise BadMessage("roles")
    extension = _mapping(claims, CLAIM + "ext")
    exercise = _optional(_mapping(claims, CLAIM + "custom"), "exercise", _LONGEST_CODE)
    return Message(
        subject=_text(claims, "sub", _LONGEST),
        deployment_id=_text(claims, CLAIM + "deployment_id", _LONGEST),
        type=kind,
        target=target,
        roles=short_roles(roles),
        name=_name(claims),
        username=_optional(extension, "user_username", 100),
        language=language_of(claims),
        link=_link(claims) if kind == RESOURCE_LINK_REQUEST or CLAIM + "resource_link" in claims else None,
        exercise=exercise or _optional(_query(target), "exercise", _LONGEST_CODE),
        claims=claims,
    )


def _link(claims: Mapping[str, Any]) -> Link:
    context, grades = _mapping(claims, CLAIM + "context"), _mapping(claims, AGS_CLAIM)
    link = _mapping(claims, CLAIM + "resource_link")
    scopes = grades.get("scope", [])
    title = _optional(context, "title", _LONGEST_TITLE) or _optional(context, "label", _LONGEST_TITLE)
    return Link(
        id=_text(link, "id", _LONGEST, "resource_link"),
        title=_optional(link, "title", _LONGEST_TITLE),
        context_id=_optional(context, "id", _LONGEST),
        context_title=title,
        lineitem_url=_optional(grades, "lineitem", _LONGEST_ADDRESS),
        lineitems_url=_optional(grades, "lineitems", _LONGEST_ADDRESS),
        scopes=tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else (),
        memberships_url=_optional(_mapping(claims, NRPS_CLAIM), "context_memberships_url", _LONGEST_ADDRESS),
    )


def _name(claims: Mapping[str, Any]) -> str | None:
    whole = _optional(claims, "name", 200)
    parts = (_optional(claims, part, 100) for part in ("given_name", "family_name"))
    return whole or " ".join(part for part in parts if part) or None


def _text(claims: Mapping[str, Any], name: str, longest: int, shown: str = "") -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise BadMessage(shown or name.removeprefix(CLAIM))
    return value


def _optional(claims: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value.strip() and len(value) <= longest and value.isprintable() else None


def _query(address: str) -> Mapping[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def _mapping(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, Mapping) else {}
