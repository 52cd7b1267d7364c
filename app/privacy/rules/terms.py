"""The clock of everything that the law gives a term: when it is due, and when somebody must be reminded.

A request is answered within a month, which two more may prolong (GDPR 12(3)); a breach is notified within 72 hours
(GDPR 33(1)). Both run on the same clock: a due time, a reminder ahead of it, an alert once it has passed, and a stop.
"""

import calendar
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

MONTHS_TO_ANSWER = 1
MOST_MONTHS_MORE = 2
HOURS_TO_NOTIFY = timedelta(hours=72)
_LAST_MOMENT = time(23, 59, 59, 999000)


class Reminder(StrEnum):
    """What the clock says of a term that nobody has met yet."""

    SOON = "soon"
    OVERDUE = "overdue"


class Urgency(StrEnum):
    """Where a term stands, for people to read."""

    RUNNING = "running"
    SOON = "soon"
    OVERDUE = "overdue"
    MET = "met"
    MISSED = "missed"


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month where it has no such day (1182/71, 3(2)(c))."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def answer_due(received: date, zone: str, *, more: int = 0) -> datetime:
    """Return the last moment at which a request may be answered; `more` are the months by which it was prolonged.

    It is the end of a day of the hub's zone. It is not moved off Sundays and holidays: an earlier term harms nobody.
    """
    last = add_months(received, MONTHS_TO_ANSWER + more)
    return datetime.combine(last, _LAST_MOMENT, ZoneInfo(zone))


def notice_due(detected_at: datetime) -> datetime:
    """Return until when a breach is to be notified to the authority (GDPR 33(1))."""
    return detected_at + HOURS_TO_NOTIFY


def reminder_due(
    due_at: datetime, ahead: timedelta, now: datetime, *, soon_done: bool, overdue_done: bool
) -> Reminder | None:
    """Return the reminder to give now, if any; each is given once, and one that came too late for it is left out."""
    if now > due_at:
        return None if overdue_done else Reminder.OVERDUE
    return Reminder.SOON if now >= due_at - ahead and not soon_done else None


def urgency_of(due_at: datetime, ahead: timedelta, stopped_at: datetime | None, now: datetime) -> Urgency:
    """Say where a term stands."""
    if stopped_at:
        return Urgency.MET if stopped_at <= due_at else Urgency.MISSED
    if now > due_at:
        return Urgency.OVERDUE
    return Urgency.SOON if now >= due_at - ahead else Urgency.RUNNING
