"""Base classes of all tables: naming, evidence and append-only marks."""

import uuid
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, declared_attr, mapped_column

from app.storage.columns import CanonicalJson, UtcDateTime


def new_id() -> str:
    """Return a random UUID as text: unguessable, and the only name of a person in the trail."""
    return str(uuid.uuid4())


class Base(DeclarativeBase):
    """Every table of the house; constraint names are regular because Alembic needs them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: CanonicalJson, list[Any]: CanonicalJson}


class AppendOnly:
    """A row that is added and never changed or removed: guarded here, by triggers, and by the log itself."""


class Erasable:
    """An evidenced row that changes at most once: when an act erases its openings, and says so in `erased_at` (C8)."""

    erased_at: Mapped[datetime | None] = mapped_column(nullable=True)


class Passing:
    """A row that proves nothing and is cleared away when its time is over; every other row stays."""


class Evidenced:
    """A row whose every state is digested into the line of the act that wrote it (PF-10).

    `log_id` and `line_index` name that line; `row_version` counts the states and refuses concurrent writers. Columns
    with `info={"opening": True}` stay outside the digest, because they may be erased.
    """

    log_id: Mapped[int] = mapped_column(Integer)
    line_index: Mapped[int] = mapped_column(BigInteger)
    row_version: Mapped[int] = mapped_column(Integer)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        """Let SQLAlchemy count the states and notice a concurrent change."""
        return {"version_id_col": cls.row_version}


@event.listens_for(Base, "instrument_class", propagate=True)
def _index_by_line(mapper: Mapper[Any], model: type[Base]) -> None:
    """Index evidenced rows by their line: the verification reads each table in that order (ADR 0008)."""
    if issubclass(model, Evidenced):
        columns = table_of(model).c
        Index(None, columns.log_id, columns.line_index)


def table_of(model: type[Base]) -> Table:
    """Return the table behind a class, for statements that need no objects."""
    return cast(Table, model.__table__)
