"""Tables of signatures: keys, accepted statements, signatures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.signatures.rules import Meaning
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class KeyState(StrEnum):
    """Where a key stands; a public key is kept for ever, so that old signatures verify (KM-4)."""

    VALID = "valid"
    SUPERSEDED = "superseded"


class SigningKey(Evidenced, Base):
    """A person's key pair: the public half in clear, the private half wrapped until the key ends."""

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


class Acknowledgement(AppendOnly, Evidenced, Base):
    """That a person accepted a version of the accountability statement, in the language they read (P11.10(j)).

    `witnessed_by` is who vouched for them, when it was not their first key (KM-7).
    """

    __tablename__ = "acknowledgement"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    statement_version: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    text_digest: Mapped[Digest]
    accepted_at: Mapped[datetime]
    witnessed_by: Mapped[Id | None] = mapped_column(reference("person.id"))


class Signature(AppendOnly, Evidenced, Base):
    """A signature: the manifest's exact bytes, the value, and the columns by which it is found and shown.

    `signer_name` and `signer_login` are commitments: the names stand in committed_text (C9).
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
