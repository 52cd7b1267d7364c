"""A record's values, limits and exceptions in words: in the reader's language, with the zone of the site."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.exercises.rules.formulas import shown_value
from app.exercises.rules.master import Exercise, Field, FieldType, Limit, LimitKind
from app.exercises.views.wording import limit_text, shown_language
from app.kernel import clock
from app.kernel.errors import N_
from app.notebook.models import Record
from app.notebook.rules.labels import JUDGEMENTS
from app.notebook.rules.sheet import Cell, EntryFacts, ExceptionFacts, Sheet
from app.notebook.rules.words import EntryKind, ExceptionKind
from app.web.formats import show_date, show_number, show_time
from app.web.languages import page_language, translate

LIMIT_KINDS: dict[LimitKind, str] = {
    LimitKind.SPECIFICATION: N_("Specification: %(bounds)s"),
    LimitKind.ACTION: N_("Action limit: %(bounds)s"),
}
NOTHING = "–"


@dataclass(frozen=True)
class Reader:
    """Who reads: the language they read the exercise in, the zone of the site, the names of the record's people."""

    language: str
    zone: str
    performer_id: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, record: Record, exercise: Exercise, names: Mapping[str, str]) -> "Reader":
        """Return the reader of this page."""
        return cls(shown_language(exercise, page_language()), record.zone, record.performer_id, names)

    def name(self, person_id: str | None) -> str:
        """Return the name behind an id."""
        return self.names.get(person_id or "", person_id or "")

    def day(self, moment: datetime) -> date:
        """Return the day that a moment has at the site."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def stamp(self, entry: EntryFacts, day: date | None) -> str:
        """Say when an entry was made, as short as may be: without the day `day`, without the performer's name."""
        local = entry.recorded_at.astimezone(ZoneInfo(self.zone))
        who = translate(N_("calculated")) if entry.kind is EntryKind.CALCULATED else ""
        if entry.performed_by != self.performer_id:
            who = self.name(entry.performed_by)
        when = "" if local.date() == day else f"{show_date(local.date())} "
        return f"{who} · {when}{local:%H:%M:%S}" if who else f"{when}{local:%H:%M:%S}"

    def by(self, entry: EntryFacts) -> str:
        """Say who made an entry, and when."""
        is_calculated = entry.kind is EntryKind.CALCULATED
        who = translate(N_("calculated")) if is_calculated else self.name(entry.performed_by)
        return f"{who} · {show_time(entry.recorded_at, self.zone)}"


def exercise_title(exercise: Exercise) -> str:
    """Return the title of an exercise for the reader of this page."""
    return exercise.title.in_language(shown_language(exercise, page_language()))


def cell_name(cell: Cell, reader: Reader) -> str:
    """Return what a cell is called: its field, and which reading of it."""
    return place_name(cell.field, cell.position, reader)


def place_name(field: Field, position: int | None, reader: Reader) -> str:
    """Return what a place is called: its field, and which reading of it."""
    label = field.label.in_language(reader.language)
    return translate(N_("%(field)s, reading %(number)s"), field=label, number=position) if position else label


def value_text(field: Field, entry: EntryFacts | None, reader: Reader) -> str:
    """Return a recorded value as people read it."""
    if entry is None:
        return ""
    if entry.kind is EntryKind.NOT_APPLICABLE:
        return translate(N_("Not applicable"))
    if entry.value is None:
        return translate(N_("No result"))
    if field.type is FieldType.TEXT:
        return entry.shown if entry.shown is not None else translate(N_("[erased]"))
    return stored_text(field, entry.value, reader)


def stored_text(field: Field, text: str, reader: Reader) -> str:
    """Return a stored canonical value as people read it."""
    if field.type is FieldType.CALCULATED:
        return show_number(format(shown_value(field, Decimal(text)), "f"))
    if field.type is FieldType.DECIMAL:
        return show_number(text)
    if field.type is FieldType.CHOICE:
        return field.choice(text).label.in_language(reader.language)
    if field.type is FieldType.CHECKBOX:
        return translate(N_("Yes")) if text == "true" else translate(N_("No"))
    if field.type is FieldType.DATETIME:
        return show_time(clock.from_text(text), reader.zone)
    if field.type in (FieldType.EQUIPMENT, FieldType.LOT) and text.startswith("{"):
        return _item_text(json.loads(text))
    return text


