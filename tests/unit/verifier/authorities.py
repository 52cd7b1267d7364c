"""Whom the little writer of bundles has: keys of logs, a hub CA, and a time-stamping authority of OpenSSL."""

import base64
import hashlib
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
TSA_SETTINGS = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass
class NoteSigner:
    """A key that signs notes, as a log (type 1) or a witness (type 4)."""

    name: str
    kind: int = 1
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def material(self) -> bytes:
        return bytes([self.kind]) + self.key.public_key().public_bytes_raw()

    @property
    def identity(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.material).digest()[:4]

    @property
    def verifier(self) -> str:
        return f"{self.name}+{self.identity.hex()}+{base64.b64encode(self.material).decode()}"

    def line(self, text: str, time: int = 1_790_000_000) -> str:
        if self.kind == 1:
            value = self.key.sign(text.encode())
        else:
            value = time.to_bytes(8, "big") + self.key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
        return f"— {self.name} {base64.b64encode(self.identity + value).decode()}\n"


@dataclass
class Holder:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    @property
    def public_pem(self) -> str:
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def key_digest(self) -> str:
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()


def certify(
    name: str,
    issuer: Holder | None = None,
    *,
    uses=None,
    usages=("digital_signature",),
    ca=False,
    end=None,
    begin=BEGAN,
) -> Holder:
    """Make a key and a certificate for it, by an issuer or by itself; `uses` are extended key usages."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end or BEGAN + 20 * YEAR)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{one: one in usages for one in USAGES}), critical=True)
    )
    if uses:
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=True)
    return Holder(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))


def authority(name: str, issuer: Holder | None = None) -> Holder:
    """Make an authority."""
    return certify(name, issuer, usages=("key_cert_sign", "crl_sign"), ca=True)


def person(name: str, issuer: Holder, **changes) -> Holder:
    """Make the key and certificate of a person."""
    wanted = {"uses": [DOCUMENT_SIGNING], "usages": ("content_commitment",), **changes}
    return certify(name, issuer, **wanted)


def revocation_list(issuer: Holder, number: int = 1, *, revoked=(), issued=BEGAN, until=BEGAN + 20 * YEAR) -> bytes:
    """Make a revocation list; `revoked` are (certificate, when, suspected since or None)."""
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, issued, until)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    for certificate, when, since in revoked:
        entry = x509.RevokedCertificateBuilder(certificate.serial_number, when)
        if since:
            entry = entry.add_extension(x509.InvalidityDate(since), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)


@dataclass
class TimeAuthority:
    """A time-stamping authority: OpenSSL with a key in a folder."""

    folder: Path
    root: Holder
    signer: Holder

    def stamp(self, data: bytes) -> bytes:
        """Return the bare token over the SHA-256 of some bytes, at this moment."""
        query, token = self.folder / "query", self.folder / "token"
        digest = hashlib.sha256(data).hexdigest()
        asked = ["openssl", "ts", "-query", "-digest", digest, "-sha256", "-cert", "-out", str(query)]
        settings = str(self.folder / "tsa.cnf")
        reply = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            settings,
            "-queryfile",
            str(query),
            "-token_out",
            "-out",
            str(token),
        ]
        subprocess.run(asked, check=True, capture_output=True)
        subprocess.run(reply, check=True, capture_output=True)
        return token.read_bytes()


def time_authority(folder: Path, **changes) -> TimeAuthority:
    """Open a time-stamping authority in an empty folder."""
    root = authority("Time Root")
    signer = certify("Time Authority", root, **{"uses": [ExtendedKeyUsageOID.TIME_STAMPING], **changes})
    folder.mkdir(parents=True, exist_ok=True)
    secret = signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(secret)
    (folder / "tsa.pem").write_bytes(signer.pem)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(TSA_SETTINGS.format(folder=folder))
    return TimeAuthority(folder, root, signer)


class House:
    """Everybody whom a bundle needs: logs, witness, hub CA, two people, time-stamping authority."""

    def __init__(self, folder: Path) -> None:
        self.hub = NoteSigner("hub.example/hub")
        self.operator = NoteSigner("hub.example/operator/demo")
        self.witness = NoteSigner("witness.example", 4)
        self.root = authority("Hub Root")
        self.issuing = authority("Hub Issuing", self.root)
        self.performer = person("person:performer", self.issuing)
        self.assessor = person("person:assessor", self.issuing)
        self.times = time_authority(folder)

    def trust(self, **changes) -> dict[str, Any]:
        """Return the trust file that believes this house and requires everything."""
        logs = [{"origin": one.name, "key": one.verifier, "from": 0, "to": None} for one in (self.hub, self.operator)]
        return {
            "schema": "cahier.trust.v1",
            "version": 1,
            "logs": logs,
            "roots": [self.root.pem.decode()],
            "timestamp_roots": [self.times.root.pem.decode()],
            "witness_policy": f"witness w {self.witness.verifier}\nquorum w\n",
            "tolerance_seconds": 60,
            "required": [f"PF-{number}" for number in range(1, 15)],
            **changes,
        }


def constrained(name: str, permitted: str) -> x509.Certificate:
    """Make the certificate of an authority that may give one name only."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject, base = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, permitted))
    limits = x509.NameConstraints(permitted_subtrees=[x509.DirectoryName(base)], excluded_subtrees=None)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(BEGAN).not_valid_after(BEGAN + YEAR)
    return builder.add_extension(limits, critical=True).sign(key, hashes.SHA256())
