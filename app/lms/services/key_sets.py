"""The keysets of platforms: fetched once, fetched again when a token names a key that is not in it (SF §6.3).

Between two fetches lies a floor, so that nobody makes the hub ask a platform in a loop; it stands in the database, so
that it counts for every process. A keyset is also fetched anew when it is a day old, so that a key which a platform
withdrew opens nothing for long. No call here may be made inside a transaction.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from app.delivery.services.asking import read_bounded, trust_with
from app.kernel import clock
from app.lms.errors import PlatformSilent, UnknownKey
from app.lms.models import KeySet, Platform
from app.storage import Storage
from app.storage.rows import locked_row

FLOOR = timedelta(seconds=30)
LASTS = timedelta(days=1)
TIMEOUTS = httpx.Timeout(10.0, connect=5.0)
LONGEST_KEY_SET = 256 * 1024
LONGEST_TALK = 15
LEAST_BITS = 2048


def line_to(platform: Platform) -> httpx.Client:
    """Return a connection to a platform: whom it trusts, how long it waits; no redirect is followed."""
    return httpx.Client(
        timeout=TIMEOUTS, verify=trust_with(platform.ca_file, platform.authorities), follow_redirects=False
    )


def key_named(storage: Storage, platform: Platform, kid: str) -> RSAKey:
    """Return the public key that a platform publishes under a name; raise UnknownKey, PlatformSilent."""
    with storage.reading() as session:
        kept = session.get(KeySet, platform.id)
    now, keys, answered = clock.now(), _keys(kept), kept is not None and kept.keys is not None
    is_old = kept is None or kept.asked_at < now - LASTS
    may_ask = kept is None or kept.asked_at < now - FLOOR
    if is_old or (kid not in keys and may_ask):
        text = _fetch(platform)
        _keep(storage, platform, text)
        keys, answered = _read(text) if text else keys, text is not None
    if kid in keys:
        return keys[kid]
    raise UnknownKey(subject=f"lti_platform:{platform.id}") if answered else PlatformSilent


def _keys(kept: KeySet | None) -> dict[str, RSAKey]:
    return _read(kept.keys) if kept and kept.keys else {}


def _fetch(platform: Platform) -> str | None:
    """Return a platform's keyset as it gave it, None for no answer that is one."""
    try:
        with line_to(platform) as line, line.stream("GET", platform.key_set_url) as answer:
            if answer.status_code != httpx.codes.OK:
                return None
            text = read_bounded(answer, LONGEST_KEY_SET, LONGEST_TALK).decode()
    except (httpx.HTTPError, OSError, UnicodeDecodeError):
        return None
    return text if _listed(text) else None


def _keep(storage: Storage, platform: Platform, text: str | None) -> None:
    with storage.transaction() as session:
        row = locked_row(session, KeySet, {"platform_id": platform.id}, keys=None, asked_at=clock.now())
        row.keys, row.asked_at = text or row.keys, clock.now()


def _listed(text: str) -> Sequence[Any]:
    try:
        given = json.loads(text)
    except ValueError:
        return ()
    keys = given.get("keys") if isinstance(given, dict) else None
    return keys if isinstance(keys, list) else ()


def _read(text: str) -> dict[str, RSAKey]:
    """Return the keys that can verify a launch, by name: RSA of a fair size, for signatures with RS256 (SF §6.1)."""
    found: dict[str, RSAKey] = {}
    for given in _listed(text):
        if not isinstance(given, dict) or given.get("kty") != "RSA" or not isinstance(given.get("kid"), str):
            continue
        if given.get("use", "sig") != "sig" or given.get("alg", "RS256") != "RS256":
            continue
        public = {name: given[name] for name in ("kty", "n", "e", "kid") if name in given}
        try:
            key = RSAKey.import_key(public)
            if key.public_key.key_size >= LEAST_BITS:
                found[given["kid"]] = key
        except (JoseError, ValueError, TypeError):
            continue  # one misformed key says nothing of the others
    return found
