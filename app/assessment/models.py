"""The one table of assessment: what an assessor concluded about a record."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.signatures.rules import Meaning
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import AppendOnly, Base, Evidenced


class Conclusion(AppendOnly, Evidenced, Base):
    """An assessor's conclusion: `statement` commits to the very text that was shown and signed (committed_text holds it)."""

    __tablename__ = "conclusion"

    record_id: Mapped[Id] = mapped_column(reference("record.id"), primary_key=True)
    meaning: Mapped[Meaning] = mapped_column(EnumValue(Meaning))
    statement: Mapped[Digest]
    assessor_id: Mapped[Id] = mapped_column(reference("person.id"))
    concluded_at: Mapped[datetime]
