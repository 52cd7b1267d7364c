"""Reading lines as people read them: with names, the texts behind commitments, and only what a person may see."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Line, Log
from app.exercises.errors import DamagedExercise, UnknownExercise
from app.exercises.rules.master import Exercise
from app.identity.queries import names_of
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.notebook.models import Record
from app.notebook.queries import access_record, exercise_of_record
from app.web.opened import texts_behind

PAGE_SIZE = 100
_COMMITMENT = "commitment"
_RECORD = "record:"


@dataclass(frozen=True)
class TrailRow:
    """A line as people read it; `body` and `leaf_hash` are what was hashed and its hash."""

    log: str
    index: int
    at: datetime
    actor: str
    name: str
    role: str
    action: Action
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    body: bytes
    leaf_hash: str


@dataclass(frozen=True)
class Filter:
    """Which rows to show: by person, by action, by any text in them."""

    actor: str = ""
    action: str = ""
    text: str = ""

    def keeps(self, row: TrailRow, shown: str = "") -> bool:
        """Say whether a row passes; `shown` is what a page says of it beside what stands in the line."""
        facts = json.dumps([row.before, row.after], ensure_ascii=False)
        words = f"{row.name} {row.subject} {row.reason} {facts} {shown}"
        return (
            self.actor in ("", row.actor)
            and self.action in ("", row.action.value)
            and self.text.casefold() in words.casefold()
        )


def record_trail(session: Session, record_id: str, actor: Actor) -> tuple[Record, list[TrailRow]]:
    """Return a record the actor may see, and every line about it in order; raises NotFound."""
    actor.require(Permission.TRAIL_READ, f"record:{record_id}")
    record = access_record(session, record_id, actor)
    query = _lines().where(Log.operator_id == record.operator_id, Line.subject == f"record:{record.id}")
    return record, _rows(session, session.execute(query.order_by(Line.subject_sequence)).all())


def operator_trail(session: Session, actor: Actor, *, page: int = 1) -> tuple[list[TrailRow], int]:
    """Return a page of the log of the actor's operator, newest first, and how many lines it has.

    For those who read the whole operator; raises NotFound for a trainee, who reads the trail of their own records.
    """
    actor.require(Permission.TRAIL_READ)
    if not actor.may(Permission.TRAIL_VERIFY):
        raise NotFound
    log = session.scalars(select(Log).where(_log_of(actor))).one()
    query = _lines().where(Line.log_id == log.id).order_by(Line.index.desc())
    rows = session.execute(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    return _rows(session, rows), log.size


def exercises_behind(session: Session, rows: Iterable[TrailRow]) -> dict[str, Exercise]:
    """Return the exercise of every record that these rows are about, by the rows' subject.

    A record whose exercise was tampered with is left out: its trail must be read all the same.
    """
    records = {row.subject.removeprefix(_RECORD) for row in rows if row.subject.startswith(_RECORD)}
    found = {}
    for record in session.scalars(select(Record).where(Record.id.in_(records))):
        with suppress(DamagedExercise, UnknownExercise):
            found[f"{_RECORD}{record.id}"] = exercise_of_record(session, record)
    return found


def log_of(session: Session, actor: Actor) -> Log:
    """Return the log that an actor verifies: their operator's, or the hub's."""
    actor.require(Permission.TRAIL_VERIFY)
    return session.scalars(select(Log).where(_log_of(actor))).one()


def _log_of(actor: Actor) -> Any:
    return Log.id == HUB_LOG if actor.operator_id is None else Log.operator_id == actor.operator_id


def _lines() -> Select[str, int, bytes, bytes]:
    return select(Log.origin, Line.index, Line.body, Line.leaf_hash).join(Log, Log.id == Line.log_id)


def _rows(session: Session, found: Sequence[Any]) -> list[TrailRow]:
    bodies = [json.loads(row.body) for row in found]
    texts = _texts(session, bodies)
    people = {body["actor"].removeprefix("person:") for body in bodies if body["actor"].startswith("person:")}
    names = names_of(session, people)
    return [_row(row, body, texts, names) for row, body in zip(found, bodies, strict=True)]


def _row(found: Any, body: dict[str, Any], texts: dict[str, str], names: dict[str, str]) -> TrailRow:
    actor = body["actor"]
    return TrailRow(
        log=found.origin,
        index=found.index,
        at=clock.from_text(body["time"]),
        actor=actor,
        name=names.get(actor.removeprefix("person:"), actor),
        role=body["role"],
        action=Action(body["action"]),
        subject=body["subject"],
        before=_opened(body["before"], texts),
        after=_opened(body["after"], texts),
        reason=(texts.get(body["reason"]) or "[…]") if body["reason"] else "",
        body=found.body,
        leaf_hash=found.leaf_hash.hex(),
    )


def _texts(session: Session, bodies: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Open every commitment in these lines in one query."""
    wanted = {body["reason"] for body in bodies if body["reason"]}
    for body in bodies:
        wanted |= {
            value[_COMMITMENT] for value in (*body["before"].values(), *body["after"].values()) if _is_one(value)
        }
    return texts_behind(session, wanted)


def _opened(facts: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    return {
        name: (texts.get(value[_COMMITMENT]) or "[…]") if _is_one(value) else value for name, value in facts.items()
    }


def _is_one(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {_COMMITMENT}
