"""The key store: what people wrote and attached is sealed under keys that stand apart from database, files and secrets.

Every owner, a person, the hub, the files, has one file with a tree of keys (app/storage/branching.py), wrapped under a
master key that stands among the secrets. Whatever is sealed has a leaf of its own: destroying that one key makes every
copy of it unreadable, in backups too, and nothing else (GD-25-1, ADR 0019).
"""

import hashlib
import hmac
import os
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.storage.branching import LABEL, LEVELS, RUN_LEVELS, KeyTree, TreeMalformed
from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.keeping import locked, replace_file, replace_files, settle

HUB = "hub"
"""The owner of what no person wrote."""
ENDING, LOCK = ".keys", "lock"
NONCE = 12
_FORM = 1
_MARK = struct.Struct(">BIQ")
_TREE_TAG, _SEALED_TAG = b"cahier.key-tree.v1\x00", b"cahier.sealed.v1\x00"
_NAME_TAG, _LABEL_TAG = b"cahier.name.v1\x00", b"cahier.label.v1\x00"
_RUN = 1 << (LEVELS - RUN_LEVELS)


class Mark(NamedTuple):
    """Which key something was sealed under: the number of the root, and the place of the leaf. Says nothing else."""

    root: int
    place: int

    def __str__(self) -> str:
        return f"{self.root:08x}/{self.place:016x}"

    @classmethod
    def from_text(cls, text: str) -> "Mark":
        """Read the text form."""
        root, place = text.split("/")
        return cls(int(root, 16), int(place, 16))


def mark_of(sealed: bytes) -> Mark:
    """Return which key opens something sealed; raises SealedAltered."""
    try:
        form, root, place = _MARK.unpack_from(sealed)
    except struct.error:
        form, root, place = 0, 0, 0
    if form != _FORM:
        raise SealedAltered("these bytes were not sealed by this key store")
    return Mark(root, place)


@dataclass
class _Run:
    """Leaves side by side that one process takes one after the other, so that cutting many of them costs little."""

    process: int
    first: int
    used: Callable[[], int]


@dataclass(frozen=True)
class _Opened:
    """A tree as its file held it, and how that file looked."""

    stamp: tuple[int, int, int]
    tree: KeyTree


class Places(Protocol):
    """What says where the key store of an installation stands."""

    @property
    def vault(self) -> Path:
        """The folder of the key store."""
        ...

    @property
    def vault_key(self) -> Path:
        """The file of its master key."""
        ...


def vault_at(places: Places) -> "Vault":
    """Return the key store of an installation."""
    return Vault(places.vault, places.vault_key)


