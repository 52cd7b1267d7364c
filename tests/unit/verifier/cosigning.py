"""Passkeys for the writer of bundles, from docs/evidence-format.md alone: one of each kind that may sign."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from tests.unit.verifier.authorities import House
from tests.unit.verifier.writer import Plan, Writer, canonical, same

HOST, ORIGIN = "hub.example", "https://hub.example"
PRESENT, VERIFIED = 0x01, 0x04
SHA = hashes.SHA256()


def octets(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big")


def es256() -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return a COSE key for ES256, and what signs with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    cose = {1: 2, 3: -7, -1: 1, -2: octets(point.x, 32), -3: octets(point.y, 32)}
    return cbor2.dumps(cose), lambda data: key.sign(data, ec.ECDSA(SHA))


def eddsa() -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return a COSE key for EdDSA, and what signs with it."""
    key = ed25519.Ed25519PrivateKey.generate()
    return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}), key.sign


def rs256() -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return a COSE key for RS256, and what signs with it."""
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    cose = {1: 3, 3: -257, -1: octets(numbers.n, 256), -2: octets(numbers.e, 3)}
    return cbor2.dumps(cose), lambda data: key.sign(data, padding.PKCS1v15(), SHA)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass
class Cosigned:
    """How what a passkey makes differs from a good one: each function is given a thing and returns it changed."""

    kind: Callable[[], tuple[bytes, Callable[[bytes], bytes]]] = es256
    client_data: Callable[[dict[str, Any]], dict[str, Any]] = same
    host: str = HOST
    enrolled_for: str | None = HOST
    flags: int = PRESENT | VERIFIED
    enrols: str = "before"
    enrolled_by: str = "person:performer"
    removed: str = ""
    named: bool = True
    made: bool = True
    member: Callable[[dict[str, str]], dict[str, str]] = same
    key_kept: bool = True


@dataclass
class CosigningWriter(Writer):
    """A writer in whose bundle the performer's passkey signs beside their key."""

    how: Cosigned = field(default_factory=Cosigned)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.public, self.private = self.how.kind()
        self.factor = {
            "id": "f1", "person_id": "performer", "kind": "passkey", "state": "active", "credential_id": "Y3JlZA",
            "public_key": text(self.public), "added_at": "2026-11-23T09:00:00.000Z",
        }  # fmt: skip
        if self.how.named:
            self.plan.manifest = self._with_passkey

    def _with_passkey(self, manifest: dict[str, Any]) -> dict[str, Any]:
        if manifest["signer"]["pseudonym"] != "person:performer":
            return manifest
        return {**manifest, "factors": ["login", "password", "passkey"]}

    def found(self) -> None:
        super().found()
        if self.how.enrols == "before":
            self.enrol()
        if self.how.removed == "before":
            self.remove()

    def enrol(self) -> None:
        kept = self.factor if self.how.key_kept else {**self.factor, "public_key": text(es256()[0])}
        after = {"factor": "f1", "kind": "passkey", "state": "active"}
        after |= {"host": self.how.enrolled_for} if self.how.enrolled_for else {}
        rows = [self.put("factor", "f1", kept)]
        self.write("hub", "identity:factor:add", "person:performer", actor=self.how.enrolled_by, after=after, rows=rows)

    def remove(self) -> None:
        ended = {**self.factor, "state": "removed", "ended_at": "2026-11-23T10:00:00.000Z"}
        row = self.put("factor", "f1", ended)
        self.write("hub", "identity:factor:remove", "person:performer", actor="person:performer", rows=[row])

    def act(self, action: str, **given: Any) -> None:
        if action == "notebook:record:complete" and self.how.made:
            given["rows"] = [*given["rows"], self.cosign()]
        super().act(action, **given)

    def cosign(self) -> list[Any]:
        """Let the passkey sign the last manifest, beside its signature; return the row's item for the line."""
        identity = f"sig-{len(self.manifests) - 1}"
        challenge = base64.urlsafe_b64encode(bytes.fromhex(self.manifests[-1])).decode().rstrip("=")
        asked = {"type": "webauthn.get", "challenge": challenge, "origin": ORIGIN, "crossOrigin": False}
        client_data = json.dumps(self.how.client_data(asked)).encode()
        data = hashlib.sha256(self.how.host.encode()).digest() + bytes([self.how.flags]) + octets(7, 4)
        made = {
            "credential": "Y3JlZA", "public_key": text(self.public), "authenticator_data": text(data),
            "client_data": text(client_data), "value": text(self.private(data + hashlib.sha256(client_data).digest())),
        }  # fmt: skip
        made = self.how.member(made)
        path = f"signatures/{identity}.json"
        self.files[path] = canonical(json.loads(self.files[path]) | {"passkey": made})
        columns = {"credential_id": made["credential"], "signature_id": identity} | {
            name: made[name] for name in ("public_key", "authenticator_data", "client_data", "value")
        }
        return self.put("passkey_signature", identity, columns)

    def work(self) -> None:
        super().work()
        if self.how.enrols == "after":
            self.enrol()
        if self.how.removed == "after":
            self.remove()


def cosigned(house: House, **how: Any) -> dict[str, bytes]:
    """Return the files of a bundle in which a passkey signed too."""
    return CosigningWriter(house, Plan(), how=Cosigned(**how)).finish()
