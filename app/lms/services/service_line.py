"""A line to the services of one platform: requests with an access token, bounded answers, faults as one exception."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.delivery.rules import Patience
from app.delivery.services.asking import read_bounded, trust_with
from app.lms.errors import NoTokenGiven
from app.lms.models import Platform
from app.lms.services.access_tokens import AccessTokens
from app.storage import Storage

LONGEST_ANSWER = 8 * 1024 * 1024
_SAID = 300


class LineDown(Exception):
    """The platform does not answer, or gives no token: nothing is said about what was asked for.

    `refused` says that it answered, and wants none of us.
    """

    def __init__(self, answer: str, *, refused: bool = False) -> None:
        super().__init__(answer)
        self.answer = answer
        self.refused = refused


@dataclass(frozen=True)
class Answer:
    """What a service answered; `value` is its JSON, None where it has none, `next_page` what follows it."""

    status: int
    value: Any
    said: str
    headers: Mapping[str, str] = field(default_factory=dict)
    next_page: str | None = None

    @property
    def accepted(self) -> bool:
        """Say whether the service did what was asked."""
        return 200 <= self.status < 300


class ServiceLine:
    """An open line to the services of one platform; its certificate is verified."""

    def __init__(self, tokens: AccessTokens, platform: Platform, patience: Patience | None = None) -> None:
        """Make ready to ask; raises OSError where the authorities that vouch for the platform cannot be read."""
        patience = patience or Patience()
        limits = httpx.Timeout(patience.read, connect=patience.connect, write=patience.write, pool=patience.connect)
        self._client = httpx.Client(timeout=limits, verify=trust_with(platform.ca_file, platform.authorities))
        self._tokens, self._platform, self._talk = tokens, platform, patience.talk

    def ask(
        self, method: str, address: str, scope: str, *, accept: str, content: bytes | None = None, kind: str = ""
    ) -> Answer:
        """Ask once, and once more with a fresh token where the first is not welcome. Raises LineDown."""
        headers = {"Accept": accept} | ({"Content-Type": kind} if content is not None else {})
        answer = self._ask(method, address, scope, headers, content, fresh=False)
        if answer.status == httpx.codes.UNAUTHORIZED:
            answer = self._ask(method, address, scope, headers, content, fresh=True)
        return answer

    def greet(self, scope: str) -> None:
        """Have a token given for a scope; raises LineDown."""
        self._token(scope, fresh=True)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _ask(
        self, method: str, address: str, scope: str, headers: dict[str, str], content: bytes | None, *, fresh: bool
    ) -> Answer:
        given = headers | {"Authorization": f"Bearer {self._token(scope, fresh=fresh)}"}
        try:
            with self._client.stream(method, address, headers=given, content=content) as answer:
                body = read_bounded(answer, LONGEST_ANSWER, self._talk)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise LineDown(f"no answer: {type(error).__name__} {error}".strip()) from None
        following = answer.links.get("next", {}).get("url")
        return Answer(answer.status_code, _value(body), _said(answer, body), dict(answer.headers), following)

    def _token(self, scope: str, *, fresh: bool) -> str:
        if fresh:
            self._tokens.forget(self._platform.id)
        try:
            return self._tokens.token_for(self._platform, (scope,), self._client)
        except NoTokenGiven as error:
            # 400 and 401 are what the standard has for a client that is not known, or may not have this scope.
            raise LineDown(f"no access token: {error}"[:_SAID], refused=error.status in (400, 401)) from None


def open_service_line(
    storage: Storage, tokens: AccessTokens, platform_id: str, patience: Patience | None = None
) -> ServiceLine:
    """Open a line to a platform's services; raise OSError where it cannot be opened, also for one that was ended."""
    with storage.reading() as session:
        platform = session.get(Platform, platform_id)
    if platform is None or platform.ended_at:
        raise OSError("the platform was ended")
    return ServiceLine(tokens, platform, patience)


def _value(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(answer: httpx.Response, body: bytes) -> str:
    """Return the status and the beginning of what it says, in one line."""
    text = " ".join(body[:_SAID].decode(answer.encoding or "utf-8", "replace").split())
    return f"{answer.status_code} {answer.reason_phrase} {text}".strip()[:_SAID]
