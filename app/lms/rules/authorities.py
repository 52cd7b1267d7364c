"""Certificates that vouch for a platform's own, as somebody pasted them."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from app.kernel.errors import N_
from app.lms.errors import BadPlatform

MOST = 20
LONGEST = 64 * 1024


def check_authorities(pem: str, now: datetime) -> str | None:
    """Return the certificates alone, in PEM, or None for an empty text; raise BadPlatform for what holds none or more.

    Whatever stands around them is not kept.
    """
    if not pem.strip():
        return None
    if "PRIVATE KEY" in pem:
        raise _wrong(N_("This holds a private key. Paste the certificate alone, and keep the key to yourself."))
    try:
        found = x509.load_pem_x509_certificates(pem.encode()) if len(pem) <= LONGEST else []
    except ValueError:
        found = []
    if not 0 < len(found) <= MOST:
        raise _wrong(N_("Paste certificates in PEM: from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."))
    if any(one.not_valid_after_utc < now for one in found):
        raise _wrong(N_("One of these certificates is over."))
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in found)


def fingerprints(pem: str | None) -> list[str]:
    """Return the SHA-256 fingerprints of certificates in PEM, in their order."""
    found = x509.load_pem_x509_certificates(pem.encode()) if pem else []
    return [one.fingerprint(hashes.SHA256()).hex() for one in found]


def _wrong(message: str) -> BadPlatform:
    return BadPlatform(fields={"authorities": message})
