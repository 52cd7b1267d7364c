"""The one table of the edge: receipts of accepted forms."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.tables import Base, Passing


class Receipt(Passing, Base):
    """That a form with this key was accepted from this person, and what was answered (idempotency key)."""

    __tablename__ = "receipt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    actor: Mapped[str] = mapped_column(String(80), primary_key=True)
    answer: Mapped[str] = mapped_column(Text)
    accepted_at: Mapped[datetime]
