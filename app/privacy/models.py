"""The table of privacy: erasures, each a decision that one person proposed and another confirmed."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.privacy.rules.erasing import ErasureState, Ground
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import Base, Evidenced, new_id


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
