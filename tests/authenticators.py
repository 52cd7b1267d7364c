"""Second factors for the tests: a person's authenticator, and a passkey made of nothing but a key and a counter."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from app.identity.models import Factor
from app.identity.services.codes import STEP_SECONDS
from app.identity.services.enrolling import enrol_authenticator
from app.kernel import clock
from config.secrets import FACTORS, read_secret
from tests.installation import Installation

PRESENT, ATTESTED = 0x01, 0x40


def code_of(secret: str) -> str:
    """Return the code that an authenticator shows now."""
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def give_authenticator(house: Installation, login: str) -> tuple[str, Factor]:
    """Enrol an authenticator for a person, tried some minutes ago; return its secret and its row."""
    secret = pyotp.random_base32()
    step = int(clock.now().timestamp()) // STEP_SECONDS - 10
    key = read_secret(house.settings.keys, FACTORS)
    with house.acting() as session:
        factor = enrol_authenticator(session, secret, step, key, actor=house.actor(login))
    return secret, factor


PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Passkey:
    """A passkey that signs whatever our own pages ask it, and counts."""

    origin: str = "http://localhost:8000"
    counter: int = 0
    private: PrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, options: dict[str, Any]) -> str:
        """Answer what a browser answers when it made a passkey, without attestation."""
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._public()
        data = self._data(options["rp"]["id"], PRESENT | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self._client_data("webauthn.create", options["challenge"])
        return self._json(clientDataJSON=client_data, attestationObject=attestation)

    def answer(self, options: dict[str, Any]) -> str:
        """Answer a challenge, counting one further."""
        self.counter += 1
        data = self._data(options["rpId"], PRESENT)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        signature = self._sign(signed)
        return self._json(clientDataJSON=client_data, authenticatorData=data, signature=signature)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def _public(self) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: self.private.public_key().public_bytes_raw()})
        if isinstance(self.private, rsa.RSAPrivateKey):
            modulus = self.private.public_key().public_numbers().n
            return cbor2.dumps({1: 3, 3: -257, -1: modulus.to_bytes(256, "big"), -2: b"\x01\x00\x01"})
        point = self.private.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})

    def _json(self, **response: bytes) -> str:
        name = _text(self.credential_id)
        texts = {key: _text(value) for key, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": texts})


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
