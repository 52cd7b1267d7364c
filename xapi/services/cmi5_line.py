"""The line to an LMS that launched: the token once, what the course decided, statements one by one.

Only addresses below the LMS's registered ones are asked, and no redirect is followed. Every request has its timeouts,
and every answer its greatest length.
"""

import json
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any

import httpx

from app.delivery.services.asking import read_bounded, trust_with
from xapi.errors import LaunchRefused, LmsSilent, Malformed
from xapi.models import CourseLms
from xapi.rules.cmi5 import Launch, is_below, read_language, read_token, to_text
from xapi.rules.comparing import say_the_same
from xapi.rules.editions import VERSION_HEADER
from xapi.rules.texts import read_value

VERSION = "1.0.3"
TIMEOUTS = httpx.Timeout(10.0, connect=5.0)
LONGEST_TALK = 20
LONGEST_ANSWER = 256 * 1024
LONGEST_SAID = 500
STATE = "LMS.LaunchData"
PREFERENCES = "cmi5LearnerPreferences"
_STORED = frozenset({httpx.codes.OK, httpx.codes.NO_CONTENT})
_REFUSED = frozenset({400, 403, 409, 412, 413, 422})


class Fate(StrEnum):
    """What an answer to a statement means: it arrived, it never will, ask later, or the session is over."""

    STORED = "stored"
    REFUSED = "refused"
    LATER = "later"
    OVER = "over"


@dataclass(frozen=True)
class Answer:
    """What the LMS said of a statement, and what that means."""

    fate: Fate
    text: str


@dataclass(frozen=True)
class Admission:
    """What a launch gave: the token, what the course decided (as JSON text), the language that the person likes."""

    token: str = field(repr=False)
    data: str
    language: str | None


class CourseLine:
    """A connection to one LMS, for the length of a block."""

    def __init__(self, lms: CourseLms, token: str = "") -> None:
        self._origins: list[str] = list(lms.origins)
        self._client = httpx.Client(timeout=TIMEOUTS, verify=_trust(lms.ca_file), follow_redirects=False)
        self._token = token

    def __enter__(self) -> "CourseLine":
        """Hold the connection."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of it."""
        self._client.close()

    def admit(self, launch: Launch) -> Admission:
        """Fetch the token, once, and read what the course decided; raise LaunchRefused, LmsSilent (cmi5 §8.2, §10)."""
        status, body = self._ask("POST", launch.fetch)
        if status != httpx.codes.OK:
            raise LaunchRefused
        self._token = read_token(body)
        of_person = {"agent": launch.actor}
        state = {**of_person, "activityId": launch.activity_id, "registration": launch.registration, "stateId": STATE}
        status, data = self._ask("GET", f"{launch.endpoint}/activities/state", params=state)
        if status != httpx.codes.OK or data is None:
            raise LaunchRefused
        profile = {**of_person, "profileId": PREFERENCES}
        status, wishes = self._ask("GET", f"{launch.endpoint}/agents/profile", params=profile)
        return Admission(self._token, to_text(data), read_language(wishes) if status == httpx.codes.OK else None)

    def tell(self, endpoint: str, identifier: str, body: bytes, *, again: bool) -> Answer:
        """Send the frozen bytes of a statement; `again` looks whether a refused one had arrived before."""
        address, headers = f"{endpoint}/statements", {"Content-Type": "application/json"}
        try:
            status, value = self._ask("POST", address, content=body, headers=headers)
            if status in _STORED:
                return Answer(Fate.STORED, str(status))
            if status == httpx.codes.UNAUTHORIZED:
                return Answer(Fate.OVER, _said(status, value))
            if status not in _REFUSED:
                return Answer(Fate.LATER, _said(status, value))
            is_there = (again or status == httpx.codes.CONFLICT) and self._has(address, identifier, body)
        except LmsSilent as error:
            return Answer(Fate.LATER, f"no answer: {error.__cause__ or error}"[:LONGEST_SAID])
        said = _said(status, value)
        return Answer(Fate.STORED, f"{said}; read back") if is_there else Answer(Fate.REFUSED, said)

    def _has(self, address: str, identifier: str, body: bytes) -> bool:
        status, found = self._ask("GET", address, params={"statementId": identifier})
        return status == httpx.codes.OK and isinstance(found, dict) and say_the_same(found, read_value(body))

    def _ask(self, method: str, address: str, **parts: Any) -> tuple[int, Any]:
        """Ask once; return the status and the JSON of the answer, None where it is none."""
        if not is_below(address, self._origins):
            raise LaunchRefused
        headers = {VERSION_HEADER: VERSION} | parts.pop("headers", {})
        if self._token:
            headers["Authorization"] = f"Basic {self._token}"
        try:
            with self._client.stream(method, address, headers=headers, **parts) as answer:
                body = read_bounded(answer, LONGEST_ANSWER, LONGEST_TALK)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise LmsSilent from error
        try:
            return answer.status_code, read_value(body)
        except (Malformed, ValueError, RecursionError):
            return answer.status_code, None


def _said(status: int, value: Any) -> str:
    """Return the status and what the LMS says of it, in one short line."""
    said = json.dumps(value, ensure_ascii=False, default=str) if value is not None else ""
    return f"{status} {said}".strip()[:LONGEST_SAID]


def _trust(ca_file: str | None) -> ssl.SSLContext:
    try:
        return trust_with(ca_file)
    except OSError as error:  # its file is not there today
        raise LmsSilent from error
