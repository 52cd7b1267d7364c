"""`make bench`: the figures of the project, each a ratio of two things measured in this run, on SQLite and PostgreSQL.

`--lines` is the length of the long log and of the long LRS (unless told: 1,000,000 lines, 200,000 statements), and
`--times` how many requests of each kind.
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
from config.settings import CONFIG, Settings
from tests import postgresql
from tests.bench import biglog, draining, evidence, launches, lms, lrs, peer, practical, requests, trail, wire, writers
from tests.benches import furnish
from tests.installation import Installation, found, founding_vault, open_installation

SHORT_LOG = 1_000
FEW, MANY = 10_000, 10_000_000
LINES = 1_000_000
USUAL_LRS, LONG_LRS, LONGEST_LRS = 100_000, 200_000, 2_000_000
BACKLOG = 50_000
RECORDS_OF_A_WRITER = 10
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
    at_least: bool = False

    def __str__(self) -> str:
        is_met = self.value >= self.aim if self.at_least else self.value <= self.aim
        verdict, sign = "met" if is_met else "MISSED", "≥" if self.at_least else "≤"
        aim = f"{sign} {self.aim:g} {self.unit}"
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


@dataclass(frozen=True)
class Bench:
    """Where figures are measured: an engine, its databases, a folder; how long the long log is, how often we try."""

    engine: str
    new_database: Databases
    var: Path
    lines: int
    times: int


def _log(bench: Bench) -> Iterator[Figure]:
    """Yield the figures of a short and a long log, which are measured in turns."""
    engine, lines = bench.engine, bench.lines
    short, long = (
        _installation(bench.new_database(), bench.var / name, length)
        for name, length in (("s", SHORT_LOG), ("l", lines))
    )
    requests.beside_bare(short, 20)
    requests.beside_bare(long, 20)
    yield from _wire(engine, short)
    for installation, length in ((short, SHORT_LOG), (long, lines)):
        pair = requests.beside_bare(installation, bench.times)
        more = f"{pair.measured:.1f} ms ÷ {pair.against:.1f} ms"
        yield Figure(f"one entry as a request ÷ one bare row, {length:,} lines", engine, pair.ratio, 1.5, more=more)
    pair = requests.beside_each_other(long, short, bench.times)
    more = f"{pair.measured:.1f} ms ÷ {pair.against:.1f} ms"
    yield Figure(f"one entry at {lines:,} lines ÷ at {SHORT_LOG:,}", engine, pair.ratio, 1.2, more=more)
    short.storage.close()
    long.storage.close()
    yield from _trail(engine, long.settings, lines)


def _installation(url: str, var: Path, lines: int) -> Installation:
    installation = _founded(url, var)
    requests.prepare(installation, CONFIG / "exercises")
    alpha = installation.operator_id("ALPHA")
    biglog.grow(installation.storage, lines, operator_id=alpha, progress=_progress(lines))
    return installation


def _wire(engine: str, installation: Installation) -> Iterator[Figure]:
    with installation.storage.reading() as session:
        record_id = session.scalars(select(Record.id)).first()
    address = f"/records/{record_id}/steps"
    bytes_ = wire.measure(installation.signed_in("trainee"), f"{address}/{FIRST_PAGE}", f"{address}/{NEXT_PAGE}")
    yield Figure("step page over the wire, first visit", engine, bytes_.first / 1000, 80, "kB")
    yield Figure("step page over the wire, next step", engine, bytes_.following / 1000, 15, "kB")


def _leaving(bench: Bench) -> Iterator[Figure]:
    """Yield what it costs to take a long record away, and to verify it."""
    engine = bench.engine
    installation = _founded(bench.new_database(), bench.var / "leaving")
    furnish(installation, "trainee", "trainee2", "assessor")
    long, usual = (evidence.measure_leaving(installation, bench.var, count) for count in evidence.CORRECTIONS.values())
    installation.storage.close()
    yield Figure(f"verifying a record of {long.lines} lines offline, cold", engine, long.verifying, 2, "s")
    yield Figure(f"bundle and paper of {usual.pages} pages", engine, usual.making, 5, "s")


def _proofs(bench: Bench) -> Iterator[Figure]:
    """Yield what a proof costs in a log that few have, beside one of a first year."""
    storage = Storage.open(bench.new_database())
    upgrade(storage)
    sizes = {FEW: 98, MANY: 99}
    for lines, log_id in sizes.items():
        evidence.grow_tree(storage, log_id, lines)
    few, many = evidence.measure_proofs(storage, sizes, 200)
    storage.close()
    more = f"{many:.2f} ms ÷ {few:.2f} ms"
    yield Figure(f"inclusion proof of {MANY:,} lines ÷ of {FEW:,}", bench.engine, many / few, 2, more=more)


def _writers(bench: Bench) -> Iterator[Figure]:
    """Yield what eight writers at once get through on PostgreSQL; SQLite has one writer at a time."""
    if bench.engine != "postgresql":
        return
    installation = _founded(bench.new_database(), bench.var / "writers")
    requests.prepare(installation, CONFIG / "exercises")
    writers.prepare(installation)
    writers.make_durable(installation.storage)
    for work, against, aims in (("act", "insert", (0.25, 0.6)), ("request", "bare request", (0.7, 0.9))):
        for place, aim in zip(("one", "apart"), aims, strict=True):
            done, bare = (writers.rate(installation, kind, place, RECORDS_OF_A_WRITER) for kind in (work, against))
            what = f"8 writers, {'one log' if place == 'one' else 'eight logs'}: {work}s ÷ {against}s"
            more = f"{done:.0f} ÷ {bare:.0f} a second"
            yield Figure(what, bench.engine, done / bare, aim, more=more, at_least=True)
    installation.storage.close()


def _lrs(bench: Bench) -> Iterator[Figure]:
    """Yield what the LRS takes and answers in a second at a usual length, and what it costs at a long one."""
    engine, long = bench.engine, min(bench.lines, LONGEST_LRS) if bench.lines != LINES else LONG_LRS
    few, usual, many = (
        lrs.opened(_founded(bench.new_database(), bench.var / f"lrs{length}")) for length in (FEW, USUAL_LRS, long)
    )
    lrs.fill(usual, USUAL_LRS, _progress(USUAL_LRS))
    at = f"at {USUAL_LRS:,} statements"
    lrs.singles(usual, 20)
    rate = lrs.singles(usual, bench.times)
    yield Figure(f"single POST on one connection {at}", engine, rate, 200, "/s", at_least=True)
    rate = lrs.batches(usual, max(bench.times // 5, 10))
    yield Figure(f"statements in batches of {lrs.BATCH} {at}", engine, rate, 3000, "/s", at_least=True)
    for what, aim in lrs.QUESTIONS.items():
        yield Figure(f"GET {what} {at}, median", engine, lrs.questions(usual, what, bench.times), aim, "ms")
    yield from _beside_ralph(bench, usual)
    for filled, length in ((few, FEW), (many, long)):
        lrs.fill(filled, length, _progress(length))
    for what in lrs.QUESTIONS:
        lrs.questions_in_turns((many, few), what, 20)
        one, other = lrs.questions_in_turns((many, few), what, bench.times)
        more = f"{one:.1f} ms ÷ {other:.1f} ms"
        yield Figure(f"GET {what}: {long:,} ÷ {FEW:,}", engine, one / other, 1.5, more=more)
    for filled in (few, usual, many):
        filled.installation.storage.close()


def _beside_ralph(bench: Bench, usual: lrs.Filled) -> Iterator[Figure]:
    """Yield how many times as fast as Ralph the LRS is: over HTTP, on one connection, with as many statements."""
    mine, other = peer.ours(usual, bench.var / "served", bench.times), peer.ralphs(USUAL_LRS)
    rates = {
        "single POST": (mine.singles, other.singles),
        f"batches of {lrs.BATCH}": (mine.batches, other.batches),
        "GET by id": (mine.by_id, other.by_id),
    }
    for what, (own, theirs) in rates.items():
        more = f"{own:.1f} ÷ {theirs:.1f} a second"
        name = f"{what} over HTTP at {USUAL_LRS:,} ÷ Ralph's"
        yield Figure(name, bench.engine, own / theirs, 10, more=more, at_least=True)


def _delivery(bench: Bench) -> Iterator[Figure]:
    """Yield how near delivery comes to what the LRS at its other end takes by itself, and in how much memory."""
    backlog = min(bench.lines, BACKLOG)
    full = lrs.opened(_founded(bench.new_database(), bench.var / "backlog"))
    lrs.fill(full, backlog, _progress(backlog))
    other = _founded(bench.new_database(), bench.var / "other")
    done = draining.measure(full, other, bench.var / "other")
    for installation in (full.installation, other):
        installation.storage.close()
    more = f"{done.drained:.0f} ÷ {done.own:.0f} a second"
    what = f"draining {backlog:,} statements to a Cahier ÷ what it takes"
    yield Figure(what, bench.engine, done.drained / done.own, 0.8, more=more, at_least=True)
    yield Figure("draining, memory", bench.engine, done.megabytes, 200, "MB")


def _lms(bench: Bench) -> Iterator[Figure]:
    """Yield what a large course costs, and whether grades come through an outage of the platform."""
    installation = _founded(bench.new_database(), bench.var / "lms")
    done = lms.measure(installation)
    installation.storage.close()
    yield Figure(f"roster of {lms.PEOPLE:,} people, first", bench.engine, done.first, 20, "s")
    yield Figure(f"roster of {lms.PEOPLE:,} people, without a change", bench.engine, done.again, 3, "s")
    more = f"each once, in order; {done.refused} requests found the platform down"
    yield Figure(f"{lms.GRADED * lms.TIMES:,} grades through an outage", bench.engine, done.grades, 60, "s", more=more)
    yield from _launches(bench)


def _launches(bench: Bench) -> Iterator[Figure]:
    """Yield what a launch costs up to the first step page: one after the other, and a whole class at once."""
    installation = _founded(bench.new_database(), bench.var / "launches")
    newcomers, known = launches.measure_alone(installation, bench.times)
    installation.storage.close()
    for who, done in (("newcomers", newcomers), ("people already known", known)):
        more = f"median {done.median:.0f} ms: {done.parts}"
        yield Figure(f"launch to first step page, p95, {who}", bench.engine, done.p95, 150, "ms", more=more)
        more = f"{done.median:.0f} ms ÷ {done.plain:.1f} ms"
        yield Figure(f"the same ÷ a plain page, median, {who}", bench.engine, done.ratio, 10, more=more)
    if bench.engine == "postgresql":
        yield from _practical(bench)


def _practical(bench: Bench) -> Iterator[Figure]:
    """Yield how a class comes in, against two web processes; PostgreSQL writes to the disk before it answers."""
    installation = _founded(bench.new_database(), bench.var / "practical")
    writers.make_durable(installation.storage)
    for start, came in practical.measure(installation, bench.times):
        what = f"{bench.times} launches in {start.seconds:.0f} s, {start.who}"
        more = ", ".join(came.errors)
        yield Figure(f"{what}: errors", bench.engine, came.errors.total(), 0, "", more=more)
        if came.visits:
            more = f"median {came.median:.0f} ms, slowest {came.slowest:.0f} ms: {came.parts}"
            yield Figure(f"{what}: p95", bench.engine, came.p95, start.aim, "ms", more=more)
            more = "median of the whole way ÷ median of one page just after it"
            yield Figure(f"{what}: ÷ a plain page", bench.engine, came.ratio, 10, more=more)
    installation.storage.close()


def _founded(url: str, var: Path) -> Installation:
    storage = Storage.open(url, founding_vault())
    upgrade(storage)
    found(storage)
    storage.close()
    return open_installation(url, var)


def _trail(engine: str, settings: Settings, lines: int) -> Iterator[Figure]:
    url, var = settings.database_url, settings.var
    trail.measure(
        url, "read", var
    )  # so that the first that is counted does not fetch the file from the disk for the others
    measured = {kind: trail.measure(url, kind, var) for kind in trail.KINDS}
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


PARTS = {
    "log": _log,
    "leaving": _leaving,
    "proofs": _proofs,
    "writers": _writers,
    "lrs": _lrs,
    "delivery": _delivery,
    "lms": _lms,
}


def main() -> None:
    """Measure and print; the exit code says nothing of the figures, because a busy machine is no fault."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--only", choices=tuple(PARTS), help="one part of the figures")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, engines(Path(name)) as makers:
        for engine, new_database in makers.items():
            if chosen.engine not in (None, engine):
                continue
            bench = Bench(engine, new_database, Path(name) / engine, chosen.lines, chosen.times)
            for part in [chosen.only] if chosen.only else PARTS:
                for figure in PARTS[part](bench):
                    sys.stdout.write(f"{figure}\n")
                    sys.stdout.flush()


if __name__ == "__main__":
    main()
