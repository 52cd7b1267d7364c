"""Eight writers at once on PostgreSQL, on one log and on eight: acts beside bare one-row inserts under the same
durability, as service calls and as HTTP requests.

Each writer is a process of its own with its own records. All begin together; what counts is how many are through in
the time until the last is.
"""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import insert, text

from app.identity.services.operators import add_operator
from app.identity.services.people import NewPerson
from app.kernel.actors import Role
from app.notebook.rules.words import Purpose
from app.notebook.services.entries import Place, record_entry
from app.notebook.services.issuing import Issue, issue_record
from app.notebook.views import bench as bench_views
from app.storage import Storage
from app.storage.guard import close_witness
from tests.bench.requests import BARE, FIELD, READINGS, bare_entry, come_to_the_step, post_entry
from tests.installation import FOUNDER, ZONE, Installation, activate, open_installation

WRITERS = 8
VALUE = "996.8"
WAITS = 120.0
"""Seconds until a writer that never came is given up."""


@dataclass(frozen=True)
class Task:
    """What one writer does: `kind` is a key of KINDS, `records` are its own, fresh and at the step that is measured."""

    url: str
    var: Path
    kind: str
    login: str
    records: tuple[str, ...]


def logins(place: str) -> list[str]:
    """Return who writes: all at one operator (`one`), or each at their own (`apart`)."""
    return [f"{place}{number}" for number in range(WRITERS)]


def prepare(installation: Installation) -> None:
    """Add the operators and the people who write."""
    for place in ("one", "apart"):
        for number, login in enumerate(logins(place)):
            code = "ONE" if place == "one" else f"APART{number}"
            if place == "apart" or number == 0:
                with installation.acting() as session:
                    add_operator(session, code, f"Bench {code}", zone=ZONE, actor=FOUNDER)
            new = NewPerson(login, f"Writer {number}", "fr", (Role.TRAINEE,))
            activate(installation.storage, new, code)


def make_durable(storage: Storage) -> None:
    """Have the server write to the disk before it answers, which servers for tests do not."""
    with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = on"))
        connection.execute(text("SELECT pg_reload_conf()"))


def rate(installation: Installation, kind: str, place: str, records: int) -> float:
    """Return how many of a kind per second all writers together get through, each with so many records."""
    context = multiprocessing.get_context("spawn")
    barrier, url = context.Barrier(WRITERS + 1), installation.settings.database_url
    tasks = [
        Task(url, installation.settings.var, kind, login, tuple(_records(installation, login, records)))
        for login in logins(place)
    ]
    writers = [context.Process(target=write, args=(task, barrier)) for task in tasks]
    for writer in writers:
        writer.start()
    barrier.wait(WAITS)
    started = time.perf_counter()
    for writer in writers:
        writer.join()
    elapsed = time.perf_counter() - started
    if any(writer.exitcode for writer in writers):
        raise RuntimeError("a writer failed")
    return WRITERS * records * READINGS / elapsed


def write(task: Task, barrier: Barrier) -> None:
    """Be one writer: get ready, wait for the others, write."""
    work = KINDS[task.kind](task)
    barrier.wait(WAITS)
    for record_id in task.records:
        for position in range(1, READINGS + 1):
            work(record_id, position)


Work = Callable[[str, int], None]


def _act(task: Task) -> Work:
    installation = open_installation(task.url, task.var)
    actor = installation.actor(task.login)

    def work(record_id: str, position: int) -> None:
        with installation.acting() as session:
            record_entry(session, record_id, Place(FIELD, position), {"value": VALUE}, actor=actor)

    return work


def _insert(task: Task) -> Work:
    storage = Storage.open(task.url)

    def work(record_id: str, position: int) -> None:
        with storage.transaction() as session:
            session.execute(insert(BARE).values(record=record_id, value=VALUE))
            close_witness(session)

    return work


def _request(task: Task) -> Work:
    tablet = open_installation(task.url, task.var).signed_in(task.login)
    return lambda record_id, position: post_entry(tablet, record_id, position)


def _bare_request(task: Task) -> Work:
    bench_views.record_entry = bare_entry  # type: ignore[assignment,attr-defined]
    return _request(task)


KINDS: dict[str, Callable[[Task], Work]] = {
    "act": _act,
    "insert": _insert,
    "request": _request,
    "bare request": _bare_request,
}


def _records(installation: Installation, login: str, count: int) -> list[str]:
    """Issue records to a writer, with the step done that comes before the measured one."""
    actor, made = installation.actor(login), []
    for _ in range(count):
        with installation.acting() as session:
            issue = Issue("PIP-001", actor.person_id or "", Purpose.PRACTICE)
            made.append(issue_record(session, issue, actor=actor).id)
        come_to_the_step(installation, made[-1], login)
    return made
