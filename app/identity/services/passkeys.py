"""Passkeys (WebAuthn): what a browser is asked, and whether the answer is the passkey's own.

A challenge is the moment it was made, chance, and a code under a key outside the database that binds both to what is
asked and in which session: nothing is stored until an answer is accepted, and then no older challenge counts (§7.2).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import webauthn
from cryptography.exceptions import InvalidSignature
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    verify_signature,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.identity.errors import WrongFactor
from app.kernel import clock

MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
"""What reading an answer that somebody made up may raise."""

ALGORITHMS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
"""What a passkey may sign with, the best first: what a verifier of bundles must know (docs/evidence-format.md)."""
CHALLENGE_VALID = timedelta(minutes=5)
_TIME, _CHANCE, _CODE = 8, 16, 32


@dataclass(frozen=True)
class Place:
    """Where passkeys are asked for: the host they are bound to, and the origin of our pages."""

    host: str
    origin: str


@dataclass(frozen=True)
class Answer:
    """A passkey's answer that was verified: what it counted, and when its challenge was made, in milliseconds."""

    counter: int
    moment: int


@dataclass(frozen=True)
class Assertion:
    """What a passkey signed, whole, so that anybody can verify it again; bytes in base64 (WebAuthn §7.2)."""

    credential_id: str
    public_key: str
    authenticator_data: str
    client_data: str
    value: str


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that was just made for a host, and its first answer: the trial (P11.300(e))."""

    credential_id: str
    public_key: str
    host: str
    trial: Answer


def new_challenge(key: bytes, purpose: str) -> bytes:
    """Return a challenge for one purpose in one session; it is good for five minutes."""
    body = _now().to_bytes(_TIME, "big") + secrets.token_bytes(_CHANCE)
    return body + _code(key, body, purpose)


def options_to_make(place: Place, challenge: bytes, *, person_id: str, login: str, known: Sequence[str]) -> Any:
    """Return what a browser needs to make a passkey for a person, none of those they have already."""
    options = webauthn.generate_registration_options(
        rp_id=place.host,
        rp_name="Cahier",
        user_id=person_id.encode(),
        user_name=login,
        challenge=challenge,
        exclude_credentials=[_descriptor(credential) for credential in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        supported_pub_key_algs=ALGORITHMS,
    )
    return json.loads(webauthn.options_to_json(options))


def options_to_answer(place: Place, challenge: bytes, known: Sequence[str]) -> Any:
    """Return what a browser needs to ask one of these passkeys, or any of ours when none is named."""
    options = webauthn.generate_authentication_options(
        rp_id=place.host, challenge=challenge, allow_credentials=[_descriptor(credential) for credential in known]
    )
    return json.loads(webauthn.options_to_json(options))


def read_new(key: bytes, place: Place, purpose: str, made: str, trial: str) -> NewPasskey:
    """Verify a new passkey and its trial; raise WrongFactor."""
    try:
        verified = webauthn.verify_registration_response(
            credential=made,
            expected_challenge=_checked(key, purpose, made),
            expected_rp_id=place.host,
            expected_origin=place.origin,
            supported_pub_key_algs=ALGORITHMS,
        )
    except MALFORMED:
        raise WrongFactor from None
    public_key = base64.b64encode(verified.credential_public_key).decode()
    credential_id = _text(verified.credential_id)
    if named_credential(trial) != credential_id:
        raise WrongFactor
    return NewPasskey(credential_id, public_key, place.host, read_answer(key, place, purpose, trial, public_key))


def read_answer(key: bytes, place: Place, purpose: str, answer: str, public_key: str) -> Answer:
    """Verify what a passkey answered; raise WrongFactor. Whether it counted on is for the caller to decide."""
    try:
        challenge = _checked(key, purpose, answer)
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=base64.b64decode(public_key),
            credential_current_sign_count=0,
        )
    except MALFORMED:
        raise WrongFactor from None
    return Answer(verified.new_sign_count, int.from_bytes(challenge[:_TIME], "big"))


def read_assertion(place: Place, answer: str, challenge: bytes, public_key: str) -> tuple[Assertion, int]:
    """Verify an answer to a challenge that is a digest; return it whole, and what the passkey counted.

    Raises WrongFactor.
    """
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=base64.b64decode(public_key),
            credential_current_sign_count=0,
        )
        response = json.loads(answer)["response"]
        names = ("authenticatorData", "clientDataJSON", "signature")
        data, client_data, value = (base64.b64encode(base64url_to_bytes(response[name])).decode() for name in names)
        stated = json.loads(base64url_to_bytes(response["clientDataJSON"]))
        if stated.get("crossOrigin", False) is not False or "topOrigin" in stated:
            raise WrongFactor
    except MALFORMED:
        raise WrongFactor from None
    return Assertion(_text(verified.credential_id), public_key, data, client_data, value), verified.new_sign_count


def has_signed(assertion: Assertion, challenge: bytes) -> bool:
    """Say whether a kept assertion is what its key made over this challenge; never raises."""
    try:
        client_data = base64.b64decode(assertion.client_data)
        stated = json.loads(client_data)
        decoded = decode_credential_public_key(base64.b64decode(assertion.public_key))
        verify_signature(
            public_key=decoded_public_key_to_cryptography(decoded),
            signature_alg=decoded.alg,
            signature=base64.b64decode(assertion.value),
            data=base64.b64decode(assertion.authenticator_data) + hashlib.sha256(client_data).digest(),
        )
    except (*MALFORMED, InvalidSignature):
        return False
    return bool(stated["type"] == "webauthn.get" and base64url_to_bytes(stated["challenge"]) == challenge)


def named_credential(answer: str) -> str:
    """Return which passkey an answer says it is from; empty for what is no answer."""
    try:
        named = json.loads(answer)["id"]
    except MALFORMED:
        return ""
    return named if isinstance(named, str) else ""


def _checked(key: bytes, purpose: str, answer: str) -> bytes:
    """Return the challenge that an answer names, when we made it for this purpose not long ago; raise WrongFactor."""
    client_data = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
    challenge = base64url_to_bytes(client_data["challenge"])
    body, code = challenge[:-_CODE], challenge[-_CODE:]
    if len(body) != _TIME + _CHANCE or not hmac.compare_digest(code, _code(key, body, purpose)):
        raise WrongFactor
    age = _now() - int.from_bytes(body[:_TIME], "big")
    if not 0 <= age <= CHALLENGE_VALID.total_seconds() * 1000:
        raise WrongFactor
    return challenge


def _code(key: bytes, body: bytes, purpose: str) -> bytes:
    return hmac.digest(key, b"cahier.passkey-challenge.v1\x00" + body + purpose.encode(), "sha256")


def _now() -> int:
    return int(clock.now().timestamp() * 1000)


def _descriptor(credential_id: str) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id))


def _text(credential_id: bytes) -> str:
    return base64.urlsafe_b64encode(credential_id).decode().rstrip("=")
