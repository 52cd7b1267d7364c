"""The server's clock is the only clock; tests and the demonstration replace it for the length of a block.

Times are aware, in UTC, cut to the millisecond, because that is what a line of the trail can hold.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_simulation: ContextVar["SimulatedClock | None"] = ContextVar("cahier_simulated_clock", default=None)


class SimulatedClock:
    """A clock that stands still until it is advanced; what it dates is marked as simulated in the trail."""

    def __init__(self, start: datetime) -> None:
        self.at = _to_milliseconds(start.astimezone(UTC))

    def advance(self, **span: float) -> datetime:
        """Move forward by a timedelta's arguments (days, hours, minutes, seconds) and return the new time."""
        self.at = _to_milliseconds(self.at + timedelta(**span))
        return self.at


def now() -> datetime:
    """Return the present time in UTC, to the millisecond."""
    simulation = _simulation.get()
    return simulation.at if simulation else _to_milliseconds(datetime.now(UTC))


def is_simulated() -> bool:
    """Say whether the present time comes from a simulation, which every line then states."""
    return _simulation.get() is not None


@contextmanager
def simulated(start: datetime) -> Iterator[SimulatedClock]:
    """Run a block under a simulated clock that starts at an aware time."""
    clock = SimulatedClock(start)
    token = _simulation.set(clock)
    try:
        yield clock
    finally:
        _simulation.reset(token)


def to_text(moment: datetime) -> str:
    """Write an aware time as `2026-11-23T09:05:00.000Z`, the only form in which the house stores times."""
    if moment.tzinfo is None:
        raise ValueError("a naive time has no meaning in a record")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """Read what `to_text` wrote."""
    return datetime.fromisoformat(text)


def _to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
