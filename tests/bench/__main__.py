"""`make bench`: the figures of the project, each a ratio of two things measured in this run, on SQLite and PostgreSQL.

`--lines` is the length of the long log (1,000,000 unless told), `--times` how many requests of each kind.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sqlalchemy import select

from app.notebook.models import Record
from app.storage import Storage
from app.storage.migrating import upgrade
from config.settings import CONFIG
from tests import postgresql
from tests.bench import biglog, requests, trail, wire
from tests.installation import Installation, found, open_installation

SHORT_LOG = 1_000
FIRST_PAGE, NEXT_PAGE = "conditioning", "weighing_1000"


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, on what, the figure, its aim."""

    what: str
    engine: str
    value: float
    aim: float
    unit: str = "×"
    more: str = ""

    def __str__(self) -> str:
        verdict = "met" if self.value <= self.aim else "MISSED"
        aim = f"≤ {self.aim:g} {self.unit}"
        return f"{self.engine:<11} {self.what:<58} {self.value:>8.2f} {self.unit:<3} {aim:<12} {verdict:<7} {self.more}"


Databases = Callable[[], str]
"""Makes another empty database of an engine and returns its address."""


@contextmanager
def engines(folder: Path) -> Iterator[dict[str, Databases]]:
    """Yield how to make databases on each engine; all of them go afterwards."""
    numbers = count()
    with postgresql.started() as cluster:
        yield {
            "sqlite": lambda: f"sqlite:///{folder}/bench-{next(numbers)}.sqlite",
            "postgresql": lambda: cluster.url(cluster.create()),
        }


def measure(engine: str, new_database: Databases, var: Path, lines: int, times: int) -> Iterator[Figure]:
    """Yield every figure on one engine; the short and the long log are measured in turns."""
    short, long = (
        _installation(new_database(), var / name, length) for name, length in (("s", SHORT_LOG), ("l", lines))
    )
    requests.beside_bare(short, 20)
    requests.beside_bare(long, 20)
    yield from _wire(engine, short)
    for installation, length in ((short, SHORT_LOG), (long, lines)):
        pair = requests.beside_bare(installation, times)
        more = f"{pair.measured:.1f} ms ÷ {pair.against:.1f} ms"
        yield Figure(f"one entry as a request ÷ one bare row, {length:,} lines", engine, pair.ratio, 1.5, more=more)
    pair = requests.beside_each_other(long, short, times)
    more = f"{pair.measured:.1f} ms ÷ {pair.against:.1f} ms"
    yield Figure(f"one entry at {lines:,} lines ÷ at {SHORT_LOG:,}", engine, pair.ratio, 1.2, more=more)
    short.storage.close()
    long.storage.close()
    yield from _trail(engine, long.settings.database_url, lines)


def _installation(url: str, var: Path, lines: int) -> Installation:
    storage = Storage.open(url)
    upgrade(storage)
    found(storage)
    installation = open_installation(url, var)
    requests.prepare(installation, CONFIG / "exercises")
    biglog.grow(storage, lines, operator_id=installation.operator_id("ALPHA"), progress=_progress(lines))
    storage.close()
    return installation


def _wire(engine: str, installation: Installation) -> Iterator[Figure]:
    with installation.storage.reading() as session:
        record_id = session.scalars(select(Record.id)).first()
    address = f"/records/{record_id}/steps"
    bytes_ = wire.measure(installation.signed_in("trainee"), f"{address}/{FIRST_PAGE}", f"{address}/{NEXT_PAGE}")
    yield Figure("step page over the wire, first visit", engine, bytes_.first / 1000, 80, "kB")
    yield Figure("step page over the wire, next step", engine, bytes_.following / 1000, 15, "kB")


def _trail(engine: str, url: str, lines: int) -> Iterator[Figure]:
    trail.measure(url, "read")  # so that the first that is counted does not fetch the file from the disk for the others
    measured = {kind: trail.measure(url, kind) for kind in trail.KINDS}
    read = measured["read"].seconds
    for kind, aim, what in (("lines", 2, "verifying the log"), ("whole", 6, "audit verify whole")):
        more = f"{measured[kind].seconds:.1f} s ÷ {read:.1f} s"
        name = f"{what} of {lines:,} lines ÷ reading and hashing"
        yield Figure(name, engine, measured[kind].seconds / read, aim, more=more)
        yield Figure(f"{what}, memory", engine, measured[kind].megabytes, 300, "MB")


def _progress(lines: int) -> biglog.Progress:
    def show(done: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\rgrowing the log: {done:,} of {lines:,} lines")

    return show


def main() -> None:
    """Measure and print; the exit code says nothing of the figures, because a busy machine is no fault."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, engines(Path(name)) as makers:
        for engine, new_database in makers.items():
            if chosen.engine in (None, engine):
                for figure in measure(engine, new_database, Path(name) / engine, chosen.lines, chosen.times):
                    sys.stdout.write(f"{figure}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
