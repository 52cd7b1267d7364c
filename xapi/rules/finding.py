"""By what statements are found: short keys for agents, verbs, activities; what a query asks (Communication §2.1.3)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xapi.errors import Malformed
from xapi.rules import forms
from xapi.rules.checking import check_agent
from xapi.vocabulary import Verb

MOST_STATEMENTS = 500
"""How many statements one page holds at most."""

_FILTERS = frozenset({"agent", "verb", "activity", "registration", "since", "until", "limit", "ascending", "position"})
_COMMON = frozenset({"format", "attachments"})
_NOT_YET = frozenset({"related_activities", "related_agents"})


@dataclass(frozen=True)
class Keys:
    """By what one statement is found; None where it has no such thing."""

    verb: str
    agent: str | None
    object_agent: str | None
    activity: str | None
    registration: str | None
    voids: str | None


@dataclass(frozen=True)
class Filters:
    """What a query asks for; keys are those of `keys_of`, `position` is where the page before ended."""

    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MOST_STATEMENTS
    ascending: bool = False
    position: int | None = None


@dataclass(frozen=True)
class OneStatement:
    """A query for the one statement of an id, voided or not as `voided` says."""

    id: str
    voided: bool


def keys_of(value: Mapping[str, Any]) -> Keys:
    """Return by what a checked statement is found."""
    target = value["object"]
    kind = target.get("objectType", "Activity")
    registration = value.get("context", {}).get("registration")
    return Keys(
        verb=iri_key(value["verb"]["id"]),
        agent=agent_key(value["actor"]),
        object_agent=agent_key(target) if kind in {"Agent", "Group"} else None,
        activity=iri_key(target["id"]) if kind == "Activity" else None,
        registration=registration.lower() if registration else None,
        voids=target["id"].lower() if value["verb"]["id"] == Verb.VOIDED else None,
    )


def iri_key(iri: str) -> str:
    """Return a short key for an IRI of any length; compared by its characters, nothing is folded."""
    return _key("iri", iri)


def agent_key(agent: Mapping[str, Any]) -> str | None:
    """Return a short key for who an agent or identified group is; None for an anonymous group."""
    if "account" in agent:
        return _key("account", agent["account"]["homePage"], agent["account"]["name"])
    for name in ("mbox", "mbox_sha1sum", "openid"):
        if name in agent:
            return _key(name, agent[name])
    return None


def read_query(given: Mapping[str, str]) -> Filters | OneStatement:
    """Read the parameters of a query; raise Malformed for one that is unknown or does not fit the others."""
    unknown = sorted(set(given) - _FILTERS - _COMMON - _NOT_YET - {"statementId", "voidedStatementId"})
    if unknown:
        raise Malformed(unknown[0], "is no parameter here")
    _refuse_what_is_not_served(given)
    named = {name for name in ("statementId", "voidedStatementId") if name in given}
    if not named:
        return _read_filters(given)
    name = named.pop()
    others = sorted(set(given) - _COMMON - {name})
    if others:
        raise Malformed(others[0], f"does not go with {name}")
    forms.is_uuid(given[name], name)
    return OneStatement(given[name].lower(), voided=name == "voidedStatementId")


def _refuse_what_is_not_served(given: Mapping[str, str]) -> None:
    if given.get("format", "exact") != "exact":
        raise Malformed("format", "must be exact: this LRS gives statements as they were sent")
    for name in ("attachments", *_NOT_YET):
        if _read_boolean(given, name):
            raise Malformed(name, "is not served by this LRS yet")


def _read_filters(given: Mapping[str, str]) -> Filters:
    for name, check in (("registration", forms.is_uuid), ("verb", forms.is_iri), ("activity", forms.is_iri)):
        if name in given:
            check(given[name], name)
    registration = given.get("registration")
    position = _read_count(given, "position")
    return Filters(
        agent=_read_agent(given["agent"]) if "agent" in given else None,
        verb=iri_key(given["verb"]) if "verb" in given else None,
        activity=iri_key(given["activity"]) if "activity" in given else None,
        registration=registration.lower() if registration else None,
        since=_read_moment(given, "since"),
        until=_read_moment(given, "until"),
        limit=min(_read_count(given, "limit") or MOST_STATEMENTS, MOST_STATEMENTS),
        ascending=_read_boolean(given, "ascending"),
        position=position,
    )


def _read_agent(text: str) -> str:
    try:
        agent = json.loads(text)
    except ValueError:
        raise Malformed("agent", "must be an Agent or identified Group in JSON") from None
    check_agent(agent, "agent")
    key = agent_key(agent)
    if key is None:
        raise Malformed("agent", "must be identified: an anonymous group cannot be looked for")
    return key


def _read_moment(given: Mapping[str, str], name: str) -> datetime | None:
    if name not in given:
        return None
    forms.is_timestamp(given[name], name)
    return forms.read_timestamp(given[name])


def _read_count(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    if not (given[name].isascii() and given[name].isdigit() and len(given[name]) < 19):
        raise Malformed(name, "must be a whole number that is not negative")
    return int(given[name])


def _read_boolean(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false").lower()  # tincan sends "True" and "False"
    if text not in {"true", "false"}:
        raise Malformed(name, "must be true or false")
    return text == "true"


def _key(*parts: str) -> str:
    # Half of SHA-256 keeps the indexes small and still lets nobody find two that meet.
    joined = "\x00".join(parts).encode(errors="surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]
