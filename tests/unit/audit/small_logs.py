"""Small logs to prove things about, and RFC 9162 word by word to compare with."""

from itertools import pairwise

from app.audit.tree import EMPTY_ROOT, TILE_WIDTH, TreeHasher, leaf_hash, node_hash, tiles_between

ENTRIES = [b"line %d" % number for number in range(2_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]

# Known answers for the eight entries of Certificate Transparency's tests (`CT_ENTRIES` in test_tree.py).
CT_LEAVES = [
    leaf_hash(bytes.fromhex(entry))
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]


class Tiles:
    """Serves exactly the tiles that a log of one size publishes, and remembers which were read."""

    def __init__(self, leaves):
        self.levels = [list(leaves)]
        while len(self.levels[-1]) >= TILE_WIDTH:
            self.levels.append(TreeHasher().extend(self.levels[-1]))
        self.published = set()
        self.read = []

    def at(self, size):
        self.published = set(tiles_between(0, size))
        self.read = []
        return self

    def tiles(self, addresses):
        assert self.published.issuperset(addresses)
        self.read.extend((address.level, address.index) for address in addresses)
        return {address: self._hashes(address) for address in addresses}

    def _hashes(self, address):
        return b"".join(self.levels[address.level][address.index * TILE_WIDTH :][: address.width])


TILES = Tiles(LEAVES)


def root_of(leaves):
    """RFC 9162 §2.1.1, word by word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def subproof(m, leaves, whole):
    """RFC 9162 §2.1.4.1, word by word."""
    if m == len(leaves):
        return [] if whole else [root_of(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), root_of(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), root_of(leaves[:k])]


def largest_power_below(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


ROOTS = [root_of(LEAVES[:size]) for size in range(130)]


def flipped(value):
    return bytes([value[0] ^ 1]) + value[1:]


def falsified(proof):
    """Every proof with one hash dropped, doubled, changed, added, or swapped with its neighbour."""
    for i, sibling in enumerate(proof):
        yield proof[:i] + proof[i + 1 :]
        yield [*proof[:i], sibling, sibling, *proof[i + 1 :]]
        yield [*proof[:i], flipped(sibling), *proof[i + 1 :]]
    for i, (left, right) in enumerate(pairwise(proof)):
        yield [*proof[:i], right, left, *proof[i + 2 :]]
    yield [*proof, EMPTY_ROOT]
    yield [EMPTY_ROOT, *proof]
