"""The hub's LRS as a program meets it: single statements, batches, and questions, at lengths that few hubs reach.

Requests go through the whole application without a network: credential, edition, checks, transaction with its line. The
statements are those of many learners, about a hundred each, so that an answer is as long in a short LRS as in a long.
"""

import json
import random
import statistics
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.installation.serving import set_aside
from app.kernel.actors import Permission, system_actor
from app.storage import Storage
from tests.installation import Installation
from xapi.models import LrsCredential
from xapi.rules.reading import read_statements
from xapi.services.credentials import Scope, actor_of, add_credential
from xapi.services.receiving import prepare_statements, receive_statements
from xapi.statements import Hub

LEARNERS_OF = 100
ACTIVITIES, VERBS = 40, 8
FILLED_AT_ONCE = 2_000
BATCH = 100
HOME = "https://lms.example"


@dataclass
class Filled:
    """An LRS with so many statements, and a program that talks to it on one connection."""

    installation: Installation
    headers: dict[str, str]
    credential: LrsCredential
    statements: int = 0

    def __post_init__(self) -> None:
        self.client = self.installation.client()

    def ask(self, method: str, data: Any = None, **query: str) -> float:
        """Send a request and return its seconds; raise RuntimeError for any answer but 200."""
        body = None if data is None else json.dumps(data)
        started = time.perf_counter()
        answer = self.client.open(
            "/xapi/statements",
            method=method,
            headers=self.headers,
            data=body,
            query_string=query,
            content_type="application/json" if body else None,
        )
        answer.get_data()
        seconds = time.perf_counter() - started
        if answer.status_code != 200:
            raise RuntimeError(f"the request was answered with {answer.status_code}: {answer.get_data()[:500]!r}")
        return seconds


def opened(installation: Installation) -> Filled:
    """Return an LRS without statements and a program for it."""
    actor = system_actor("command", Permission.TARGET_ADMINISTER)
    with installation.storage.transaction() as session:
        credential, password = add_credential(session, "bench", [Scope.ALL], actor=actor)
    shown = b64encode(f"{credential.username}:{password}".encode()).decode()
    headers = {"X-Experience-API-Version": "1.0.3", "Authorization": f"Basic {shown}"}
    set_aside()
    return Filled(installation, headers, credential)


def fill(lrs: Filled, length: int, progress: Callable[[int], None]) -> None:
    """Store statements, through the service that stores them for programs, until there are so many."""
    authority = Hub(HOME).authority(actor_of(lrs.credential).pseudonym)
    while lrs.statements < length:
        wanted = min(FILLED_AT_ONCE, length - lrs.statements)
        data = json.dumps([made(number) for number in range(lrs.statements, lrs.statements + wanted)]).encode()
        sent = prepare_statements(read_statements(data)[0])
        with lrs.installation.storage.transaction() as session:
            receive_statements(session, lrs.credential, sent, authority=authority)
        lrs.statements += wanted
        progress(lrs.statements)
        if lrs.statements in {FILLED_AT_ONCE, length}:
            settle(lrs.installation.storage)


def settle(storage: Storage) -> None:
    """Let PostgreSQL count what it holds, as one in use does by itself all the time; servers for tests do not."""
    if not storage.is_sqlite:
        with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


def made(number: int) -> dict[str, Any]:
    """Return the statement of a number, always the same one: of a score, in a course, in an attempt."""
    chance = random.Random(number)
    verb, activity = chance.randrange(VERBS), chance.randrange(ACTIVITIES)
    return {
        "id": _uuid(number),
        "actor": learner(number // LEARNERS_OF),
        "verb": {"id": f"https://verbs.example/v{verb}", "display": {"en": f"did {verb}", "fr": f"a fait {verb}"}},
        "object": {
            "id": f"{HOME}/activities/{activity}",
            "definition": {
                "name": {"en": f"Activity {activity}"},
                "type": "http://adlnet.gov/expapi/activities/lesson",
            },
        },
        "result": {
            "score": {"scaled": chance.randrange(100) / 100, "raw": chance.randrange(100), "min": 0, "max": 100}
        },
        "context": {
            "registration": _uuid(number // LEARNERS_OF + 2**64),
            "platform": "Bench",
            "contextActivities": {"parent": [{"id": f"{HOME}/courses/{activity // 10}"}], "grouping": [{"id": HOME}]},
        },
        "timestamp": "2026-11-23T10:00:00.000Z",
    }


def learner(number: int) -> dict[str, Any]:
    """Return the agent of a number."""
    return {"objectType": "Agent", "account": {"homePage": HOME, "name": f"learner-{number}"}}


def singles(lrs: Filled, times: int) -> float:
    """Return how many single statements a second are taken."""
    return times / sum(_sent(lrs, 1, times))


def batches(lrs: Filled, times: int) -> float:
    """Return how many statements a second are taken in batches."""
    return BATCH * times / sum(_sent(lrs, BATCH, times))


def _sent(lrs: Filled, size: int, times: int) -> Iterator[float]:
    for _ in range(times):
        statements = [made(number) for number in range(lrs.statements, lrs.statements + size)]
        lrs.statements += size
        yield lrs.ask("POST", statements if size > 1 else statements[0])


QUESTIONS = {"by id": 5.0, "by agent": 10.0, "by agent, verb and activity, 25 at most": 15.0}
"""What is asked, and in how many milliseconds it should be answered."""


def questions(lrs: Filled, what: str, times: int) -> float:
    """Return the median milliseconds of a question, about other statements each time."""
    return questions_in_turns((lrs,), what, times)[0]


def questions_in_turns(several: Sequence[Filled], what: str, times: int) -> list[float]:
    """Return the median milliseconds of a question to each LRS, asked in turns, so that a busy moment hits all."""
    chance = random.Random(times)
    seconds: list[list[float]] = [[] for _ in several]
    for _ in range(times):
        for lrs, own in zip(several, seconds, strict=True):
            own.append(lrs.ask("GET", **_question(what, chance.randrange(lrs.statements))))
    return [statistics.median(own) * 1000 for own in seconds]


def _question(what: str, number: int) -> dict[str, str]:
    if what == "by id":
        return {"statementId": _uuid(number)}
    query = {"agent": json.dumps(learner(number // LEARNERS_OF))}
    if what == "by agent":
        return query
    statement = made(number)
    return query | {"verb": statement["verb"]["id"], "activity": statement["object"]["id"], "limit": "25"}


def _uuid(number: int) -> str:
    return str(UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % 2**128, version=4))
