"""Documents that programs keep in the LRS: state, profiles of activities and agents (xAPI-Communication §2.2-§2.7)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from xapi.errors import AlreadyThere, Malformed, PreconditionFailed
from xapi.rules import forms
from xapi.rules.editions import Edition
from xapi.rules.finding import read_agent, read_agent_object, read_moment
from xapi.rules.keys import iri_key
from xapi.rules.texts import members_of, object_of, value_of


class Resource(StrEnum):
    """The three kinds of documents."""

    STATE = "state"
    ACTIVITY_PROFILE = "activity-profile"
    AGENT_PROFILE = "agent-profile"


_PARAMETERS = {
    Resource.STATE: ("activityId", "agent"),
    Resource.ACTIVITY_PROFILE: ("activityId",),
    Resource.AGENT_PROFILE: ("agent",),
}
_NAMES = {Resource.STATE: "stateId", Resource.ACTIVITY_PROFILE: "profileId", Resource.AGENT_PROFILE: "profileId"}


@dataclass(frozen=True)
class Context:
    """What documents belong to, by keys, and which of them: one by name, or those stored later than `since`."""

    resource: Resource
    activity: str | None
    agent: str | None
    registration: str | None
    name: str | None
    since: datetime | None = None
    account: tuple[str, str] | None = None
    """Home page and name of the agent, where it is an account."""

    def place(self, operator_id: str | None) -> str:
        """Return the key of the one document that this names."""
        parts = (operator_id, self.resource, self.activity, self.agent, self.registration, self.name)
        return hashlib.sha256("\x00".join(part or "" for part in parts).encode(errors="surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Content:
    """The bytes of a document and their media type."""

    media_type: str
    data: bytes

    @property
    def is_json(self) -> bool:
        """Whether the document says that it is JSON."""
        return self.media_type.partition(";")[0].strip().lower() == "application/json"

    @property
    def etag(self) -> str:
        """What tells two contents apart; the standard asks for SHA-1, as a name and not for safety (§3.1)."""
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Stance:
    """By which edition a request asks, and what it says of the document it expects: its etags, any, or none at all."""

    edition: Edition
    matches: frozenset[str] | None = None
    must_exist: bool = False
    must_not_exist: bool = False

    @property
    def is_given(self) -> bool:
        """Whether the request says anything."""
        return self.matches is not None or self.must_exist or self.must_not_exist


def read_context(resource: Resource, given: Mapping[str, str], *, one: bool | None) -> Context:
    """Read the parameters of a request for one document, or several (`one` False), or either; raise Malformed."""
    name_parameter = _NAMES[resource]
    allowed = {*_PARAMETERS[resource], name_parameter} | ({"registration"} if resource is Resource.STATE else set())
    if one is None and name_parameter not in given:
        allowed |= {"since"}
    for parameter in sorted(set(given) - allowed):
        raise Malformed(parameter, "is no parameter here")
    for parameter in (*_PARAMETERS[resource], *((name_parameter,) if one else ())):
        if parameter not in given:
            raise Malformed(parameter, "is required")
    for parameter, check in (("activityId", forms.is_iri), ("registration", forms.is_uuid)):
        if parameter in given:
            check(given[parameter], parameter)
    if "\0" in given.get(name_parameter, ""):
        raise Malformed(name_parameter, "must not hold the character NUL")
    return Context(
        resource=resource,
        activity=iri_key(given["activityId"]) if "activityId" in given else None,
        agent=read_agent(given["agent"]) if "agent" in given else None,
        registration=given["registration"].lower() if "registration" in given else None,
        name=given.get(name_parameter),
        since=read_moment(given, "since"),
        account=_account(given["agent"]) if "agent" in given else None,
    )


def _account(agent: str) -> tuple[str, str] | None:
    account = read_agent_object(agent).get("account")
    return (account["homePage"], account["name"]) if account else None


def check_content(content: Content, *, must_be_object: bool) -> None:
    """Raise Malformed for a type that no header can hold, JSON that is none, or no object where it is to be merged."""
    forms.is_media_type(content.media_type, "Content-Type")
    if not content.is_json:
        return
    try:
        value = value_of(content.data.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed("body", f"is not JSON: {error}") from None
    if must_be_object and not isinstance(value, dict):
        raise Malformed("body", "must be a JSON object: a POST adds its members to those that are there")


def merge(kept: Content, sent: Content) -> Content:
    """Return a document after a POST: the members sent are added to those that are there (§2.2); raise Malformed."""
    if not (kept.is_json and sent.is_json):
        raise Malformed("Content-Type", "of both documents must be application/json for one to be added to the other")
    check_content(kept, must_be_object=True)
    check_content(sent, must_be_object=True)
    members = members_of(kept.data.decode()) | members_of(sent.data.decode())
    return Content(sent.media_type, object_of(members).encode())


def check_conditions(resource: Resource, kept: Content | None, stance: Stance, *, replaces: bool) -> None:
    """Raise PreconditionFailed, or AlreadyThere for a PUT that says nothing of the document it would replace (§3.1)."""
    if stance.must_not_exist and kept is not None:
        raise PreconditionFailed("there is a document already")
    if stance.must_exist and kept is None:
        raise PreconditionFailed("there is no document yet")
    if stance.matches is not None and (kept is None or kept.etag not in stance.matches):
        raise PreconditionFailed("the document is not the one that If-Match names: read it again")
    is_profile = resource is not Resource.STATE
    if not replaces or stance.is_given or not (is_profile or stance.edition.guards_state):
        return
    if kept is not None:
        raise AlreadyThere("there is a document already: read it, and send its ETag as If-Match to replace it")
    if is_profile and stance.edition.asks_for_conditions:
        raise Malformed("If-None-Match", "must be *, or If-Match the ETag of the document that this one replaces")
