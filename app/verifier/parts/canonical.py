"""Canonical JSON as docs/line-format.md allows it, read so strictly that one value has one text."""

import hashlib
import json
import re
from datetime import datetime
from typing import Any, NoReturn

from app.verifier.parts.faults import Malformed

LARGEST_INTEGER = 2**53 - 1
DEEPEST = 60
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def read_json(data: bytes) -> Any:
    """Return what a JSON text says; doubled names, fractions, huge numbers and deep nesting are Malformed."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
            parse_int=_small_integer,
        )
        check_depth(value)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise Malformed("json-unreadable") from error
    return value


def read_canonical(data: bytes) -> Any:
    """Return what a canonical JSON text says; any other text of the same value is Malformed."""
    value = read_json(data)
    if canonical_bytes(value) != data:
        raise Malformed("json-not-canonical")
    return value


def canonical_bytes(value: Any) -> bytes:
    """Return the one text of a value; Malformed for a value that has none."""
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed("json-not-canonical") from error


def digest_of(value: Any) -> str:
    """Return the SHA-256 over the canonical JSON of a value."""
    return sha256_hex(canonical_bytes(value))


def is_digest(value: object) -> bool:
    """Say whether a value is a digest: 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and HEX_DIGEST.fullmatch(value) is not None


def is_count(value: object) -> bool:
    """Say whether a value is an integer that counts something, not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INTEGER


def read_time(value: object) -> datetime:
    """Return a time from its text, UTC with milliseconds; anything else is Malformed."""
    if not isinstance(value, str) or UTC_TIME.fullmatch(value) is None:
        raise Malformed("time-unreadable", time=value)
    try:
        return datetime.fromisoformat(f"{value[:-1]}+00:00")
    except ValueError as error:
        raise Malformed("time-unreadable", time=value) from error


def check_depth(value: Any) -> None:
    """Refuse what is nested deeper than anything that the format asks for."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for whole in level for part in _inside(whole)]
        if not level:
            return
    raise Malformed("json-too-deep")


def _inside(whole: Any) -> list[Any]:
    if isinstance(whole, dict):
        return list(whole.values())
    return whole if isinstance(whole, list) else []


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json-doubled-name")
    if any(not name.isascii() or not name.isprintable() for name in found):
        raise Malformed("json-strange-name")
    return found


def _no_fraction(text: str) -> NoReturn:
    raise Malformed("json-not-an-integer", number=text)


def _small_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > LARGEST_INTEGER or text == "-0":
        raise Malformed("json-not-an-integer", number=text)
    return int(text)
