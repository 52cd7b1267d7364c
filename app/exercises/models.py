"""Tables of exercises: every version of every master that was loaded, whole and unchangeable."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Digest
from app.storage.tables import AppendOnly, Base, Evidenced


class ExerciseVersion(AppendOnly, Evidenced, Base):
    """One version of a master exercise; `digest` is the SHA-256 of its content, which records pin."""

    __tablename__ = "exercise_version"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    series: Mapped[str] = mapped_column(String(20))
    competency: Mapped[str] = mapped_column(String(40))
    content: Mapped[dict[str, Any]]
    digest: Mapped[Digest] = mapped_column(index=True)
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(80))
