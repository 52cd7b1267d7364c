"""Reading lines as people read them: with names, the texts behind commitments, and only what a person may see."""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, and_, func, literal, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.drift import lines_in_doubt
from app.audit.models import HUB_LOG, Line, Log
from app.audit.verification import Finding, Verdict
from app.audit.verification.verdict import FINDINGS_OF_A_KIND, Code
from app.exercises.errors import DamagedExercise, UnknownExercise
from app.exercises.rules.master import Exercise
from app.identity.models import Membership, Person
from app.identity.queries import names_of, sees_restricted, shown_to
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.canonical import canonical_bytes
from app.kernel.errors import NotFound
from app.notebook.models import Record
from app.notebook.queries import access_record, exercise_of_record
from app.notebook.services.keeping import faults_of_files
from app.storage import Storage
from app.storage.files import FileStore
from app.web.opened import texts_behind

PAGE_SIZE = 100
_COMMITMENT = "commitment"
_RECORD = "record:"
_KIND = re.compile(r"[a-z][a-z_-]*")


@dataclass(frozen=True)
class TrailRow:
    """A line as people read it; `body` and `leaf_hash` are what was hashed and its hash.

    `in_doubt` says that the clock by which it was written differed from an authority's (CI-Q14).
    """

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
    in_doubt: bool


@dataclass(frozen=True)
class Filter:
    """Which rows to show: by person, by action, by any text in them, from a moment on and before another, by subject.

    A subject is given as lines name it (`record:…`), as the kind of one (`person`), or as the number of a record.
    """

    actor: str = ""
    action: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    subject: str = ""

    def keeps(self, row: TrailRow, shown: str = "") -> bool:
        """Say whether a row passes; `shown` is what a page says of it beside what stands in the line."""
        facts = json.dumps([row.before, row.after], ensure_ascii=False)
        words = f"{row.name} {row.subject} {row.reason} {facts} {shown}"
        return (
            self.actor in ("", row.actor)
            and self.action in ("", row.action.value)
            and (self.since is None or self.since <= row.at)
            and (self.until is None or row.at < self.until)
            and self.text.casefold() in words.casefold()
        )


def record_trail(session: Session, record_id: str, actor: Actor) -> tuple[Record, list[TrailRow]]:
    """Return a record the actor may see, and every line about it in order; raises NotFound."""
    actor.require(Permission.TRAIL_READ, f"record:{record_id}")
    record = access_record(session, record_id, actor)
    query = _lines().where(Log.operator_id == record.operator_id, Line.subject == f"record:{record.id}")
    return record, _rows(session, session.execute(query.order_by(Line.subject_sequence)).all())


def operator_trail(
    session: Session, actor: Actor, *, page: int = 1, chosen: Filter | None = None
) -> tuple[list[TrailRow], int]:
    """Return a page of the log of the actor's operator, newest first, and how many lines the filter keeps.

    Days, subject, person and action are looked for in the whole log, a text is not. For those who read the whole
    operator; raises NotFound for a trainee, who reads the trail of their own records.
    """
    actor.require(Permission.TRAIL_READ)
    if not actor.may(Permission.TRAIL_VERIFY):
        raise NotFound
    chosen = chosen or Filter()
    log = session.scalars(select(Log).where(_log_of(actor))).one()
    first = _index_at(session, log, chosen.since) if chosen.since else 0
    end = _index_at(session, log, chosen.until) if chosen.until else log.size
    hidden = _under_restriction(session, actor)
    kept = [Line.log_id == log.id, Line.index >= first, Line.index < end, *_conditions(session, chosen, actor), *hidden]
    is_range = not (chosen.subject or chosen.actor or chosen.action or hidden)
    count = max(0, end - first) if is_range else session.scalar(select(func.count()).where(*kept)) or 0
    query = _lines().where(*kept).order_by(Line.index.desc())
    rows = session.execute(query.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)).all()
    return _rows(session, rows), count


def people_behind(session: Session, actor: Actor) -> dict[str, str]:
    """Return the names of all who belong or belonged to the actor's operator, or to the hub, by pseudonym."""
    found = set(session.scalars(select(Membership.person_id).where(Membership.operator_id == actor.operator_id)))
    return {f"person:{person_id}": name for person_id, name in names_of(session, found).items()}


