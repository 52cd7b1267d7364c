"""A time-stamping authority of our own on a loopback address: a small HTTP server around `openssl ts -reply`."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.kernel import clock

CONFIGURATION = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
DAYS = timedelta(days=365)


@dataclass
class Authority:
    """A running authority: where it is, its root, and what it does instead of answering well."""

    folder: Path
    address: str = ""
    fault: str = ""
    asked: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """The certificate under which its tokens are signed, in PEM."""
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> tuple[int, bytes]:
        """Answer a query: with a token, or with its fault."""
        self.asked.append(query)
        if self.fault == "down":
            return 503, b"closed today"
        if self.fault == "replay":
            return 200, self.answers[0]
        self.answers.append(self.stamp(query))
        return 200, self.answers[-1]

    def stamp(self, query: bytes) -> bytes:
        """Have openssl answer a query."""
        (self.folder / "query").write_bytes(query)
        words = ["-config", "tsa.cnf", "-section", "here", "-queryfile", "query", "-out", "reply"]
        keys = ["-inkey", "signer.key", "-signer", "signer.pem"]
        subprocess.run(["openssl", "ts", "-reply", *words, *keys], cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()


@contextmanager
def running_authority(folder: Path, lasts: timedelta = DAYS) -> Iterator[Authority]:
    """Run an authority in a folder, whose certificate ends after a while."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority(folder)
    make_certificates(folder, lasts)
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    authority.address = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificates(folder: Path, lasts: timedelta) -> None:
    """Make a root, and under it the key and the certificate that sign tokens."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, name = _named(f"Root in {folder.name}"), _named(f"Authority in {folder.name}")
    root = _certificate(root_name, root_name, root_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    leaf = _certificate(name, root_name, key.public_key(), lasts).add_extension(
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
    )
    for builder, path in ((root, "root.pem"), (leaf, "signer.pem")):
        (folder / path).write_bytes(builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "signer.key").write_bytes(secret)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta = DAYS
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - DAYS)
        .not_valid_after(clock.now() + lasts)
    )
