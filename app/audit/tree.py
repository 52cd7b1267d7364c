"""The Merkle tree of a log: hashing, the right edge that acts append to, and the tiles it is kept in.

Hashing as in RFC 9162 §2.1.1 (the same tree as RFC 6962); tiles as in C2SP tlog-tiles (<https://c2sp.org/tlog-tiles>).
Imports nothing but the standard library, so that a verifier can carry this file along; proofs stand in `proofs.py`.

A *leaf hash* is 32 bytes. A *complete subtree* covers 2^h leaves and begins at a multiple of 2^h. The *peaks* of a tree
are the roots of the complete subtrees that its size splits into, the largest first. A *tile* is up to 256 neighbouring
hashes of one level: those of level 0 are leaf hashes, each one above is the root of a full tile of the level below.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Final, Self

HASH_SIZE: Final = 32
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
EMPTY_ROOT: Final = sha256().digest()

# Copying a started hash spares the look-up of the algorithm that each new one costs: a quarter of the time of a node.
_start_leaf = sha256(b"\x00").copy
_start_node = sha256(b"\x01").copy

_TILE_PATH = re.compile(r"tile/([0-9]{1,2})/((?:x[0-9]{3}/){0,6})([0-9]{3})(?:\.p/([0-9]{1,3}))?")


class TreeError(Exception):
    """Something about a tree, a tile or a proof is not as it must be."""


class NotAHash(TreeError):
    """A value given as a hash is not 32 bytes long."""


class TileMalformed(TreeError):
    """A tile, its path or a stored right edge has not the form it must have."""


def leaf_hash(data: bytes) -> bytes:
    """Hash an entry of the log (RFC 9162 §2.1.1)."""
    hasher = _start_leaf()
    hasher.update(data)
    return hasher.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbouring subtrees into one (RFC 9162 §2.1.1)."""
    hasher = _start_node()
    hasher.update(left)
    hasher.update(right)
    return hasher.digest()


# The right edge


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a log: all that is needed to append to it and to know its root."""

    size: int
    peaks: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise TileMalformed(f"a tree of {self.size} leaves has not {len(self.peaks)} peaks")

    @classmethod
    def empty(cls) -> Self:
        """Return the right edge of a log without leaves."""
        return cls(0, ())

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises TileMalformed if its length does not fit the size."""
        if len(data) % HASH_SIZE:
            raise TileMalformed(f"{len(data)} bytes are not whole hashes")
        return cls(size, tuple(split_hashes(data)))

    def to_bytes(self) -> bytes:
        """Return the peaks one after the other, 32 bytes each and at most 2 kB; the size is kept beside them."""
        return b"".join(self.peaks)

    def append(self, leaf: bytes) -> Self:
        """Return the right edge with one more leaf hash; one node is hashed on average. Raises NotAHash."""
        check_hashes((leaf,))
        peaks = list(self.peaks)
        _merge(peaks, self.size, leaf)
        return type(self)(self.size + 1, tuple(peaks))

    def root(self) -> bytes:
        """Return the root of the tree (RFC 9162 §2.1.1)."""
        return join_peaks(self.peaks)


class TreeHasher:
    """Hashes many leaves onto a right edge, a tile at a time, to check or rebuild a log."""

    __slots__ = ("_peaks", "_size")

    def __init__(self, frontier: Frontier | None = None) -> None:
        self._size = frontier.size if frontier else 0
        self._peaks = list(frontier.peaks) if frontier else []

    @property
    def size(self) -> int:
        """How many leaves the tree holds by now."""
        return self._size

    def extend(self, leaf_hashes: Iterable[bytes]) -> list[bytes]:
        """Append leaf hashes, and return the roots of the level-0 tiles that they filled, in order.

        Those roots are the hashes of level 1: given to another TreeHasher they yield those of level 2, and so on.
        Raises NotAHash; leaves before the tile with the fault stay appended.
        """
        leaves = iter(leaf_hashes)
        roots = self._append_few(list(islice(leaves, -self._size % TILE_WIDTH)))
        while len(tile := list(islice(leaves, TILE_WIDTH))) == TILE_WIDTH:
            check_hashes(tile)
            root = subtree_root(tile)
            _merge(self._peaks, self._size >> TILE_HEIGHT, root)
            self._size += TILE_WIDTH
            roots.append(root)
        return roots + self._append_few(tile)

    def frontier(self) -> Frontier:
        """Return the right edge reached so far."""
        return Frontier(self._size, tuple(self._peaks))

    def root(self) -> bytes:
        """Return the root reached so far; at most one hash a level."""
        return join_peaks(self._peaks)

    def _append_few(self, leaves: list[bytes]) -> list[bytes]:
        """Append leaf hashes of the tile that is being filled; return its root if they filled it."""
        check_hashes(leaves)
        last = leaves.pop() if leaves and not (self._size + len(leaves)) % TILE_WIDTH else None
        for leaf in leaves:
            _merge(self._peaks, self._size, leaf)
            self._size += 1
        if last is None:
            return []
        # The last eight peaks are the rest of this tile; its root is wanted before it merges further.
        root = last
        for _ in range(TILE_HEIGHT):
            root = node_hash(self._peaks.pop(), root)
        self._size += 1
        _merge(self._peaks, (self._size >> TILE_HEIGHT) - 1, root)
        return [root]


