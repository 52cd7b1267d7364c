"""Canonical bytes, digests and salted commitments: what is hashed, signed and proved.

Canonical JSON follows RFC 8785 for the values the house allows: objects with ASCII keys, arrays, strings, integers up
to 2**53 - 1, booleans and null. Fractional numbers are refused, because decimals travel as text ("5.0" is not "5");
then the encoder of the standard library, keys sorted, gives the RFC's bytes (a test compares it with another
implementation).
"""

import hashlib
import json
import re
import secrets
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode
_LARGEST_INTEGER = 2**53 - 1
_ASCII = re.compile(r"[\x20-\x7e]*\Z")

COMMITMENT_TAG = b"cahier.commitment.v1\x00"


class NotCanonical(ValueError):
    """The value has no canonical form here: a float, a huge integer, a key outside ASCII, or another type."""


def canonical_bytes(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a value; raise NotCanonical for what the house does not allow."""
    _check(value)
    return _encode(value).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def new_salt() -> str:
    """Return 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def commitment(text: str, salt: str) -> str:
    """Commit to a text without showing it: SHA-256 over a tag, the salt's bytes and the text in UTF-8.

    Whoever holds salt and text can open the commitment; once both are erased nobody can, not even by guessing.
    """
    return hashlib.sha256(COMMITMENT_TAG + bytes.fromhex(salt) + text.encode()).hexdigest()


def _check(value: Any) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise NotCanonical("integers beyond 2**53 - 1 travel as text")
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _ASCII.match(key):
                raise NotCanonical(f"key outside printable ASCII: {key!r}")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    else:
        raise NotCanonical(f"no canonical form for {type(value).__name__}: decimals and times travel as text")
