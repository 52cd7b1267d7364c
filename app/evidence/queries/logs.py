"""The logs as a bundle shows them: checkpoints with their cosignatures, inclusion and consistency proofs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import HUB_LOG, Checkpoint, Log
from app.audit.proofs import consistency_proof, inclusion_proof
from app.audit.rotating import announced_keys
from app.audit.succession import Announcement
from app.audit.tiles import StoredTiles
from app.audit.tree import TileAddress
from app.evidence.errors import NotSealed
from app.evidence.queries.anchors import cosignatures_on
from app.evidence.queries.lines import FoundLine
from app.evidence.rules.proofs import consistency_text, inclusion_text

HUB, OPERATOR = "hub", "operator"


class ReadOnce:
    """The tiles of a log, each read at most once: hundreds of proofs ask for the same few."""

    def __init__(self, tiles: StoredTiles) -> None:
        self._tiles = tiles
        self._read: dict[TileAddress, bytes] = {}

    def tiles(self, addresses: Collection[TileAddress]) -> dict[TileAddress, bytes]:
        """Return the hashes of these tiles, and perhaps of others."""
        self._read |= self._tiles.tiles([address for address in addresses if address not in self._read])
        return self._read


@dataclass
class ShownLog:
    """One log as a bundle shows it: everything in it is proven in its newest checkpoint, of `size` lines."""

    session: Session
    log: Log
    size: int

    @property
    def name(self) -> str:
        """What the log is called in a bundle's paths."""
        return HUB if self.log.id == HUB_LOG else OPERATOR

    @cached_property
    def _tiles(self) -> ReadOnce:
        return ReadOnce(StoredTiles(self.session, self.log.id))

    def line_files(self, lines: Iterable[FoundLine]) -> dict[str, bytes]:
        """Return the files of these lines, each with its proof; raise NotSealed for one that no checkpoint covers."""
        note = self.notes([self.size])[self.size]
        files = {}
        for line in lines:
            if line.index >= self.size:
                raise NotSealed
            proof = inclusion_proof(self._tiles, line.index, self.size)
            path = f"evidence/lines/{self.name}/{line.index}"
            files[f"{path}.json"] = line.body
            files[f"{path}.tlog-proof"] = inclusion_text(line.index, proof, note).encode()
        return files

    def checkpoint_files(self, sizes: Iterable[int]) -> dict[str, bytes]:
        """Return the files of the newest checkpoint and those of other sizes, with the proofs that it continues
        them.
        """
        notes = self.notes([*sizes, self.size])
        files = {f"evidence/checkpoints/{self.name}/{size}.txt": note.encode() for size, note in notes.items()}
        for size in notes.keys() - {self.size}:
            proof = consistency_proof(self._tiles, size, self.size)
            files[f"evidence/consistency/{self.name}/{size}-{self.size}.txt"] = consistency_text(proof).encode()
        return files

    def notes(self, sizes: Sequence[int]) -> dict[int, str]:
        """Return the signed notes of those sizes at which there is a checkpoint, the witnesses' signatures below."""
        wanted = sorted({size for size in sizes if size <= self.size and not self._is_without_key(size)})
        query = select(Checkpoint.size, Checkpoint.note).where(
            Checkpoint.log_id == self.log.id, Checkpoint.size.in_(wanted)
        )
        below = cosignatures_on(self.session, self.log.id, wanted)
        return {row.size: row.note.decode() + "".join(below.get(row.size, ())) for row in self.session.execute(query)}

    def sizes_covering(self, indexes: Iterable[int]) -> set[int]:
        """Return, for each line, the size of the first checkpoint that covers it."""
        sizes = set()
        for index in set(indexes):
            query = select(Checkpoint.size).where(Checkpoint.log_id == self.log.id, Checkpoint.size > index)
            for one in self._announced:
                query = query.where((Checkpoint.size < one.old_end) | (Checkpoint.size >= one.new_from))
            sizes.add(self.session.scalar(query.order_by(Checkpoint.size).limit(1)))
        return {size for size in sizes if size is not None}

    @cached_property
    def _announced(self) -> list[Announcement]:
        return announced_keys(self.session, self.log.id)

    def _is_without_key(self, size: int) -> bool:
        """Say whether no key is good for a size, because an emergency ended one before it."""
        return any(one.old_end <= size < one.new_from for one in self._announced)


def shown_log(session: Session, log_id: int) -> ShownLog:
    """Return a log up to its newest checkpoint; raise NotSealed where there is none yet."""
    query = select(Checkpoint.size).where(Checkpoint.log_id == log_id).order_by(Checkpoint.size.desc()).limit(1)
    size = session.scalar(query)
    if size is None:
        raise NotSealed
    return ShownLog(session, session.get_one(Log, log_id), size)
