"""Reading for verification: one unchanging view of the database, streamed as the driver gives it.

The types of SQLAlchemy are passed by on purpose: what is verified is what is stored, not what a type makes of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Connection, Select, select

from app.audit.models import Line, Log
from app.storage import Storage
from app.storage.tables import table_of

Row = tuple[Any, ...]

LINE = table_of(Line).c


@dataclass(frozen=True)
class Head:
    """The stored head of a log."""

    id: int
    operator_id: str | None
    origin: str
    size: int
    frontier: bytes


class Snapshot:
    """One state of the database for as long as the verification lasts, whatever is written meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._names = count(1)

    def stream(self, statement: Select[Any], chunk: int) -> Iterator[list[Row]]:
        """Yield the rows in lists of at most `chunk`, without holding more of them."""
        sql = str(statement.compile(self._connection, compile_kwargs={"literal_binds": True}))
        cursor = self._cursor()
        try:
            cursor.execute(sql)
            while rows := cursor.fetchmany(chunk):
                yield rows
        finally:
            cursor.close()

    def rows(self, statement: Select[Any]) -> list[Row]:
        """Return all rows of a small result."""
        return [row for rows in self.stream(statement, 1000) for row in rows]

    def heads(self) -> list[Head]:
        """Return the heads of all logs, the hub's first."""
        head = table_of(Log).c
        query = select(head.id, head.operator_id, head.origin, head.size, head.frontier).order_by(head.id)
        return [Head(*row) for row in self.rows(query)]

    def body(self, log_id: int, index: int) -> bytes | None:
        """Return the bytes of one line."""
        found = self.rows(select(LINE.body).where(LINE.log_id == log_id, LINE.line_index == index))
        return bytes(found[0][0]) if found else None

    def _cursor(self) -> Any:
        if self._connection.dialect.name == "sqlite":
            return self._driver.cursor()
        # Named, so that the server keeps the rows; binary, so that bytes need no decoding from hexadecimal.
        return self._driver.cursor(name=f"verification_{next(self._names)}", binary=True)


@contextmanager
def snapshot(storage: Storage) -> Iterator[Snapshot]:
    """Open a snapshot that is let go when the block ends."""
    # SQLite's transactions are snapshots by themselves; PostgreSQL's must be asked to be.
    options = {} if storage.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with storage.engine.connect().execution_options(**options) as connection, connection.begin():
        yield Snapshot(connection)
