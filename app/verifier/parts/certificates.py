"""Chains of certificates to a root that the verifier brings along (RFC 5280), and what a certificate is for."""

import base64
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.verifier.parts.canonical import sha256_hex
from app.verifier.parts.faults import Malformed

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
STRONG_HASHES = {"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"}
Extension = TypeVar("Extension", bound=x509.ExtensionType)
LONGEST_CHAIN = 8
MOST_TRIES = 200
UNDERSTOOD = {
    x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid, x509.NameConstraints.oid,
    x509.SubjectAlternativeName.oid, x509.CertificatePolicies.oid, x509.AuthorityKeyIdentifier.oid,
    x509.SubjectKeyIdentifier.oid,
}  # fmt: skip
NAMES_OF_PERSON = (NameOID.COMMON_NAME, NameOID.PSEUDONYM, NameOID.SERIAL_NUMBER, NameOID.USER_ID)


def der_of_pem(data: bytes, label: str) -> bytes:
    """Return the DER of a PEM text that holds one thing of a kind and not a byte else."""
    head, foot = f"-----BEGIN {label}-----\n".encode(), f"-----END {label}-----\n".encode()
    inside = data.removeprefix(head).removesuffix(foot)
    try:
        der = base64.b64decode(inside.replace(b"\n", b""), validate=True)
    except ValueError as error:
        raise Malformed("pem") from error
    text = base64.b64encode(der)
    lines = [text[start : start + 64] + b"\n" for start in range(0, len(text), 64)]
    if data != head + b"".join(lines) + foot:
        raise Malformed("pem")
    return der


def read_certificate(data: bytes) -> x509.Certificate:
    """Return a certificate from PEM, or Malformed for one that cannot be read whole."""
    return certificate_of_der(der_of_pem(data, "CERTIFICATE"))


def certificate_of_der(der: bytes) -> x509.Certificate:
    """Return a certificate from DER; its extensions are read here, so that a crafted one fails here and not later."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        list(certificate.extensions)
        certificate.subject.rfc4514_string()
        certificate.public_key()
    except Exception as error:  # cryptography raises several kinds, not all of them documented
        raise Malformed("certificate") from error
    return certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate's DER."""
    return sha256_hex(certificate.public_bytes(Encoding.DER))


def public_key_digest(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the DER of a certificate's public key (SPKI)."""
    return sha256_hex(spki_of(certificate))


def spki_of(certificate: x509.Certificate) -> bytes:
    """Return the DER of a certificate's public key."""
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def find_chain(
    leaf: x509.Certificate, pool: list[x509.Certificate], roots: list[x509.Certificate], at: datetime, purpose: str
) -> list[x509.Certificate]:
    """Return a chain from a certificate to a root, each of it good at a moment for a purpose (`document`, `time`).

    Malformed says why there is none: `chain-untrusted` where no root is reached, another code where one is.
    """
    tries = [MOST_TRIES]
    trusted = {fingerprint(root) for root in roots}
    reason = Malformed("chain-untrusted", subject=leaf.subject.rfc4514_string())
    for chain in _chains([leaf], [*roots, *pool], trusted, tries):
        try:
            _check_chain(chain, at, purpose)
        except Malformed as error:
            reason = error
        else:
            return chain
    raise reason


def _chains(
    begun: list[x509.Certificate], pool: list[x509.Certificate], trusted: set[str], tries: list[int]
) -> list[list[x509.Certificate]]:
    """Return every chain of good signatures that begins so and ends with a root."""
    found = []
    last = begun[-1]
    for issuer in pool:
        if issuer.subject != last.issuer or issuer in begun or len(begun) >= LONGEST_CHAIN or tries[0] <= 0:
            continue
        tries[0] -= 1
        if not _is_issued_by(last, issuer):
            continue
        if fingerprint(issuer) in trusted:
            found.append([*begun, issuer])
        else:
            found += _chains([*begun, issuer], pool, trusted, tries)
    return found


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        digest = certificate.signature_hash_algorithm
    except (ValueError, TypeError, InvalidSignature):
        return False
    except Exception:  # an algorithm that the library does not know
        return False
    return digest is None or _is_strong(digest)


def _is_strong(digest: hashes.HashAlgorithm) -> bool:
    return digest.name in STRONG_HASHES


def _check_chain(chain: list[x509.Certificate], at: datetime, purpose: str) -> None:
    for certificate in chain:
        name = certificate.subject.rfc4514_string()
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise Malformed("certificate-not-valid-then", subject=name)
        if any(one.critical and one.oid not in UNDERSTOOD for one in certificate.extensions):
            raise Malformed("certificate-extension", subject=name)
    USE_CHECKS[purpose](chain[0])
    for place, authority in enumerate(chain[1:]):
        below = [one for one in chain[1 : place + 1] if one.subject != one.issuer]
        _check_authority(authority, len(below))
        for one in chain[: place + 1]:
            check_names(authority, one)
        _check_allowed_uses(authority, purpose)


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """Refuse what is no authority, or one with more authorities below it than it may have."""
    constraints = extension_of(certificate, x509.BasicConstraints)
    usage = extension_of(certificate, x509.KeyUsage)
    is_authority = constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)
    too_long = constraints is not None and constraints.path_length is not None and below > constraints.path_length
    if not is_authority or too_long:
        raise Malformed("certificate-no-authority", subject=certificate.subject.rfc4514_string())


