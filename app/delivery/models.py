"""Tables of delivery: targets, where the delivery to each stands, and what became of each parcel."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.delivery.rules import Fate, StopReason
from app.storage.columns import EnumValue, Id, reference
from app.storage.tables import Base, Evidenced, new_id

_IN_USE = text("ended_at IS NULL")


class Target(Evidenced, Base):
    """Another system that receives; its secret is sealed under a key that stands outside the database.

    `operator_id` limits what it receives to one operator; None means everything of the hub.
    """

    __tablename__ = "target"
    __table_args__ = (
        Index("uq_target_name_in_use", "name", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(500))
    settings: Mapped[dict[str, Any]]
    sealed_secret: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TargetState(Base):
    """Where the delivery to a target stands. Operational, not evidence: it only says what is still to do.

    `position` is the last parcel that was taken up; `lease` names the worker that serves the target until
    `leased_until`.
    """

    __tablename__ = "target_state"

    target_id: Mapped[Id] = mapped_column(reference("target.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, default=0)
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    stopped: Mapped[StopReason | None] = mapped_column(EnumValue(StopReason))
    last_answer: Mapped[str | None] = mapped_column(Text)
    last_answer_at: Mapped[datetime | None]
    lease: Mapped[Id | None]
    leased_until: Mapped[datetime | None]


class Delivery(Base):
    """What became of one parcel at one target: to be sent again, arrived, or refused for good. The receipt.

    `sequence` is what it must not overtake in; `digest` the SHA-256 of the bytes that went out.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(None, "target_id", "fate", "position"),
        Index(None, "target_id", "sequence", "fate"),
        Index(None, "parcel"),
    )

    target_id: Mapped[Id] = mapped_column(reference("target.id"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    parcel: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))
    fate: Mapped[Fate] = mapped_column(EnumValue(Fate))
    attempts: Mapped[int]
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
