"""One clock, aware, to the millisecond; a simulation ends with its block and says that it is one."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import clock

START = datetime(2026, 3, 29, 0, 59, 59, 999_999, UTC)


def test_the_clock_is_aware_and_cut_to_the_millisecond():
    now = clock.now()

    assert now.tzinfo is not None
    assert now.microsecond % 1000 == 0
    assert not clock.is_simulated()


def test_a_simulated_clock_stands_still_until_it_is_advanced():
    with clock.simulated(START) as simulation:
        before = clock.now()
        simulation.advance(days=14, hours=2)

        assert clock.now() - before == timedelta(days=14, hours=2)
        assert clock.is_simulated()
    assert not clock.is_simulated()


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001  (made aware below)
def test_a_time_comes_back_from_its_text_to_the_millisecond(moment):
    aware = moment.replace(tzinfo=timezone(timedelta(hours=2)), microsecond=moment.microsecond // 1000 * 1000)

    assert clock.from_text(clock.to_text(aware)) == aware
    assert clock.to_text(aware).endswith("Z")


@pytest.mark.requirement("P11.10(e)-4")
def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="naive"):
        clock.to_text(datetime(2026, 1, 1))  # noqa: DTZ001  (that is the point)
