"""Playing several stories at once under one clock: each does an act and says how long it rests, as people would."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kernel.clock import SimulatedClock

NIGHT = time(1, 30)
Story = Iterator[timedelta]
"""Does one act between two steps, and yields how long it takes until the next."""


class Calendar:
    """The working days of the weeks before a moment, counted from 0, so that all that is told lies in the past."""

    def __init__(self, before: datetime, weeks: int, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        today = before.astimezone(self._zone).date()
        days = [today - timedelta(days=back) for back in range(7 * weeks, 0, -1)]
        self._days: list[date] = [day for day in days if day.weekday() < 5]

    def at(self, day: int, clock_time: str) -> datetime:
        """Return a moment of a working day, given as the hub's clocks show it."""
        return datetime.combine(self._days[day], time.fromisoformat(clock_time), self._zone)


def play(
    clock: SimulatedClock,
    stories: Iterable[tuple[datetime, Story]],
    tell: Callable[[int, int], None],
    overnight: Callable[[], None],
) -> None:
    """Play stories from their beginnings to their ends, in the order of the simulated time; the clock never goes back.

    `tell` is given how many stories ended, of how many. `overnight` is what goes on without people, every night.
    """
    waiting = [(begin, number, story) for number, (begin, story) in enumerate(stories)]
    heapq.heapify(waiting)
    count = len(waiting)
    while waiting:
        due, number, story = heapq.heappop(waiting)
        while (night := _night_after(clock.at)) < due:
            clock.advance(seconds=(night - clock.at).total_seconds())
            overnight()
        clock.advance(seconds=max((due - clock.at).total_seconds(), 0.001))
        rest = next(story, None)
        if rest is None:
            tell(count - len(waiting), count)
        else:
            heapq.heappush(waiting, (clock.at + rest, number, story))


def _night_after(moment: datetime) -> datetime:
    """Return the next time that it is the middle of a night."""
    night = datetime.combine(moment.date(), NIGHT, moment.tzinfo)
    return night if night > moment else night + timedelta(days=1)
