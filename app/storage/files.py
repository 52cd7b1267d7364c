"""Files that people attach, each sealed under a key of its own, written once, read only if it is still what it was.

The database says which files there are, by their SHA-256; here is only their content, under names that nobody finds
from a guess of it. It is written before the act that names it is committed, so that no row ever names a file that is
not there; what no row names is harmless, and goes later with its key (GD-25-1).
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

from app.kernel import clock
from app.storage.errors import FileAltered, FileMissing, KeyDestroyed, KeyMissing, SealedAltered, VaultClosed
from app.storage.keeping import locked, replace_file, settle
from app.storage.vault import Mark, Vault, mark_of, vault_at
from app.storage.vault import Places as VaultPlaces

SEALED, MADE, LOCK = "sealed", "shown", "lock"
BARE, BARE_MADE = "originals", "made"
"""Where a release before kept files as they came."""
OWNER = "files"
UNNAMED_SECONDS = 24 * 3600
"""For so long a file that no row names may belong to an act that is not committed yet."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_UNREADABLE = (KeyDestroyed, KeyMissing, SealedAltered, VaultClosed)


class Places(VaultPlaces, Protocol):
    """What says where the files and the key store of an installation stand."""

    @property
    def files(self) -> Path:
        """The folder of the files."""
        ...


def files_at(places: Places) -> "FileStore":
    """Return the files of an installation."""
    return FileStore(places.files, vault_at(places))


class FileStore:
    """The files below a folder: originals by their SHA-256, and beside each what was made from it to be shown."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self.folder = folder
        self._vault = vault

    def put(self, content: bytes) -> str:
        """Keep a content for good and return its SHA-256; one that is there already is kept, and counts as new."""
        digest = hashlib.sha256(content).hexdigest()
        name = self.name_of(digest)
        path = self._path(name)
        with self._alone():
            if not self._is_good(name):
                _write(path, self._seal(name, content, _bound(name)))
            now = clock.now().timestamp()
            os.utime(path, (now, now))
        return digest

    def read(self, digest: str) -> bytes:
        """Return the content of a SHA-256; raises FileMissing, FileAltered for one that is not what it was."""
        name = self.name_of(digest)
        try:
            content = self._open(self._path(name).read_bytes(), _bound(name))
        except FileNotFoundError:
            content = self._read_bare(digest)
        except _UNREADABLE:
            raise FileAltered(digest) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise FileAltered(digest)
        return content

    def check(self, digest: str) -> None:
        """Raise FileMissing or FileAltered unless a file is there and still fits its SHA-256."""
        self.read(digest)

    def name_of(self, digest: str) -> str:
        """Return the name under which a content of this SHA-256 stands; raises FileMissing for what is none."""
        if not _DIGEST.match(digest):
            raise FileMissing(digest)
        return self._vault.name(f"file|{digest}")

    def names(self) -> Iterator[str]:
        """Yield the name of each file, in order."""
        yield from sorted(path.name for path in (self.folder / SEALED).glob("??/*") if _DIGEST.match(path.name))

    def age(self, name: str) -> float:
        """Return how many seconds ago somebody put a file here last; 0 for one that is not there."""
        try:
            return max(clock.now().timestamp() - self._path(name).stat().st_mtime, 0.0)
        except FileNotFoundError:
            return 0.0

    def discard(self, name: str, *, unless_younger: float) -> bool:
        """Remove a file that no row names, what was made from it, and their key; return whether it went.

        One that somebody put here less than so many seconds ago stays: the act that names it may not be committed yet.
        Its key is destroyed first: no backup of the file can be read any more.
        """
        with self._alone():
            path = self._path(name)
            if not path.is_file() or self.age(name) < unless_younger:
                return False
            self._vault.destroy_place(OWNER, self._place(name), _bound(name))
            for made in (self.folder / MADE / name[:2]).glob(f"{name}.*"):
                made.unlink(missing_ok=True)
            path.unlink()
            settle(path.parent)
        return True

    def key_of(self, name: str) -> tuple[str, Mark, str] | None:
        """Return whose key opens a file, which, and to what it is bound; None for one that is damaged or gone."""
        try:
            return OWNER, mark_of(self._path(name).read_bytes()), _bound(name)
        except (FileNotFoundError, SealedAltered):
            return None

    def made(self, digest: str, form: str) -> bytes | None:
        """Return what was made from a file in some form, if it was made before."""
        name = self.name_of(digest)
        try:
            return self._open(self._made(name, form).read_bytes(), _bound(name, form))
        except (FileNotFoundError, *_UNREADABLE):
            return None

    def keep_made(self, digest: str, form: str, content: bytes) -> None:
        """Keep what was made from a file, as long as the file is there."""
        name = self.name_of(digest)
        with self._alone():
            if self._path(name).is_file():
                _write(self._made(name, form), self._seal(name, content, _bound(name, form)))

    # Sealed as they are, for backups

    def sealed(self, name: str) -> bytes:
        """Return a file as it stands, sealed; raises FileMissing, FileAltered for one that does not open."""
        try:
            sealed = self._path(name).read_bytes()
            self._open(sealed, _bound(name))
        except FileNotFoundError:
            raise FileMissing(name) from None
        except _UNREADABLE:
            raise FileAltered(name) from None
        return sealed

    def put_sealed(self, name: str, sealed: bytes) -> None:
        """Bring a file back as it was sealed."""
        if not _DIGEST.match(name):
            raise FileMissing(name)
        with self._alone():
            _write(self._path(name), sealed)

    # What a release before kept as it came

    def bare(self) -> Iterator[str]:
        """Yield the SHA-256 of each file that is not sealed yet, in order."""
        yield from sorted(path.name for path in (self.folder / BARE).glob("??/*") if _DIGEST.match(path.name))

    def seal_bare(self, digest: str) -> None:
        """Seal a file that a release before kept as it came, and remove it and what was made from it."""
        path = self.folder / BARE / digest[:2] / digest
        self.put(path.read_bytes())
        for made in (self.folder / BARE_MADE / digest[:2]).glob(f"{digest}.*"):
            made.unlink()
        path.unlink()
        settle(path.parent)

    def _read_bare(self, digest: str) -> bytes:
        try:
            return (self.folder / BARE / digest[:2] / digest).read_bytes()
        except FileNotFoundError:
            raise FileMissing(digest) from None

    def _is_good(self, name: str) -> bool:
        try:
            self.sealed(name)
        except (FileMissing, FileAltered):
            return False
        return True

    def _seal(self, name: str, content: bytes, bound: str) -> bytes:
        return self._vault.seal(OWNER, content, bound, self._place(name))

    def _open(self, sealed: bytes, bound: str) -> bytes:
        return self._vault.open(OWNER, sealed, bound)

    def _place(self, name: str) -> int:
        """Return where the key of a file stands: another each time that the same content comes back after it went."""
        places = (int(self._vault.name(f"place|{name}|{turn}")[:16], 16) for turn in count())
        return next(place for place in places if not self._vault.is_destroyed(OWNER, place))

    def _path(self, name: str) -> Path:
        return self.folder / SEALED / name[:2] / name

    def _made(self, name: str, form: str) -> Path:
        return self.folder / MADE / name[:2] / f"{name}.{form}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process from writing and removing meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.folder / LOCK):
            yield


def _bound(name: str, form: str = "") -> str:
    return f"file|{name}|{form}"


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and have it and its folder on the disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(path, content)
    settle(path.parent.parent)
