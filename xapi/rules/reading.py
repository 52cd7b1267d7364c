"""Reads the bytes of statements without losing any: what was sent is kept as it was sent, number by number.

A statement is split into its members' own JSON texts, so that an id or a time can be added without writing the rest
anew; a library that reads and writes JSON would change `1.0` to `1`, or order, or digits.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from xapi.errors import Malformed

_SPACE = re.compile(r"[ \t\n\r]*")
_SET_BY_THE_LRS = frozenset({"stored", "authority"})
VERSION_OF_STATEMENTS = "1.0.0"


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


def read_value(data: bytes) -> Any:
    """Read any JSON with decimals as they are written; raise ValueError."""
    return _DECODER.decode(data.decode())


def freeze(given: Given, *, identifier: str, timestamp: str) -> Frozen:
    """Fix a statement's bytes: as sent, without what only an LRS sets, with id, time and version if it had none."""
    added = {"id": identifier, "timestamp": timestamp, "version": VERSION_OF_STATEMENTS}
    texts = {name: text for name, text in given.texts.items() if name not in _SET_BY_THE_LRS}
    value = {name: item for name, item in given.value.items() if name not in _SET_BY_THE_LRS}
    texts = {name: json.dumps(item) for name, item in added.items() if name not in texts} | texts
    body = ",".join(f"{_to_json(name)}:{text}" for name, text in texts.items())
    return Frozen(identifier, b"{" + body.encode() + b"}", added | value)


def _read(text: str) -> tuple[list[Given], bool]:
    start = _skip(text, 0)
    if text[start : start + 1] == "[":
        given, end = _read_array(text, start + 1)
    else:
        one, end = _read_object(text, start)
        given = [one]
    if _skip(text, end) != len(text):
        raise Malformed("body", "holds something after the JSON")
    return given, text[start] == "["


def _read_array(text: str, at: int) -> tuple[list[Given], int]:
    given: list[Given] = []
    at = _skip(text, at)
    while text[at : at + 1] != "]" or given:
        one, at = _read_object(text, at)
        given.append(one)
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            break
        at = _skip(text, _expect(text, at, ","))
    return given, at + 1


def _read_object(text: str, at: int) -> tuple[Given, int]:
    """Read the object that begins here, and say where it ends."""
    at = _skip(text, _expect(text, at, "{"))
    texts: dict[str, str] = {}
    value: dict[str, Any] = {}
    while text[at : at + 1] != "}" or texts:
        _expect(text, at, '"')
        name, at = _DECODER.raw_decode(text, at)
        if name in texts:
            raise Malformed(name, "is given twice")
        begin = _skip(text, _expect(text, _skip(text, at), ":"))
        value[name], end = _DECODER.raw_decode(text, begin)
        texts[name] = text[begin:end]
        at = _skip(text, end)
        if text[at : at + 1] == "}":
            break
        at = _skip(text, _expect(text, at, ","))
    return Given(texts, value), at + 1


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise Malformed("body", f"is not a statement or an array of statements: {character!r} expected at {at}")
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names: Iterator[str] = (name for name, _ in pairs)
        raise Malformed(next(name for name in names if [pair[0] for pair in pairs].count(name) > 1), "is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("body", f"{name} is no JSON number")


def _to_json(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_refuse_constant)
