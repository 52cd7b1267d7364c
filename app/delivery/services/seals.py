"""Secrets of targets: sealed in the database under a key that stands outside it (AS-13.3.1).

AES-256-GCM; the target's id is bound in, so that a sealed secret moved to another target does not open.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.delivery.errors import SealBroken

KEY_NAME = "delivery"
"""The name of the key's file among the secrets of an installation."""

_NONCE_SIZE = 12
_TAG = b"cahier.target-secret.v1\x00"


def seal(key: bytes, target_id: str, secret: str) -> str:
    """Return a secret as text that only this key opens, and only for this target."""
    nonce = os.urandom(_NONCE_SIZE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret.encode(), _bound_to(target_id))).decode()


def unseal(key: bytes, target_id: str, sealed: str) -> str:
    """Return what `seal` sealed; raise SealBroken."""
    data = base64.b64decode(sealed)
    try:
        return AESGCM(key).decrypt(data[:_NONCE_SIZE], data[_NONCE_SIZE:], _bound_to(target_id)).decode()
    except (InvalidTag, ValueError):
        raise SealBroken(f"the secret of target {target_id} does not open with the key {KEY_NAME!r}") from None


def _bound_to(target_id: str) -> bytes:
    return _TAG + target_id.encode()
