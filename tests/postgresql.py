"""A real PostgreSQL for the tests: started by them in a folder of its own, reached by a socket in that folder only.

PostgreSQL refuses to run as root; there it is started as `nobody`. Nothing is kept: durability is off, and a keeper
process stops the server and removes the folder when the tests end, however they end.
"""

import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

LINE_TO_TYPE = "sudo apt-get install -y postgresql"
NOBODY = 65534
ROLE = "cahier"
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
}

# Reads until the tests close their end of the pipe, which the system does for them if they are killed.
_KEEPER = 'read -r _; "$0/pg_ctl" --pgdata="$1/data" --mode=immediate --silent stop; rm -rf "$1"'


class PostgresqlMissing(RuntimeError):
    """No PostgreSQL server programs on this machine; the message says what to type."""


class Cluster:
    """A running server and the databases in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)
        self._admin = psycopg.connect(self._address("postgres"), autocommit=True)

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"

    def create(self, *, template: str = "template0") -> str:
        """Make a database as a copy of another, to which nobody may be connected, and return its name."""
        name = f"test_{next(self._numbers)}"
        # Copying files beats writing the copy to the log when nothing is flushed anyway.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database and whoever is still connected to it."""
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Let go of the server, which goes on running."""
        self._admin.close()

    def _address(self, database: str) -> str:
        return f"host={self.folder} user={ROLE} dbname={database}"


def programs() -> Path:
    """Return the folder of `initdb` and `pg_ctl`, or raise PostgresqlMissing.

    Looked for in $PG_BIN, then where Debian keeps them (the newest), then on the path.
    """
    named = [os.environ["PG_BIN"]] if "PG_BIN" in os.environ else []
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True)  # noqa: PTH207 (absolute)
    on_path = [str(Path(found).parent)] if (found := shutil.which("initdb")) else []
    for folder in map(Path, [*named, *debian, *on_path]):
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise PostgresqlMissing(f"The tests need PostgreSQL's server programs. Type: {LINE_TO_TYPE}")


@contextmanager
def started() -> Iterator[Cluster]:
    """Start a server, and stop and remove it when the block ends."""
    binaries = programs()
    folder = Path(tempfile.mkdtemp(prefix="cahier-pg-"))
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, binaries, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt from the keyboard must not reach it before its work is done
        **_unprivileged(folder),
    )
    try:
        _start(binaries, folder)
        cluster = Cluster(folder)
        try:
            yield cluster
        finally:
            cluster.close()
    finally:
        keeper.communicate()


def _start(binaries: Path, folder: Path) -> None:
    data = folder / "data"
    made = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={ROLE}"]
    _run(folder, [binaries / "initdb", f"--pgdata={data}", *made])
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    options += f" -c unix_socket_directories='{folder}'"
    log = folder / "log"
    _run(folder, [binaries / "pg_ctl", f"--pgdata={data}", f"--log={log}", f"--options={options}", "--wait", "start"])


def _run(folder: Path, command: list[Path | str]) -> None:
    # To a file, not a pipe: the server inherits it and would keep a pipe open for ever.
    output = folder / "output"
    with output.open("ab") as target:
        done = subprocess.run(command, stdout=target, stderr=target, check=False, **_unprivileged(folder))
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{output.read_text()}\n{_log(folder)}")


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text() if log.exists() else ""


def _unprivileged(folder: Path) -> dict[str, Any]:
    """Return what makes a subprocess run as somebody PostgreSQL accepts, in a folder that they may enter."""
    common: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
    if os.geteuid() == 0:
        common |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return common


def _version(folder: str) -> int:
    number = Path(folder).parent.name
    return int(number) if number.isdigit() else 0
