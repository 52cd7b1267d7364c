"""Personal keys: made, wrapped, opened, re-wrapped, ended (§14.7 option C).

A key is made pending, with a certificate request that it signed itself; it signs once somebody else confirmed whose it
is and the hub certified it (app/signatures/services/certifying.py).

The wrapping key comes from Argon2id over the password with a salt of its own, mixed with a pepper that stands outside
the database; wrapping is authenticated and bound to person and key. Neither a dump of the database nor an administrator
who resets a password can sign for anybody. Opening takes a tenth of a second and is done before the act takes the
database.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
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
from app.identity.rules.doors import as_password
from app.identity.services.passkeys import Assertion
from app.kernel import clock
from app.signatures.errors import CertificateOver, NoSigningKey, NotCertified
from app.signatures.models import Certificate, KeyState, Revocation, SigningKey
from app.signatures.rules import ALGORITHM, Certified, Fresh
from app.signatures.services.profiles import make_request
from app.storage.tables import new_id

ARGON2ID = {"name": "argon2id", "memory_kib": 64 * 1024, "passes": 3, "lanes": 1}
_WRAP_INFO = b"cahier.key-wrapping.v1"


@dataclass(frozen=True)
class Cosigning:
    """That a passkey signs too: nothing else yet, or the draft whose digest it signed, and what it made."""

    fresh: Fresh | None = None
    digest: str = ""
    assertion: Assertion | None = None


@dataclass(frozen=True)
class OpenKey:
    """A private key in memory for one signing, whose it is, and what its owner gave to open it."""

    person_id: str
    key_id: str
    fingerprint: str
    sign: Callable[[bytes], bytes]
    factors: tuple[str, ...] = ("password",)
    certified: Certified | None = None
    cosigning: Cosigning | None = None


def make_key(person_id: str, password: str, pepper: bytes) -> SigningKey:
    """Return a new wrapped P-256 key for a person, pending; the caller's act adds it to the session."""
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
        state=KeyState.PENDING,
        made_at=clock.now(),
        request=make_request(private, f"person:{person_id}").public_bytes(serialization.Encoding.PEM).decode(),
    )
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key.wrapped, key.wrapping = _wrap(secret, key, password, pepper)
    return key


def open_key(session: Session, person_id: str, password: str, pepper: bytes) -> OpenKey:
    """Open a person's certified key with their password.

    Raises NoSigningKey before there is a key, NotCertified before somebody confirmed whose it is, CertificateOver once
    the certificate ended, WrongPassword.
    """
    key = valid_key(session, person_id)
    if key is None:
        raise (NotCertified if pending_key(session, person_id) else NoSigningKey)(subject=f"person:{person_id}")
    certified = certified_key(session, key.id)
    if certified is None:
        raise NotCertified(subject=f"person:{person_id}")
    if not certified.covers(clock.now()):
        raise CertificateOver(subject=f"person:{person_id}")
    return replace(unlock_key(key, password, pepper), certified=certified)


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


def pending_key(session: Session, person_id: str) -> SigningKey | None:
    """Return a person's key that waits for somebody to confirm whose it is."""
    return session.scalar(
        select(SigningKey).where(SigningKey.person_id == person_id, SigningKey.state == KeyState.PENDING)
    )


def open_keys(session: Session, person_id: str) -> list[SigningKey]:
    """Return a person's keys that have not ended: the one that signs, and one that may follow it."""
    query = select(SigningKey).where(SigningKey.person_id == person_id, SigningKey.ended_at.is_(None))
    return list(session.scalars(query.order_by(SigningKey.made_at, SigningKey.id)))


def certified_key(session: Session, key_id: str) -> Certified | None:
    """Return what the certificate of a key says, unless it has none or was revoked."""
    query = select(Certificate).outerjoin(Revocation, Revocation.serial == Certificate.serial)
    found = session.scalar(query.where(Certificate.key_id == key_id, Revocation.serial.is_(None)))
    if found is None or found.enrolment is None or found.level is None:
        return None
    return Certified(found.fingerprint, found.enrolment, found.level, found.not_before, found.not_after)


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


def stretch(key: SigningKey, password: str) -> bytes:
    """Return what a password gives with a key's own salt, by Argon2id; without the pepper it opens nothing."""
    return _stretched(password, key.wrapping)


def _wrapping_key(password: str, pepper: bytes, wrapping: dict[str, Any]) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=pepper, info=_WRAP_INFO).derive(_stretched(password, wrapping))


def _stretched(password: str, wrapping: dict[str, Any]) -> bytes:
    kdf = wrapping["kdf"]
    return hash_secret_raw(
        as_password(password).encode(),
        bytes.fromhex(wrapping["salt"]),
        time_cost=kdf["passes"],
        memory_cost=kdf["memory_kib"],
        parallelism=kdf["lanes"],
        hash_len=32,
        type=Type.ID,
    )


def _bound_to(key: SigningKey) -> bytes:
    return f"{key.person_id}|{key.id}|{key.algorithm}|1".encode()


def _spki(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
