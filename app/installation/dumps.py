"""Copies of the database, whole and of one moment, while Cahier runs: SQLite's own backup, PostgreSQL's programs."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect, make_url

from app.installation.errors import BackupFails, NotEmpty
from app.storage import Storage

DEBIAN = Path("/usr/lib/postgresql")
SQLITE_DUMP, POSTGRESQL_DUMP = "database.sqlite", "database.dump"


def dump_database(url: str, folder: Path) -> Path:
    """Copy the database into a new file of a folder and return it; raises BackupFails."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        target = folder / SQLITE_DUMP
        with closing(sqlite3.connect(parsed.database or "")) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=2048)  # a few at a time, so that people at the bench go on
        return target
    target = folder / POSTGRESQL_DUMP
    _run(parsed, ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
    return target


def load_database(url: str, dump: Path) -> None:
    """Put a copy into an empty database; raises NotEmpty before anything is touched, and BackupFails."""
    parsed = make_url(url)
    if (parsed.get_backend_name() == "sqlite") is not (dump.name == SQLITE_DUMP):
        raise BackupFails(f"{dump.name} is a copy from the other kind of database than CAHIER_DATABASE_URL names")
    if has_tables(url):
        raise NotEmpty(parsed.render_as_string(hide_password=True))
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(dump)) as source, closing(sqlite3.connect(parsed.database or "")) as copy:
            source.backup(copy)
        return
    _run(parsed, ["pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction", str(dump)])


def has_tables(url: str) -> bool:
    """Say whether somebody put something into a database already."""
    storage = Storage.open(url)
    try:
        return bool(inspect(storage.engine).get_table_names())
    finally:
        storage.close()


def _run(url: URL, command: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs on a database; what opens it stands in no command line."""
    named = ["--dbname", url.database or ""] if command[0] == "pg_restore" else [url.database or ""]
    ran = subprocess.run(  # noqa: S603  (a program that was looked for above, never what a person typed)
        [_program(command[0]), *command[1:], *named],
        env=os.environ | _environ(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise BackupFails(f"{command[0]}: {ran.stderr.strip().splitlines()[-1] if ran.stderr.strip() else 'failed'}")


def _environ(url: URL) -> dict[str, str]:
    host = url.host or url.query.get("host", "")
    given = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
    }
    return {name: value for name, value in given.items() if value}


def _program(name: str) -> str:
    """Find a program: Debian's newest, because an older one cannot read a newer server; else the one on the path."""
    versions = (path for path in DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdecimal())
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    found = str(newest) if newest else shutil.which(name)
    if found is None:
        raise BackupFails(f"there is no {name} here. Type: apt-get install postgresql-client")
    return found