class Vault:
    """The key store in a folder, under the master key in a file; nothing is read before it is needed."""

    def __init__(self, folder: Path, master: Path) -> None:
        self.folder = folder
        self._master_file = master
        self._master: bytes | None = None
        self._opened: dict[str, _Opened] = {}
        self._runs: dict[str, _Run] = {}
        self._paths: dict[str, Path] = {}

    def seal(self, owner: str, content: bytes, bound: str, place: int | None = None) -> bytes:
        """Seal a content under a key of its own of an owner; it opens only for the same owner and `bound`.

        The first time for an owner makes their tree, on the disk before this returns. A `place` is given only by who
        must find it again. Raises KeyDestroyed for a place that was cut, VaultClosed without the master key.
        """
        tree = self._tree(owner) or self._plant(owner)
        at = self._next_place(owner) if place is None else place
        key = tree.key(at)
        if key is None:
            raise KeyDestroyed(owner)
        head, nonce = _MARK.pack(_FORM, tree.root, at), os.urandom(NONCE)
        return head + nonce + AESGCM(key).encrypt(nonce, content, _bound(head, owner, bound))

    def plant(self, owners: Iterable[str]) -> None:
        """Make the trees of many owners who are about to need theirs at once, on the disk before this returns."""
        with self._alone():
            new = [owner for owner in owners if self._tree(owner) is None]
            replace_files({self._path(owner): self._wrapped(owner, KeyTree.planted()) for owner in new})

    def open(self, owner: str, sealed: bytes, bound: str) -> bytes:
        """Return what was sealed; raises KeyDestroyed, SealedAltered, and KeyMissing where the key is not there and
        nobody destroyed it.
        """
        key = self._key(owner, mark_of(sealed), bound)
        head, start = sealed[: _MARK.size], _MARK.size + NONCE
        try:
            return AESGCM(key).decrypt(sealed[_MARK.size : start], sealed[start:], _bound(head, owner, bound))
        except (InvalidTag, ValueError):
            raise SealedAltered("what was sealed is not what it was") from None

    def is_destroyed(self, owner: str, place: int) -> bool:
        """Say whether the key at a place of an owner's tree was cut."""
        tree = self._tree(owner)
        return tree is not None and tree.key(place) is None

    def destroy(self, owner: str, doomed: Iterable[tuple[Mark, str]]) -> None:
        """Destroy keys of an owner for good, each with what it was bound to; on the disk before this returns.

        Those that are gone stay gone.
        """
        with self._alone():
            tree = self._tree(owner)
            if tree is not None:
                cut = {mark.place: _label(bound) for mark, bound in doomed if mark.root == tree.root}
                self._write(owner, tree.without(cut))

    def destroy_place(self, owner: str, place: int, bound: str) -> None:
        """Destroy the key at a place that was given when something was sealed."""
        with self._alone():
            tree = self._tree(owner)
            if tree is not None:
                self._write(owner, tree.without({place: _label(bound)}))

    def remove(self, owner: str) -> None:
        """Remove an owner whose every sealed content is gone."""
        with self._alone():
            path = self._path(owner)
            self._opened.pop(owner, None)
            if path.exists():
                path.unlink()
                settle(path.parent)

    def name(self, label: str) -> str:
        """Return what to call something outside the database: 64 hexadecimal digits that nobody guesses from it."""
        return hmac.new(self._secret(), _NAME_TAG + label.encode(), hashlib.sha256).hexdigest()

    def owners(self) -> Iterator[str]:
        """Yield everybody who has a tree, in order."""
        yield from sorted(path.name.removesuffix(ENDING) for path in self.folder.glob(f"*{ENDING}"))

    def _key(self, owner: str, mark: Mark, bound: str) -> bytes:
        tree = self._tree(owner)
        key = tree.key(mark.place) if tree and mark.root == tree.root else None
        if key is not None:
            return key
        # Only what was destroyed by name counts as that: a mark of something else that was, put here, does not.
        raise KeyDestroyed(owner) if tree and _label(bound) in tree.gone else KeyMissing(owner)

    def _tree(self, owner: str) -> KeyTree | None:
        """Return an owner's tree as the file holds it now: another process may have cut it a moment ago."""
        path = self._path(owner)
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        known = self._opened.get(owner)
        if known is None or known.stamp != stamp:
            known = _Opened(stamp, self._unwrap(owner, path.read_bytes()))
            self._opened[owner] = known
        return known.tree

    def _plant(self, owner: str) -> KeyTree:
        with self._alone():
            tree = self._tree(owner)
            if tree is None:
                tree = KeyTree.planted()
                self._write(owner, tree)
        return tree

    def _unwrap(self, owner: str, data: bytes) -> KeyTree:
        try:
            plain = AESGCM(self._secret()).decrypt(data[:NONCE], data[NONCE:], _TREE_TAG + owner.encode())
            return KeyTree.from_bytes(plain)
        except (InvalidTag, ValueError, TreeMalformed):
            raise VaultClosed(f"{self._path(owner)} does not open with {self._master_file}") from None

    def _write(self, owner: str, tree: KeyTree) -> None:
        replace_file(self._path(owner), self._wrapped(owner, tree))
        self._opened.pop(owner, None)

    def _wrapped(self, owner: str, tree: KeyTree) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self._secret()).encrypt(nonce, tree.to_bytes(), _TREE_TAG + owner.encode())

    def _next_place(self, owner: str) -> int:
        run = self._runs.get(owner)
        step = run.used() if run and run.process == os.getpid() else _RUN
        if run is None or step >= _RUN:
            first = int.from_bytes(os.urandom(RUN_LEVELS // 8)) * _RUN
            run, step = _Run(os.getpid(), first, count(1).__next__), 0
            self._runs[owner] = run
        return run.first + step

    def _secret(self) -> bytes:
        if self._master is None:
            try:
                self._master = self._master_file.read_bytes()
            except FileNotFoundError:
                raise VaultClosed(f"{self._master_file} is missing: run `cahier init`, or restore the keys") from None
        return self._master

    def _path(self, owner: str) -> Path:
        if owner not in self._paths:
            self._paths[owner] = self.folder / f"{owner}{ENDING}"
        return self._paths[owner]

    def _alone(self) -> AbstractContextManager[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return locked(self.folder / LOCK)


def _bound(head: bytes, owner: str, bound: str) -> bytes:
    return _SEALED_TAG + head + owner.encode() + b"\x00" + bound.encode()


def _label(bound: str) -> bytes:
    return hashlib.sha256(_LABEL_TAG + bound.encode()).digest()[:LABEL]
