"""JSON as texts: what was sent is kept as it was sent, number by number, while parts of it are taken or changed.

A library that reads and writes JSON would turn `1.0` into `1`, or change order, or digits. Here an object is split into
its members' own texts, so that one can be changed without writing the others anew.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from xapi.errors import Malformed

Change = Callable[[str], str]
"""Makes another text of a member or item."""

_SPACE = re.compile(r"[ \t\n\r]*")


def read_value(data: bytes) -> Any:
    """Read any JSON with decimals as they are written; raise ValueError."""
    return value_of(data.decode())


def value_of(text: str) -> Any:
    """Return what a JSON text says, with decimals as they are written; raise ValueError."""
    return _DECODER.decode(text)


def members_of(text: str) -> dict[str, str]:
    """Return the members of the object that a text is, each by its own text; raise Malformed."""
    return read_object(text, skip(text, 0))[0]


def items_of(text: str) -> list[str]:
    """Return the items of the list that a text is, each by its own text; raise Malformed."""
    at = skip(text, expect(text, skip(text, 0), "["))
    items: list[str] = []
    while text[at : at + 1] != "]" or items:
        _, end = _DECODER.raw_decode(text, at)
        items.append(text[at:end])
        at = skip(text, end)
        if text[at : at + 1] == "]":
            break
        at = skip(text, expect(text, at, ","))
    return items


def object_of(texts: Mapping[str, str]) -> str:
    """Return the object that has these members."""
    return "{" + ",".join(f"{json.dumps(name, ensure_ascii=False)}:{text}" for name, text in texts.items()) + "}"


def list_of_texts(texts: Iterable[str]) -> str:
    """Return the list of these items."""
    return "[" + ",".join(texts) + "]"


def with_members(text: str, changes: Mapping[str, Change]) -> str:
    """Return the text of an object with some members changed, and the others as they were."""
    return object_of({name: changes[name](own) if name in changes else own for name, own in members_of(text).items()})


def with_items(text: str, change: Change) -> str:
    """Return the text of a list with each item changed; what is no list is changed itself."""
    return list_of_texts(map(change, items_of(text))) if text.startswith("[") else change(text)


def read_object(text: str, at: int) -> tuple[dict[str, str], dict[str, Any], int]:
    """Read the object that begins here: its members' texts, what they say, and where it ends; raise Malformed."""
    at = skip(text, expect(text, at, "{"))
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    while text[at : at + 1] != "}" or texts:
        expect(text, at, '"')
        name, at = _DECODER.raw_decode(text, at)
        if name in texts:
            raise Malformed(name, "is given twice")
        begin = skip(text, expect(text, skip(text, at), ":"))
        values[name], end = _DECODER.raw_decode(text, begin)
        texts[name] = text[begin:end]
        at = skip(text, end)
        if text[at : at + 1] == "}":
            break
        at = skip(text, expect(text, at, ","))
    return texts, values, at + 1


def expect(text: str, at: int, character: str) -> int:
    """Return the place after a character that must stand here; raise Malformed."""
    if text[at : at + 1] != character:
        raise Malformed("body", f"is not what is asked for here: {character!r} expected at {at}")
    return at + 1


def skip(text: str, at: int) -> int:
    """Return the next place that is no space."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise Malformed(next(name for name in names if names.count(name) > 1), "is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("body", f"{name} is no JSON number")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Malformed("body", "holds a number with an exponent beyond all measure") from None


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_decimal, parse_constant=_refuse_constant)
