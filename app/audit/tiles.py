"""The tiles of a log in the database: stored once full, and read back for proofs (C2SP tlog-tiles).

A tile's root stands beside it, because the tile above is made of such roots and should not be rebuilt for each proof.
"""

from collections.abc import Collection, Iterator

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.audit.models import Line, Tile
from app.audit.tree import TILE_WIDTH, TileAddress, tile_root


def completed_tiles(session: Session, log_id: int, size: int) -> Iterator[Tile]:
    """Yield the tiles that became full when the log reached a size, the lowest level first; none for most sizes."""
    level = 0
    while size and size % TILE_WIDTH == 0:
        size //= TILE_WIDTH
        hashes = read_tile(session, log_id, level, size - 1, TILE_WIDTH)
        yield Tile(log_id=log_id, level=level, index=size - 1, hashes=hashes, root=tile_root(hashes))
        level += 1


def read_tile(session: Session, log_id: int, level: int, index: int, width: int) -> bytes:
    """Return the first `width` hashes of a tile, from the lines or from the roots of the tiles below."""
    first, last = index * TILE_WIDTH, index * TILE_WIDTH + width
    if level == 0:
        query = (
            select(Line.leaf_hash)
            .where(Line.log_id == log_id, Line.index >= first, Line.index < last)
            .order_by(Line.index)
        )
    else:
        query = (
            select(Tile.root)
            .where(Tile.log_id == log_id, Tile.level == level - 1, Tile.index >= first, Tile.index < last)
            .order_by(Tile.index)
        )
    return b"".join(session.scalars(query))


class StoredTiles:
    """The tiles of one log, as app/audit/proofs.py reads them."""

    def __init__(self, session: Session, log_id: int) -> None:
        self._session = session
        self._log_id = log_id

    def tiles(self, addresses: Collection[TileAddress]) -> dict[TileAddress, bytes]:
        """Return the hashes of these tiles, those that are full and stored with one question to the database."""
        found = self._stored([address for address in addresses if address.width == TILE_WIDTH])
        for address in addresses:
            if address not in found:
                place = (address.level, address.index, address.width)
                found[address] = read_tile(self._session, self._log_id, *place)
        return found

    def _stored(self, addresses: Collection[TileAddress]) -> dict[TileAddress, bytes]:
        if not addresses:
            return {}
        places = [and_(Tile.level == address.level, Tile.index == address.index) for address in addresses]
        query = select(Tile.level, Tile.index, Tile.hashes).where(Tile.log_id == self._log_id, or_(*places))
        return {TileAddress(level, index): hashes for level, index, hashes in self._session.execute(query)}
