"""Telling what a stored signature is worth, from the signature and the public half of its key alone (PF-8, PF-9)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.identity.services.passkeys import Assertion, has_signed
from app.kernel import canonical, clock
from app.kernel.errors import N_
from app.signatures.models import PasskeySignature, Signature, SigningKey
from app.signatures.rules import ALGORITHM, MANIFEST_SCHEMA, PURPOSE

CHECKS = (
    N_("The signature value was made by this key over exactly this manifest."),
    N_("The manifest says what the record of the signature says."),
    N_("The key is the signer's, and its fingerprint stands in the manifest."),
    N_("The key was valid when the signature was made."),
)
"""What is examined, in this order; each is a source string for the page of a signature."""


def examine(signature: Signature, key: SigningKey) -> tuple[bool, ...]:
    """Return for each of CHECKS whether it holds; never raises for what somebody may have stored instead."""
    manifest = signature.manifest.encode()
    stated = _read(manifest)
    return (
        # (1) value over manifest
        _is_made_by(key, signature.value, manifest),
        # (2) columns equal the manifest
        stated is not None
        and signature.manifest_digest == canonical.digest(manifest)
        and _says(stated) == _columns(signature),
        # (3) the key is the signer's own
        stated is not None
        and key.id == signature.key_id
        and key.person_id == signature.signer_id
        and _at(stated, "signer", "key") == key.fingerprint == _fingerprint(key),
        # (4) within the key's life
        key.made_at <= signature.signed_at and (key.ended_at is None or signature.signed_at <= key.ended_at),
    )


def is_genuine(signature: Signature, key: SigningKey) -> bool:
    """Say whether a stored signature is what its key made, for what its columns say."""
    return all(examine(signature, key))


def is_cosigned(signature: Signature, kept: PasskeySignature | None) -> bool | None:
    """Say whether a passkey signed the digest of exactly this manifest; None where none was asked."""
    if kept is None:
        return None
    assertion = Assertion(kept.credential_id, kept.public_key, kept.authenticator_data, kept.client_data, kept.value)
    return has_signed(assertion, hashlib.sha256(signature.manifest.encode()).digest())


def _is_made_by(key: SigningKey, value: str, manifest: bytes) -> bool:
    try:
        public = _public(key)
        public.verify(base64.b64decode(value, validate=True), manifest, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _public(key: SigningKey) -> ec.EllipticCurvePublicKey:
    public = serialization.load_pem_public_key(key.public_key.encode())
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise TypeError("not a P-256 key")
    return public


def _fingerprint(key: SigningKey) -> str | None:
    try:
        spki = _public(key).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError):
        return None
    return hashlib.sha256(spki).hexdigest()


def _read(manifest: bytes) -> Mapping[str, Any] | None:
    try:
        stated = json.loads(manifest)
    except ValueError:
        return None
    return stated if isinstance(stated, dict) else None


def _at(stated: Mapping[str, Any], *path: str) -> Any:
    found: Any = stated
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _says(stated: Mapping[str, Any]) -> tuple[Any, ...]:
    paths = (
        ("schema",),
        ("purpose",),
        ("algorithms", "signature"),
        ("subject",),
        ("part",),
        ("digest",),
        ("meaning", "code"),
        ("signer", "pseudonym"),
        ("signer", "name"),
        ("signer", "login"),
        ("signer", "role"),
        ("signer", "certificate"),
        ("signer", "enrolment"),
        ("signer", "custody"),
        ("signer", "level"),
        ("time",),
        ("zone",),
    )
    return tuple(_at(stated, *path) for path in paths)


def _columns(signature: Signature) -> tuple[Any, ...]:
    return (
        MANIFEST_SCHEMA,
        PURPOSE,
        ALGORITHM,
        signature.subject,
        signature.part,
        signature.subject_digest,
        signature.meaning.value,
        f"person:{signature.signer_id}",
        signature.signer_name,
        signature.signer_login,
        signature.role,
        signature.certificate,
        signature.enrolment.value if signature.enrolment else None,
        signature.custody.value if signature.custody else None,
        signature.level.value if signature.level else None,
        clock.to_text(signature.signed_at),
        signature.zone,
    )