def _check_allowed_uses(authority: x509.Certificate, purpose: str) -> None:
    uses = extension_of(authority, x509.ExtendedKeyUsage)
    wanted = {"document": DOCUMENT_SIGNING, "time": ExtendedKeyUsageOID.TIME_STAMPING}[purpose]
    if uses is not None and wanted not in uses and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in uses:
        raise Malformed("certificate-use", subject=authority.subject.rfc4514_string())


def _check_document_use(certificate: x509.Certificate) -> None:
    usage = extension_of(certificate, x509.KeyUsage)
    uses = extension_of(certificate, x509.ExtendedKeyUsage)
    constraints = extension_of(certificate, x509.BasicConstraints)
    signs = usage is not None and (usage.digital_signature or usage.content_commitment)
    if not signs or (uses is not None and DOCUMENT_SIGNING not in uses) or (constraints and constraints.ca):
        raise Malformed("certificate-use", subject=certificate.subject.rfc4514_string())


def _check_time_use(certificate: x509.Certificate) -> None:
    """Refuse a certificate that is for anything but time-stamping (RFC 3161 §2.3)."""
    usage = extension_of(certificate, x509.KeyUsage)
    signs = usage is None or usage.digital_signature or usage.content_commitment
    uses = [one for one in certificate.extensions if one.oid == x509.ExtendedKeyUsage.oid]
    only_time = [one.critical and list(one.value) == [ExtendedKeyUsageOID.TIME_STAMPING] for one in uses]
    if not signs or only_time != [True]:
        raise Malformed("certificate-use", subject=certificate.subject.rfc4514_string())


USE_CHECKS: dict[str, Callable[[x509.Certificate], None]] = {"document": _check_document_use, "time": _check_time_use}


def check_names(authority: x509.Certificate, below: x509.Certificate) -> None:
    """Refuse a certificate whose names an authority above it may not give (RFC 5280 §4.2.1.10)."""
    constraints = extension_of(authority, x509.NameConstraints)
    if constraints is None:
        return
    names = [x509.DirectoryName(below.subject)] if list(below.subject) else []
    others = extension_of(below, x509.SubjectAlternativeName)
    for name in [*names, *(others or [])]:
        permitted = [base for base in constraints.permitted_subtrees or [] if type(base) is type(name)]
        excluded = [base for base in constraints.excluded_subtrees or [] if type(base) is type(name)]
        if (permitted and not any(_is_below(name, base) for base in permitted)) or any(
            _is_below(name, base) is not False for base in excluded
        ):
            raise Malformed("certificate-name", subject=below.subject.rfc4514_string())


def _is_below(name: x509.GeneralName, base: x509.GeneralName) -> bool | None:
    """Say whether a name stands below another; None for kinds of names that this verifier cannot compare."""
    if not isinstance(name, x509.DirectoryName) or not isinstance(base, x509.DirectoryName):
        return None
    whole, beginning = list(name.value.rdns), list(base.value.rdns)
    return whole[: len(beginning)] == beginning


def extension_of(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    """Return what an extension says, or None without it."""
    for one in certificate.extensions:
        if isinstance(one.value, kind):
            return one.value
    return None


def names_of(certificate: x509.Certificate) -> set[str]:
    """Return by what names the subject of a certificate goes that may be a pseudonym."""
    found = [one for oid in NAMES_OF_PERSON for one in certificate.subject.get_attributes_for_oid(oid)]
    return {str(one.value) for one in found}
