"""Launches one by one: the server time of all that a browser asks from the click in a course to the first step page.

Requests go through the whole application without a network, as inside a course's frame, where the door first tries
whether a cookie comes back. What the platform does between them (signing takes it longest) is not counted. The same
people come twice: first unknown, made by their launch and led to the notice, then known, through another activity. Both
times a record is issued. Each chain is followed by a plain page, which both are held against.
"""

import html
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel.actors import Permission, system_actor
from config.settings import CONFIG, Settings
from tests.installation import Installation, Tablet
from tests.lms.platform import Activity, Platform, User, listening
from tests.lms.rounds import course_of

EXERCISE = "PIP-001"
PLAIN_PAGE = "/records"
HIDDEN = re.compile(r'<input(?=[^>]*type="hidden")[^>]*name="([^"]*)"[^>]*value="([^"]*)"')
FIRST_COURSE, SECOND_COURSE = Activity("7"), Activity("8")
WARMING = 5
"""How many launches come before those that count."""


class Answer(NamedTuple):
    """What the hub answered."""

    status: int
    location: str
    text: str


Ask = Callable[[str, str, dict[str, str]], Answer]
"""Sends a request, given its method, path and form, and keeps cookies as a browser does."""


@dataclass
class Visit:
    """Somebody goes from the course to their first step; `seconds` are those of each request, by what it was for."""

    ask: Ask
    seconds: dict[str, float] = field(default_factory=dict)

    def launch(self, platform: Platform, user: str, activity: Activity) -> None:
        """Go the whole way; raise RuntimeError where an answer is none that leads on."""
        answer = self._go("login", "POST", "/lti/login", platform.initiate(user, activity))
        while answer.location.startswith("/lti/login"):
            answer = self._go("login", "GET", answer.location)
        answer = self._go("launch", "POST", "/lti/launch", platform.answer(answer.location))
        answer = self._follow("record page", answer)
        if 'action="/privacy/notice"' in answer.text:
            answer = self._follow("record page", self._go("notice", "POST", "/privacy/notice", _hidden(answer.text)))
        following = re.search(r'href="(/records/[^"/]*/next)"', answer.text)
        if following is None:
            raise RuntimeError(f"the page leads to no step: {answer.status} {answer.text[:500]}")
        answer = self._follow("step page", self._go("step page", "GET", following[1]))
        if answer.status != 200 or 'name="field"' not in answer.text:
            raise RuntimeError(f"no step page: {answer.status} {answer.text[:500]}")

    def read(self, path: str) -> float:
        """Return the seconds of a page, which are not of the way."""
        started = time.perf_counter()
        answer = self.ask("GET", path, {})
        seconds = time.perf_counter() - started
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        return seconds

    @property
    def whole(self) -> float:
        """The seconds of all requests together."""
        return sum(self.seconds.values())

    def _follow(self, what: str, answer: Answer) -> Answer:
        while answer.location.startswith("/"):
            answer = self._go("notice" if "/privacy/" in answer.location else what, "GET", answer.location)
        return answer

    def _go(self, what: str, method: str, path: str, form: dict[str, str] | None = None) -> Answer:
        started = time.perf_counter()
        answer = self.ask(method, path, form or {})
        self.seconds[what] = self.seconds.get(what, 0.0) + time.perf_counter() - started
        if answer.status not in {200, 302, 303}:
            raise RuntimeError(f"{method} {path.partition('?')[0]} was answered with {answer.status}: {answer.text}")
        return answer


@dataclass(frozen=True)
class Alone:
    """Milliseconds of chains, one after the other, and how many times a plain page the median is."""

    median: float
    p95: float
    plain: float
    parts: str

    @property
    def ratio(self) -> float:
        """How many plain pages a chain costs."""
        return self.median / self.plain


def measure_alone(house: Installation, people: int) -> tuple[Alone, Alone]:
    """Return what launches cost that make their person, and what those of known people cost."""
    with listening(lambda: house.client().get("/lti/jwks").get_json()) as platform:
        furnish_course(house, platform, people)
        newcomers, known = (_one_by_one(house, platform, activity) for activity in (FIRST_COURSE, SECOND_COURSE))
        return newcomers, known


def furnish_course(house: Installation, platform: Platform, people: int) -> None:
    """Let the hub know a platform whose course has so many people, and an exercise that its activities open."""
    course_of(house, platform)
    text = (CONFIG / "exercises" / f"{EXERCISE}.yaml").read_text(encoding="utf-8")
    with house.acting() as session:
        actor = system_actor("command", Permission.EXERCISE_LOAD)
        load_exercise(session, parse_exercise(text, f"{EXERCISE}.yaml"), actor=actor)
    users = (User(str(1000 + number), f"Apprenant Numéro{number}", f"apprenant{number}") for number in range(people))
    platform.users = {user.id: user for user in users}


def percentile(values: list[float], part: float) -> float:
    """Return the value that so large a part of some values do not exceed."""
    ordered = sorted(values)
    return ordered[max(round(part * len(ordered)) - 1, 0)]


def parts_of(visits: list[Visit]) -> str:
    """Say what the requests of each kind take together in one way, in milliseconds: median and p95."""
    told = []
    for name in dict.fromkeys(name for visit in visits for name in visit.seconds):
        taken = [visit.seconds[name] * 1000 for visit in visits if name in visit.seconds]
        told.append(f"{name} {statistics.median(taken):.0f}/{percentile(taken, 0.95):.0f}")
    return ", ".join(told)


def _one_by_one(house: Installation, platform: Platform, activity: Activity) -> Alone:
    visits, plain = [], []
    for visit in _visits(house, platform, opening(activity, EXERCISE)):
        visits.append(visit)
        plain.append(visit.read(PLAIN_PAGE) * 1000)
    visits, plain = visits[WARMING:] or visits, plain[WARMING:] or plain
    whole = [visit.whole * 1000 for visit in visits]
    return Alone(statistics.median(whole), percentile(whole, 0.95), statistics.median(plain), parts_of(visits))


def _visits(house: Installation, platform: Platform, activity: Activity) -> Iterator[Visit]:
    for user in platform.users:
        visit = Visit(asking(house.client()))
        visit.launch(platform, user, activity)
        yield visit


def opening(activity: Activity, exercise: str, public_url: str = Settings.public_url) -> Activity:
    """Return an activity with the same name that opens an exercise at a hub."""
    return Activity(activity.id, target=f"{public_url}/lti/launch", custom={"exercise": exercise})


def asking(client: Tablet) -> Ask:
    """Return how a browser of the test client asks."""

    def ask(method: str, path: str, form: dict[str, str]) -> Answer:
        answer = client.open(path, method=method, data=form or None)
        return Answer(answer.status_code, answer.headers.get("Location", ""), answer.get_data(as_text=True))

    return ask


def _hidden(page: str) -> dict[str, str]:
    """Return what the hidden fields of the notice's form carry."""
    form = page.split('action="/privacy/notice"', 1)[1].split("</form>", 1)[0]
    return {name: html.unescape(value) for name, value in HIDDEN.findall(form)}
