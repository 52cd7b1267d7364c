"""Changing the key of a log: the act that announces the next key, planned or in an emergency (KM-5).

The announcement is a line of the log itself. The signer takes the new key into use when it finds that line committed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from app.audit.errors import SignerRefuses
from app.audit.models import Checkpoint as StoredCheckpoint
from app.audit.models import Cosignature, Line, Log, TimestampToken
from app.audit.notes import Ed25519Verifier, Note, NoteError, parse_note
from app.audit.proofs import consistency_proof, verify_consistency
from app.audit.services import Subject, hold_log, note, read_body
from app.audit.signer import Succession
from app.audit.succession import Announcement, open_announcement
from app.audit.tiles import StoredTiles
from app.audit.tree import EMPTY_ROOT, Frontier, TreeError
from app.kernel.actors import Actor, Permission

KIND = "log-key"
NOBODY = "nobody"


@dataclass(frozen=True)
class Vouched:
    """How much of a log somebody outside vouches for, and who."""

    checkpoint: Checkpoint
    by: str = NOBODY


def rotate_key(session: Session, succession: Succession, *, actor: Actor, reason: str | None = None) -> Announcement:
    """Announce the next key of a log, signed by the key in use and by the next; the line after it is the new key's.

    Raises SignerKeyMissing where the key in use is gone: that is an emergency.
    """
    actor.require(Permission.OPERATOR_ADMINISTER)
    log = _held(session, succession)
    size = log.size + 1
    announced = Announcement(succession.origin, succession.current, size, succession.successor.key, size)
    signed = announced.sign(succession.signer.current_signer(succession.origin), succession.successor)
    _announce(session, succession, log, signed, actor=actor, reason=reason)
    return announced


def replace_key(
    session: Session, succession: Succession, vouched: Vouched, *, actor: Actor, reason: str
) -> Announcement:
    """Announce the next key of a log whose key is lost or suspected: the new key signs alone, nobody can follow by it.

    The range of the old key ends with what others vouch for. Raises SignerRefuses where the log does not continue that.
    """
    actor.require(Permission.OPERATOR_ADMINISTER)
    log = _held(session, succession)
    _check_continued(session, log, vouched.checkpoint)
    end = vouched.checkpoint.size + 1 if vouched.checkpoint.size else 0
    announced = Announcement(
        succession.origin, succession.current, end, succession.successor.key, log.size + 1, emergency=True
    )
    signed = announced.sign(succession.successor)
    _announce(session, succession, log, signed, actor=actor, reason=reason, vouched=vouched)
    return announced


def announced_keys(session: Session, log_id: int) -> list[Announcement]:
    """Return what a log says of its own keys, the first succession first; raises NoteError for a damaged one."""
    return [open_announcement(read_body(body)["after"]["announcement"].encode()) for _, body in _lines(session, log_id)]


def announcing_lines(session: Session, log_id: int) -> list[int]:
    """Return the indexes of the lines that announce a key of a log."""
    return [index for index, _ in _lines(session, log_id)]


def vouched_outside(session: Session, origin: str, kept: Iterable[bytes], succession: Succession) -> Vouched:
    """Return the longest checkpoint of a log that a witness cosigned, an authority stamped, or somebody kept elsewhere.

    `kept` are notes that came from elsewhere, each verified with the key that is succeeded; raises SignerRefuses for
    one that is not the log's.
    """
    log = session.scalars(select(Log).where(Log.origin == origin)).one()
    found = [_stored(session, log, Cosignature.size, Cosignature.log_id, "witness")]
    found.append(_stored(session, log, TimestampToken.size, TimestampToken.anchored_log_id, "authority"))
    verifiers = [Ed25519Verifier(one.key) for one in succession.ring.history.keys]
    for data in kept:
        try:
            found.append(Vouched(open_checkpoint(data, log.origin, verifiers), "checkpoint kept elsewhere"))
        except NoteError as error:
            raise SignerRefuses(f"what was kept elsewhere is no checkpoint of {log.origin}: {error}") from None
    nothing = Vouched(Checkpoint(log.origin, 0, EMPTY_ROOT))
    return max((one for one in found if one), key=lambda one: one.checkpoint.size, default=nothing)


def _stored(session: Session, log: Log, size: object, log_id: object, by: str) -> Vouched | None:
    longest = session.scalar(select(func.max(size)).where(log_id == log.id))  # type: ignore[arg-type]
    row = session.get(StoredCheckpoint, (log.id, longest)) if longest else None
    return Vouched(parse_checkpoint(parse_note(row.note).text), by) if row else None


def _held(session: Session, succession: Succession) -> Log:
    log = session.scalars(select(Log).where(Log.origin == succession.origin)).one()
    hold_log(session, log.operator_id)
    session.refresh(log)
    return log


def _announce(
    session: Session,
    succession: Succession,
    log: Log,
    signed: Note,
    *,
    actor: Actor,
    reason: str | None,
    vouched: Vouched | None = None,
) -> None:
    announced, action = open_announcement(signed.to_bytes()), Action.LOG_KEY_ROTATED
    after: dict[str, object] = {
        "announcement": signed.to_bytes().decode(),
        "old": announced.old.to_text(),
        "old_end": announced.old_end,
        "new": announced.new.to_text(),
        "new_from": announced.new_from,
    }
    memory = None
    if vouched:
        action = Action.LOG_KEY_REPLACED
        after |= {"vouched": vouched.checkpoint.size, "vouched_by": vouched.by}
        # Where the signer still knows what it signed last, it keeps to that.
        memory = None if succession.remembered() else vouched.checkpoint
    subject = Subject(KIND, log.origin, log.operator_id)
    role = actor.require(Permission.OPERATOR_ADMINISTER)
    written = note(session, action, subject, actor=actor, role=role, reason=reason, after=after)
    succession.keep(signed, written.index, written.leaf_hash, memory)


def _check_continued(session: Session, log: Log, old: Checkpoint) -> None:
    root = Frontier.from_bytes(log.size, log.frontier).root()
    if old.size > log.size:
        raise SignerRefuses(f"{log.origin} has {log.size} lines, but others vouch for {old.size}: lines are gone")
    try:
        proof = consistency_proof(StoredTiles(session, log.id), old.size, log.size)
        verify_consistency(old.size, old.root, log.size, root, proof)
    except TreeError as error:
        raise SignerRefuses(f"{log.origin} does not continue what others vouch for at {old.size}: {error}") from None


def _lines(session: Session, log_id: int) -> list[tuple[int, bytes]]:
    origin = select(Log.origin).where(Log.id == log_id).scalar_subquery()
    query = select(Line.index, Line.body).where(Line.log_id == log_id, Line.subject == f"{KIND}:" + origin)
    return [(row[0], row[1]) for row in session.execute(query.order_by(Line.subject_sequence))]
