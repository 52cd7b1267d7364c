"""Judging the certificate behind a stored signature: path, validity at the time of signing, revocation (PF-8, KM-6).

The root that is trusted here is the one in the database; a stranger trusts the one in their own trust file. What a
revocation list says counts beside the rows that it was made from, so that removing a row hides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.signatures.models import Certificate, Incident, Revocation, RevocationList, Signature, SigningKey
from app.signatures.rules import CertificateKind, Path, Revoked
from app.signatures.services.ca import fingerprint_of
from app.signatures.services.profiles import (
    Listed,
    common_name_of,
    faults_of_chain,
    faults_of_times,
    listed_in,
)

UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound, x509.DuplicateExtension)


@dataclass(frozen=True)
class Trust:
    """The authorities' certificates by fingerprint, and the newest list of each, as PEM."""

    authorities: Mapping[str, Certificate]
    lists: Mapping[str, str]


class Chain(NamedTuple):
    """What goes with a signature that leaves the house, as PEM: the signer's certificate first, the root last."""

    certificates: list[str]
    revocation_lists: list[str]


def read_trust(session: Session) -> Trust:
    """Read what every signature's certificate is judged by."""
    kinds = (CertificateKind.ROOT, CertificateKind.ISSUING)
    authorities = {
        row.fingerprint: row for row in session.scalars(select(Certificate).where(Certificate.kind.in_(kinds)))
    }
    newest = select(RevocationList.issuer, func.max(RevocationList.number)).group_by(RevocationList.issuer)
    lists = {}
    for issuer, number in session.execute(newest).all():
        lists[issuer] = session.get_one(RevocationList, (issuer, number)).pem
    return Trust(authorities, lists)


def path_of(session: Session, signature: Signature, key: SigningKey, trust: Trust) -> Path:
    """Return what is known of the certificate behind a signature; never raises for what somebody may have stored."""
    row = certificate_of(session, signature)
    if row is None:
        return Path(holds=None)
    above = authorities_above(row, trust)
    if not above or above[-1].kind is not CertificateKind.ROOT:
        return Path(holds=None)
    holds = _names_the_key(row, key) and _path_holds((row.pem, *(one.pem for one in above)), signature.signed_at)
    known = [_read_list(trust.lists[one.fingerprint], one.pem) for one in above if one.fingerprint in trust.lists]
    is_known = len(known) == len(above) and None not in known
    return Path(holds, is_known, _revoked(session, row, signature.signed_at, known[0] if known else None))


def chain_of(session: Session, signature: Signature) -> Chain:
    """Return certificates and newest revocation lists for a signature; empty for one from before certificates."""
    row, trust = certificate_of(session, signature), read_trust(session)
    if row is None:
        return Chain([], [])
    above = authorities_above(row, trust)
    lists = [trust.lists[one.fingerprint] for one in above if one.fingerprint in trust.lists]
    return Chain([row.pem, *(one.pem for one in above)], lists)


def certificate_of(session: Session, signature: Signature) -> Certificate | None:
    """Return the certificate that a signature names."""
    if signature.certificate is None:
        return None
    return session.scalar(select(Certificate).where(Certificate.fingerprint == signature.certificate))


def authorities_above(row: Certificate, trust: Trust) -> list[Certificate]:
    """Return the authorities above a certificate, the nearest first, as far as they are known."""
    above: list[Certificate] = []
    issuer = trust.authorities.get(row.issuer or "")
    while issuer is not None and issuer not in above:
        above.append(issuer)
        issuer = trust.authorities.get(issuer.issuer or "")
    return above


def _revoked(
    session: Session, row: Certificate, signed_at: datetime, listed: Mapping[int, Listed] | None
) -> Revoked | None:
    """Return the revocation of a certificate, or the incident in whose time the signature falls."""
    since = session.scalar(
        select(func.min(Incident.suspected_since)).where(
            Incident.person_id == row.person_id,
            Incident.suspected_since <= signed_at,
            Incident.opened_at >= signed_at,
        )
    )
    stored = session.get(Revocation, row.serial)
    if stored:
        return Revoked(stored.revoked_at, stored.reason, since or stored.suspected_since)
    found = listed.get(int(row.serial, 16)) if listed else None
    return Revoked(found.at, found.reason, since or found.since) if found else None


def _names_the_key(row: Certificate, key: SigningKey) -> bool:
    try:
        certificate = _load(row.pem)
        public = serialization.load_pem_public_key(key.public_key.encode())
    except UNREADABLE:
        return False
    is_whole = fingerprint_of(certificate) == row.fingerprint and row.serial == f"{certificate.serial_number:x}"
    return is_whole and certificate.public_key() == public and common_name_of(certificate) == f"person:{key.person_id}"


def _path_holds(pems: tuple[str, ...], at: datetime) -> bool:
    try:
        return _chain_holds(pems) and not faults_of_times([_load(pem) for pem in pems], at)
    except UNREADABLE:
        return False


# The same few certificates and lists stand behind every signature of a record.
@lru_cache(maxsize=512)
def _chain_holds(pems: tuple[str, ...]) -> bool:
    return not faults_of_chain([_load(pem) for pem in pems])


@lru_cache(maxsize=512)
def _load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


@lru_cache(maxsize=16)
def _read_list(pem: str, issuer: str) -> Mapping[int, Listed] | None:
    """Return what a list says, or None when its issuer did not sign it."""
    try:
        revocations = x509.load_pem_x509_crl(pem.encode())
        if not revocations.is_signature_valid(_load(issuer).public_key()):  # type: ignore[arg-type]
            return None
        return listed_in(revocations)
    except UNREADABLE:
        return None
