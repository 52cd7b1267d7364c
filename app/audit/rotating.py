"""Changing the key of a log: the act that announces the next key, planned or in an emergency (KM-5).

The announcement is a line of the log itself. The signer takes the new key into use when it finds that line committed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.checkpoints import Checkpoint, CosignatureVerifier, open_checkpoint, parse_checkpoint
from app.audit.errors import SignerRefuses
from app.audit.models import Checkpoint as StoredCheckpoint
from app.audit.models import Cosignature, Line, Log, TimestampToken
from app.audit.notes import Ed25519Verifier, Note, NoteError, parse_note, parse_signature_line
from app.audit.policies import Policy
from app.audit.proofs import consistency_proof, verify_consistency
from app.audit.services import Subject, hold_log, note, read_body
from app.audit.signer import Succession
from app.audit.succession import Announcement, open_announcement
from app.audit.tiles import StoredTiles
from app.audit.timestamping import StampRefused, check_token
from app.audit.tree import EMPTY_ROOT, Frontier, TreeError
from app.kernel.actors import Actor, Permission, Role

KIND = "log-key"
NOBODY = "nobody"


@dataclass(frozen=True)
class Vouched:
    """How much of a log somebody outside vouches for, and who."""

    checkpoint: Checkpoint
    by: str = NOBODY


@dataclass(frozen=True)
class Outside:
    """What vouches for a log from outside: whose cosignatures count, under which roots tokens do, and notes kept
    elsewhere.
    """

    policy: Policy | None = None
    roots: Sequence[Certificate] = ()
    kept: Sequence[bytes] = ()


def rotate_key(session: Session, succession: Succession, *, actor: Actor, reason: str | None = None) -> Announcement:
    """Announce the next key of a log, signed by the key in use and by the next; the line after it is the new key's.

    Raises SignerKeyMissing where the key in use is gone: that is an emergency.
    """
    role = actor.require(Permission.OPERATOR_ADMINISTER)
    log = _held(session, succession)
    size = log.size + 1
    announced = Announcement(succession.origin, succession.current, size, succession.successor.key, size)
    signed = announced.sign(succession.signer.current_signer(succession.origin), succession.successor)
    _announce(session, succession, log, signed, actor=actor, role=role, reason=reason)
    return announced


def replace_key(
    session: Session, succession: Succession, vouched: Vouched, *, actor: Actor, reason: str
) -> Announcement:
    """Announce the next key of a log whose key is lost or suspected: the new key signs alone, nobody can follow by it.

    The range of the old key ends with what others vouch for. Raises SignerRefuses where the log does not continue that.
    """
    role = actor.require(Permission.OPERATOR_ADMINISTER)
    log = _held(session, succession)
    _check_continued(session, log, vouched.checkpoint)
    end = vouched.checkpoint.size + 1 if vouched.checkpoint.size else 0
    announced = Announcement(
        succession.origin, succession.current, end, succession.successor.key, log.size + 1, emergency=True
    )
    signed = announced.sign(succession.successor)
    _announce(session, succession, log, signed, actor=actor, role=role, reason=reason, vouched=vouched)
    return announced


def announced_keys(session: Session, log_id: int) -> list[Announcement]:
    """Return what a log says of its own keys, the first succession first; raises NoteError for a damaged one."""
    return [open_announcement(read_body(body)["after"]["announcement"].encode()) for _, body in _lines(session, log_id)]


def announcing_lines(session: Session, log_id: int) -> list[int]:
    """Return the indexes of the lines that announce a key of a log."""
    return [index for index, _ in _lines(session, log_id)]


def vouched_outside(session: Session, succession: Succession, outside: Outside) -> Vouched:
    """Return the longest checkpoint of a log that a witness cosigned, an authority stamped, or somebody kept elsewhere.

    Each is verified: what merely stands in the database vouches for nothing. Raises SignerRefuses for a note from
    elsewhere that the key which is succeeded did not sign.
    """
    log = session.scalars(select(Log).where(Log.origin == succession.origin)).one()
    found = [_cosigned(session, log, outside.policy), _stamped(session, log, outside.roots)]
    verifiers = [Ed25519Verifier(one.key) for one in succession.ring.history.keys]
    for data in outside.kept:
        try:
            found.append(Vouched(open_checkpoint(data, log.origin, verifiers), "checkpoint kept elsewhere"))
        except NoteError as error:
            raise SignerRefuses(f"what was kept elsewhere is no checkpoint of {log.origin}: {error}") from None
    nothing = Vouched(Checkpoint(log.origin, 0, EMPTY_ROOT))
    return max((one for one in found if one), key=lambda one: one.checkpoint.size, default=nothing)


def _cosigned(session: Session, log: Log, policy: Policy | None) -> Vouched | None:
    """Return the longest checkpoint that a witness of the policy cosigned."""
    witnesses = {(one.key.name, one.key.key_id): name for name, one in policy.witnesses.items()} if policy else {}
    query = (
        select(Cosignature.line, StoredCheckpoint.note)
        .join(
            StoredCheckpoint,
            (StoredCheckpoint.log_id == Cosignature.log_id) & (StoredCheckpoint.size == Cosignature.size),
        )
        .where(Cosignature.log_id == log.id)
        .order_by(Cosignature.size.desc())
    )
    for line, data in session.execute(query) if policy else ():
        try:
            text, signature = parse_note(data).text, parse_signature_line(line)
            name = witnesses.get((signature.name, signature.key_id))
            if policy and name:
                CosignatureVerifier(policy.witnesses[name].key).verify(text.encode(), signature.signature)
                return Vouched(parse_checkpoint(text), f"witness {name}")
        except NoteError:
            continue
    return None


def _stamped(session: Session, log: Log, roots: Sequence[Certificate]) -> Vouched | None:
    """Return the longest checkpoint that an authority under these roots stamped."""
    query = (
        select(TimestampToken, StoredCheckpoint.note)
        .join(
            StoredCheckpoint,
            (StoredCheckpoint.log_id == TimestampToken.anchored_log_id)
            & (StoredCheckpoint.size == TimestampToken.size),
        )
        .where(TimestampToken.anchored_log_id == log.id)
        .order_by(TimestampToken.size.desc())
    )
    for token, data in session.execute(query) if roots else ():
        try:
            check_token(token.token, roots, data)
            return Vouched(parse_checkpoint(parse_note(data).text), f"authority {token.authority}")
        except (StampRefused, NoteError):
            continue
    return None


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
    role: Role,
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
