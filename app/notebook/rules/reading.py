"""Reads what a person typed into a field, by their language, and reads stored values back.

Decimals keep their digits. A decimal comma and a decimal point are both understood where only one reading is
possible; where a comma or point could also separate thousands, the value is refused with the two readings spelled out
(test 21 of §16.1).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.exercises.rules.master import ITEMS, Field, FieldType, Validity
from app.exercises.rules.values import EquipmentUsed, LotUsed, Reading
from app.kernel import canonical, clock
from app.kernel.errors import N_
from app.notebook.errors import UnreadableValue

DECIMAL_SIGN = {"fr": ",", "nl": ",", "de": ",", "en": "."}
LONGEST_TEXT = 4000
LONGEST_NUMBER = 40
LONGEST_ON_A_LABEL = 100
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?\Z", re.ASCII)
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}\Z", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,15}\Z", re.ASCII)
_YES, _NO = "true", "false"
_EARLIEST, _LATEST = 1900, 2200


@dataclass(frozen=True)
class Typed:
    """A value as it was typed: its canonical text, what was typed, and the value itself."""

    text: str
    raw: str
    reading: Reading


def read_typed(field: Field, typed: Mapping[str, str], language: str, zone: str) -> Typed:
    """Read what was typed into a field's inputs; raise UnreadableValue with what to do.

    `typed` holds `value`, or for equipment `code`, `serial`, `due`, and for a lot `number`, `due`.
    """
    if field.type in ITEMS:
        return _read_item(field, typed)
    raw = typed.get("value", "").strip()
    if not raw:
        raise UnreadableValue(N_("Enter a value."))
    if field.type is FieldType.CHECKBOX:
        return _read_checkbox(raw)
    if field.type is FieldType.DECIMAL:
        text = read_decimal(raw, language)
        return Typed(text, raw, Decimal(text))
    if field.type is FieldType.INTEGER:
        return _read_integer(raw)
    if field.type is FieldType.CHOICE:
        return _read_choice(field, raw)
    if field.type is FieldType.DATETIME:
        moment = read_moment(raw, zone)
        return Typed(clock.to_text(moment), raw, moment)
    if len(raw) > LONGEST_TEXT:
        raise UnreadableValue(N_("This text is too long: at most %(most)s characters."), most=LONGEST_TEXT)
    return Typed(raw, raw, raw)


def read_decimal(raw: str, language: str) -> str:
    """Return a typed decimal with a point and all its digits; raise UnreadableValue for an ambiguous or other text."""
    compact = raw.replace("\u2212", "-").strip()
    if len(compact) > LONGEST_NUMBER:
        raise UnreadableValue(N_("This number is too long."))
    if not _NUMBER.match(compact):
        raise UnreadableValue(
            N_("Write a number with digits and one decimal sign, such as %(example)s, without thousands separators."),
            example=f"12{DECIMAL_SIGN.get(language, ',')}5",
        )
    own = DECIMAL_SIGN.get(language, ",")
    other = "." if own == "," else ","
    if other in compact and _MAYBE_THOUSANDS.match(compact):
        whole = re.sub("[.,]", "", compact)
        raise UnreadableValue(
            N_("“%(typed)s” can mean %(decimal)s or %(whole)s. Write it with your decimal sign, or with no separator."),
            typed=compact,
            decimal=compact.replace(other, own),
            whole=whole,
        )
    return compact.replace(",", ".").removeprefix("+")


def read_moment(raw: str, zone: str) -> datetime:
    """Read a date and time typed at the bench, in the zone of the site; raise UnreadableValue for one that is no time
    there.
    """
    try:
        local = datetime.fromisoformat(raw)
    except ValueError:
        raise UnreadableValue(N_("Enter a date and a time.")) from None
    if len(raw) < len("2026-11-23T09:05") or not _EARLIEST <= local.year < _LATEST:
        raise UnreadableValue(N_("Enter a date and a time."))
    if local.tzinfo is not None:
        return local
    site = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=site, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        raise UnreadableValue(
            N_("This hour exists twice or not at all on the day the clocks change. Choose a time outside it.")
        )
    return first


def stored_reading(field: Field, text: str) -> Reading:
    """Return the value that a stored canonical text stands for."""
    if field.type in (FieldType.DECIMAL, FieldType.CALCULATED):
        return Decimal(text)
    if field.type is FieldType.INTEGER:
        return int(text)
    if field.type is FieldType.DATETIME:
        return clock.from_text(text)
    if field.type is FieldType.CHECKBOX:
        return text == "true"
    if field.type is FieldType.EQUIPMENT:
        item = json.loads(text)
        return EquipmentUsed(item["code"], item["serial"], _day(item["due"]))
    if field.type is FieldType.LOT:
        item = json.loads(text)
        return LotUsed(item["number"], _day(item["due"]))
    return text


def _read_checkbox(raw: str) -> Typed:
    if raw not in (_YES, _NO):
        raise UnreadableValue(N_("Choose one of the answers offered."))
    return Typed(raw, raw, raw == _YES)


def _read_integer(raw: str) -> Typed:
    if not _WHOLE_NUMBER.match(raw):
        raise UnreadableValue(N_("Enter a whole number, digits only."))
    number = int(raw)
    return Typed(str(number), raw, number)


def _read_choice(field: Field, raw: str) -> Typed:
    if raw not in {choice.code for choice in field.choices}:
        raise UnreadableValue(N_("Choose one of the answers offered."))
    return Typed(raw, raw, raw)


def _read_item(field: Field, typed: Mapping[str, str]) -> Typed:
    given = {name: typed.get(name, "").strip() for name in ("code", "serial", "number", "due")}
    needed = ("code", "serial") if field.type is FieldType.EQUIPMENT else ("number",)
    for name in needed:
        if not given[name]:
            raise UnreadableValue(N_("Enter what stands on the label."), name)
        if len(given[name]) > LONGEST_ON_A_LABEL:
            raise UnreadableValue(
                N_("This text is too long: at most %(most)s characters."), name, most=LONGEST_ON_A_LABEL
            )
    if field.validity is Validity.REQUIRED and not given["due"]:
        raise UnreadableValue(N_("Enter the date on the label: calibration due, or expiry."), "due")
    try:
        due = _day(given["due"] or None)
    except ValueError:
        raise UnreadableValue(N_("Enter a date."), "due") from None
    parts = {name: given[name] for name in needed} | {"due": due.isoformat() if due else None}
    text = canonical.canonical_bytes(parts).decode()
    if field.type is FieldType.EQUIPMENT:
        return Typed(text, text, EquipmentUsed(given["code"], given["serial"], due))
    return Typed(text, text, LotUsed(given["number"], due))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
