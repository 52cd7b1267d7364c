"""Proofs about a log, and their verification: that a line is in it, and that it only ever grew.

RFC 9162 §2.1.3 and §2.1.4; proof statements PF-1 and PF-2. Proofs are made from the tiles of the tree, and verified
with nothing but hashes, so that a verifier without the application can carry this file and `tree.py` along.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from app.audit.tree import (
    EMPTY_ROOT,
    HASH_SIZE,
    TILE_HEIGHT,
    TILE_WIDTH,
    TileAddress,
    TileMalformed,
    TreeError,
    check_hashes,
    join_peaks,
    node_hash,
    split_hashes,
    subtree_root,
    tile_width,
)


class OutsideTree(TreeError):
    """An index or a size asks for more than the tree holds."""


class ProofInvalid(TreeError):
    """A proof does not lead to the root it should lead to."""


class TileReader(Protocol):
    """Where tiles come from: a table, a folder of an export, another host."""

    def tiles(self, addresses: Collection[TileAddress]) -> Mapping[TileAddress, bytes]:
        """Return the hashes of these tiles, 32 bytes each; whoever asks names only tiles the tree has, each once."""
        ...


Span = tuple[int, int]
"""Leaves from the first number to before the second, a range that RFC 9162's splitting can lead to."""


def _roots(reader: TileReader, size: int, spans: Sequence[Span]) -> list[bytes]:
    """Return the roots over ranges of leaves of a tree.

    All tiles are asked for at once, because a question to a database costs more than what it answers.
    """
    subtrees = [[_place_in_tile(height, index) for height, index in _complete_subtrees(*span)] for span in spans]
    places = {place for parts in subtrees for place, _, _ in parts}
    addresses = {place: TileAddress(*place, tile_width(size, *place)) for place in places}
    read = reader.tiles(addresses.values())
    hashes = {place: _checked(address, read[address]) for place, address in addresses.items()}
    return [
        join_peaks([subtree_root(hashes[place][offset : offset + width]) for place, offset, width in parts])
        for parts in subtrees
    ]


def _complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """Return the height and index of each complete subtree that a range of leaves splits into."""
    found = []
    while start < end:
        height = (end - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return found


def _place_in_tile(height: int, index: int) -> tuple[tuple[int, int], int, int]:
    """Return level and index of the tile that a complete subtree stands in, and the offset and count of its hashes."""
    level, within = divmod(height, TILE_HEIGHT)
    tile, offset = divmod(index << within, TILE_WIDTH)
    return (level, tile), offset, 1 << within


def _checked(address: TileAddress, data: bytes) -> list[bytes]:
    if len(data) != address.width * HASH_SIZE:
        raise TileMalformed(f"{address.path()} has {len(data)} bytes, not {address.width * HASH_SIZE}")
    return split_hashes(data)


def root_at(reader: TileReader, size: int) -> bytes:
    """Return the root that the log had at a size, from O(log size) tiles (RFC 9162 §2.1.1)."""
    if size < 0:
        raise OutsideTree(f"no tree has {size} leaves")
    return _roots(reader, size, [(0, size)])[0]


def inclusion_proof(reader: TileReader, index: int, size: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree of a size, from O(log size) tiles (RFC 9162 §2.1.3.1).

    Tiles are taken as they are read; whoever doubts them verifies the proof against a signed root.
    """
    if not 0 <= index < size:
        raise OutsideTree(f"no leaf {index} in a tree of {size}")
    path = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split_point(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return _roots(reader, size, path[::-1])


def consistency_proof(reader: TileReader, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the log only grew from one size to the other, from O(log size) tiles (RFC 9162 §2.1.4.1).

    Empty where there is nothing to prove: from size 0, and between equal sizes.
    """
    if not 0 <= old_size <= new_size:
        raise OutsideTree(f"a log of {new_size} leaves was never one of {old_size}")
    if old_size == 0:
        return []
    path = []
    start, end = 0, new_size
    while old_size < end:
        middle = start + _split_point(end - start)
        if old_size <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    if start > 0:  # otherwise this subtree is the whole old tree, whose root the verifier has
        path.append((start, end))
    return _roots(reader, new_size, path[::-1])


def _split_point(size: int) -> int:
    """Return the largest power of two smaller than the size (RFC 9162 §2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofInvalid unless the leaf hash stands at the index of the tree with this size and root (PF-1).

    The numbers are the steps of RFC 9162 §2.1.3.2. Raises NotAHash for a hash of another length.
    """
    check_hashes((leaf, root, *proof))
    # (1) the leaf is one of the tree's;
    if not 0 <= index < size:
        raise ProofInvalid(f"no leaf {index} in a tree of {size}")
    # (2) fn and sn are the paths of the leaf and of the last leaf; (3) begin with the leaf;
    fn, sn, result = index, size - 1, leaf
    # (4) climb, with each hash at the side on which it belongs;
    for sibling in proof:
        if sn == 0:
            raise ProofInvalid("the proof is longer than the way to the root")
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            fn, sn = _skip_missing(fn, sn)
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    # (5) the climb ended at the root, and at this one.
    if sn != 0:
        raise ProofInvalid("the proof ends before the root")
    if result != root:
        raise ProofInvalid("the proof leads to another root")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise ProofInvalid unless the new tree is the old one with leaves appended, if any (PF-2).

    RFC 9162 §2.1.4.2, whose steps are numbered; it leaves two cases to the caller, decided here: from the empty tree
    every log grew, and a tree of equal size must be the same tree. Raises NotAHash for a hash of another length.
    """
    check_hashes((old_root, new_root, *proof))
    if not 0 <= old_size <= new_size:
        raise ProofInvalid(f"a log of {new_size} leaves was never one of {old_size}")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofInvalid("the root of size 0 is not that of the empty tree")
    if old_size in (0, new_size):
        _verify_nothing_to_prove(old_size == new_size and old_root != new_root, proof)
        return
    # (1) the proof is not empty; (2) where the old tree is one complete subtree, its root begins the path.
    if not proof:
        raise ProofInvalid("the proof is empty")
    path = proof if old_size & (old_size - 1) else [old_root, *proof]
    # (3) fn and sn are the paths of the last leaves; (4) climb to the subtree that the path begins with.
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # (5) (6) climb to both roots at once.
    old_result, new_result = _climb_both(fn, sn, path)
    # (7) both roots are the ones claimed.
    if old_result != old_root:
        raise ProofInvalid("the proof leads to another old root")
    if new_result != new_root:
        raise ProofInvalid("the proof leads to another new root")


def _verify_nothing_to_prove(forked: bool, proof: Sequence[bytes]) -> None:
    if forked:
        raise ProofInvalid("two trees of the same size have different roots")
    if proof:
        raise ProofInvalid("there is nothing to prove, but the proof is not empty")


def _climb_both(fn: int, sn: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    old_result = new_result = path[0]
    for sibling in path[1:]:
        if sn == 0:
            raise ProofInvalid("the proof is longer than the way to the root")
        if fn & 1 or fn == sn:
            old_result, new_result = node_hash(sibling, old_result), node_hash(sibling, new_result)
            fn, sn = _skip_missing(fn, sn)
        else:
            new_result = node_hash(new_result, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise ProofInvalid("the proof ends before the root")
    return old_result, new_result


def _skip_missing(fn: int, sn: int) -> tuple[int, int]:
    """Climb the levels at which the right edge has no sibling of its own."""
    while not fn & 1 and fn:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn
