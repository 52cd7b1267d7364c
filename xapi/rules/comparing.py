"""When two statements of one id say the same (xAPI-Data §2.3.1): an LRS accepts the second silently, or refuses it."""

import re
from collections.abc import Mapping
from typing import Any

from xapi.rules import forms

_SET_BY_THE_LRS = frozenset({"id", "stored", "authority", "version", "timestamp", "attachments"})
_HUNDREDTHS = re.compile(r"([.,]\d\d)\d+(?=S)")
_DISPLAY_ONLY = frozenset({"display", "definition"})


def say_the_same(kept: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two statements differ in nothing but what an LRS may set, and how things are shown.

    A time that only one of them gives was set by an LRS, and does not count.
    """
    if _essence(kept) != _essence(other):
        return False
    times = [forms.read_timestamp(item["timestamp"]) for item in (kept, other) if "timestamp" in item]
    return len(set(times)) < 2


def _essence(statement: Mapping[str, Any]) -> Any:
    return _plain({name: item for name, item in statement.items() if name not in _SET_BY_THE_LRS})


def _plain(value: Any) -> Any:
    """Return a value without what only shows it, its lists of one and its kinds written out, ids in lower case."""
    if isinstance(value, dict):
        return {
            name: _plain_member(name, item)
            for name, item in value.items()
            if name not in _DISPLAY_ONLY and (name, item) not in _DEFAULTS
        }
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _plain_member(name: str, value: Any) -> Any:
    if name in {"parent", "grouping", "category", "other"}:
        return [_plain(item) for item in (value if isinstance(value, list) else [value])]
    if name == "member" and isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr)
    if name == "registration" and isinstance(value, str):
        return value.lower()
    if name == "duration" and isinstance(value, str):
        return _HUNDREDTHS.sub(r"\1", value)
    return value if name == "extensions" else _plain(value)


_DEFAULTS = (("objectType", "Activity"), ("objectType", "Agent"))
