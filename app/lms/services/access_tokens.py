"""Access tokens for a platform's services, by a client assertion that we sign (security framework §4.1, RFC 7523).

Tokens are kept in memory until shortly before they end, apart for each platform and set of scopes: secrets do not
enter the database. No call here may be made inside a transaction: nobody waits for a network there.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.delivery.services.asking import read_bounded
from app.kernel import clock
from app.lms.errors import NoTokenGiven
from app.lms.models import Platform
from app.lms.services.tool_keys import signing_key
from app.storage import Storage

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LASTS = timedelta(seconds=60)
LONGEST_ANSWER, LONGEST_TALK = 64 * 1024, 15
SPARE = timedelta(seconds=60)
"""How long before its end a token is given up."""

_DEFAULT_LIFE = 3600
_LONGEST_ANSWER_SHOWN = 300


@dataclass(frozen=True)
class _Kept:
    token: str = field(repr=False)
    until: datetime


class AccessTokens:
    """The access tokens of this process: `token_for` gives one that is good, asking the platform where it must."""

    def __init__(self, storage: Storage, sealing: bytes) -> None:
        """Keep where our keys stand, and what opens them."""
        self._storage, self._sealing = storage, sealing
        self._kept: dict[tuple[str, frozenset[str]], _Kept] = {}
        self._lock = Lock()

    def token_for(self, platform: Platform, scopes: Iterable[str], line: httpx.Client) -> str:
        """Return a token for these scopes; raise NoTokenGiven with what the platform answered."""
        wanted = frozenset(scopes)
        with self._lock:
            kept = self._kept.get((platform.id, wanted))
        if kept and kept.until > clock.now():
            return kept.token
        fresh = self._ask(platform, wanted, line)
        with self._lock:
            self._kept[platform.id, wanted] = fresh
        return fresh.token

    def forget(self, platform_id: str) -> None:
        """Give up the tokens of a platform, which refused one."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != platform_id}

    def _ask(self, platform: Platform, scopes: frozenset[str], line: httpx.Client) -> _Kept:
        with self._storage.reading() as session:
            key = signing_key(session, self._sealing, platform.operator_id)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": client_assertion(platform, key),
            "scope": " ".join(sorted(scopes)),
        }
        try:
            with line.stream("POST", platform.auth_token_url, data=form) as answer:
                body = read_bounded(answer, LONGEST_ANSWER, LONGEST_TALK)
        except httpx.HTTPError as error:
            raise NoTokenGiven(None, type(error).__name__) from error
        return _read(answer, body)


def client_assertion(platform: Platform, key: RSAKey) -> str:
    """Return the JWT by which the hub says who it is to a platform, good for a minute and once (RFC 7523 §3)."""
    now = clock.now()
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.audience or platform.auth_token_url,
        "iat": int(now.timestamp()),
        "exp": int((now + ASSERTION_LASTS).timestamp()),
        "jti": secrets.token_urlsafe(24),
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key)


def _read(answer: httpx.Response, body: bytes) -> _Kept:
    try:
        given: Any = json.loads(body) if answer.is_success else None
    except (ValueError, RecursionError):
        given = None
    token = given.get("access_token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token:
        raise NoTokenGiven(answer.status_code, body[:_LONGEST_ANSWER_SHOWN].decode("utf-8", "replace"))
    life = given.get("expires_in")
    seconds = life if isinstance(life, int) and 0 < life <= 24 * _DEFAULT_LIFE else _DEFAULT_LIFE
    return _Kept(token, clock.now() + timedelta(seconds=seconds) - min(SPARE, timedelta(seconds=seconds / 2)))
