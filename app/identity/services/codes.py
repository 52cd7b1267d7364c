"""Codes of an authenticator (RFC 6238): the secret, sealed under a key outside the database, and which code it shows.

AES-256-GCM; what the secret belongs to is bound in, so that a sealed secret moved elsewhere does not open. Six digits,
thirty seconds, SHA-1: what every authenticator reads.
"""

import base64
import os
from hmac import compare_digest

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.identity.errors import FactorSealBroken
from app.kernel import clock

STEP_SECONDS = 30
STEPS_AROUND = (-1, 0, 1)
"""Clocks of telephones go wrong by a few seconds, and people type slowly."""

_NONCE_SIZE = 12
_TAG = b"cahier.factor-secret.v1\x00"


def new_code_secret() -> str:
    """Return a fresh secret of 160 bits, in the letters that people can type into an authenticator."""
    return pyotp.random_base32()


def address_of_secret(secret: str, login: str, issuer: str) -> str:
    """Return the address that an authenticator reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def step_of_code(secret: str, code: str) -> int | None:
    """Return the time step whose code this is, now or one step away; None for a wrong one."""
    totp, given = pyotp.TOTP(secret), "".join(code.split())
    present = int(clock.now().timestamp()) // STEP_SECONDS
    shown = {present + away: totp.generate_otp(present + away) for away in STEPS_AROUND}
    # The newest first, so that a code that happens to stand for two steps is used up for both.
    return next((step for step in sorted(shown, reverse=True) if _same(shown[step], given)), None)


def seal_secret(key: bytes, secret: str, bound_to: str) -> str:
    """Return a secret as text that only this key opens, and only for what it is bound to."""
    nonce = os.urandom(_NONCE_SIZE)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret.encode(), _TAG + bound_to.encode())).decode()


def unseal_secret(key: bytes, sealed: str, bound_to: str) -> str:
    """Return what `seal_secret` sealed; raise FactorSealBroken, as when the key was lost."""
    try:
        data = base64.b64decode(sealed, validate=True)
        return AESGCM(key).decrypt(data[:_NONCE_SIZE], data[_NONCE_SIZE:], _TAG + bound_to.encode()).decode()
    except (InvalidTag, ValueError):
        raise FactorSealBroken from None


def _same(expected: str, given: str) -> bool:
    return compare_digest(expected.encode(), given.encode())
