"""By what a statement is found: short keys of equal length for the agents, verbs and activities that it names.

A key says in which part something was named. *Members* are of a group that acts or is acted upon: whoever asks for one
of them finds the statement. *Parties* and *concerns* are named elsewhere, and found where related ones are asked for.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xapi.vocabulary import Verb

_ROLES = ("parent", "grouping", "category", "other")
_AGENTS = frozenset({"Agent", "Group"})


@dataclass(frozen=True)
class Keys:
    """By what one statement is found; None where it has no such thing. `refers_to` is the id of another statement."""

    verb: str
    agent: str | None
    object_agent: str | None
    activity: str | None
    registration: str | None
    refers_to: str | None
    voids: str | None
    related: frozenset[str]


def keys_of(value: Mapping[str, Any]) -> Keys:
    """Return by what a checked statement is found."""
    target = value["object"]
    kind = target.get("objectType", "Activity")
    registration = value.get("context", {}).get("registration")
    refers_to = target["id"].lower() if kind == "StatementRef" else None
    return Keys(
        verb=iri_key(value["verb"]["id"]),
        agent=agent_key(value["actor"]),
        object_agent=agent_key(target) if kind in _AGENTS else None,
        activity=iri_key(target["id"]) if kind == "Activity" else None,
        registration=registration.lower() if registration else None,
        refers_to=refers_to,
        voids=refers_to if value["verb"]["id"] == Verb.VOIDED else None,
        related=frozenset(_related(value)),
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


def member_key(agent: str) -> str:
    """Return the key of an agent as member of a group that acts or is acted upon."""
    return _key("member", agent)


def party_key(agent: str) -> str:
    """Return the key of an agent that a statement names beside its actor and object."""
    return _key("party", agent)


def concern_key(activity: str) -> str:
    """Return the key of an activity that a statement names beside its object."""
    return _key("concern", activity)


def _related(value: Mapping[str, Any]) -> Iterator[str]:
    for agent in (value["actor"], value["object"]):
        yield from map(member_key, _members(agent))
    yield from _beside(value)


def _beside(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of whom and what a statement names beside its actor and object."""
    target, context = value["object"], value.get("context", {})
    named = [context[name] for name in ("instructor", "team") if name in context]
    named += [item["agent"] for item in context.get("contextAgents", ())]
    named += [item["group"] for item in context.get("contextGroups", ())]
    activities = list(_context_activities(context))
    if target.get("objectType") == "SubStatement":
        yield from _beside(target)
        inner = target["object"]
        kind = inner.get("objectType", "Activity")
        named += [target["actor"]] + ([inner] if kind in _AGENTS else [])
        activities += [iri_key(inner["id"])] if kind == "Activity" else []
    for agent in named:
        yield from map(party_key, (*_known(agent), *_members(agent)))
    yield from map(concern_key, activities)


def definitions_in(value: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the address and definition of each activity that a checked statement defines."""
    target = value["object"]
    if target.get("objectType") == "SubStatement":
        yield from definitions_in(target)
    for activity in (target, *_around(value.get("context", {}))):
        if "definition" in activity:
            yield activity["id"], activity["definition"]


def _context_activities(context: Mapping[str, Any]) -> Iterator[str]:
    return (iri_key(activity["id"]) for activity in _around(context))


def _around(context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for role in _ROLES:
        given = context.get("contextActivities", {}).get(role, [])
        yield from given if isinstance(given, list) else (given,)


def _members(agent: Mapping[str, Any]) -> Iterator[str]:
    for member in agent.get("member", ()) if agent.get("objectType") == "Group" else ():
        yield from _known(member)


def _known(agent: Mapping[str, Any]) -> Sequence[str]:
    key = agent_key(agent)
    return (key,) if key else ()


def _key(*parts: str) -> str:
    # Half of SHA-256 keeps the indexes small and still lets nobody find two that meet.
    joined = "\x00".join(parts).encode(errors="surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]
