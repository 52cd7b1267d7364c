"""What certificates and revocation lists of the hub look like, and the judge that holds them to it (RFC 5280).

    root (offline, path length 1) → issuing (path length 0, one organisation, signs documents only) → people and seal

Everything is ECDSA P-256 with SHA-256, which the readers of signed PDF know (KM-3). A name holds the hub's origin as
the organisation and, for a person, the pseudonym: no name, no e-mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.kernel import clock
from app.signatures.rules import RevocationReason

ROOT_VALID = timedelta(days=20 * 365)
ISSUING_VALID = timedelta(days=5 * 365)
PERSONAL_VALID = timedelta(days=365)
LIST_VALID = timedelta(days=3)
ROOT_LIST_VALID = timedelta(days=400)
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336): what every certificate below the root is for, and nothing else."""

_FLAGS = {
    RevocationReason.SUPERSEDED: x509.ReasonFlags.superseded,
    RevocationReason.CESSATION: x509.ReasonFlags.cessation_of_operation,
    RevocationReason.COMPROMISE: x509.ReasonFlags.key_compromise,
}
_REASONS = {flag: reason for reason, flag in _FLAGS.items()}
_NEW_CURVE = ec.SECP256R1

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey


@dataclass(frozen=True)
class Listed:
    """What a revocation list says of one serial."""

    serial: int
    at: datetime
    reason: RevocationReason
    since: datetime | None = None


def new_private_key() -> PrivateKey:
    """Return a new P-256 key."""
    return ec.generate_private_key(_NEW_CURVE())


def make_root(key: PrivateKey, origin: str) -> x509.Certificate:
    """Return the self-signed certificate of a root."""
    name = _name(origin, f"Cahier root {_stamp()}")
    builder = _builder(name, name, key.public_key(), clock.now() + ROOT_VALID)
    builder = _as_authority(builder, path_length=1)
    return _finish(builder, key.public_key(), key.public_key()).sign(key, hashes.SHA256())