def _merge(peaks: list[bytes], before: int, root: bytes) -> None:
    """Put a complete subtree at the right of `before` subtrees of its height, merging those that pair up."""
    while before & 1:
        root = node_hash(peaks.pop(), root)
        before >>= 1
    peaks.append(root)


def join_peaks(peaks: Sequence[bytes]) -> bytes:
    """Return the root of the tree that has these peaks (RFC 9162 §2.1.1)."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in peaks[-2::-1]:
        root = node_hash(peak, root)
    return root


def subtree_root(hashes: list[bytes]) -> bytes:
    """Return the root over as many hashes of one level as a complete subtree has there: a power of two."""
    # node_hash is written out here: the call would cost a quarter of the time of verifying a long log.
    start = _start_node
    while len(hashes) > 1:
        parents = []
        pairs = iter(hashes)
        for left, right in zip(pairs, pairs, strict=True):
            hasher = start()
            hasher.update(left)
            hasher.update(right)
            parents.append(hasher.digest())
        hashes = parents
    return hashes[0]


def split_hashes(data: bytes) -> list[bytes]:
    """Return the hashes that stand one after the other in a tile."""
    return [data[start : start + HASH_SIZE] for start in range(0, len(data), HASH_SIZE)]


def check_hashes(hashes: Iterable[bytes]) -> None:
    """Raise NotAHash unless each is 32 bytes long."""
    # Otherwise a hash cut one byte short beside one that is a byte too long would give the same root.
    if set(map(len, hashes)) - {HASH_SIZE}:
        raise NotAHash(f"a hash is {HASH_SIZE} bytes long")


# Tiles


@dataclass(frozen=True, slots=True, order=True)
class TileAddress:
    """Which tile: its level, its index in the level, and how many hashes it holds (C2SP tlog-tiles, "Merkle Tree")."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not (0 <= self.level <= 63 and self.index >= 0 and 1 <= self.width <= TILE_WIDTH):
            raise TileMalformed(f"no tile has level {self.level}, index {self.index}, width {self.width}")

    def path(self) -> str:
        """Return its path below the prefix of the log, as in `tile/1/x001/x234/067.p/8`."""
        return f"tile/{self.level}/{self._place()}"

    def entries_path(self) -> str:
        """Return the path of the bundle of entries that this tile of level 0 hashes."""
        if self.level:
            raise TileMalformed("only tiles of level 0 hash entries")
        return f"tile/entries/{self._place()}"

    def _place(self) -> str:
        place, rest = f"{self.index % 1000:03}", self.index // 1000
        while rest:
            place, rest = f"x{rest % 1000:03}/{place}", rest // 1000
        return place if self.width == TILE_WIDTH else f"{place}.p/{self.width}"


def parse_tile_path(path: str) -> TileAddress:
    """Read the path of a tile of hashes; raises TileMalformed unless it is written as the specification writes it."""
    match = _TILE_PATH.fullmatch(path)
    if match is None:
        raise TileMalformed(f"not the path of a tile: {path[:80]!r}")
    level, outer, last, width = match.groups()
    index = int(re.sub("[x/]", "", outer) + last)
    address = TileAddress(int(level), index, int(width) if width else TILE_WIDTH)
    if address.path() != path:  # leading zeros, an empty outer element, or a full tile written as a partial one
        raise TileMalformed(f"not the path of a tile: {path!r}")
    return address


def tiles_between(old_size: int, new_size: int) -> Iterator[TileAddress]:
    """Yield the tiles that a tree of `new_size` has and the same log at `old_size` had not; from 0, all its tiles."""
    level = 0
    while new := new_size >> TILE_HEIGHT * level:
        old = old_size >> TILE_HEIGHT * level
        for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
            width = tile_width(new_size, level, index)
            if old - index * TILE_WIDTH < width:
                yield TileAddress(level, index, width)
        level += 1


def tile_root(tile: bytes) -> bytes:
    """Return the root of a full tile, which is its hash in the level above; raises TileMalformed."""
    if len(tile) != TILE_WIDTH * HASH_SIZE:
        raise TileMalformed(f"a full tile has {TILE_WIDTH * HASH_SIZE} bytes, not {len(tile)}")
    return subtree_root(split_hashes(tile))


def tile_width(size: int, level: int, index: int) -> int:
    """Return how many hashes a tile holds in a tree of a size; not positive where the tree has no such tile."""
    return min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - index * TILE_WIDTH)
