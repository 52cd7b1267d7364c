"""The stored tiles of one log, taken in the order in which a tree fills them, level by level."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.audit.models import Tile
from app.audit.tree import HASH_SIZE, TILE_WIDTH, split_hashes, subtree_root
from app.audit.verification.snapshot import Head, Snapshot
from app.audit.verification.verdict import Code, Finding, Findings, shown
from app.storage.tables import table_of

CHUNK = 16


@dataclass(frozen=True, slots=True)
class StoredTile:
    """A tile as it stands in the database."""

    level: int
    index: int
    hashes: bytes
    root: bytes

    @property
    def is_sound(self) -> bool:
        """Say whether it holds as many hashes as a tile has, and they lead to the root beside them."""
        if len(self.hashes) != TILE_WIDTH * HASH_SIZE:
            return False
        return subtree_root(split_hashes(self.hashes)) == self.root


class TileStream:
    """Gives the tiles of a log one after the other, and names those that are missing, too many or altered."""

    def __init__(self, snap: Snapshot, head: Head, findings: Findings) -> None:
        self._origin, self._findings = head.origin, findings
        self._stored = _stored(snap, head)
        self._next = next(self._stored, None)

    def take(self, level: int, index: int) -> StoredTile | None:
        """Return the tile of a place, or None where it is missing; tiles must be asked for in order."""
        self._pass_over(level, index)
        if self._next and (self._next.level, self._next.index) == (level, index):
            taken, self._next = self._next, next(self._stored, None)
            return taken
        self._add(Code.TILE_MISSING, level, index)
        return None

    def judge_upper(self, roots: list[bytes]) -> None:
        """Compare the tiles above level 0 with the roots of those of level 0; any tile that remains is too many."""
        level = 1
        while len(roots) >= TILE_WIDTH:
            above = []
            for index in range(len(roots) // TILE_WIDTH):
                hashes = roots[index * TILE_WIDTH : (index + 1) * TILE_WIDTH]
                above.append(subtree_root(list(hashes)))
                stored = self.take(level, index)
                if stored and (stored.hashes, stored.root) != (b"".join(hashes), above[-1]):
                    self.altered(stored, above[-1])
            roots, level = above, level + 1
        self._pass_over(level + 1, 0)

    def altered(self, tile: StoredTile, root: bytes) -> None:
        """Report a tile whose hashes or root are not those of what it covers."""
        self._add(Code.TILE_ALTERED, tile.level, tile.index, shown(root), shown(tile.root))

    def _pass_over(self, level: int, index: int) -> None:
        while self._next and (self._next.level, self._next.index) < (level, index):
            self._add(Code.TILE_UNEXPLAINED, self._next.level, self._next.index)
            self._next = next(self._stored, None)

    def _add(self, code: Code, level: int, index: int, expected: str = "", found: str = "") -> None:
        # The index is that of the first line under the tile.
        line = index << 8 * (level + 1)
        self._findings.add(
            Finding(code, self._origin, line, table="tile", key=f"{level}/{index}", expected=expected, found=found)
        )


def _stored(snap: Snapshot, head: Head) -> Iterator[StoredTile]:
    tile = table_of(Tile).c
    query = select(tile.level, tile.tile_index, tile.hashes, tile.root).where(tile.log_id == head.id)
    for rows in snap.stream(query.order_by(tile.level, tile.tile_index), CHUNK):
        for row in rows:
            yield StoredTile(*row)
