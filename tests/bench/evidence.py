"""What leaves the house, and what proves it: a record of 300 lines verified offline, the paper of a record of twenty
pages, and inclusion proofs from a log of ten million lines beside one of ten thousand.
"""

import hashlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

import app.verifier
from app.audit.models import Line, Log, Tile
from app.audit.proofs import inclusion_proof
from app.audit.tiles import StoredTiles
from app.audit.tree import TILE_WIDTH, tile_root
from app.evidence.services.printing import count_pages
from app.evidence.views.bundling import make_now, press_of
from app.evidence.views.working import WORKER
from app.storage import Storage
from app.storage.tables import table_of
from tests.attacks import trust_of
from tests.benches import a_bench
from tests.installation import Installation

VERIFIER = Path(app.verifier.__file__).with_name("cahier_verify.py")
CORRECTIONS = {"many lines": 285, "twenty pages": 95}
AT_ONCE = 1000


@dataclass(frozen=True)
class Leaving:
    """Seconds to make the paper and bundle of a record, and to verify the bundle with a cold start; pages, lines."""

    making: float
    verifying: float
    pages: int
    lines: int


def measure_leaving(installation: Installation, folder: Path, corrections: int) -> Leaving:
    """Conclude a record of so many corrections, take it away, and verify it as a stranger does."""
    bench = a_bench(installation).enter("mass", "10,0")
    for number in range(corrections):
        bench.correct(number + 1, f"10,{number % 5}", "Relu sur la balance, puis recopié dans le cahier.")
    bench.perform().review().conclude()
    press = press_of(installation.settings)
    with installation.app.app_context():
        started = time.perf_counter()
        made = make_now(installation.storage, bench.record_id, bench.record.operator_id, press, actor=WORKER)
        making = time.perf_counter() - started
    bundle, trust = folder / "record.eln", folder / "trust.json"
    bundle.write_bytes(made.bundle)
    trust.write_text(json.dumps(trust_of(installation)))
    started = time.perf_counter()
    subprocess.run([sys.executable, VERIFIER, bundle, "--trust", trust], check=True, stdout=subprocess.DEVNULL)
    verifying = time.perf_counter() - started
    lines = sum(line["subject"] == f"record:{bench.record_id}" for line in installation.lines("ALPHA"))
    return Leaving(making, verifying, count_pages(made.paper), lines)


def measure_proofs(storage: Storage, sizes: dict[int, int], times: int) -> list[float]:
    """Return the medians of milliseconds that an inclusion proof takes in logs of these sizes and ids.

    The logs take turns, so that what else the machine does is in both figures; each proof has a session of its own.
    """
    chosen = random.Random(times)
    taken: dict[int, list[float]] = {lines: [] for lines in sizes}
    for _ in range(times):
        for lines, log_id in sizes.items():
            index = chosen.randrange(lines)
            started = time.perf_counter()
            with storage.reading() as session:
                inclusion_proof(StoredTiles(session, log_id), index, lines)
            taken[lines].append(time.perf_counter() - started)
    return [statistics.median(each) * 1000 for each in taken.values()]


def grow_tree(storage: Storage, log_id: int, lines: int) -> None:
    """Put the tree of a log of so many lines into the database, and of its lines those after the last full tile.

    A proof reads no other line; to write ten million of them would take hours and show no more.
    """
    with storage.engine.begin() as connection:
        connection.execute(insert(table_of(Log)).values(id=log_id, origin=f"bench/{log_id}", size=lines, frontier=b""))
        hashes: Iterator[bytes] = (hashlib.sha256(str(index).encode()).digest() for index in range(lines))
        level, count = 0, lines
        while count >= TILE_WIDTH:
            roots = list(_add_tiles(connection, (log_id, level), hashes, count // TILE_WIDTH))
            if level == 0:
                _add_lines(connection, log_id, lines - lines % TILE_WIDTH, hashes)
            hashes, count, level = iter(roots), len(roots), level + 1


def _add_tiles(connection: Connection, place: tuple[int, int], hashes: Iterator[bytes], count: int) -> Iterator[bytes]:
    """Store the full tiles of a level, and yield their roots."""
    log_id, level = place
    for first in range(0, count, AT_ONCE):
        rows: list[dict[str, Any]] = []
        for index in range(first, min(first + AT_ONCE, count)):
            tile = b"".join(islice(hashes, TILE_WIDTH))
            rows.append(
                {"log_id": log_id, "level": level, "tile_index": index, "hashes": tile, "root": tile_root(tile)}
            )
        connection.execute(insert(table_of(Tile)), rows)
        yield from (row["root"] for row in rows)


def _add_lines(connection: Connection, log_id: int, first: int, hashes: Iterator[bytes]) -> None:
    rows = [
        {
            "log_id": log_id,
            "line_index": index,
            "subject": f"bench:{index}",
            "subject_sequence": 1,
            "body": b"",
            "leaf_hash": one,
        }
        for index, one in enumerate(hashes, first)
    ]
    if rows:
        connection.execute(insert(table_of(Line)), rows)
