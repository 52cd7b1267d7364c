"""The tamper lab: a copy of a demonstration with one hidden alteration, for trainees to find with the real verifier.

What is done here is what somebody with the database's file can do: triggers dropped, changed, put back
(gmp-requirements §14.6, T3). It is done to a copy alone, and only of a demonstration: the lines of real work were
written by the server's clock.
"""

import base64
import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from app.installation.dumps import dump_database
from app.installation.errors import BackupFails, NotEmpty
from config.settings import Settings

SOLUTION = "solution.txt"
DATABASE = "cahier.sqlite"
MAXIMUM = '"maximum":"'


@dataclass(frozen=True)
class Solution:
    """What was altered: by which trick, where, and in a sentence."""

    alteration: str
    table: str
    key: str
    told: str


Change = Callable[[sqlite3.Connection, random.Random], Solution]


def make_lab(settings: Settings, folder: Path, *, seed: int | None = None, alteration: str | None = None) -> Solution:
    """Copy a demonstration into a new folder and alter one thing; raises BackupFails for real work, NotEmpty.

    `seed` makes the same lab again; without one it is drawn. The solution is written beside the copy, encoded so that
    nobody reads it by accident.
    """
    if make_url(settings.database_url).get_backend_name() != "sqlite":
        raise BackupFails("the tamper lab works on SQLite: CAHIER_VAR=demo cahier demo makes a demonstration for it")
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(str(folder))
    (folder / "keys").mkdir(parents=True, mode=0o700)
    copy = dump_database(settings.database_url, folder).rename(folder / DATABASE)
    try:
        with closing(sqlite3.connect(copy)) as connection:
            _need_demonstration(connection)
            solution = _alter(connection, random.Random(seed), alteration)  # noqa: S311  (a game, no secret)
    except BaseException:
        shutil.rmtree(folder)
        raise
    for name in ("files", "vault"):
        if (settings.var / name).is_dir():
            shutil.copytree(settings.var / name, folder / name)
    for path in (*settings.keys.glob("log-*"), settings.vault_key):
        shutil.copy2(path, folder / "keys" / path.name)
    text = base64.b64encode(json.dumps(asdict(solution)).encode()).decode()
    (folder / SOLUTION).write_text(text + "\n", encoding="ascii")
    return solution


def read_solution(folder: Path) -> Solution:
    """Return what was altered in a lab; raises BackupFails where there is none."""
    try:
        return Solution(**json.loads(base64.b64decode((folder / SOLUTION).read_text(encoding="ascii"))))
    except (OSError, ValueError, TypeError):
        raise BackupFails(f"{folder} holds no tamper lab") from None


def _need_demonstration(connection: sqlite3.Connection) -> None:
    bodies = connection.execute("SELECT body FROM line WHERE subject LIKE 'record:%' OR subject LIKE 'hub:%'")
    clocks = {json.loads(body)["clock"] for (body,) in bodies if json.loads(body)["action"] in DEMONSTRATED}
    if clocks != {"simulated"}:
        raise BackupFails("this is no demonstration: real work is never altered, not even in a copy made here")


DEMONSTRATED = frozenset({"identity:hub:found", "notebook:record:issue"})
"""What a demonstration did by its simulated clock alone; people who try it out go on by the server's."""


def _alter(connection: sqlite3.Connection, chance: random.Random, wanted: str | None) -> Solution:
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    with connection:
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        solution = ALTERATIONS[wanted or chance.choice(sorted(ALTERATIONS))](connection, chance)
        for _, statement in triggers:
            connection.execute(statement)
    connection.execute("VACUUM")  # leaves no trace of what stood there in the free pages of the file
    return solution


def _any(connection: sqlite3.Connection, chance: random.Random, query: str) -> Any:
    rows = connection.execute(query).fetchall()
    if not rows:
        raise BackupFails("this demonstration holds nothing that this trick could alter")
    return chance.choice(rows)


