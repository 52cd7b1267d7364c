"""Proofs in the tree of RFC 9162 §2.1, over SHA-256."""

import hashlib

from app.verifier.parts.faults import Malformed

EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path of inclusion leads to (RFC 9162 §2.1.3.2); Malformed for an impossible path."""
    if not 0 <= index < size:
        raise Malformed("proof-of-inclusion")
    place, last, root = index, size - 1, leaf
    for beside in path:
        if last == 0:
            raise Malformed("proof-of-inclusion")
        if place & 1 or place == last:
            root = node_hash(beside, root)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, beside)
        place, last = place >> 1, last >> 1
    if last:
        raise Malformed("proof-of-inclusion")
    return root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> bool:
    """Say whether a tree, given by size and root, is the beginning of another (RFC 9162 §2.1.4.2)."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size == new_size:
        return old_root == new_root and not path
    if old_size > new_size:
        return False
    if old_size == 0:
        return old_root == EMPTY_ROOT and not path
    if old_size & (old_size - 1) == 0:
        path = [old_root, *path]
    return bool(path) and _grows(old_size - 1, new_size - 1, path) == (old_root, new_root)


def _grows(place: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots that a path of consistency leads to, or None for an impossible path."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for beside in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    return None if last else (old, new)
