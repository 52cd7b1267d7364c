"""Reading the token of a launch: signed with RS256 by a key that the platform publishes, and nothing else (SF §5.1.2).

The header chooses neither the algorithm nor the kind of key: `none`, HS256 with a public key as the secret, and keys
that a token brings along are all refused before a key is looked up.
"""

import base64
import binascii
import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from app.lms.errors import BadSignature, NotSigned, UnknownKey
from app.lms.models import Platform
from app.lms.services.key_sets import key_named
from app.storage import Storage

ALGORITHM = "RS256"
LONGEST_TOKEN = 100_000


def verified_claims(storage: Storage, platform: Platform, token: str) -> dict[str, Any]:
    """Return the claims of a token that this platform signed.

    Raises NotSigned, UnknownKey, BadSignature, PlatformSilent. May ask the platform for its keys, therefore never
    inside a transaction.
    """
    header = peek(token, 0)
    if len(token) > LONGEST_TOKEN or token.count(".") != 2 or header.get("alg") != ALGORITHM or "crit" in header:
        raise NotSigned
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= 255:
        raise UnknownKey
    try:
        claims: Any = jwt.decode(token, key_named(storage, platform, kid), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError):
        raise BadSignature from None
    if not isinstance(claims, dict):
        raise BadSignature
    return claims


def peek(token: str, part: int) -> dict[str, Any]:
    """Return the header (0) or the claims (1) of a token unverified, an empty one where it cannot be read.

    Of the claims nothing but the language of a refusal may be taken from here.
    """
    try:
        text = token[:LONGEST_TOKEN].split(".")[part]
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
