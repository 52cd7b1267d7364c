"""The LRS beside Ralph, another LRS: both served on loopback, filled with the same statements, asked the same things.

Ralph keeps statements in files here (its other stores are servers of their own), and searches them for each request; so
it is asked fewer times. It validates less, and answers without a version or a line in a trail.
"""

import http.client
import json
import statistics
import tempfile
import time
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.draining import serving
from tests.bench.lrs import BATCH, Filled, made
from tests.flows.second_ralph import USERNAME, running_ralph

FILLED_AT_ONCE = 2_000
ASKED_OF_RALPH = 20
SECONDS_TO_ANSWER = 300


@dataclass(frozen=True)
class Rates:
    """Requests of one connection a second: single statements; statements in batches; questions for one id."""

    singles: float
    batches: float
    by_id: float


class Program:
    """A program that talks to an LRS over HTTP on one connection, and counts the seconds until the answer is read."""

    def __init__(self, address: str, headers: dict[str, str], statements: int) -> None:
        place = urlsplit(address)
        self._line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=SECONDS_TO_ANSWER)
        self._path = f"{place.path}/statements"
        self._headers = headers
        self.statements = statements

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def send(self, number: int) -> float:
        """Send the next statements, as an array unless it is one."""
        statements = [made(place) for place in range(self.statements, self.statements + number)]
        self.statements += number
        sent = statements if number > 1 else statements[0]
        return self._ask("POST", self._path, json.dumps(sent, separators=(",", ":")).encode())

    def find(self, number: int) -> float:
        """Ask for the statement of a number."""
        return self._ask("GET", f"{self._path}?statementId={made(number)['id']}")

    def _ask(self, method: str, path: str, content: bytes | None = None) -> float:
        headers = self._headers | ({"Content-Type": "application/json"} if content else {})
        started = time.perf_counter()
        self._line.request(method, path, body=content, headers=headers)
        answer = self._line.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - started
        if answer.status not in {200, 204}:
            raise RuntimeError(f"the request was answered with {answer.status}: {body[:500]!r}")
        return seconds


def ours(filled: Filled, var: Path, times: int) -> Rates:
    """Return the rates of our LRS, which holds statements already, served from a process of its own."""
    with serving(filled.installation, var) as address:
        with closing(Program(address, filled.headers, filled.statements)) as program:
            rates = _rates(program, times)
        filled.statements = program.statements
    return rates


@cache
def ralphs(statements: int) -> Rates:
    """Return the rates of Ralph holding so many statements, measured once in a run."""
    with tempfile.TemporaryDirectory() as folder, running_ralph(Path(folder)) as ralph:
        headers = _headers(USERNAME, ralph.password)
        with closing(Program(f"http://127.0.0.1:{ralph.port}/xAPI", headers, 0)) as program:
            while program.statements < statements:
                program.send(min(FILLED_AT_ONCE, statements - program.statements))
            return _rates(program, ASKED_OF_RALPH)


def _rates(program: Program, times: int) -> Rates:
    """Measure after a few requests that are not counted; the questions go to statements all over the LRS."""
    held, batches = program.statements, max(times // 5, 5)
    for _ in range(2):
        program.send(1), program.send(BATCH), program.find(0)
    singles = statistics.median(program.send(1) for _ in range(times))
    together = statistics.median(program.send(BATCH) for _ in range(batches))
    by_id = statistics.median(program.find(place * held // times) for place in range(times))
    return Rates(1 / singles, BATCH / together, 1 / by_id)


def _headers(username: str, password: str) -> dict[str, str]:
    shown = b64encode(f"{username}:{password}".encode()).decode()
    return {"X-Experience-API-Version": "1.0.3", "Authorization": f"Basic {shown}"}
