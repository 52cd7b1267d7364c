"""Tables of signatures: keys, accepted statements, certificates and their revocation, signatures, incidents."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.signatures.rules import CertificateKind, Custody, Enrolment, Level, Meaning, Proofing, RevocationReason
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class KeyState(StrEnum):
    """Where a key stands; a public key is kept for ever, so that old signatures verify (KM-4).

    One that is pending waits for somebody to confirm whose it is, and signs nothing until then (KM-2).
    """

    PENDING = "pending"
    VALID = "valid"
    SUPERSEDED = "superseded"


class SigningKey(Evidenced, Base):
    """A person's key pair: the public half in clear, the private half wrapped until the key ends.

    `request` is the certificate request that the key signed when it was made: the proof of possession.
    """

    __tablename__ = "signing_key"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    algorithm: Mapped[str] = mapped_column(String(40))
    public_key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[Digest]
    wrapped: Mapped[str | None] = mapped_column(Text)
    wrapping: Mapped[dict[str, Any]]
    state: Mapped[KeyState] = mapped_column(EnumValue(KeyState))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    request: Mapped[str | None] = mapped_column(Text)


class Acknowledgement(AppendOnly, Evidenced, Base):
    """That a person accepted a version of the accountability statement, in the language they read (P11.10(j)).

    `witnessed_by` is who vouched for them before there were certificates, when it was not their first key (KM-7).
    """

    __tablename__ = "acknowledgement"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    statement_version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    text_digest: Mapped[Digest]
    accepted_at: Mapped[datetime]
    witnessed_by: Mapped[Id | None] = mapped_column(reference("person.id"))


class Certificate(AppendOnly, Evidenced, Base):
    """A certificate that the hub issued; the private key behind it never stands here (KM-1, KM-2).

    `serial` is hexadecimal, `issuer` the fingerprint of the issuer's certificate. Those of persons also say who
    confirmed the identity, and by what.
    """

    __tablename__ = "certificate"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[CertificateKind] = mapped_column(EnumValue(CertificateKind))
    issuer: Mapped[Digest | None]
    subject: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[Id | None] = mapped_column(reference("person.id"), index=True)
    key_id: Mapped[Id | None] = mapped_column(reference("signing_key.id"), index=True)
    enrolment: Mapped[Enrolment | None] = mapped_column(EnumValue(Enrolment))
    level: Mapped[Level | None] = mapped_column(EnumValue(Level))
    proofing: Mapped[Proofing | None] = mapped_column(EnumValue(Proofing))
    confirmed_by: Mapped[Id | None] = mapped_column(reference("person.id"))
    pem: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[Digest] = mapped_column(unique=True)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    issued_at: Mapped[datetime]


class Revocation(AppendOnly, Evidenced, Base):
    """That a certificate ended before its day, why, and since when somebody else may have had the key (KM-6)."""

    __tablename__ = "revocation"

    serial: Mapped[str] = mapped_column(reference("certificate.serial"), primary_key=True)
    reason: Mapped[RevocationReason] = mapped_column(EnumValue(RevocationReason))
    revoked_at: Mapped[datetime]
    suspected_since: Mapped[datetime | None]


class RevocationList(AppendOnly, Evidenced, Base):
    """A certificate revocation list as it was published (RFC 5280 §5); `issuer` is its issuer's fingerprint."""

    __tablename__ = "revocation_list"

    issuer: Mapped[Digest] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pem: Mapped[str] = mapped_column(Text)
    this_update: Mapped[datetime]
    next_update: Mapped[datetime]


class Incident(Evidenced, Base):
    """A key that somebody else may have had: since when, what was signed from then on, whom to tell (KM-9).

    `signatures` and `to_tell` hold ids: of signatures, of persons. Reviewed by one pseudonym, closed by another.
    """

    __tablename__ = "incident"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    suspected_since: Mapped[datetime]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(80))
    signatures: Mapped[list[Any]]
    to_tell: Mapped[list[Any]]
    reviewed_by: Mapped[str | None] = mapped_column(String(80))
    reviewed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(80))
    closed_at: Mapped[datetime | None]


class Signature(AppendOnly, Evidenced, Base):
    """A signature: the manifest's exact bytes, the value, and the columns by which it is found and shown.

    `signer_name` and `signer_login` are commitments: the names stand in committed_text (C9). `certificate` is the
    fingerprint of the signer's; `enrolment`, `custody` and `level` are what was claimed then (KM-14). They are missing
    in signatures from before certificates, `custody` also in those made before it was kept.
    """

    __tablename__ = "signature"
    __table_args__ = (Index(None, "subject", "part"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(200))
    part: Mapped[str | None] = mapped_column(String(100))
    subject_digest: Mapped[Digest]
    meaning: Mapped[Meaning] = mapped_column(EnumValue(Meaning))
    signer_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    signer_name: Mapped[Digest]
    signer_login: Mapped[Digest]
    role: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[Id] = mapped_column(reference("signing_key.id"))
    signed_at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[str] = mapped_column(Text)
    manifest_digest: Mapped[Digest]
    value: Mapped[str] = mapped_column(Text)
    certificate: Mapped[Digest | None]
    enrolment: Mapped[Enrolment | None] = mapped_column(EnumValue(Enrolment))
    custody: Mapped[Custody | None] = mapped_column(EnumValue(Custody))
    level: Mapped[Level | None] = mapped_column(EnumValue(Level))


class PasskeySignature(AppendOnly, Evidenced, Base):
    """What the signer's passkey signed beside their key: the challenge in `client_data` is the manifest's digest.

    The public key is the passkey's, as COSE; all in base64 but `credential_id` (WebAuthn §6.3.3).
    """

    __tablename__ = "passkey_signature"

    signature_id: Mapped[Id] = mapped_column(reference("signature.id"), primary_key=True)
    credential_id: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    authenticator_data: Mapped[str] = mapped_column(Text)
    client_data: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)
