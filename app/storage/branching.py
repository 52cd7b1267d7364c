"""A key that many keys grow from, and from which single ones can be cut so that they are gone (GD-25-1, ADR 0019).

A binary tree of 64 levels: a node is 32 bytes, its two children are digests of it, a leaf is a key. Whoever holds the
root has every leaf. Cutting a leaf replaces the root by the nodes beside the way to it: they give every other leaf, and
no way leads from them to the one that was cut (Goldreich, Goldwasser, Micali: How to construct random functions, 1986).
"""

import hashlib
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

LEVELS, RUN_LEVELS = 64, 56
"""How deep a leaf stands, and how many levels the leaves of one run share (app/storage/vault.py)."""
NODE = 32
_CHILDREN = (b"cahier.branch.v1\x00", b"cahier.branch.v1\x01")
LABEL = 16
_HEAD, _NODE = struct.Struct(">III"), struct.Struct(">BQ32s")
_MOST_RUNS = 4096


class TreeMalformed(ValueError):
    """The bytes are no tree."""


@dataclass
class KeyTree:
    """The nodes that are left of a root, by level and way, and labels of what the leaves that were cut had sealed.

    A tree that others may read is never changed: `without` returns another.
    """

    root: int
    nodes: dict[tuple[int, int], bytes]
    gone: frozenset[bytes] = frozenset()
    _runs: dict[int, bytes] = field(default_factory=dict)
    _split: set[int] = field(default_factory=set)

    @classmethod
    def planted(cls) -> "KeyTree":
        """Return a new tree with everything in it."""
        return cls(int.from_bytes(os.urandom(4)), {(0, 0): os.urandom(NODE)})

    def key(self, place: int) -> bytes | None:
        """Return the key at a place below 2**64; None for one that was cut."""
        run = place >> (LEVELS - RUN_LEVELS)
        shared = self._runs.get(run)
        if shared is not None:
            return _descend(shared, place, RUN_LEVELS, LEVELS)
        cover = self._cover(place)
        if cover is None:
            return None
        level, way = cover
        node = self.nodes[level, way]
        if level <= RUN_LEVELS:
            node, level = _descend(node, place, level, RUN_LEVELS), RUN_LEVELS
            if len(self._runs) >= _MOST_RUNS:
                self._runs.clear()
            self._runs[run] = node
        return _descend(node, place, level, LEVELS)

    def without(self, cut: Mapping[int, bytes]) -> "KeyTree":
        """Return the tree from which the leaves at these places were cut, each with its label of `LABEL` bytes."""
        left = KeyTree(self.root, dict(self.nodes), self.gone | set(cut.values()))
        for place in cut:
            left._cut(place)
        return left

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` reads."""
        head = _HEAD.pack(self.root, len(self.gone), len(self.nodes))
        nodes = b"".join(_NODE.pack(*place, node) for place, node in sorted(self.nodes.items()))
        return head + b"".join(sorted(self.gone)) + nodes

    @classmethod
    def from_bytes(cls, data: bytes) -> "KeyTree":
        """Read a tree; raises TreeMalformed."""
        try:
            root, labels, count = _HEAD.unpack_from(data)
            start = _HEAD.size + labels * LABEL
            gone = frozenset(data[at : at + LABEL] for at in range(_HEAD.size, start, LABEL))
            nodes = {(level, way): node for level, way, node in _NODE.iter_unpack(data[start:])}
        except struct.error:
            raise TreeMalformed("these bytes hold no tree of keys") from None
        if len(nodes) != count:
            raise TreeMalformed("nodes are missing from this tree of keys")
        return cls(root, nodes, gone)

    def _cover(self, place: int) -> tuple[int, int] | None:
        """Return the node from which a way leads to a place."""
        run = place >> (LEVELS - RUN_LEVELS)
        for level in range(RUN_LEVELS + 1 if run in self._split else 0, LEVELS + 1):
            way = (level, place >> (LEVELS - level))
            if way in self.nodes:
                if level > RUN_LEVELS:
                    self._split.add(run)
                return way
        return None

    def _cut(self, place: int) -> None:
        cover = self._cover(place)
        if cover is None:
            return
        node = self.nodes.pop(cover)
        for level in range(cover[0], LEVELS):
            way = place >> (LEVELS - level - 1)
            self.nodes[level + 1, way ^ 1] = _child(node, (way ^ 1) & 1)
            node = _child(node, way & 1)


def _child(node: bytes, side: int) -> bytes:
    return hashlib.sha256(_CHILDREN[side] + node).digest()


def _descend(node: bytes, place: int, start: int, end: int) -> bytes:
    """Follow the way to a place from one level to another."""
    for shift in range(LEVELS - start - 1, LEVELS - end - 1, -1):
        node = hashlib.sha256(_CHILDREN[(place >> shift) & 1] + node).digest()
    return node
