"""The signatures of a record as a bundle holds them, and what each relies on."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import canonical
from app.signatures.models import PasskeySignature, Signature, SigningKey


def signature_files(session: Session, signatures: Sequence[Signature]) -> dict[str, bytes]:
    """Return the files of signatures, each with the public key that verifies it."""
    keys = select(SigningKey.id, SigningKey.public_key).where(
        SigningKey.id.in_({signature.key_id for signature in signatures})
    )
    public = {row.id: row.public_key for row in session.execute(keys)}
    files = {}
    for signature in signatures:
        said: dict[str, Any] = {
            "id": signature.id,
            "manifest": signature.manifest,
            "value": signature.value,
            "public_key": public[signature.key_id],
            "certificate": certificate_named(signature),
        }
        if kept := session.get(PasskeySignature, signature.id):
            said["passkey"] = _assertion(kept)
        files[f"evidence/signatures/{signature.id}.json"] = canonical.canonical_bytes(said)
    return files


def _assertion(kept: PasskeySignature) -> dict[str, str]:
    return {
        "credential": kept.credential_id,
        "public_key": kept.public_key,
        "authenticator_data": kept.authenticator_data,
        "client_data": kept.client_data,
        "value": kept.value,
    }


def certificate_named(signature: Signature) -> str | None:
    """Return the fingerprint of the certificate that a manifest names; None for one from before certificates."""
    fingerprint: str | None = _manifest(signature)["signer"].get("certificate")
    return fingerprint


def token_named(signature: Signature) -> str | None:
    """Return the digest of the token that a manifest names as its lower bound in time; None for none."""
    freshness = _manifest(signature)["freshness"]
    return freshness["token"] if isinstance(freshness, dict) else None


def _manifest(signature: Signature) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(signature.manifest)
    return manifest
