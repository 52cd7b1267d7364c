"""Anchors: checkpoints that a time-stamping authority has seen, and the act that keeps its token (RFC 3161, PF-5).

A token is obtained outside of any transaction (`timestamping.py`) and kept by an act in the log that it anchors, so
that a later signature can name it: whoever signed then signed after the token's time (PF-6).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.checkpoints import Checkpoint, parse_checkpoint
from app.audit.drift import drift_of, is_adrift
from app.audit.models import Checkpoint as StoredCheckpoint
from app.audit.models import Log, TimestampToken
from app.audit.notes import parse_note
from app.audit.services import Subject, note
from app.kernel import clock
from app.kernel.actors import Actor
from app.storage.tables import new_id


@dataclass(frozen=True)
class Stamp:
    """What an authority said of an imprint: its token's DER bytes and the time in it, verified by whoever made this."""

    authority: str
    token: bytes
    generated_at: datetime


@dataclass(frozen=True)
class Anchor:
    """A checkpoint that a token covers."""

    checkpoint: Checkpoint
    token: TimestampToken

    def facts(self) -> dict[str, Any]:
        """Return what a signature says of it as its lower bound in time (§13.6, PF-6)."""
        return {
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "token": self.token.token_digest,
        }


def imprint_of(checkpoint_note: bytes) -> bytes:
    """Return what is time-stamped of a checkpoint: the SHA-256 of its note, the log's signature included."""
    return hashlib.sha256(checkpoint_note).digest()


def latest_token(session: Session, log_id: int) -> TimestampToken | None:
    """Return the token over the longest anchored tree of a log, the newest of several over the same."""
    query = (
        select(TimestampToken)
        .where(TimestampToken.anchored_log_id == log_id)
        .order_by(TimestampToken.size.desc(), TimestampToken.generated_at.desc(), TimestampToken.id)
        .limit(1)
    )
    return session.scalar(query)


def latest_anchor(session: Session, operator_id: str | None) -> Anchor | None:
    """Return the newest anchored checkpoint of an operator's log, or of the hub's for None, if it is still kept."""
    which = Log.operator_id == operator_id if operator_id else Log.operator_id.is_(None)
    log_id = session.scalar(select(Log.id).where(which))
    token = latest_token(session, log_id) if log_id else None
    stored = session.get(StoredCheckpoint, (log_id, token.size)) if token else None
    if token is None or stored is None:
        return None
    return Anchor(parse_checkpoint(parse_note(stored.note).text), token)


def log_token(session: Session, log: Log, checkpoint: StoredCheckpoint, stamp: Stamp, *, actor: Actor) -> None:
    """Keep a verified token over a checkpoint of a log, as an act in that log."""
    digest = hashlib.sha256(stamp.token).hexdigest()
    row = TimestampToken(
        id=new_id(),
        anchored_log_id=log.id,
        size=checkpoint.size,
        imprint=imprint_of(checkpoint.note).hex(),
        authority=stamp.authority,
        token=stamp.token,
        token_digest=digest,
        generated_at=stamp.generated_at,
        obtained_at=clock.now(),
    )
    session.add(row)
    after: dict[str, Any] = {
        "size": row.size,
        "imprint": row.imprint,
        "authority": row.authority,
        "token": digest,
        "generated_at": clock.to_text(row.generated_at),
    }
    if is_adrift(row):
        after["drift_seconds"] = round(drift_of(row).total_seconds())
    note(session, Action.TIMESTAMP_LOGGED, Subject("timestamp", row.id, log.operator_id), actor=actor, after=after)
