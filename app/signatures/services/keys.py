"""Personal keys: made, wrapped, opened, re-wrapped, ended (§14.7 option C).

The wrapping key comes from Argon2id over the password with a salt of its own, mixed with a pepper that stands outside
the database; wrapping is authenticated and bound to person and key. Neither a dump of the database nor an administrator
who resets a password can sign for anybody. Opening takes a tenth of a second and is done before the act takes the
database.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.identity.errors import WrongPassword
from app.identity.rules import as_password
from app.kernel import clock
from app.signatures.errors import NoSigningKey
from app.signatures.models import KeyState, SigningKey
from app.signatures.rules import ALGORITHM
from app.storage.tables import new_id

ARGON2ID = {"name": "argon2id", "memory_kib": 64 * 1024, "passes": 3, "lanes": 1}
_WRAP_INFO = b"cahier.key-wrapping.v1"


@dataclass(frozen=True)
class OpenKey:
    """A private key in memory for one signing, whose it is, and what its owner gave to open it."""

    person_id: str
    key_id: str
    fingerprint: str
    sign: Callable[[bytes], bytes]
    factors: tuple[str, ...] = ("password",)


def make_key(person_id: str, password: str, pepper: bytes) -> SigningKey:
    """Return a new wrapped P-256 key for a person; the caller's act adds it to the session."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    key = SigningKey(
        id=new_id(),
        person_id=person_id,
        algorithm=ALGORITHM,
        public_key=public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        fingerprint=hashlib.sha256(_spki(public)).hexdigest(),
        state=KeyState.VALID,
        made_at=clock.now(),
    )
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key.wrapped, key.wrapping = _wrap(secret, key, password, pepper)
    return key


def open_key(session: Session, person_id: str, password: str, pepper: bytes) -> OpenKey:
    """Open a person's valid key with their password; raise NoSigningKey or WrongPassword."""
    key = valid_key(session, person_id)
    if key is None:
        raise NoSigningKey(subject=f"person:{person_id}")
    return unlock_key(key, password, pepper)


def unlock_key(key: SigningKey, password: str, pepper: bytes) -> OpenKey:
    """Open a stored key; raise WrongPassword, or NoSigningKey for one that has ended.

    Opening proves the password: the wrapping is authenticated.
    """
    private = serialization.load_der_private_key(_unwrap(key, password, pepper), None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key {key.id} is of another kind than {key.algorithm}")
    return OpenKey(key.person_id, key.id, key.fingerprint, lambda data: private.sign(data, ec.ECDSA(hashes.SHA256())))


def rewrapped(key: SigningKey, old: str, new: str, pepper: bytes) -> tuple[str, dict[str, Any]]:
    """Return a key's wrapping under a new password; the key itself stays the same (KM-4). Raises WrongPassword."""
    return _wrap(_unwrap(key, old, pepper), key, new, pepper)


def valid_key(session: Session, person_id: str) -> SigningKey | None:
    """Return a person's valid key."""
    return session.scalar(
        select(SigningKey).where(SigningKey.person_id == person_id, SigningKey.state == KeyState.VALID)
    )


def end_key(key: SigningKey) -> None:
    """End a key: the private half is destroyed, the public half stays for old signatures (KM-7)."""
    key.state, key.ended_at, key.wrapped = KeyState.SUPERSEDED, clock.now(), None


def _wrap(secret: bytes, key: SigningKey, password: str, pepper: bytes) -> tuple[str, dict[str, Any]]:
    salt, nonce = os.urandom(16), os.urandom(12)
    wrapping = {"kdf": ARGON2ID, "salt": salt.hex(), "nonce": nonce.hex(), "cipher": "aes-256-gcm", "version": 1}
    cipher = AESGCM(_wrapping_key(password, pepper, wrapping))
    return base64.b64encode(cipher.encrypt(nonce, secret, _bound_to(key))).decode(), wrapping


def _unwrap(key: SigningKey, password: str, pepper: bytes) -> bytes:
    if key.wrapped is None:
        raise NoSigningKey(subject=f"person:{key.person_id}")
    cipher = AESGCM(_wrapping_key(password, pepper, key.wrapping))
    try:
        return cipher.decrypt(bytes.fromhex(key.wrapping["nonce"]), base64.b64decode(key.wrapped), _bound_to(key))
    except InvalidTag:
        raise WrongPassword(subject=f"person:{key.person_id}") from None


def _wrapping_key(password: str, pepper: bytes, wrapping: dict[str, Any]) -> bytes:
    kdf = wrapping["kdf"]
    stretched = hash_secret_raw(
        as_password(password).encode(),
        bytes.fromhex(wrapping["salt"]),
        time_cost=kdf["passes"],
        memory_cost=kdf["memory_kib"],
        parallelism=kdf["lanes"],
        hash_len=32,
        type=Type.ID,
    )
    return HKDF(hashes.SHA256(), 32, salt=pepper, info=_WRAP_INFO).derive(stretched)


def _bound_to(key: SigningKey) -> bytes:
    return f"{key.person_id}|{key.id}|{key.algorithm}|1".encode()


def _spki(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
