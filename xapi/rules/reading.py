"""Reads statements as they were sent, and fixes their bytes."""

import json
from dataclasses import dataclass
from typing import Any

from xapi.errors import Malformed
from xapi.rules.texts import expect, object_of, read_object, skip, value_of, with_members

_SET_BY_THE_LRS = frozenset({"stored", "authority"})
_ROLES_OF_ACTIVITIES = ("parent", "grouping", "category", "other")


@dataclass(frozen=True)
class Given:
    """A statement as it was sent: the text of each member in the order sent, and what they say."""

    texts: dict[str, str]
    value: dict[str, Any]


@dataclass(frozen=True)
class Frozen:
    """A statement as it is stored and delivered: its id, its bytes for ever, and what they say."""

    id: str
    body: bytes
    value: dict[str, Any]


def read_statements(data: bytes) -> tuple[list[Given], bool]:
    """Read one statement, or an array of them, and say whether it was an array; raise Malformed."""
    try:
        return _read(data.decode())
    except UnicodeDecodeError:
        raise Malformed("body", "is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed("body", f"is not JSON: {error}") from None


def freeze(given: Given, *, identifier: str, timestamp: str, version: str) -> Frozen:
    """Fix a statement's bytes: as sent, without what only an LRS sets, with id, time and version if it had none.

    One thing is written anew, as the standard asks: a single activity of a context becomes a list of one.
    """
    added = {"id": identifier, "timestamp": timestamp, "version": version}
    texts = {name: text for name, text in given.texts.items() if name not in _SET_BY_THE_LRS}
    value = {name: item for name, item in given.value.items() if name not in _SET_BY_THE_LRS}
    for name in ("context", "object"):
        if _has_single_activity(value.get(name)):
            texts[name] = _with_lists(texts[name])
            value[name] = value_of(texts[name])
    texts = {name: json.dumps(item) for name, item in added.items() if name not in texts} | texts
    return Frozen(identifier, object_of(texts).encode(), added | value)


def _has_single_activity(value: Any) -> bool:
    """Say whether a context, or the context of a SubStatement, names an activity outside a list."""
    if not isinstance(value, dict):
        return False
    activities = value.get("contextActivities", {})
    if any(isinstance(activities.get(role), dict) for role in _ROLES_OF_ACTIVITIES):
        return True
    return value.get("objectType") == "SubStatement" and _has_single_activity(value.get("context"))


def _with_lists(text: str) -> str:
    """Return the text of a context or SubStatement with each single activity of a context in a list of its own."""
    return with_members(text, {"contextActivities": _lists_of_activities, "context": _with_lists})


def _lists_of_activities(text: str) -> str:
    return with_members(text, dict.fromkeys(_ROLES_OF_ACTIVITIES, _as_list))


def _as_list(text: str) -> str:
    return text if text.startswith("[") else f"[{text}]"


def _read(text: str) -> tuple[list[Given], bool]:
    start = skip(text, 0)
    if text[start : start + 1] == "[":
        given, end = _read_array(text, start + 1)
    else:
        texts, values, end = read_object(text, start)
        given = [Given(texts, values)]
    if skip(text, end) != len(text):
        raise Malformed("body", "holds something after the JSON")
    return given, text[start] == "["


def _read_array(text: str, at: int) -> tuple[list[Given], int]:
    given: list[Given] = []
    at = skip(text, at)
    while text[at : at + 1] != "]" or given:
        texts, values, at = read_object(text, at)
        given.append(Given(texts, values))
        at = skip(text, at)
        if text[at : at + 1] == "]":
            break
        at = skip(text, expect(text, at, ","))
    return given, at + 1
