"""The tables of privacy: erasures, each decided by two people; companies, and what is disclosed to them of whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.privacy.rules.disclosing import Extent, Use
from app.privacy.rules.erasing import ErasureState, Ground
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced, new_id


class Erasure(Evidenced, Base):
    """That a person's values are to be erased, or were: on which ground, which shares, decided by whom (GD-17).

    `decision` commits to the words of the decision, which stay and never name the person; `shares` holds their codes.
    """

    __tablename__ = "erasure"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    ground: Mapped[Ground] = mapped_column(EnumValue(Ground))
    shares: Mapped[list[Any]]
    decision: Mapped[Digest]
    state: Mapped[ErasureState] = mapped_column(EnumValue(ErasureState))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]


class Employer(Evidenced, Base):
    """A company to which results of an operator's people may be disclosed; no person and no role."""

    __tablename__ = "employer"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(80))


class EmployerToken(Evidenced, Base):
    """A company's key to the results disclosed to it, known by its digest, limited in time, revocable."""

    __tablename__ = "employer_token"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    employer_id: Mapped[Id] = mapped_column(reference("employer.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Disclosure(Evidenced, Base):
    """That a company may see a person's results: for which use, which of them, until when, set by whom.

    `reason` and `end_reason` are commitments; `competencies` holds codes when the extent names them.
    """

    __tablename__ = "disclosure"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    employer_id: Mapped[Id] = mapped_column(reference("employer.id"), index=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    use: Mapped[Use] = mapped_column(EnumValue(Use))
    extent: Mapped[Extent] = mapped_column(EnumValue(Extent))
    competencies: Mapped[list[Any]]
    reason: Mapped[Digest]
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(80))
    end_reason: Mapped[Digest | None]


class DisclosureView(AppendOnly, Evidenced, Base):
    """That a company looked at a person's results; the line of the look names all whom it saw (GDPR 15(1)(c))."""

    __tablename__ = "disclosure_view"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    disclosure_id: Mapped[Id] = mapped_column(reference("disclosure.id"), index=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    seen_at: Mapped[datetime]
