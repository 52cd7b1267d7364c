"""What leaves of a log: proof files, and the log as tiles, byte for byte as C2SP says (tlog-proof, tlog-tiles)."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Checkpoint, Cosignature, Line, Log
from app.audit.notes import Note, parse_note, parse_signature_line
from app.audit.proof_files import ProofFile
from app.audit.proofs import inclusion_proof
from app.audit.tiles import StoredTiles
from app.audit.timestamping import newest_checkpoint
from app.audit.tree import TILE_WIDTH, TileAddress, tiles_between

LONGEST_ENTRY = 0xFFFF


class NotPublished(Exception):
    """What was asked for cannot be given; the message says why."""


def cosigned_note(session: Session, checkpoint: Checkpoint) -> Note:
    """Return a checkpoint's note with the cosignatures that are kept of it."""
    query = select(Cosignature.line).where(Cosignature.log_id == checkpoint.log_id, Cosignature.size == checkpoint.size)
    lines = session.scalars(query.order_by(Cosignature.witness))
    return parse_note(checkpoint.note).with_signatures(*map(parse_signature_line, lines))


def prove_line(session: Session, log: Log, index: int) -> ProofFile:
    """Return the proof that a line is in a log, under its newest checkpoint; raises NotPublished without one."""
    checkpoint = newest_checkpoint(session, log.id)
    if checkpoint is None or not 0 <= index < checkpoint.size:
        raise NotPublished(f"no checkpoint covers {log.origin}#{index}: sign one with `cahier audit checkpoint`")
    proof = inclusion_proof(StoredTiles(session, log.id), index, checkpoint.size)
    return ProofFile(index, tuple(proof), cosigned_note(session, checkpoint))


def write_tiles(session: Session, log: Log, folder: Path) -> int:
    """Write a log as it stands under its newest checkpoint into a folder, and return how many files that took.

    The checkpoint is written last, so that whoever serves the folder meanwhile serves nothing that is not there.
    """
    checkpoint = newest_checkpoint(session, log.id)
    if checkpoint is None:
        raise NotPublished(f"{log.origin} has no checkpoint: sign one with `cahier audit checkpoint`")
    tiles, written = StoredTiles(session, log.id), 1
    for address in tiles_between(0, checkpoint.size):
        written += _write(folder / address.path(), tiles.tiles([address])[address])
        if address.level == 0:
            written += _write(folder / address.entries_path(), _bundle(session, log.id, address))
    _write(folder / "checkpoint", cosigned_note(session, checkpoint).to_bytes())
    return written


def _bundle(session: Session, log_id: int, address: TileAddress) -> bytes:
    first = address.index * TILE_WIDTH
    query = (
        select(Line.body)
        .where(Line.log_id == log_id, Line.index >= first, Line.index < first + address.width)
        .order_by(Line.index)
    )
    bodies = list(session.scalars(query))
    if too_long := [body for body in bodies if len(body) > LONGEST_ENTRY]:
        raise NotPublished(f"a line of {len(too_long[0])} bytes does not fit into a bundle of entries")
    return b"".join(len(body).to_bytes(2, "big") + body for body in bodies)


def _write(path: Path, data: bytes) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return 1
