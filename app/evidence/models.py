"""The table of orders: what people asked for and the worker makes. Operational, and gone after a day; no evidence."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import EnumValue, Id, reference
from app.storage.tables import Base, Passing, new_id


class Form(StrEnum):
    """In which form a record is taken away."""

    BUNDLE = "bundle"
    PAPER = "paper"


class OrderState(StrEnum):
    """Where an order stands."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class ExportOrder(Passing, Base):
    """That somebody asked for a record in a form; `done` counts the steps, `leased_until` is a worker's right to it.

    `content` is the file once it is made, sealed, `level` that of the seal on its paper.
    """

    __tablename__ = "export_order"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    record_id: Mapped[Id] = mapped_column(reference("record.id"))
    form: Mapped[Form] = mapped_column(EnumValue(Form))
    ordered_by: Mapped[str] = mapped_column(String(80))
    ordered_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[OrderState] = mapped_column(EnumValue(OrderState))
    done: Mapped[int]
    leased_until: Mapped[datetime | None]
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    level: Mapped[str | None] = mapped_column(String(10))