def make_issuing(public: PublicKey, root: x509.Certificate, root_key: PrivateKey) -> x509.Certificate:
    """Return the certificate of an issuing authority, limited to one organisation and to signing documents."""
    origin = organisation_of(root)
    builder = _builder(_name(origin, f"Cahier issuing {_stamp()}"), root.subject, public, _until(ISSUING_VALID, root))
    builder = _as_authority(builder, path_length=0)
    inside = x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, origin)]))
    builder = builder.add_extension(x509.NameConstraints([inside], None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
    return _finish(builder, public, root_key.public_key()).sign(root_key, hashes.SHA256())


def make_leaf(
    public: PublicKey, common_name: str, issuing: x509.Certificate, issuing_key: PrivateKey, *, is_seal: bool = False
) -> x509.Certificate:
    """Return the certificate of a person, for a year, or of the hub's seal, for as long as its issuer."""
    valid = ISSUING_VALID if is_seal else PERSONAL_VALID
    name = _name(organisation_of(issuing), common_name)
    builder = _builder(name, issuing.subject, public, _until(valid, issuing))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(content_commitment=True, digital_signature=is_seal), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
    return _finish(builder, public, issuing_key.public_key()).sign(issuing_key, hashes.SHA256())


def make_request(key: PrivateKey, common_name: str) -> x509.CertificateSigningRequest:
    """Return a request that the key itself signed: the proof of possession (RFC 2986)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())


def make_list(
    issuer: x509.Certificate, key: PrivateKey, number: int, revoked: Sequence[Listed], valid: timedelta = LIST_VALID
) -> x509.CertificateRevocationList:
    """Return the revocation list with this number, from now on."""
    now = _second(clock.now())
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
    builder = builder.last_update(now).next_update(now + valid)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(_key_of_issuer(key.public_key()), critical=False)
    for one in revoked:
        builder = builder.add_revoked_certificate(_entry(one))
    return builder.sign(key, hashes.SHA256())


def listed_in(revocations: x509.CertificateRevocationList) -> dict[int, Listed]:
    """Return what a revocation list says, by serial."""
    return {entry.serial_number: _read_entry(entry) for entry in revocations}


def faults_of_chain(chain: Sequence[x509.Certificate]) -> list[str]:
    """Name what is wrong with a path from a leaf to a root, whenever; nothing for one that holds (KM-1)."""
    faults = []
    for depth, (certificate, issuer) in enumerate(zip(chain, [*chain[1:], chain[-1]], strict=True)):
        faults += _faults_of_issue(certificate, issuer, depth)
    return faults + [fault for issuer in chain[1:] for fault in _faults_of_limits(chain[0], issuer)]


def faults_of_times(chain: Sequence[x509.Certificate], at: datetime) -> list[str]:
    """Name the certificates that were not valid at a moment."""
    return [
        f"{common_name_of(one)} was not valid then"
        for one in chain
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc
    ]


def faults_of_person(certificate: x509.Certificate, pseudonym: str) -> list[str]:
    """Name what departs from the profile of a person's certificate (KM-2, KM-4)."""
    extensions = certificate.extensions
    attributes = {attribute.oid: attribute.value for attribute in certificate.subject}
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    named = [item.oid for item in extensions]
    checks = {
        "subject": attributes.keys() == {NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME},
        "pseudonym": attributes.get(NameOID.COMMON_NAME) == pseudonym,
        "no other names": x509.SubjectAlternativeName.oid not in named,
        "no authority": not extensions.get_extension_for_class(x509.BasicConstraints).value.ca,
        "non-repudiation alone": usage == _usage(content_commitment=True),
        "signs documents": list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [DOCUMENT_SIGNING],
        "a year at most": certificate.not_valid_after_utc - certificate.not_valid_before_utc <= PERSONAL_VALID,
        "P-256": isinstance(certificate.public_key(), ec.EllipticCurvePublicKey) and _is_p256(certificate),
    }
    return [name for name, holds in checks.items() if not holds]


def organisation_of(certificate: x509.Certificate) -> str:
    """Return the organisation that a certificate names: the origin of its hub."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)


def common_name_of(named: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the common name of a certificate or a request."""
    found = named.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _builder(subject: x509.Name, issuer: x509.Name, public: PublicKey, until: datetime) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(_second(clock.now())).not_valid_after(_second(until))


def _as_authority(builder: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _finish(builder: x509.CertificateBuilder, public: PublicKey, issuer: PublicKey) -> x509.CertificateBuilder:
    own = x509.SubjectKeyIdentifier.from_public_key(public)
    return builder.add_extension(own, critical=False).add_extension(_key_of_issuer(issuer), critical=False)


def _key_of_issuer(public: PublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(public)


def _usage(**named: bool) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: named.get(name, False) for name in names})


def _name(origin: str, common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, origin)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _stamp() -> str:
    """Tell two authorities of one hub apart by when they were made."""
    return clock.to_text(clock.now())[:19]


def _until(valid: timedelta, issuer: x509.Certificate) -> datetime:
    return min(clock.now() + valid, issuer.not_valid_after_utc)


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _entry(one: Listed) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(_second(one.at))
    builder = builder.add_extension(x509.CRLReason(_FLAGS[one.reason]), critical=False)
    if one.since:
        # Without a zone: the library writes UTC, and takes an aware time for a naive one of the same digits.
        since = _second(one.since).astimezone(UTC).replace(tzinfo=None)
        builder = builder.add_extension(x509.InvalidityDate(since), critical=False)
    return builder.build()


def _read_entry(entry: x509.RevokedCertificate) -> Listed:
    reason, since = RevocationReason.COMPROMISE, None
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            reason = _REASONS.get(extension.value.reason, RevocationReason.COMPROMISE)
        elif isinstance(extension.value, x509.InvalidityDate):
            since = extension.value.invalidity_date_utc
    return Listed(entry.serial_number, entry.revocation_date_utc, reason, since)


def _faults_of_issue(certificate: x509.Certificate, issuer: x509.Certificate, depth: int) -> list[str]:
    name = common_name_of(certificate)
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return [f"{name} was not issued by {common_name_of(issuer)}"]
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return [f"{common_name_of(issuer)} is no authority"]
    if not basic.ca or not usage.key_cert_sign:
        return [f"{common_name_of(issuer)} is no authority"]
    if certificate is not issuer and basic.path_length is not None and depth > basic.path_length:
        return [f"the path below {common_name_of(issuer)} is too long"]
    return []


def _faults_of_limits(leaf: x509.Certificate, issuer: x509.Certificate) -> list[str]:
    """Name the limits of an authority that a leaf breaks: the organisation, and what keys are for."""
    faults = []
    for extension in issuer.extensions:
        if isinstance(extension.value, x509.NameConstraints):
            permitted = extension.value.permitted_subtrees or ()
            if not any(_is_under(leaf.subject, one) for one in permitted):
                faults.append(f"{common_name_of(issuer)} may not vouch for this name")
        elif isinstance(extension.value, x509.ExtendedKeyUsage):
            own = [one.value for one in leaf.extensions if isinstance(one.value, x509.ExtendedKeyUsage)]
            if not own or not set(own[0]) <= set(extension.value):
                faults.append(f"{common_name_of(issuer)} may not issue for this use")
    return faults


def _is_under(name: x509.Name, permitted: x509.GeneralName) -> bool:
    if not isinstance(permitted, x509.DirectoryName):
        return False
    limits = permitted.value.rdns
    return name.rdns[: len(limits)] == limits


def _is_p256(certificate: x509.Certificate) -> bool:
    public = certificate.public_key()
    return isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)
