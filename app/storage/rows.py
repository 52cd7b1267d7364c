"""Rows on both databases: those that several writers count in, one writer at a time; questions about many names."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.storage.tables import Base

Row = TypeVar("Row", bound=Base)
Name = TypeVar("Name")

FOR_AN_ACT: dict[str, Any] = {"key_share": True}
"""How an act locks a row that rows of others name: against other acts alone. Who merely names it may hold the log
already, for which this act waits next, and must not wait for this row."""

_TRIES = 5
_MOST_NAMES = 500


def locked_row(session: Session, model: type[Row], key: dict[str, Any], **first: Any) -> Row:
    """Return the row of a primary key, locked until the transaction ends; made with the `first` values when missing.

    Two writers who come at once get the same row, one after the other. Not for evidenced rows, which only an act
    writes.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    for _ in range(_TRIES):
        # Nearly always it is there. After the insert, another writer may have removed it before it is read.
        row = session.get(model, tuple(key.values()), with_for_update=True, populate_existing=True)
        if row is not None:
            return row
        session.execute(insert(model).values(**key, **first).on_conflict_do_nothing())
    raise RuntimeError(f"the row {key} of {model.__tablename__} keeps vanishing")


def in_portions(names: Sequence[Name], most: int = _MOST_NAMES) -> Iterator[Sequence[Name]]:
    """Yield names in portions that one question can hold: both databases bound how many."""
    for start in range(0, len(names), most):
        yield names[start : start + most]
