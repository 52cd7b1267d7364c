"""The witness: the one way by which evidenced rows reach the database, and lines the trail."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from app import __version__
from app.audit.actions import Action
from app.audit.errors import LogMissing
from app.audit.evidence import RowEvidence, describe_row
from app.audit.models import HUB_LOG, CommittedText, Line, Log
from app.audit.openings import Opening, seal_opening
from app.audit.tiles import completed_tiles
from app.audit.tree import TILE_WIDTH, Frontier, leaf_hash
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Role
from app.storage import guard
from app.storage.sessions import vault_of
from app.storage.tables import table_of

LINE_SCHEMA = "cahier.line.v1"
_TEXTS = "cahier_kept_texts"


@dataclass(frozen=True)
class Subject:
    """What an act is about; its operator decides in whose log the line stands (None: the hub's)."""

    kind: str
    id: str
    operator_id: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Written:
    """Where a line came to stand."""

    log_id: int
    index: int
    leaf_hash: bytes


def note(
    session: Session,
    action: Action,
    subject: Subject,
    *,
    actor: Actor,
    role: Role | None = None,
    reason: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Written:
    """Write the one line of an act, with the rows it adds and changes, and append it to the tree.

    The last statement of every service. Takes the log's head under a lock, so that indexes stay dense (§14.4.3);
    stamps the evidenced rows of the session with the line, flushes them, and digests each into the line. Raises
    SecondLine when the transaction has its line already.
    """
    guard.open_witness(session)
    deed = {
        "actor": actor.pseudonym,
        "role": role or _only_role(actor),
        "session": actor.session_id,
        "action": action.value,
        "before": before or {},
        "after": after or {},
        "reason": keep_text(session, reason, actor.person_id) if reason else None,
    }
    written = _write(session, subject, deed)
    guard.close_witness(session)
    return written


def _write(session: Session, subject: Subject, deed: dict[str, Any]) -> Written:
    log = _lock_log(session, subject.operator_id)
    rows = _flush_evidence(session, log)
    sequence, previous = _subject_chain(session, log.id, str(subject))
    place = {
        "schema": LINE_SCHEMA,
        "log": log.origin,
        "index": log.size,
        "time": clock.to_text(clock.now()),
        "clock": "simulated" if clock.is_simulated() else "server",
        "subject": str(subject),
        "sequence": sequence,
        "previous": previous,
        "rows": [list(row) for row in rows],
        "release": __version__,
    }
    return _append(session, log, deed | place)


def keep_text(session: Session, text: str, person_id: str | None, *, salt: str | None = None) -> str:
    """Put a text that a person wrote, sealed, beside its commitment, and return the commitment.

    The same text of the same person in one act is kept once, so that a row and its line can share it. A `salt` is
    given only where the commitment was shown to its author before the act.
    """
    kept: dict[tuple[str, str | None], str] = session.info.setdefault(_TEXTS, {})
    if (text, person_id) not in kept:
        salt = salt or canonical.new_salt()
        commitment = canonical.commitment(text, salt)
        sealed = seal_opening(vault_of(session), commitment, person_id, Opening(text, salt))
        session.add(CommittedText(commitment=commitment, person_id=person_id, sealed=sealed))
        kept[text, person_id] = commitment
    return kept[text, person_id]


def open_text(session: Session, commitment: str | None) -> str:
    """Return the text behind a commitment, or nothing when there is none, it was erased, or its key is gone."""
    kept = session.get(CommittedText, commitment) if commitment else None
    return (kept.text if kept else None) or ""


def hold_log(session: Session, operator_id: str | None) -> None:
    """Make this transaction the next to write in a log, for an act whose outcome hangs on the order of acts.

    Taken before the rows that the order decides are read: whoever comes later then finds what this act wrote, also
    where there was no row yet that could be locked.
    """
    _lock_log(session, operator_id)


def open_log(session: Session, operator_id: str | None, origin: str) -> None:
    """Open the empty log of an operator, or the hub's own; part of the act that founds either."""
    number = HUB_LOG if operator_id is None else _next_log_number(session)
    # Inserted at once, not added to the session: the witness of the same act may have to lock this very row.
    session.execute(
        insert(Log).values(
            id=number, operator_id=operator_id, origin=origin, size=0, frontier=Frontier.empty().to_bytes()
        )
    )


def _next_log_number(session: Session) -> int:
    highest = session.scalar(select(Log.id).order_by(Log.id.desc()).limit(1))
    return (highest or HUB_LOG) + 1


# The path of every act: statements built once, on the tables and not the classes, because building them anew and making
# objects of their rows costs more than the database takes to answer.
_HEAD = select(*table_of(Log).columns).with_for_update()
_HUB_HEAD = _HEAD.where(Log.id == HUB_LOG)
_OPERATOR_HEAD = _HEAD.where(Log.operator_id == bindparam("operator"))
_LAST_OF_SUBJECT = (
    select(Line.subject_sequence, Line.leaf_hash)
    .where(Line.log_id == bindparam("log"), Line.subject == bindparam("subject"))
    .order_by(Line.subject_sequence.desc())
    .limit(1)
)
_ADD_LINE = insert(table_of(Line))
_MOVE_HEAD = (
    update(table_of(Log))
    .where(Log.id == bindparam("log"))
    .values(size=bindparam("new_size"), frontier=bindparam("new_frontier"))
)


class Head(NamedTuple):
    """The head of a log under the act's lock."""

    id: int
    operator_id: str | None
    origin: str
    size: int
    frontier: bytes


def _lock_log(session: Session, operator_id: str | None) -> Head:
    connection = session.connection()
    if operator_id is None:
        row = connection.execute(_HUB_HEAD).first()
    else:
        row = connection.execute(_OPERATOR_HEAD, {"operator": operator_id}).first()
    if row is None:
        raise LogMissing(f"no log for operator {operator_id}")
    return Head(*row)


def _flush_evidence(session: Session, log: Head) -> list[RowEvidence]:
    changed = guard.changed_evidence(session)
    for row in changed:
        row.log_id, row.line_index = log.id, log.size
    session.flush()  # the digests need the versions that the flush counts
    return sorted(describe_row(row) for row in changed)


def _subject_chain(session: Session, log_id: int, subject: str) -> tuple[int, str | None]:
    last = session.connection().execute(_LAST_OF_SUBJECT, {"log": log_id, "subject": subject}).first()
    return (last[0] + 1, last[1].hex()) if last else (1, None)


def _only_role(actor: Actor) -> str:
    return "+".join(sorted(actor.roles)) or "none"


def _append(session: Session, log: Head, body: dict[str, Any]) -> Written:
    data = canonical.canonical_bytes(body)
    leaf = leaf_hash(data)
    line = {
        "log_id": log.id,
        "line_index": log.size,
        "subject": body["subject"],
        "subject_sequence": body["sequence"],
        "body": data,
        "leaf_hash": leaf,
    }
    frontier = Frontier.from_bytes(log.size, log.frontier).append(leaf)
    connection = session.connection()
    connection.execute(_ADD_LINE, line)
    connection.execute(_MOVE_HEAD, {"log": log.id, "new_size": frontier.size, "new_frontier": frontier.to_bytes()})
    if frontier.size % TILE_WIDTH == 0:
        session.add_all(completed_tiles(session, log.id, frontier.size))
    return Written(log.id, log.size, leaf)


def read_body(line_body: bytes) -> dict[str, Any]:
    """Read a line's canonical JSON."""
    body: dict[str, Any] = json.loads(line_body)
    return body
