"""The tree of a log by the definitions of RFC 9162 §2.1, word by word, for the writer of bundles."""

import hashlib


def root_of(leaves: list[bytes]) -> bytes:
    """Return the root by the definition of RFC 9162 §2.1.1."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = split_of(len(leaves))
    return hashlib.sha256(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:])).digest()


def split_of(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1


def inclusion(index: int, leaves: list[bytes]) -> list[bytes]:
    """Return the path of inclusion by the definition of RFC 9162 §2.1.3.1."""
    if len(leaves) <= 1:
        return []
    split = split_of(len(leaves))
    if index < split:
        return [*inclusion(index, leaves[:split]), root_of(leaves[split:])]
    return [*inclusion(index - split, leaves[split:]), root_of(leaves[:split])]


def consistency(size: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """Return the path of consistency by the definition of RFC 9162 §2.1.4.1."""
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = split_of(len(leaves))
    if size <= split:
        return [*consistency(size, leaves[:split], whole), root_of(leaves[split:])]
    return [*consistency(size - split, leaves[split:], False), root_of(leaves[:split])]
