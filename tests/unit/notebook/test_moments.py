"""Dates and times typed at the bench: in the zone of the site, and never one that names two moments or none."""

from datetime import UTC, datetime

import pytest

from app.exercises.rules.master import Field, FieldType
from app.kernel.text import Text
from app.notebook.errors import UnreadableValue
from app.notebook.rules.reading import read_moment, read_typed, stored_reading

ZONE = "Europe/Brussels"


@pytest.mark.requirement("ER-04", "ER-H6")
def test_a_time_typed_at_the_bench_is_the_time_of_the_site() -> None:
    winter, summer = read_moment("2026-11-23T09:05", ZONE), read_moment("2026-07-23T09:05", ZONE)

    assert winter.astimezone(UTC) == datetime(2026, 11, 23, 8, 5, tzinfo=UTC)
    assert summer.astimezone(UTC) == datetime(2026, 7, 23, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "twice_or_never", ["2026-10-25T02:00", "2026-10-25T02:59", "2026-03-29T02:00", "2026-03-29T02:30"]
)
def test_an_hour_that_exists_twice_or_not_at_all_is_refused(twice_or_never: str) -> None:
    with pytest.raises(UnreadableValue):
        read_moment(twice_or_never, ZONE)


@pytest.mark.parametrize("beside", ["2026-10-25T01:59", "2026-10-25T03:00", "2026-03-29T01:59", "2026-03-29T03:00"])
def test_the_minutes_beside_the_change_of_clocks_are_read(beside: str) -> None:
    assert read_moment(beside, ZONE).isoformat().startswith(beside)


def test_another_zone_changes_its_clocks_on_its_own_day() -> None:
    assert read_moment("2026-10-25T02:30", "America/New_York").hour == 2

    with pytest.raises(UnreadableValue):
        read_moment("2026-11-01T01:30", "America/New_York")


def test_a_time_with_its_offset_names_one_moment_on_any_day() -> None:
    read = read_moment("2026-10-25T02:30+01:00", ZONE)

    assert read.astimezone(UTC) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed", ["", "yesterday", "2026-11-23", "09:05", "2026-13-01T09:05", "0026-11-23T09:05", "9999-11-23T09:05"]
)
def test_what_is_no_date_and_time_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableValue):
        read_moment(typed, ZONE)


def test_a_stored_moment_is_read_back_as_the_same_moment() -> None:
    label = Text.of({"fr": "x", "en": "x"})
    started = Field("started", label, FieldType.DATETIME)
    typed = read_typed(started, {"value": "2026-07-23T09:05"}, "fr", ZONE)

    assert typed.text == "2026-07-23T07:05:00.000Z"
    assert stored_reading(started, typed.text) == typed.reading
