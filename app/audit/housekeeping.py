"""What a log says of itself: a daily sign of life, and which release of the software wrote from here on (PF-13, PF-14).

The heartbeat is a line like any other, so that two checkpoints a day apart prove what lies between them: with nothing
but housekeeping lines there, nobody did anything.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Checkpoint, Line, Log
from app.audit.services import Subject, hold_log, note, read_body
from app.kernel import clock
from app.kernel.actors import Actor, system_actor
from app.storage import Storage

DAY = timedelta(hours=24)
WORKER = system_actor("worker")


def beat(session: Session, log: Log, *, actor: Actor) -> None:
    """Write the sign of life of a log, the one line of this act."""
    note(session, Action.LOG_HEARTBEAT, _own_subject(log), actor=actor)


def beat_due_logs(storage: Storage, *, every: timedelta = DAY) -> list[int]:
    """Write the sign of life of each log that gave none for a day, and return these logs; they are to be sealed."""
    with storage.reading() as session:
        due = [log.id for log in session.scalars(select(Log).order_by(Log.id)) if _is_due(session, log, every)]
    return [log_id for log_id in due if _beat_once(storage, log_id, every)]


def _beat_once(storage: Storage, log_id: int, every: timedelta) -> bool:
    with storage.reading() as session:
        operator_id = session.get_one(Log, log_id).operator_id
    with storage.transaction() as session:
        hold_log(session, operator_id)
        log = session.get_one(Log, log_id)
        if not _is_due(session, log, every):
            return False  # another worker was quicker
        beat(session, log, actor=WORKER)
        return True


def _is_due(session: Session, log: Log, every: timedelta) -> bool:
    """Say whether a day went by since the last sign of life, or since the first checkpoint where there was none."""
    last = last_beat(session, log) or session.scalar(
        select(func.min(Checkpoint.signed_at)).where(Checkpoint.log_id == log.id)
    )
    return last is not None and last <= clock.now() - every


def last_beat(session: Session, log: Log) -> datetime | None:
    """Return when a log gave its last sign of life."""
    query = (
        select(Line.body)
        .where(Line.log_id == log.id, Line.subject == str(_own_subject(log)))
        .order_by(Line.subject_sequence.desc())
        .limit(1)
    )
    body = session.scalar(query)
    return clock.from_text(read_body(body)["time"]) if body else None


def _own_subject(log: Log) -> Subject:
    return Subject("log", log.origin, log.operator_id)


@dataclass(frozen=True)
class Release:
    """A version of the software and what its source files are: the digest of the list that `sha256sum` would print."""

    version: str
    digest: str
    files: int


def release_of(version: str, files: Mapping[str, bytes]) -> Release:
    """Return what a version of the software is, from its source files by path."""
    listed = "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files))
    return Release(version, hashlib.sha256(listed.encode()).hexdigest(), len(files))


def record_release(session: Session, release: Release, *, actor: Actor) -> bool:
    """Record in the hub's log that this software runs, unless it was recorded before; return whether it is new."""
    hold_log(session, None)
    subject = Subject("release", f"{release.version}/{release.digest}")
    query = select(Line.index).where(Line.log_id == HUB_LOG, Line.subject == str(subject)).limit(1)
    if session.scalar(query) is not None:
        return False
    after = {"version": release.version, "digest": release.digest, "files": release.files}
    note(session, Action.RELEASE_RECORDED, subject, actor=actor, after=after)
    return True
