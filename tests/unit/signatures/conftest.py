"""A key, and a signature made with it, that no database holds; both are made once."""

import base64
from copy import copy
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.kernel import canonical, clock
from app.signatures.models import Signature
from app.signatures.rules import Certified, Circumstances, Enrolment, Level, Meaning, Signable, build_manifest
from app.signatures.services.keys import make_key, unlock_key
from tests.unit.signatures.signing import PASSWORD, PEPPER, SIGNER

SIGNED_AT = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
A_YEAR = timedelta(days=365)
CERTIFIED = Certified("c" * 64, Enrolment.IN_PERSON, Level.ADVANCED, SIGNED_AT, SIGNED_AT + A_YEAR)


@pytest.fixture(scope="session")
def made_key():
    """A person's key as it is stored."""
    with clock.simulated(SIGNED_AT):
        return make_key(SIGNER, PASSWORD, PEPPER)


@pytest.fixture
def key(made_key):
    """The key, to be changed at will."""
    return copy(made_key)


@pytest.fixture(scope="session")
def made_signature(made_key):
    """A signature as it is stored."""
    signable = Signable("record:1", "operator-1", "d" * 64, {"entries": 3})
    made = Circumstances(
        signer=f"person:{SIGNER}",
        name_commitment="a" * 64,
        login_commitment="b" * 64,
        role="trainee",
        key_fingerprint=made_key.fingerprint,
        certified=CERTIFIED,
        session_id="s-1",
        language="fr",
        shown_digest=signable.digest,
        zone="Europe/Brussels",
        at=SIGNED_AT,
        release="0.1.0",
        nonce="0" * 32,
    )
    manifest = build_manifest(signable, Meaning.PERFORMED, made)
    return Signature(
        id="signature-1",
        subject=signable.subject,
        part=None,
        subject_digest=signable.digest,
        meaning=Meaning.PERFORMED,
        signer_id=SIGNER,
        signer_name=made.name_commitment,
        signer_login=made.login_commitment,
        role=made.role,
        key_id=made_key.id,
        signed_at=made.at,
        zone=made.zone,
        manifest=manifest.decode(),
        manifest_digest=canonical.digest(manifest),
        certificate=CERTIFIED.fingerprint,
        enrolment=CERTIFIED.enrolment,
        custody=made.custody,
        level=made.level,
        value=base64.b64encode(unlock_key(made_key, PASSWORD, PEPPER).sign(manifest)).decode(),
    )


@pytest.fixture
def signature(made_signature):
    """The signature, to be changed at will."""
    return copy(made_signature)


@pytest.fixture(scope="session")
def other_public_key():
    """The public half of somebody else's key."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
