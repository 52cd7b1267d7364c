"""The start of a practical: a whole class launches its exercise, against `cahier run` with two web processes and the
worker, over HTTP.

The class, the platform that signs its launches and the hub share one machine, so that their work is in the figures.
Everybody goes the whole way of tests/bench/launches.py, without a pause between two requests.
"""

import re
import ssl
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.bench.launches import (
    EXERCISE,
    FIRST_COURSE,
    PLAIN_PAGE,
    SECOND_COURSE,
    Answer,
    Ask,
    Visit,
    furnish_course,
    opening,
    parts_of,
    percentile,
)
from tests.flows.commands import Shell
from tests.installation import ORIGIN, Installation
from tests.lms.platform import Activity, Platform, listening

WEB_PROCESSES = 2
MINUTE, RUSH = 60.0, 10.0
ANSWERS_WITHIN = 60.0
# Built once: each browser would build its own, which takes longer than a request, and none of them uses it.
_NO_TLS = ssl.create_default_context()


@dataclass
class Class:
    """How a class came in: the way of each, what went wrong, the seconds of a plain page that each asked for then."""

    visits: list[Visit] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    plain: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Milliseconds of the whole way."""
        return statistics.median(self._ways())

    @property
    def p95(self) -> float:
        """Milliseconds that nineteen of twenty stay below."""
        return percentile(self._ways(), 0.95)

    @property
    def slowest(self) -> float:
        """Milliseconds of the slowest."""
        return max(self._ways())

    @property
    def ratio(self) -> float:
        """How many plain pages the median of the whole way is."""
        return statistics.median(visit.whole for visit in self.visits) / statistics.median(self.plain)

    @property
    def parts(self) -> str:
        """What each request takes, median and p95."""
        return parts_of(self.visits)

    def _ways(self) -> list[float]:
        return [visit.whole * 1000 for visit in self.visits]


@dataclass(frozen=True)
class Start:
    """A class that begins: who comes, within how many seconds, through which activity, and the aim in milliseconds."""

    who: str
    seconds: float
    activity: Activity
    aim: float


STARTS = (
    Start("newcomers", MINUTE, FIRST_COURSE, 500),
    Start("people already known", MINUTE, SECOND_COURSE, 500),
    Start("in a rush", RUSH, Activity("9"), 10_000),
)
"""The same people each time. The hub knows nobody when the first begins; a rush has no aim but that all come in."""


def measure(house: Installation, people: int, starts: Sequence[Start] = STARTS) -> Iterator[tuple[Start, Class]]:
    """Yield how so many people come in, start after start."""
    with listening(dict) as platform:
        furnish_course(house, platform, people)
        with served(house) as address:
            for start in starts:
                activity = opening(start.activity, EXERCISE, address)
                yield start, _come(address, platform, activity, start.seconds)


@contextmanager
def served(house: Installation) -> Iterator[str]:
    """Run a founded installation as its operator would, for the length of a block; give its address."""
    settings = house.settings
    shell = Shell(settings.var, {"CAHIER_DATABASE_URL": settings.database_url, "CAHIER_ORIGIN": ORIGIN})
    with shell.running("--workers", str(WEB_PROCESSES)) as running:
        yield running.url()
        running.stop()


def _come(address: str, platform: Platform, activity: Activity, within: float) -> Class:
    """Let everybody come, each at their own time."""
    came, begin = Class(), time.perf_counter() + 1.0
    pause = within / len(platform.users)

    def come(number: int, user: str) -> None:
        with browser(address) as ask:
            time.sleep(max(begin + number * pause - time.perf_counter(), 0.0))
            visit = Visit(ask)
            try:
                visit.launch(platform, user, activity)
                came.visits.append(visit)
                came.plain.append(visit.read(PLAIN_PAGE))
            except (RuntimeError, LookupError, httpx.HTTPError) as error:
                came.errors[re.sub(r"\s+", " ", str(error))[:200]] += 1

    with ThreadPoolExecutor(len(platform.users)) as everybody:
        list(everybody.map(come, range(len(platform.users)), platform.users))
    return came


@contextmanager
def browser(address: str) -> Iterator[Ask]:
    """Give how a browser of its own asks a hub."""
    with httpx.Client(base_url=address, timeout=ANSWERS_WITHIN, verify=_NO_TLS) as client:

        def ask(method: str, path: str, form: dict[str, str]) -> Answer:
            answer = client.request(method, path, data=form or None)
            return Answer(answer.status_code, answer.headers.get("Location", ""), answer.text)

        yield ask
