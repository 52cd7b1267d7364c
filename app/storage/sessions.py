"""Engine and transactions: where a transaction begins and ends, on SQLite and on PostgreSQL.

Every act begins with the right to write (`BEGIN IMMEDIATE` in SQLite), because a deferred transaction that has read
cannot write after another's commit, and no waiting helps it (gmp-requirements §14.4).
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.storage.errors import VaultClosed
from app.storage.guard import guard
from app.storage.vault import Vault

SECONDS_TO_WAIT_FOR_A_LOCK = 30
SECONDS_OF_TRUST = 1.0
"""How long a connection may rest before it is asked whether it still stands; a busy server does not ask each time."""
_WRITING, _RESTED_SINCE = "cahier_writing", "cahier_rested_since"
VAULT, _AFTERWARDS = "cahier_vault", "cahier_afterwards"

_log = logging.getLogger("cahier.storage")


class GuardedSession(Session):
    """The only session class of the house; app/storage/guard.py listens to it."""


guard(GuardedSession)


class Storage:
    """A database and its two ways in: `transaction()` for an act, `reading()` for everything else.

    `vault` opens what is sealed in it; a storage without one keeps and shows nothing that people wrote.
    """

    def __init__(self, engine: Engine, vault: Vault | None = None) -> None:
        self.engine = engine
        self.vault = vault
        # No autoflush: evidenced rows may only leave in the witness's own flush (app/audit/services.py).
        options: dict[str, Any] = {"class_": GuardedSession, "autoflush": False, "expire_on_commit": False}
        self._writing = sessionmaker(engine.execution_options(**{_WRITING: True}), **options)
        self._reading = sessionmaker(engine, **options)

    @classmethod
    def open(cls, url: str, vault: Vault | None = None) -> "Storage":
        """Open the database behind a SQLAlchemy address; nothing is created."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": SECONDS_TO_WAIT_FOR_A_LOCK})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
            _ask_after_a_rest(engine)
        return cls(engine, vault)

    @property
    def is_sqlite(self) -> bool:
        """Say whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Run one act: all of it is committed when the block ends, none of it when the block raises."""
        with self._writing.begin() as session:
            session.info[VAULT] = self.vault
            yield session
        self._finish(session.info.get(_AFTERWARDS, []))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session whose changes are thrown away."""
        with self._reading() as session:
            session.info[VAULT] = self.vault
            yield session

    def _finish(self, works: list["Afterwards"]) -> None:
        for work in works:
            try:
                work(self)
            except Exception:  # the act is done; the worker takes up what is left
                _log.exception("what follows an act failed")

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


Afterwards = Callable[[Storage], object]


def afterwards(session: Session, work: Afterwards) -> None:
    """Have something done, once, when the act of this session is committed; never when it is not.

    A crash in between leaves it undone, so that somebody else must be able to finish it.
    """
    works: list[Afterwards] = session.info.setdefault(_AFTERWARDS, [])
    if work not in works:
        works.append(work)


def vault_of(session: Session) -> Vault:
    """Return what opens and seals in this session; raises VaultClosed where the storage was opened without one."""
    vault: Vault | None = session.info.get(VAULT)
    if vault is None:
        raise VaultClosed("this database was opened without its key store")
    return vault


def _ask_after_a_rest(engine: Engine) -> None:
    """Let no connection be used that rested a while and is gone: all are made anew then, and nobody notices."""

    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTED_SINCE] = time.monotonic()

    def wake(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        rested_since = record.info.get(_RESTED_SINCE)
        if rested_since is None or time.monotonic() - rested_since < SECONDS_OF_TRUST:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", rest)
    event.listen(engine, "checkout", wake)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would be deferred
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
