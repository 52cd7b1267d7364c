"""Sealing: a checkpoint over all lines that a log has by now, signed after they were committed, and kept beside them.

The worker seals logs that have grown; the closure of a record asks for a seal at once (gmp-requirements §14.4.5).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from app.audit import models
from app.audit.actions import CLOSING, HOUSEKEEPING
from app.audit.checkpoints import Checkpoint
from app.audit.errors import SignerRefuses
from app.audit.housekeeping import DAY, beat_due_logs
from app.audit.rotating import announced_keys
from app.audit.services import read_body
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
        signer.need_key(origin)
    _need_announced_key(storage, signer, log_id, origin)
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


def _need_announced_key(storage: Storage, signer: CheckpointSigner, log_id: int, origin: str) -> None:
    """Raise SignerRefuses where the log announced a key that its signer does not know: an old copy was put back."""
    with storage.reading() as session:
        announced = announced_keys(session, log_id)
    if announced and not signer.knows(origin, announced[-1].new.to_text()):
        raise SignerRefuses(f"the key of {origin} was succeeded by {announced[-1].new.to_text()}, which is not here")


def seal_due_logs(
    storage: Storage, signer: CheckpointSigner, *, every: timedelta = EVERY, heartbeat: timedelta = DAY
) -> list[Checkpoint]:
    """Seal each log whose new lines are due, and let each log give its daily sign of life; the step of the worker.

    Lines are due at once when one of them closes something, otherwise when the log was not sealed for a while. What a
    log only says of itself is never due: it waits for the next act or the next day, so that tokens, which follow
    checkpoints, do not ask for further ones without end.
    """
    alive = set(beat_due_logs(storage, every=heartbeat))
    with storage.reading() as session:
        due = [log_id for log_id, state in _unsealed(session) if log_id in alive or _is_due(session, state, every)]
    return [seal_log(storage, signer, log_id) for log_id in due]


def log_of_operator(session: Session, operator_id: str | None) -> models.Log | None:
    """Return the log of an operator, or the hub's for None."""
    which = models.Log.id == models.HUB_LOG if operator_id is None else models.Log.operator_id == operator_id
    return session.scalar(select(models.Log).where(which))


def _read_head(session: Session, log_id: int) -> tuple[Checkpoint, StoredTiles]:
    return _head(session.get_one(models.Log, log_id)), StoredTiles(session, log_id)


def _head(log: models.Log) -> Checkpoint:
    return Checkpoint(log.origin, log.size, Frontier.from_bytes(log.size, log.frontier).root())


class _State(NamedTuple):
    """How far a log is sealed, and since when."""

    log_id: int
    size: int
    sealed: int
    signed_at: datetime | None


def _unsealed(session: Session) -> list[tuple[int, _State]]:
    """Return the logs that have lines under no checkpoint."""
    # One look-up for each log in the key of the table, which grows for ever; not a grouping of it all.
    log, seal, any_seal = models.Log, models.Checkpoint, aliased(models.Checkpoint)
    last = select(func.max(any_seal.size)).where(any_seal.log_id == log.id).correlate(log).scalar_subquery()
    query = (
        select(log.id, log.size, func.coalesce(seal.size, 0), seal.signed_at)
        .outerjoin(seal, (seal.log_id == log.id) & (seal.size == last))
        .order_by(log.id)
    )
    states = [_State(*row) for row in session.execute(query)]
    return [(state.log_id, state) for state in states if state.size > state.sealed]


def _is_due(session: Session, state: _State, every: timedelta) -> bool:
    waited = state.signed_at is None or state.signed_at <= clock.now() - every
    query = (
        select(models.Line.body)
        .where(models.Line.log_id == state.log_id, models.Line.index >= state.sealed)
        .order_by(models.Line.index)
    )
    actions = (read_body(body)["action"] for body in session.scalars(query))
    if waited:
        return any(action not in HOUSEKEEPING for action in actions)
    return any(action in CLOSING for action in actions)
