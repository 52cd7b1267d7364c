"""One connection to a Moodle's web service over REST: a call, and what came instead of an answer."""

from collections.abc import Mapping
from typing import Any

import httpx

from app.delivery.rules import Destination, Halt, Limits, StopReason
from app.delivery.services.asking import read_bounded, retry_after, trust_with
from xapi.carrying import LONGEST_ANSWER, status_of
from xapi.rules.moodle import Complaint
from xapi.rules.texts import read_value

_NOT_WELCOME = frozenset({401, 403})


class Halted(Exception):
    """The Moodle cannot go on with this round."""

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.answer)
        self.halt = halt


class Complained(Exception):
    """The web service answered with an error."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(str(complaint))
        self.complaint = complaint


class TooLarge(Exception):
    """What stands before the Moodle calls a request too large."""


class MoodleLine:
    """A connection to one Moodle, reused from call to call; its certificate is verified.

    The token travels in the body: addresses are written into logs.
    """

    def __init__(self, destination: Destination, limits: Limits) -> None:
        patience = limits.patience
        self._address = f"{destination.address}/webservice/rest/server.php"
        self._secret = {"wstoken": destination.secret, "moodlewsrestformat": "json"}
        self._client = httpx.Client(
            timeout=httpx.Timeout(patience.read, connect=patience.connect, write=patience.write, pool=patience.connect),
            verify=trust_with(destination.settings.get("ca_file")),
        )
        self._talk = patience.talk

    def call(self, function: str, fields: Mapping[str, str]) -> Any:
        """Call a function and return its answer; raises Halted (also for the token), TooLarge, Complained."""
        answer, value = self._ask({**self._secret, "wsfunction": function, **fields})
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise TooLarge
        if answer.status_code != httpx.codes.OK:
            stop = StopReason.CREDENTIALS if answer.status_code in _NOT_WELCOME else None
            raise Halted(Halt(status_of(answer), retry_after(answer.headers.get("Retry-After")), stop))
        complaint = Complaint.in_answer(value)
        if complaint and complaint.stop:
            raise Halted(Halt(str(complaint), stop=complaint.stop))
        if complaint:
            raise Complained(complaint)
        return value

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, form: Mapping[str, str]) -> tuple[httpx.Response, Any]:
        try:
            with self._client.stream("POST", self._address, data=form) as answer:
                body = read_bounded(answer, LONGEST_ANSWER, self._talk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Halted(Halt(f"no answer: {type(error).__name__} {error}".strip())) from None
        try:
            return answer, read_value(body)
        except (ValueError, RecursionError):
            if answer.status_code == httpx.codes.OK:
                raise Halted(Halt(f"{status_of(answer)} without JSON: no web service answers here")) from None
            return answer, None
