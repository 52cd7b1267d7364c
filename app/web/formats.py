"""How times and numbers show: in the hub's zone, with the zone written, by the reader's language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import Flask

from app.web.languages import current_locale
from app.web.visitors import edge

_DECIMAL_COMMA = ("fr", "nl", "de")


def install_formats(app: Flask) -> None:
    """Register the filters that templates use."""
    app.add_template_filter(show_time, "show_time")
    app.add_template_filter(show_day, "show_day")
    app.add_template_filter(show_date, "show_date")
    app.add_template_filter(show_number, "show_number")


def show_time(moment: datetime | None, zone: str | None = None) -> str:
    """Write a time with seconds and its zone's offset, as a record needs it (A11d-13.6), the month in letters
    (LANG-5).
    """
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone or edge().zone))
    written = format_datetime(local, "d MMM y HH:mm:ss", locale=current_locale())
    offset = local.strftime("%z")
    return f"{written} {local.strftime('%Z')} ({offset[:3]}:{offset[3:]})"


def show_day(day: date | None) -> str:
    """Write a day by the reader's language; a time is the day it has in the hub's zone."""
    if day is None:
        return ""
    local = day.astimezone(ZoneInfo(edge().zone)).date() if isinstance(day, datetime) else day
    return format_date(local, "long", locale=current_locale())


def show_date(day: date | None) -> str:
    """Write a day as short as it stays clear: the month in letters, so that nobody takes it for the day (LANG-5)."""
    if day is None:
        return ""
    local = day.astimezone(ZoneInfo(edge().zone)).date() if isinstance(day, datetime) else day
    return format_date(local, "d MMM y", locale=current_locale())


def show_number(text: str | None) -> str:
    """Write a decimal with its own digits and the reader's decimal sign; nothing is rounded or grouped."""
    if text is None:
        return ""
    return text.replace(".", ",") if current_locale()[:2] in _DECIMAL_COMMA else text
