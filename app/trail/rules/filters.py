"""What a reader asks of the trail: days as they are typed, and which lines deserve to be read first."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.audit.actions import Action
from app.kernel.errors import N_, Invalid

EXCEPTIONAL = frozenset(
    {
        Action.ENTRY_CORRECTED,
        Action.ENTRY_REPEATED,
        Action.ENTRY_NOT_APPLICABLE,
        Action.STEP_RESUMED,
        Action.EXCEPTION_RAISED,
        Action.EXCEPTION_COMMENTED,
        Action.RECORD_RETURNED,
        Action.REQUEST_REFUSED,
    }
)
"""Acts that depart from the straight way through a record (A11-9, MH-6.6)."""
_DAY = re.compile(r"[1-9]\d{3}-\d\d-\d\d")
_LAST = date(9999, 1, 1)


def is_exceptional(action: Action, after: dict[str, Any]) -> bool:
    """Say whether a line is one that a reviewer reads first: a departure, or a value outside its limits."""
    return action in EXCEPTIONAL or bool(after.get("out_of_limit"))


def read_days(since: str, until: str, zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the moment at which the first day begins and that at which the last has ended, in a zone.

    None for a day that is not given; raises Invalid for one that is none, or when the last comes before the first.
    """
    days = {name: _day(text) for name, text in (("since", since), ("until", until))}
    wrong = {name: N_("Type the day as in 2026-11-23.") for name, day in days.items() if day is _LAST}
    first, last = days["since"], days["until"]
    if not wrong and first and last and last < first:
        wrong["until"] = N_("The last day comes before the first.")
    if wrong:
        raise Invalid(fields=wrong)
    return (_begins(first, zone) if first else None, _begins(last + timedelta(days=1), zone) if last else None)


def _day(text: str) -> date | None:
    """Return a day, None for none, and a day that nobody means for what is no day."""
    if not text:
        return None
    try:
        return min(date.fromisoformat(text), _LAST) if _DAY.fullmatch(text) else _LAST
    except ValueError:
        return _LAST


def _begins(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
