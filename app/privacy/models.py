"""Tables of privacy: erasures, each decided by two people; terms of retention, and lists of what is over."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.privacy.rules.erasing import ErasureState, Ground
from app.privacy.rules.retention import ExpiryState, ItemKind, ItemState, RetentionClass
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


class RetentionTerm(AppendOnly, Evidenced, Base):
    """How long a class of data is kept from one decision to the next; the highest version counts (GD-5(1)(e)).

    In calendar months; `reason` commits to why the hub chose it.
    """

    __tablename__ = "retention_term"

    retention_class: Mapped[RetentionClass] = mapped_column(EnumValue(RetentionClass), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    months: Mapped[int]
    minor_months: Mapped[int]
    reason: Mapped[Digest]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]


class Expiry(Evidenced, Base):
    """A list of what is over, of an operator or (None) of the hub: approved by one person, confirmed by another.

    `decision` commits to the words of whoever approved it; they stay and name nobody.
    """

    __tablename__ = "expiry"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"), index=True)
    state: Mapped[ExpiryState] = mapped_column(EnumValue(ExpiryState))
    found_at: Mapped[datetime]
    decision: Mapped[Digest | None]
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(80))
    confirmed_at: Mapped[datetime | None]


class ExpiryItem(Evidenced, Base):
    """Something on such a list: a record's texts, its files, a person, or old rows of operation.

    Held back until a day with a reason (a commitment), or erased. `decision` commits to the words that the line of its
    erasure gives as reason, which stay.
    """

    __tablename__ = "expiry_item"

    expiry_id: Mapped[Id] = mapped_column(reference("expiry.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[ItemKind] = mapped_column(EnumValue(ItemKind))
    retention_class: Mapped[RetentionClass] = mapped_column(EnumValue(RetentionClass))
    over_since: Mapped[datetime]
    record_id: Mapped[Id | None] = mapped_column(reference("record.id"), index=True)
    person_id: Mapped[Id | None] = mapped_column(reference("person.id"), index=True)
    rows: Mapped[int | None]
    state: Mapped[ItemState] = mapped_column(EnumValue(ItemState))
    held_until: Mapped[datetime | None]
    held_by: Mapped[str | None] = mapped_column(String(80))
    hold_reason: Mapped[Digest | None]
    ended_at: Mapped[datetime | None]
    decision: Mapped[Digest | None]
