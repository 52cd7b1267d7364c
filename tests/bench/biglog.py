"""A log of any length, as acts would have left it, made a thousand times faster than by acts.

Nothing else in the house writes lines without the witness. That these are the same lines is not believed but verified:
the tests run the whole verification over a log that was grown here (tests/unit/audit/test_verification.py).
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app import __version__
from app.audit.actions import Action
from app.audit.evidence import evidence_columns, plain, row_digest
from app.audit.models import CommittedText, Line, Log, Tile
from app.audit.openings import Opening, seal_opening
from app.audit.services import LINE_SCHEMA
from app.audit.tree import TILE_WIDTH, Frontier, TreeHasher, leaf_hash, subtree_root
from app.identity.models import Cohort, Membership, Person
from app.identity.queries import login_key, person_by_login
from app.identity.services.operators import add_operator, found_hub
from app.identity.services.people import NewPerson, add_person
from app.kernel import canonical, clock
from app.kernel.actors import Permission, Role, system_actor
from app.storage import Storage
from app.storage.errors import VaultClosed
from app.storage.tables import Base
from app.storage.vault import Vault

ORIGIN = "bench.example"
OPERATOR = "BENCH"
SOMEBODY = "bench.trainee"
LINES_OF_A_SUBJECT = 60
BATCH = TILE_WIDTH * 16
BEGINNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)

Tables = dict[type[Base], list[dict[str, Any]]]


@dataclass
class Writer:
    """What the next line needs to know: where the log stands, and the subject that the acts are about just now."""

    log_id: int
    origin: str
    operator_id: str
    index: int
    person_id: str
    vault: Vault
    subject: dict[str, Any] = field(default_factory=dict)
    sequence: int = 0
    previous: str | None = None
    numbers: Iterator[int] = field(default_factory=count)

    def new_id(self) -> str:
        """Return an id that looks random and is the same in every run."""
        seed = f"{self.log_id}/{self.index}/{next(self.numbers)}"
        return str(uuid.UUID(bytes=hashlib.sha256(seed.encode()).digest()[:16], version=4))


def found(storage: Storage) -> tuple[int, str]:
    """Found a hub with one operator, unless there is one; return the number and the origin of the operator's log."""
    actor = system_actor("command", *Permission)
    with clock.simulated(BEGINNING), storage.transaction() as session:
        founded = found_hub(session, ORIGIN, actor=actor)
    if founded:
        with clock.simulated(BEGINNING), storage.transaction() as session:
            operator = add_operator(session, OPERATOR, "Bench", zone="Europe/Brussels", actor=actor)
        _add_somebody(storage, operator.id)
    with storage.reading() as session:
        log = session.scalars(select(Log).where(Log.operator_id.is_not(None))).one()
        return log.id, log.origin


def _add_somebody(storage: Storage, operator_id: str) -> None:
    """Add the person whom all grown lines name, unless there is one; nobody signs in as them."""
    with storage.reading() as session:
        if person_by_login(session, SOMEBODY):
            return
    actor = system_actor("command", *Permission)
    with clock.simulated(BEGINNING), storage.transaction() as session:
        somebody = NewPerson(SOMEBODY, "Bench Trainee", "en", (Role.TRAINEE,))
        add_person(session, somebody, operator_id=operator_id, pepper=b"p" * 32, actor=actor)


Progress = Callable[[int], None]
"""Told how many lines the log has by now."""


def grow(storage: Storage, lines: int, *, operator_id: str | None = None, progress: Progress | None = None) -> int:
    """Bring an operator's log to a number of lines; return the number of the log. Without an operator one is founded.

    A line writes an entry-like row; every third keeps a text, every tenth changes the row of its subject, and every
    sixtieth begins a subject. Each batch is committed, so that a growth that was broken off can be continued.
    """
    if operator_id is None:
        log_id = found(storage)[0]
    else:
        log_id = _log_of(storage, operator_id)
        _add_somebody(storage, operator_id)
    vault = storage.vault
    if vault is None:
        raise VaultClosed("texts are written under the keys of a key store")
    with storage.engine.connect() as connection:
        while True:
            head = connection.execute(select(Log.__table__).where(Log.id == log_id)).mappings().one()
            wanted = min(lines - head["size"], BATCH - head["size"] % BATCH)
            if wanted <= 0:
                return log_id
            _write_batch(connection, head, wanted, vault)
            connection.commit()
            if progress:
                progress(head["size"] + wanted)


def _log_of(storage: Storage, operator_id: str) -> int:
    with storage.reading() as session:
        return session.scalars(select(Log.id).where(Log.operator_id == operator_id)).one()


def _write_batch(connection: Connection, head: Any, wanted: int, vault: Vault) -> None:
    """Append a batch that stays inside one group of tiles; subjects begin anew with each batch."""
    somebody = Person.login_key == login_key(vault, SOMEBODY)
    person_id = connection.execute(select(Person.id).where(somebody)).scalar_one()
    writer = Writer(head["id"], head["origin"], head["operator_id"], head["size"], person_id, vault)
    tables: Tables = {Line: [], CommittedText: [], Cohort: [], Membership: []}
    leaves = [_write_line(writer, tables) for _ in range(wanted)]
    _write_tiles(connection, head, leaves)
    for model, rows in tables.items():
        if rows:
            connection.execute(insert(model.__table__), rows)  # type: ignore[arg-type]


def _write_line(writer: Writer, tables: Tables) -> bytes:
    items = []
    now = BEGINNING + timedelta(seconds=7 * writer.index)
    reason = None
    if not writer.subject or writer.sequence >= LINES_OF_A_SUBJECT:
        items.append(_begin_subject(writer, tables, now))
    elif writer.index % 10 == 0:
        items.append(_change_subject(writer))
    items.append(_add_entry(writer, tables, now))
    if writer.index % 3 == 0:
        reason, item = _keep_text(writer, tables)
        items.append(item)
    return _add_line(writer, tables, _body(writer, now, reason, sorted(items)))


