"""What a query for statements asks (Communication §2.1.3; IEEE 9274.1.1 §4.1.6.1)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from xapi.errors import Malformed
from xapi.rules import forms
from xapi.rules.checking import check_agent
from xapi.rules.keys import agent_key, iri_key

MOST_STATEMENTS = 500
"""How many statements one page holds at most."""

_COMMON = frozenset({"format", "attachments"})
_FILTERS = _COMMON | {
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "ascending",
    "position",
}


class Form(StrEnum):
    """How statements are given: as sent, by their identifiers alone, or with what the LRS knows in one language."""

    EXACT = "exact"
    IDS = "ids"
    CANONICAL = "canonical"


@dataclass(frozen=True)
class Manner:
    """How the answer to a query is given."""

    form: Form = Form.EXACT
    with_attachments: bool = False


@dataclass(frozen=True)
class Filters:
    """What a query asks for; keys are those of keys.py, `position` is where the page before ended."""

    agent: str | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_agents: bool = False
    related_activities: bool = False
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


def read_manner(given: Mapping[str, str]) -> Manner:
    """Read how the answer is to be given; raise Malformed."""
    form = given.get("format", Form.EXACT)
    if form not in set(Form):
        raise Malformed("format", f"must be one of {', '.join(Form)}")
    return Manner(Form(form), _read_boolean(given, "attachments"))


def read_query(given: Mapping[str, str]) -> Filters | OneStatement:
    """Read the parameters of a query; raise Malformed for one that is unknown or does not fit the others."""
    unknown = sorted(set(given) - _FILTERS - {"statementId", "voidedStatementId"})
    if unknown:
        raise Malformed(unknown[0], "is no parameter here")
    named = {name for name in ("statementId", "voidedStatementId") if name in given}
    if not named:
        return _read_filters(given)
    name = named.pop()
    others = sorted(set(given) - _COMMON - {name})
    if others:
        raise Malformed(others[0], f"does not go with {name}")
    forms.is_uuid(given[name], name)
    return OneStatement(given[name].lower(), voided=name == "voidedStatementId")


def _read_filters(given: Mapping[str, str]) -> Filters:
    for name, check in (("registration", forms.is_uuid), ("verb", forms.is_iri), ("activity", forms.is_iri)):
        if name in given:
            check(given[name], name)
    registration = given.get("registration")
    position = _read_count(given, "position")
    return Filters(
        agent=read_agent(given["agent"]) if "agent" in given else None,
        verb=iri_key(given["verb"]) if "verb" in given else None,
        activity=iri_key(given["activity"]) if "activity" in given else None,
        registration=registration.lower() if registration else None,
        related_agents=_read_boolean(given, "related_agents"),
        related_activities=_read_boolean(given, "related_activities"),
        since=read_moment(given, "since"),
        until=read_moment(given, "until"),
        limit=min(_read_count(given, "limit") or MOST_STATEMENTS, MOST_STATEMENTS),
        ascending=_read_boolean(given, "ascending"),
        position=position,
    )


def read_agent(text: str) -> str:
    """Return the key of the agent that a parameter gives as JSON; raise Malformed."""
    return known_agent(read_agent_object(text))


def known_agent(agent: Mapping[str, Any]) -> str:
    """Return the key of an agent or identified group; raise Malformed for an anonymous group."""
    key = agent_key(agent)
    if key is None:
        raise Malformed("agent", "must be identified: an anonymous group cannot be looked for")
    return key


def read_agent_object(text: str) -> dict[str, Any]:
    """Return the agent or group that a parameter gives as JSON; raise Malformed."""
    try:
        agent = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("agent", "must be an Agent or identified Group in JSON") from None
    check_agent(agent, "agent")
    return dict(agent)


def read_moment(given: Mapping[str, str], name: str) -> datetime | None:
    """Return the moment that a parameter names, None where it is not given; raise Malformed."""
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
