"""The forms of single values that the standard asks for (xAPI-Data §2, §4): a check raises Malformed or is silent."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NoReturn

from xapi.errors import Malformed

Check = Callable[[Any, str], None]

DEEPEST: Final = 100
"""How deep the value of an extension may be nested: what is taken must be readable again, by any reader."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")
_MAILBOX = re.compile(r"mailto:[^\s@]+@[^\s@]+")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_TIMESTAMP = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?",
    re.ASCII,
)
_NEGATIVE_ZERO = re.compile(r".*-00(:?00)?\Z")
_DURATION = re.compile(
    r"P(?=.)((\d+([.,]\d+)?W)|(\d+([.,]\d+)?Y)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?D)?"
    r"(T(?=\d)(\d+([.,]\d+)?H)?(\d+([.,]\d+)?M)?(\d+([.,]\d+)?S)?)?)",
    re.ASCII,
)
_LANGUAGE = re.compile(
    r"(([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?|x(-[a-z0-9]{1,8})+|i-[a-z]{3,12})",
    re.IGNORECASE | re.ASCII,
)


def fails(place: str, why: str) -> NoReturn:
    """Raise Malformed."""
    raise Malformed(place, why)


def is_text(value: Any, place: str) -> None:
    """Ask for a string."""
    if not isinstance(value, str):
        fails(place, "must be a string")


def is_filled_text(value: Any, place: str) -> None:
    """Ask for a string that is not empty."""
    is_text(value, place)
    if not value:
        fails(place, "must not be empty")


def is_boolean(value: Any, place: str) -> None:
    """Ask for true or false."""
    if not isinstance(value, bool):
        fails(place, "must be true or false")


def is_number(value: Any, place: str) -> None:
    """Ask for a number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        fails(place, "must be a number")


def is_whole_number(value: Any, place: str) -> None:
    """Ask for a whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        fails(place, "must be a whole number")


def matching(pattern: re.Pattern[str], what: str) -> Check:
    """Return a check for a string that matches a pattern as a whole."""

    def check(value: Any, place: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            fails(place, f"must be {what}")

    return check


is_uuid = matching(_UUID, "a UUID")
is_iri = matching(_IRI, "an absolute IRI")
is_mailbox = matching(_MAILBOX, "a mailto: IRI")
is_sha1 = matching(re.compile(r"[0-9a-fA-F]{40}"), "a SHA-1 digest in hexadecimal digits")
is_sha2 = matching(_HEXADECIMAL, "a SHA-2 digest in hexadecimal digits")
is_duration = matching(_DURATION, "an ISO 8601 duration")
is_media_type = matching(_PRINTABLE, "a media type in printable ASCII characters")
is_language = matching(_LANGUAGE, "an RFC 5646 language tag")


def is_timestamp(value: Any, place: str) -> None:
    """Ask for an RFC 3339 timestamp; the offset -00 is not one (xAPI-Data §4.5)."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value) or _NEGATIVE_ZERO.match(value):
        fails(place, "must be a timestamp such as 2026-11-23T09:05:00.000Z")
    try:
        read_timestamp(value)
    except (ValueError, OverflowError):
        fails(place, "is no day or time that exists")


def read_timestamp(text: str) -> datetime:
    """Return the moment a timestamp names, cut to the millisecond; one without an offset is taken as UTC."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def is_language_map(value: Any, place: str) -> None:
    """Ask for an object from language tags to strings."""
    is_object(value, place)
    for tag, text in value.items():
        is_language(tag, f"{place}.{tag}")
        is_text(text, f"{place}.{tag}")


def is_extensions(value: Any, place: str) -> None:
    """Ask for an object whose keys are IRIs; the values may be anything."""
    is_object(value, place)
    for key in value:
        is_iri(key, f"{place}.{key}")
    level = [item for item in value.values() if isinstance(item, dict | list)]
    for _ in range(DEEPEST):
        if not level:
            return
        level = [inner for item in level for inner in _items(item) if isinstance(inner, dict | list)]
    if level:
        fails(place, f"holds more than {DEEPEST} objects and arrays in each other")


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def is_object(value: Any, place: str) -> None:
    """Ask for a JSON object."""
    if not isinstance(value, dict):
        fails(place, "must be an object")


def list_of(check: Check) -> Check:
    """Return a check for an array whose every item passes."""

    def check_list(value: Any, place: str) -> None:
        if not isinstance(value, list):
            fails(place, "must be an array")
        for number, item in enumerate(value):
            check(item, f"{place}[{number}]")

    return check_list


def has_shape(value: Any, place: str, shape: Mapping[str, Check], *required: str) -> None:
    """Ask for an object with known properties only, each passing its check, and those required among them."""
    is_object(value, place)
    for name in required:
        if name not in value:
            fails(f"{place}.{name}", "is required")
    for name, item in value.items():
        if name not in shape:
            fails(f"{place}.{name}", "is no property here")
        shape[name](item, f"{place}.{name}")
