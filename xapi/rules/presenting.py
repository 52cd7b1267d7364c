"""The forms of an answer: statements by identifiers alone, or with what the LRS knows, in one language (§2.1.3).

Works on texts, so that no number changes on the way; the form *exact* needs none of it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from xapi.rules.texts import Change, members_of, object_of, with_items, with_members

IDENTIFYING = ("objectType", "mbox", "mbox_sha1sum", "openid", "account")
_ROLES = ("parent", "grouping", "category", "other")
_ANY_LANGUAGE = "und"

Definitions = Mapping[str, str]
"""The definition of each activity that the LRS knows, as JSON, by the activity's address."""

Prefer = Callable[[Sequence[str]], str | None]
"""Chooses the best of some languages, None where none is wanted more than another."""


def by_identifiers(text: str) -> str:
    """Return a statement with no more of its agents, verb and activities than names them."""
    return _through(text, _agent_by_identifiers, _verb_by_identifier, _activity_by_identifier)


def in_one_language(text: str, definitions: Definitions, prefer: Prefer) -> str:
    """Return a statement with the definitions that the LRS keeps, each text in one language: the canonical form."""
    in_language = partial(_choose, prefer=prefer)
    verb: Change = partial(with_members, changes={"display": in_language})
    return _through(text, _unchanged, verb, partial(_canonical_activity, definitions=definitions, choose=in_language))


def activities_in(text: str) -> list[tuple[str, str | None]]:
    """Return the addresses of the activities that a statement names, with the definitions that it gives, as JSON."""
    found: list[tuple[str, str | None]] = []

    def note(activity: str) -> str:
        members = members_of(activity)
        found.append((json.loads(members["id"]), members.get("definition")))
        return activity

    _through(text, _unchanged, _unchanged, note)
    return found


def _through(text: str, agent: Change, verb: Change, activity: Change) -> str:
    """Change every agent, verb and activity of a statement, and of the statement within it."""
    groups = {"instructor": agent, "team": agent}
    roles: Change = partial(with_members, changes={role: partial(with_items, change=activity) for role in _ROLES})
    context: Change = partial(with_members, changes=groups | {"contextActivities": roles})
    inner = {"actor": agent, "verb": verb, "context": context}

    def change_object(target: str) -> str:
        kind = json.loads(members_of(target).get("objectType", '"Activity"'))
        if kind == "SubStatement":
            return with_members(target, inner | {"object": change_object})
        kinds: dict[str, Change] = {"Activity": activity, "Agent": agent, "Group": agent}
        return kinds.get(kind, _unchanged)(target)

    return with_members(text, inner | {"object": change_object})


def _agent_by_identifiers(text: str) -> str:
    members = members_of(text)
    kept = {name: own for name, own in members.items() if name in IDENTIFYING}
    if "member" in members and not set(kept) - {"objectType"}:
        kept["member"] = with_items(members["member"], _agent_by_identifiers)
    return object_of(kept)


def _verb_by_identifier(text: str) -> str:
    return object_of({"id": members_of(text)["id"]})


def _activity_by_identifier(text: str) -> str:
    return object_of({name: own for name, own in members_of(text).items() if name == "id"})


def _canonical_activity(text: str, *, definitions: Definitions, choose: Change) -> str:
    members = members_of(text)
    known = definitions.get(json.loads(members["id"]), members.get("definition"))
    if known is None:
        return text
    return object_of(members | {"definition": _definition_in_language(known, choose)})


def _definition_in_language(text: str, choose: Change) -> str:
    component: Change = partial(with_members, changes={"description": choose})
    lists = ("choices", "scale", "source", "target", "steps")
    changes: dict[str, Change] = {"name": choose, "description": choose}
    return with_members(text, changes | {name: partial(with_items, change=component) for name in lists})


def merge_definitions(old: str, new: str) -> str:
    """Return what is known of an activity after one more statement about it: languages add up, the rest is renewed."""
    before, after = members_of(old), members_of(new)
    for name in {"name", "description"} & before.keys() & after.keys():
        after[name] = object_of(members_of(before[name]) | members_of(after[name]))
    return object_of(before | after)


def _choose(text: str, *, prefer: Prefer) -> str:
    """Return a map of languages with the one that is wanted most, or its first that says which it is."""
    texts = members_of(text)
    named = sorted(texts, key=lambda tag: tag == _ANY_LANGUAGE)
    return object_of({tag: texts[tag] for tag in (prefer(named) or named[0],)} if named else {})


def _unchanged(text: str) -> str:
    return text
