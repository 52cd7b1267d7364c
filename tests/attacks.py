"""What somebody who holds the database can do behind the application's back (T3): for the tests that show it is found.

The connection obeys no trigger and no foreign key unless a test asks for them.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from app.audit.models import Line, Log
from app.audit.sealing import seal_due_logs
from app.audit.signer import CheckpointSigner
from app.audit.tree import TreeHasher, leaf_hash
from app.audit.verification import Code, Finding, Verdict, verify
from app.evidence.queries.anchors import roots_of
from app.evidence.rules.trust import Trusted, trust_facts
from app.kernel import canonical
from app.storage import Storage
from app.storage.tables import table_of
from tests.installation import Installation

Values = dict[str, Any]


@contextmanager
def behind(url: str, *, fenced: bool = False) -> Iterator[Connection]:
    """Open the database past the application; triggers stand in the way only when `fenced`."""
    postgresql = make_url(url).get_backend_name() == "postgresql"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        if postgresql and not fenced:
            connection.execute(text("SET session_replication_role = replica"))  # foreign keys are triggers there
        if not fenced:
            drop_triggers(connection)
        yield connection


def drop_triggers(connection: Connection) -> dict[str, str]:
    """Drop the fences; return how to raise them again, where SQLite says so."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for row in rows:
            connection.execute(text(f"DROP TRIGGER {row.name}"))
        return {row.name: row.sql for row in rows}
    query = "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    found = connection.execute(text(query)).all()
    for name, table, _ in found:
        connection.execute(text(f"DROP TRIGGER {name} ON {table}"))
    return {name: sql for name, _, sql in found}


def rows_of(connection: Connection, table: Table) -> list[Values]:
    """Return the rows of a table as they are stored, ordered by key."""
    columns = ", ".join(quoted(column.name) for column in table.columns)
    key = ", ".join(quoted(column.name) for column in table.primary_key)
    found = connection.execute(text(f"SELECT {columns} FROM {table.name} ORDER BY {key}")).mappings()
    return [dict(row) for row in found]


def put(connection: Connection, table: Table, row: Values, **changed: Any) -> None:
    """Overwrite columns of a row, found by its key as it is now."""
    settings = ", ".join(f"{quoted(name)} = :new_{name}" for name in changed)
    values = {f"new_{name}": value for name, value in changed.items()}
    connection.execute(text(f"UPDATE {table.name} SET {settings} {_where(table)}"), values | _key(table, row))


def remove(connection: Connection, table: Table, row: Values) -> None:
    """Delete a row."""
    connection.execute(text(f"DELETE FROM {table.name} {_where(table)}"), _key(table, row))


def add(connection: Connection, table: Table, row: Values) -> None:
    """Insert a row."""
    names, places = ", ".join(map(quoted, row)), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table.name} ({names}) VALUES ({places})"), row)


def other(value: Any, column: Any) -> Any:
    """Return a value that is not this one, and could stand in the same column."""
    kind = column.type.python_type if hasattr(column.type, "python_type") else str
    if isinstance(value, bool) or (value is not None and kind is bool):
        return not value
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, str) and value:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return {bool: True, int: 7, bytes: b"x"}.get(kind, "x")


def key_of(table: Table, row: Values) -> str:
    """Return the key of a row as lines and findings write it."""
    return "/".join(str(row[column.name]) for column in table.primary_key)


def unique_columns(connection: Connection, table: Table) -> set[str]:
    """Return the columns that must differ from row to row."""
    looked = inspect(connection)
    unique = {column.name for column in table.primary_key}
    for constraint in looked.get_unique_constraints(table.name):
        unique.update(constraint["column_names"])
    for index in looked.get_indexes(table.name):
        unique.update(name for name in index["column_names"] if name and index["unique"])
    return unique


def quoted(name: str) -> str:
    """Return a column's name as SQL takes it."""
    return f'"{name}"'


def line(connection: Connection, log_id: int, index: int) -> Values:
    """Return a line as it is stored."""
    stored = table_of(Line)
    row = connection.execute(select(stored).where(stored.c.log_id == log_id, stored.c.line_index == index))
    return dict(row.mappings().one())


def forge(connection: Connection, log_id: int, index: int, **said: Any) -> None:
    """Let a line say something else, with its hash, the tree and the head made to fit."""
    stored = line(connection, log_id, index)
    body = canonical.canonical_bytes(json.loads(stored["body"]) | said)
    if body == stored["body"]:
        raise ValueError(f"line {index} says so already: nothing would be forged")
    put(connection, table_of(Line), stored, body=body, leaf_hash=leaf_hash(body))
    mend_head(connection, log_id)


def mend_head(connection: Connection, log_id: int) -> None:
    """Make the head of a log fit its lines."""
    lines, log = table_of(Line), table_of(Log)
    query = select(lines.c.leaf_hash).where(lines.c.log_id == log_id).order_by(lines.c.line_index)
    tree = TreeHasher()
    tree.extend(connection.execute(query).scalars())
    connection.execute(
        log.update().where(log.c.id == log_id).values(size=tree.size, frontier=tree.frontier().to_bytes())
    )


def seal(house: Installation) -> CheckpointSigner:
    """Sign a checkpoint over every log, and return the signer that remembers it."""
    signer = CheckpointSigner(house.settings.keys)
    seal_due_logs(house.storage, signer, every=timedelta(0))
    return signer


def judged(house: Installation | Storage, signer: CheckpointSigner | None = None, **how: Any) -> Verdict:
    """Return the verdict over a house, with the keys and the memory of its signer."""
    storage = house if isinstance(house, Storage) else house.storage
    if signer is None and isinstance(house, Installation):
        signer = CheckpointSigner(house.settings.keys)
    assert signer is not None
    return verify(storage, signer.trust(*signer.origins()), **how)


def trust_of(house: Installation) -> dict[str, Any]:
    """Return the trust file of a hub."""
    signer = CheckpointSigner(house.settings.keys)
    with house.storage.reading() as session:
        roots = roots_of(session)
    keys = {origin: signer.history(origin).keys for origin in signer.origins()}
    return trust_facts(Trusted(keys, roots))


def named(verdict: Verdict, code: Code) -> list[Finding]:
    """Return the findings of a kind."""
    return [finding for finding in verdict.findings if finding.code is code]


def url_of(house: Installation) -> str:
    """Return the address of a house's database."""
    return house.settings.database_url


def keys_of(house: Installation) -> Path:
    """Return the folder in which the house keeps its keys and the signer's memory."""
    return house.settings.keys


def _where(table: Table) -> str:
    return "WHERE " + " AND ".join(f"{quoted(column.name)} = :{column.name}" for column in table.primary_key)


def _key(table: Table, row: Values) -> Values:
    return {column.name: row[column.name] for column in table.primary_key}