def _under_restriction(session: Session, actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition that leaves out what is about people under restriction, if the actor must not see it."""
    restricted = select(Person.id).where(~shown_to(actor, Person.id))
    hidden = [f"person:{one}" for one in session.scalars(restricted)] if not sees_restricted(actor) else []
    if not hidden:
        return []
    records = session.scalars(select(Record.id).where(Record.performer_id.in_(restricted)))
    return [Line.subject.not_in([*hidden, *(f"{_RECORD}{one}" for one in records)])]


def _conditions(session: Session, chosen: Filter, actor: Actor) -> list[ColumnElement[bool]]:
    conditions = [_about(session, chosen.subject, actor)] if chosen.subject else []
    for member, value in (("action", chosen.action), ("actor", chosen.actor)):
        if value:
            conditions.append(_holds(session, canonical_bytes({member: value})[1:-1]))
    return conditions


def _about(session: Session, subject: str, actor: Actor) -> ColumnElement[bool]:
    """Return the condition on a subject; each can use the index on (log_id, subject)."""
    if _KIND.fullmatch(subject):
        # All that begin with the kind and its colon; the semicolon comes next.
        return and_(Line.subject >= f"{subject}:", Line.subject < f"{subject};")
    if ":" in subject:
        return Line.subject == subject
    numbered = select(Record.id).where(Record.number == subject.upper())
    if actor.operator_id:
        numbered = numbered.where(Record.operator_id == actor.operator_id)
    return Line.subject.in_([f"{_RECORD}{record_id}" for record_id in session.scalars(numbered)])


def _holds(session: Session, fragment: bytes) -> ColumnElement[bool]:
    """Return the condition that the bytes of a line hold others, such as `"action":"…"`.

    A quotation mark inside a text is escaped in canonical JSON, so that no text can pass for a member.
    """
    wanted = literal(fragment, LargeBinary)
    if session.get_bind().dialect.name == "sqlite":
        return func.instr(Line.body, wanted) > 0
    return func.position(wanted.op("IN")(Line.body)) > 0


def _index_at(session: Session, log: Log, moment: datetime) -> int:
    """Return the index of the first line that is not before a moment, by halving: lines of a log stand in time.

    Where the server's clock was set back, which verification reports, the days of those lines are not exact.
    """
    low, high, wanted = 0, log.size, clock.to_text(moment)
    while low < high:
        middle = (low + high) // 2
        following = select(Line.index, Line.body).where(Line.log_id == log.id, Line.index >= middle)
        # The next one that is there, should somebody have taken a line away.
        found = session.execute(following.order_by(Line.index).limit(1)).first()
        if found is not None and json.loads(found.body)["time"] < wanted:
            low = found[0] + 1
        else:
            high = middle
    return low


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


def _lines() -> Select[int, str, int, bytes, bytes]:
    return select(Line.log_id, Log.origin, Line.index, Line.body, Line.leaf_hash).join(Log, Log.id == Line.log_id)


def _rows(session: Session, found: Sequence[Any]) -> list[TrailRow]:
    bodies = [json.loads(row.body) for row in found]
    texts = _texts(session, bodies)
    people = {body["actor"].removeprefix("person:") for body in bodies if body["actor"].startswith("person:")}
    names = names_of(session, people)
    doubted = _in_doubt(session, found)
    return [
        _row(row, body, texts, names, in_doubt=(row.log_id, row.index) in doubted)
        for row, body in zip(found, bodies, strict=True)
    ]


def _in_doubt(session: Session, found: Sequence[Any]) -> set[tuple[int, int]]:
    by_log: dict[int, set[int]] = {}
    for row in found:
        by_log.setdefault(row.log_id, set()).add(row.index)
    return {(log, index) for log, some in by_log.items() for index in lines_in_doubt(session, log, some)}


def _row(found: Any, body: dict[str, Any], texts: dict[str, str], names: dict[str, str], *, in_doubt: bool) -> TrailRow:
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
        in_doubt=in_doubt,
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


def with_files(verdict: Verdict, storage: Storage, store: FileStore, operator_id: str | None = None) -> Verdict:
    """Return a verdict with what is wrong with the files that records, of all operators or of one, name: they stand
    beside the database.
    """
    found = tuple(
        Finding(
            Code.FILE_MISSING if fault.is_missing else Code.FILE_ALTERED,
            subject=f"record:{fault.named.record_id}",
            table="entry",
            key=f"{fault.named.record_id}/{fault.named.sequence}",
            expected=fault.named.facts.sha256,
        )
        for fault in faults_of_files(storage, store, operator_id)
    )
    kept = found[:FINDINGS_OF_A_KIND]
    return replace(verdict, findings=verdict.findings + kept, omitted=verdict.omitted + len(found) - len(kept))
