"""One entry as an HTTP request with its line, tree and state, beside the same request writing one bare row.

The bare request goes the same way: session, rights, form protection, form key, transaction, the record opened under its
lock for this visitor, redirect. What the service does then differs: it inserts one row into a table of its own, and
neither reads the sheet, nor judges the value, nor writes evidence. Requests of both kinds alternate, so that a busy
moment hits both.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Integer, MetaData, String, Table, insert
from sqlalchemy.orm import Session

from app.exercises.rules.parsing import parse_exercise
from app.exercises.services import load_exercise
from app.kernel.actors import Actor, Permission, system_actor
from app.notebook.queries import access_record
from app.notebook.rules.words import Purpose
from app.notebook.services.entries import Place, record_entry
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.services.steps import complete_step
from app.notebook.views import bench as bench_views
from app.storage import guard
from tests.installation import Installation, Tablet

BARE = Table(
    "bench_row",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("record", String(36)),
    Column("value", String),
)
STEP, FIELD, READINGS = "weighing_1000", "masses_1000", 10


@dataclass(frozen=True)
class Pair:
    """Median milliseconds of a request, and of the one it is held against."""

    measured: float
    against: float

    @property
    def ratio(self) -> float:
        """How many times the other it costs."""
        return self.measured / self.against


def prepare(installation: Installation, library: Path) -> None:
    """Load the exercise that is measured and make the bare request's table."""
    BARE.metadata.create_all(installation.storage.engine)
    exercise = parse_exercise((library / "PIP-001.yaml").read_text(encoding="utf-8"), "PIP-001.yaml")
    with installation.acting() as session:
        load_exercise(session, exercise, actor=system_actor("command", Permission.EXERCISE_LOAD))


def beside_bare(installation: Installation, times: int) -> Pair:
    """Alternate `times` acts and bare requests, and return the medians of both."""
    tablet = installation.signed_in("trainee")
    acts, bares = [], []
    for record_id, position in _cells(installation, times):
        acts.append(_timed(tablet, record_id, position))
        bench_views.record_entry = bare_entry  # type: ignore[assignment,attr-defined]
        try:
            bares.append(_timed(tablet, record_id, position))
        finally:
            bench_views.record_entry = record_entry  # type: ignore[attr-defined]
    return Pair(statistics.median(acts) * 1000, statistics.median(bares) * 1000)


def beside_each_other(one: Installation, other: Installation, times: int) -> Pair:
    """Alternate `times` acts in two installations, and return the medians of both."""
    tablets = one.signed_in("trainee"), other.signed_in("trainee")
    ones, others = [], []
    for first, second in zip(_cells(one, times), _cells(other, times), strict=True):
        ones.append(_timed(tablets[0], *first))
        others.append(_timed(tablets[1], *second))
    return Pair(statistics.median(ones) * 1000, statistics.median(others) * 1000)


def _cells(installation: Installation, times: int) -> Iterator[tuple[str, int]]:
    """Yield empty cells, in fresh records with the readings before them recorded as at the bench."""
    assessor, trainee = installation.actor("assessor"), installation.person("trainee")
    record_id = ""
    for number in range(times):
        position = number % READINGS + 1
        if position == 1:
            with installation.acting() as session:
                issue = Issue("PIP-001", trainee.id, Purpose.TRAINING)
                record_id = issue_record(session, issue, actor=assessor).id
            come_to_the_step(installation, record_id)
        yield record_id, position


def come_to_the_step(installation: Installation, record_id: str, login: str = "trainee") -> None:
    """Do the step before the measured one, whose order the exercise enforces."""
    trainee = installation.actor(login)
    for field_id in ("tip_conditioned", "vessel_covered"):
        with installation.acting() as session:
            record_entry(session, record_id, Place(field_id), {"value": "true"}, actor=trainee)
    with installation.acting() as session:
        complete_step(session, record_id, "conditioning", actor=trainee)


def _timed(tablet: Tablet, record_id: str, position: int) -> float:
    form = _form(tablet, position)
    started = time.perf_counter()
    _send(tablet, record_id, form)
    return time.perf_counter() - started


def post_entry(tablet: Tablet, record_id: str, position: int) -> None:
    """Record one reading as a browser does; raises RuntimeError for any other answer than going on."""
    _send(tablet, record_id, _form(tablet, position))


def _form(tablet: Tablet, position: int) -> dict[str, str]:
    fields = {"field": FIELD, "position": str(position), "value": str(Decimal("996.8")), "idempotency_key": uuid4().hex}
    return {"csrf_token": tablet.csrf_token(), **fields}


def _send(tablet: Tablet, record_id: str, form: dict[str, str]) -> None:
    answer = tablet.post(f"/records/{record_id}/steps/{STEP}/entries", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"the request was answered with {answer.status_code}: {answer.get_data(as_text=True)[:500]}")


def bare_entry(session: Session, record_id: str, place: Place, typed: dict[str, Any], *, actor: Actor) -> None:
    """Stand for the act: open the record under its lock, and insert one row."""
    access_record(session, record_id, actor, for_act=True)
    session.execute(insert(BARE).values(record=record_id, value=typed["value"]))
    guard.close_witness(session)  # the edge would refuse a request that wrote no line