def limits_text(field: Field, cell: Cell, reader: Reader) -> str:
    """Return a field's limits in words; bounds that depend on other values show what they came to."""
    snapshots = {json.dumps(found["bounds"], sort_keys=True): found["bounds"] for found in cell.outcomes}
    if snapshots:
        said = [bounds_text(field, bounds, reader) for bounds in snapshots.values()]
    else:
        said = [_named(limit, field, reader) for limit in field.limits if not _is_open(limit)]
    return " · ".join(filter(None, said))


def bounds_text(field: Field, bounds: Mapping[str, Any], reader: Reader) -> str:
    """Return the bounds that a value was held against, from the snapshot kept with it (ER-06)."""
    if bounds.get("type") == "expired":
        return ""  # the date stands in the value itself
    limit = Limit(
        LimitKind(bounds["kind"]),
        bounds.get("minimum"),
        bounds.get("maximum"),
        bool(bounds.get("minimum_inclusive", True)),
        bool(bounds.get("maximum_inclusive", True)),
        tuple(bounds.get("allowed") or ()),
    )
    return _named(limit, field, reader)


def what_happened(found: ExceptionFacts, sheet: Sheet, reader: Reader) -> str:
    """Say in one line what an exception is about: the place, the value, the bounds or the first reading."""
    if found.field_id is None:
        return sheet.exercise.step(found.step_id).title.in_language(reader.language)
    field = sheet.exercise.field(found.field_id)
    unit = f" {field.unit.display}" if field.unit else ""
    value = _value_behind(found, sheet, field, reader) or _fact_text(field, found.facts.get("value"), reader)
    text = f"{place_name(field, found.position, reader)}{translate(N_(': '))}{value}{unit}"
    if found.kind is ExceptionKind.SECOND_READING:
        return f"{text} ≠ {_fact_text(field, found.facts.get('first'), reader)}{unit}"
    bounds = bounds_text(field, found.facts.get("bounds", {}), reader)
    return f"{text} ({bounds})" if bounds else text


def judgement_text(found: ExceptionFacts, reader: Reader) -> str:
    """Return what was made of an exception, why, and by whom."""
    if not found.judgement:
        return ""
    grounds = f" {found.grounds_shown}" if found.grounds_shown else ""
    return f"{translate(JUDGEMENTS[found.judgement])}.{grounds} ({reader.name(found.judged_by)})"


def _value_behind(found: ExceptionFacts, sheet: Sheet, field: Field, reader: Reader) -> str:
    """Return the value that opened an exception as its entry holds it; nothing where a bound moved, not the value."""
    entry = next((one for one in sheet.entries if one.sequence == found.entry), None)
    is_own = entry is not None and (entry.field_id, entry.position) == (found.field_id, found.position)
    return value_text(field, entry, reader) if is_own else ""


def _fact_text(field: Field, value: Any, reader: Reader) -> str:
    return stored_text(field, str(value), reader) if value is not None else NOTHING


def _named(limit: Limit, field: Field, reader: Reader) -> str:
    if limit.allowed:
        answers = ", ".join(stored_text(field, code, reader) for code in limit.allowed)
        return translate(N_("Expected: %(answers)s"), answers=answers)
    bounds = limit_text(limit, field, reader.language)
    return translate(LIMIT_KINDS[limit.kind], bounds=bounds) if bounds else ""


def _is_open(limit: Limit) -> bool:
    """Say whether a bound depends on values that are not there yet."""
    return any(bound is not None and not _is_number(bound) for bound in (limit.minimum, limit.maximum))


def _item_text(item: Mapping[str, str | None]) -> str:
    parts = [part for part in (item.get("code"), item.get("serial"), item.get("number")) if part]
    due = item.get("due")
    return " · ".join(
        [*parts, translate(N_("until %(day)s"), day=show_date(date.fromisoformat(due)))] if due else parts
    )


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()