def _body(writer: Writer, now: datetime, reason: str | None, items: list[list[Any]]) -> dict[str, Any]:
    return {
        "schema": LINE_SCHEMA,
        "log": writer.origin,
        "index": writer.index,
        "time": clock.to_text(now),
        "clock": "simulated",
        "actor": f"person:{writer.person_id}",
        "role": Role.TRAINEE,
        "session": writer.new_id(),
        "action": Action.ENTRY_RECORDED.value,
        "subject": f"record:{writer.subject['id']}",
        "sequence": writer.sequence + 1,
        "previous": writer.previous,
        "before": {"value": f"{writer.index % 97}.0"},
        "after": {"step": "weighing", "field": "net-mass", "unit": "mg", "value": f"{writer.index % 97}.50"},
        "reason": reason,
        "rows": items,
        "release": __version__,
    }


def _add_line(writer: Writer, tables: Tables, body: dict[str, Any]) -> bytes:
    data = canonical.canonical_bytes(body)
    leaf = leaf_hash(data)
    tables[Line].append(
        {
            "log_id": writer.log_id,
            "line_index": writer.index,
            "subject": body["subject"],
            "subject_sequence": body["sequence"],
            "body": data,
            "leaf_hash": leaf,
        }
    )
    writer.index, writer.sequence, writer.previous = writer.index + 1, body["sequence"], leaf.hex()
    return leaf


def _begin_subject(writer: Writer, tables: Tables, now: datetime) -> list[Any]:
    writer.subject = {
        "id": writer.new_id(),
        "operator_id": writer.operator_id,
        "name": f"Cohort of line {writer.index}",
        "added_at": now,
        "log_id": writer.log_id,
        "line_index": writer.index,
        "row_version": 1,
    }
    writer.sequence, writer.previous = 0, None
    tables[Cohort].append(writer.subject)
    return _item(Cohort, writer.subject, writer.subject["id"])


def _change_subject(writer: Writer) -> list[Any]:
    # The row is inserted when its batch ends, in the state it has by then: earlier states live in the lines alone.
    changed = {"name": f"Cohort at line {writer.index}", "line_index": writer.index}
    writer.subject |= changed | {"row_version": writer.subject["row_version"] + 1}
    return _item(Cohort, writer.subject, writer.subject["id"])


def _add_entry(writer: Writer, tables: Tables, now: datetime) -> list[Any]:
    row = {
        "id": writer.new_id(),
        "person_id": writer.person_id,
        "operator_id": writer.operator_id,
        "role": Role.TRAINEE,
        "granted_at": now,
        "granted_by": f"person:{writer.person_id}",
        "ended_at": now,
        "ended_by": f"person:{writer.person_id}",
        "log_id": writer.log_id,
        "line_index": writer.index,
        "row_version": 1,
    }
    tables[Membership].append(row)
    return _item(Membership, row, str(row["id"]))


def _keep_text(writer: Writer, tables: Tables) -> tuple[str, list[Any]]:
    salt = hashlib.sha256(f"{writer.log_id}/{writer.index}".encode()).hexdigest()[:32]
    text = f"The balance showed {writer.index} before it settled."
    commitment = canonical.commitment(text, salt)
    row = {
        "commitment": commitment,
        "person_id": writer.person_id,
        "sealed": seal_opening(writer.vault, commitment, writer.person_id, Opening(text, salt)),
        "erased_at": None,
        "log_id": writer.log_id,
        "line_index": writer.index,
        "row_version": 1,
    }
    tables[CommittedText].append(row)
    return commitment, _item(CommittedText, row, commitment)


def _item(model: type[Base], row: dict[str, Any], key: str) -> list[Any]:
    values = {column.name: plain(row[column.name]) for column in evidence_columns(model)}
    return [model.__tablename__, key, row["row_version"], row_digest(model, values)]


def _write_tiles(connection: Connection, head: Any, leaves: list[bytes]) -> None:
    """Move the head of the log on, and store the tiles that became full."""
    size = head["size"]
    hasher = TreeHasher(Frontier.from_bytes(size, head["frontier"]))
    hasher.extend(leaves)
    last = connection.execute(
        select(Line.leaf_hash)
        .where(Line.log_id == head["id"], Line.index >= size - size % TILE_WIDTH)
        .order_by(Line.index)
    )
    hashes = [*last.scalars(), *leaves]
    frontier = hasher.frontier()
    level, first = 0, size // TILE_WIDTH
    while full := [hashes[at : at + TILE_WIDTH] for at in range(0, len(hashes) - TILE_WIDTH + 1, TILE_WIDTH)]:
        roots = [subtree_root(list(tile)) for tile in full]
        rows = [
            {"log_id": head["id"], "level": level, "tile_index": first + n, "hashes": b"".join(tile), "root": root}
            for n, (tile, root) in enumerate(zip(full, roots, strict=True))
        ]
        connection.execute(insert(Tile.__table__), rows)  # type: ignore[arg-type]
        level, begun = level + 1, first - first % TILE_WIDTH
        below = connection.execute(
            select(Tile.root)
            .where(Tile.log_id == head["id"], Tile.level == level - 1, Tile.index >= begun)
            .order_by(Tile.index)
        )
        hashes, first = list(below.scalars()), begun // TILE_WIDTH
    connection.execute(update(Log).where(Log.id == head["id"]).values(size=frontier.size, frontier=frontier.to_bytes()))
