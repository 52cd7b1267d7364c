"""The witness: the one way by which evidenced rows reach the database, and lines the trail."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app import __version__
from app.audit.actions import Action
from app.audit.errors import LogMissing
from app.audit.evidence import RowEvidence, describe_row
from app.audit.models import HUB_LOG, CommittedText, Line, Log
from app.audit.tiles import completed_tiles
from app.audit.tree import Frontier, leaf_hash
from app.kernel import canonical, clock
from app.kernel.actors import Actor, Role
from app.storage import guard

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

    The last statement of every service. Takes the log's head under a lock, so that indexes stay dense (§14.4.3); stamps the
    evidenced rows of the session with the line, flushes them, and digests each into the line. Raises SecondLine when the
    transaction has its line already.
    """
    guard.open_witness(session)
    reason_commitment = keep_text(session, reason, actor.person_id) if reason else None
    log = _lock_log(session, subject.operator_id)
    rows = _flush_evidence(session, log)
    sequence, previous = _subject_chain(session, log.id, str(subject))
    body = {
        "schema": LINE_SCHEMA,
        "log": log.origin,
        "index": log.size,
        "time": clock.to_text(clock.now()),
        "clock": "simulated" if clock.is_simulated() else "server",
        "actor": actor.pseudonym,
        "role": role or _only_role(actor),
        "session": actor.session_id,
        "action": action.value,
        "subject": str(subject),
        "sequence": sequence,
        "previous": previous,
        "before": before or {},
        "after": after or {},
        "reason": reason_commitment,
        "rows": [list(row) for row in rows],
        "release": __version__,
    }
    written = _append(session, log, body)
    guard.close_witness(session)
    return written


def keep_text(session: Session, text: str, person_id: str | None, *, salt: str | None = None) -> str:
    """Put a text that a person wrote beside its commitment, and return the commitment.

    The same text of the same person in one act is kept once, so that a row and its line can share it. A `salt` is given only
    where the commitment was shown to its author before the act.
    """
    kept: dict[tuple[str, str | None], str] = session.info.setdefault(_TEXTS, {})
    if (text, person_id) not in kept:
        salt = salt or canonical.new_salt()
        commitment = canonical.commitment(text, salt)
        session.add(CommittedText(commitment=commitment, person_id=person_id, text=text, salt=salt))
        kept[text, person_id] = commitment
    return kept[text, person_id]


def open_text(session: Session, commitment: str | None) -> str:
    """Return the text behind a commitment, or nothing when there is none or it was erased."""
    kept = session.get(CommittedText, commitment) if commitment else None
    return (kept.text if kept else None) or ""


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


def _lock_log(session: Session, operator_id: str | None) -> Log:
    which = Log.id == HUB_LOG if operator_id is None else Log.operator_id == operator_id
    log = session.scalar(select(Log).where(which).with_for_update().execution_options(populate_existing=True))
    if log is None:
        raise LogMissing(f"no log for operator {operator_id}")
    return log


def _flush_evidence(session: Session, log: Log) -> list[RowEvidence]:
    changed = guard.changed_evidence(session)
    for row in changed:
        row.log_id, row.line_index = log.id, log.size
    session.flush()  # the digests need the versions that the flush counts
    return sorted(describe_row(row) for row in changed)


def _subject_chain(session: Session, log_id: int, subject: str) -> tuple[int, str | None]:
    last = session.execute(
        select(Line.subject_sequence, Line.leaf_hash)
        .where(Line.log_id == log_id, Line.subject == subject)
        .order_by(Line.subject_sequence.desc())
        .limit(1)
    ).first()
    return (last[0] + 1, last[1].hex()) if last else (1, None)


def _only_role(actor: Actor) -> str:
    return "+".join(sorted(actor.roles)) or "none"


def _append(session: Session, log: Log, body: dict[str, Any]) -> Written:
    data = canonical.canonical_bytes(body)
    leaf = leaf_hash(data)
    index = log.size
    session.execute(
        insert(Line).values(
            log_id=log.id,
            index=index,
            subject=body["subject"],
            subject_sequence=body["sequence"],
            body=data,
            leaf_hash=leaf,
        )
    )
    frontier = Frontier.from_bytes(index, log.frontier).append(leaf)
    session.execute(update(Log).where(Log.id == log.id).values(size=index + 1, frontier=frontier.to_bytes()))
    session.add_all(completed_tiles(session, log.id, index + 1))
    session.expunge(log)
    return Written(log.id, index, leaf)


def read_body(line_body: bytes) -> dict[str, Any]:
    """Read a line's canonical JSON."""
    body: dict[str, Any] = json.loads(line_body)
    return body
