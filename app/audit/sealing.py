"""Sealing: a checkpoint over all lines that a log has by now, signed after they were committed, and kept beside them.

The worker seals logs that have grown; the closure of a record asks for a seal at once (gmp-requirements §14.4.5).
"""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit import models
from app.audit.checkpoints import Checkpoint
from app.audit.signer import CheckpointSigner
from app.audit.tiles import StoredTiles
from app.audit.tree import Frontier
from app.kernel import clock
from app.storage import Storage

EVERY = timedelta(minutes=5)


def seal_log(storage: Storage, signer: CheckpointSigner, log_id: int) -> Checkpoint:
    """Sign a checkpoint over the committed lines of a log, keep it unless one of this size is kept, and return it.

    The signer is asked also where nothing is new, so that it can say that it signed more lines, or other ones. Never
    within the transaction of an act: what might yet be rolled back must not be signed. Raises SignerRefuses, and
    SignerKeyMissing for a sealed log whose key is gone: another key would not fit what it sealed.
    """
    with storage.reading() as session:
        origin = session.get_one(models.Log, log_id).origin
        is_sealed = session.scalar(select(models.Checkpoint.size).where(models.Checkpoint.log_id == log_id).limit(1))
    if is_sealed is not None:
        signer.key(origin)
    with storage.reading() as session:
        checkpoint, note = signer.sign(origin, lambda: _read_head(session, log_id))
    if not checkpoint.size:
        return checkpoint
    row = models.Checkpoint(log_id=log_id, size=checkpoint.size, note=note.to_bytes(), signed_at=clock.now())
    try:
        with storage.transaction() as session:
            if session.get(models.Checkpoint, (log_id, checkpoint.size)) is None:
                session.add(row)
    except IntegrityError:
        pass  # another process kept the same checkpoint a moment ago
    return checkpoint


def seal_due_logs(storage: Storage, signer: CheckpointSigner, *, every: timedelta = EVERY) -> list[Checkpoint]:
    """Seal each log that has lines under no checkpoint and was not sealed for a while; the step of the worker."""
    with storage.reading() as session:
        due = [log_id for log_id, size in _unsealed(session, every)]
    return [seal_log(storage, signer, log_id) for log_id in due]


def log_of_operator(session: Session, operator_id: str | None) -> models.Log | None:
    """Return the log of an operator, or the hub's for None."""
    which = models.Log.id == models.HUB_LOG if operator_id is None else models.Log.operator_id == operator_id
    return session.scalar(select(models.Log).where(which))


def _read_head(session: Session, log_id: int) -> tuple[Checkpoint, StoredTiles]:
    return _head(session.get_one(models.Log, log_id)), StoredTiles(session, log_id)


def _head(log: models.Log) -> Checkpoint:
    return Checkpoint(log.origin, log.size, Frontier.from_bytes(log.size, log.frontier).root())


def _unsealed(session: Session, every: timedelta) -> list[tuple[int, int]]:
    last = (
        select(
            models.Checkpoint.log_id,
            func.max(models.Checkpoint.size).label("size"),
            func.max(models.Checkpoint.signed_at).label("signed_at"),
        )
        .group_by(models.Checkpoint.log_id)
        .subquery()
    )
    query = select(models.Log.id, models.Log.size, last.c.size, last.c.signed_at).outerjoin(
        last, last.c.log_id == models.Log.id
    )
    latest = clock.now() - every
    return [
        (log_id, size)
        for log_id, size, sealed, signed_at in session.execute(query.order_by(models.Log.id))
        if size > (sealed or 0) and (signed_at is None or signed_at <= latest)
    ]
