"""Revocation lists (RFC 5280 §5): what they say of a certificate at a moment."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from app.verifier.parts.certificates import der_of_pem, extension_of, fingerprint
from app.verifier.parts.faults import Malformed

MOST_LIST_BYTES = 8 * 2**20


@dataclass(frozen=True)
class RevocationList:
    """A revocation list of the bundle: by whom, which one, what it says, and whether a line logged it."""

    issuer: str
    number: int
    content: x509.CertificateRevocationList
    is_logged: bool

    def was_current(self, at: datetime) -> bool:
        """Say whether the list speaks of a moment: it was current then, or came after it."""
        begun, ends = self.content.last_update_utc, self.content.next_update_utc
        return at <= begun or (ends is not None and at < ends)


def read_list(data: bytes) -> tuple[int, x509.CertificateRevocationList]:
    """Return a revocation list from PEM, with its number; Malformed for one with parts that nobody understands."""
    if len(data) > MOST_LIST_BYTES:
        raise Malformed("revocation-list")
    der = der_of_pem(data, "X509 CRL")
    try:
        content = x509.load_der_x509_crl(der)
        extensions = list(content.extensions)
        content.issuer.rfc4514_string()
        for entry in content:
            list(entry.extensions)
    except Exception as error:  # cryptography raises several kinds, not all of them documented
        raise Malformed("revocation-list") from error
    numbers = [one.value.crl_number for one in extensions if isinstance(one.value, x509.CRLNumber)]
    known = {x509.CRLNumber.oid, x509.AuthorityKeyIdentifier.oid}
    if len(numbers) != 1 or any(one.critical and one.oid not in known for one in extensions):
        raise Malformed("revocation-list")
    return numbers[0], content


def is_signed_by(revocations: RevocationList, issuer: x509.Certificate) -> bool:
    """Say whether a list is the one of this issuer, with a good signature by a key that may sign lists."""
    usage = extension_of(issuer, x509.KeyUsage)
    if revocations.issuer != fingerprint(issuer) or revocations.content.issuer != issuer.subject:
        return False
    if usage is not None and not usage.crl_sign:
        return False
    try:
        return revocations.content.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # or it raises
    except Exception:  # a kind of key that cannot have signed it
        return False


def revoked_at(revocations: RevocationList, certificate: x509.Certificate) -> tuple[datetime, datetime] | None:
    """Return when a list says that a certificate was revoked, and since when it is suspected; None if it does not."""
    entry = revocations.content.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return None
    said = [one.value for one in entry.extensions]
    suspected = [one.invalidity_date_utc for one in said if isinstance(one, x509.InvalidityDate)]
    return entry.revocation_date_utc, min([entry.revocation_date_utc, *suspected])