def _value(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    query = "SELECT record_id, sequence, value FROM entry WHERE kind = 'value' AND value GLOB '[0-9]*.[0-9]*'"
    record, sequence, value = _any(connection, chance, query)
    nicer = value[:-1] + str((int(value[-1]) + 1) % 10)
    connection.execute("UPDATE entry SET value = ? WHERE record_id = ? AND sequence = ?", (nicer, record, sequence))
    return Solution("value", "entry", f"{record}/{sequence}", f"A value was made nicer: {value} became {nicer}.")


def _entry_removed(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    query = "SELECT record_id, sequence FROM entry WHERE kind IN ('correction', 'repeat')"
    record, sequence = _any(connection, chance, query)
    connection.execute("DELETE FROM entry WHERE record_id = ? AND sequence = ?", (record, sequence))
    return Solution("entry-removed", "entry", f"{record}/{sequence}", "A correction was made to vanish.")


def _exception_removed(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    record, number = _any(connection, chance, "SELECT record_id, number FROM record_exception")
    connection.execute("DELETE FROM record_exception WHERE record_id = ? AND number = ?", (record, number))
    return Solution("exception-removed", "record_exception", f"{record}/{number}", "An exception was made to vanish.")


def _role(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    (key,) = _any(connection, chance, "SELECT id FROM membership WHERE role = 'trainee'")
    connection.execute("UPDATE membership SET role = 'assessor' WHERE id = ?", (key,))
    return Solution("role", "membership", key, "A trainee was made an assessor, long ago.")


def _limit(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    query = f"SELECT code, version, content FROM exercise_version WHERE content LIKE '%{MAXIMUM}%'"
    code, version, content = _any(connection, chance, query)
    start = content.index(MAXIMUM) + len(MAXIMUM)
    wider = f"{content[:start]}9{content[start:]}"
    connection.execute("UPDATE exercise_version SET content = ? WHERE code = ? AND version = ?", (wider, code, version))
    return Solution("limit", "exercise_version", f"{code}/{version}", "A limit was made wider under signed records.")


def _reason(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    (key,) = _any(connection, chance, "SELECT commitment FROM committed_text WHERE sealed IS NOT NULL")
    others = (
        "SELECT sealed FROM committed_text WHERE sealed IS NOT NULL AND commitment <> ? ORDER BY commitment LIMIT 1"
    )
    connection.execute(f"UPDATE committed_text SET sealed = ({others}) WHERE commitment = ?", (key, key))
    return Solution("reason", "committed_text", key, "The words somebody wrote were replaced by those of another text.")


def _meaning(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    (key,) = _any(connection, chance, "SELECT id FROM signature WHERE meaning = 'REJECTED' OR meaning = 'REVIEWED'")
    connection.execute("UPDATE signature SET meaning = 'APPROVED' WHERE id = ?", (key,))
    return Solution("meaning", "signature", key, "A signature was made to say APPROVED.")


def _line(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    log, index, body = _any(
        connection, chance, "SELECT log_id, line_index, body FROM line WHERE subject LIKE 'record:%'"
    )
    time = json.loads(body)["time"]
    hour = "06" if time[11:13] != "06" else "07"
    written = str(body, "utf-8").replace(time, f"{time[:11]}{hour}{time[13:]}").encode()
    connection.execute("UPDATE line SET body = ? WHERE log_id = ? AND line_index = ?", (written, log, index))
    return Solution("line", "line", str(index), "A line of the log got another time: the work seems done earlier.")


def _line_removed(connection: sqlite3.Connection, chance: random.Random) -> Solution:
    query = "SELECT log_id, line_index FROM line WHERE subject LIKE 'record:%'"
    log, index = _any(connection, chance, query)
    connection.execute("DELETE FROM line WHERE log_id = ? AND line_index = ?", (log, index))
    return Solution("line-removed", "line", str(index), "A line of the log was taken out.")


ALTERATIONS: dict[str, Change] = {
    "entry-removed": _entry_removed,
    "exception-removed": _exception_removed,
    "limit": _limit,
    "line": _line,
    "line-removed": _line_removed,
    "meaning": _meaning,
    "reason": _reason,
    "role": _role,
    "value": _value,
}
"""Every trick by its name."""
