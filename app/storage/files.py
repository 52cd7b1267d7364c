"""Files that people attach, kept by what is in them: each under its SHA-256, written once, read only if it still fits.

The database says which files there are; here is only their content. It is written before the act that names it is
committed, so that no row ever names a file that is not there; what no row names is harmless and is cleared away later.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.kernel import clock
from app.storage.errors import FileAltered, FileMissing
from app.storage.keeping import locked, replace_file, settle

ORIGINALS, MADE, LOCK = "originals", "made", "lock"
UNNAMED_SECONDS = 24 * 3600
"""For so long a file that no row names may belong to an act that is not committed yet."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class FileStore:
    """The files below a folder: originals by their SHA-256, and beside each what was made from it to be shown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Keep a content for good and return its SHA-256; one that is there already is kept, and counts as new."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._original(digest)
        with self._alone():
            if not path.is_file() or _digest_of(path) != digest:
                _write(path, content)
            now = clock.now().timestamp()
            os.utime(path, (now, now))
        return digest

    def read(self, digest: str) -> bytes:
        """Return the content of a SHA-256; raises FileMissing, FileAltered for one that is not what it was."""
        try:
            content = self._original(digest).read_bytes()
        except FileNotFoundError:
            raise FileMissing(digest) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise FileAltered(digest)
        return content

    def check(self, digest: str) -> None:
        """Raise FileMissing or FileAltered unless a file is there and still fits its SHA-256; holds little of it."""
        try:
            found = _digest_of(self._original(digest))
        except FileNotFoundError:
            raise FileMissing(digest) from None
        if found != digest:
            raise FileAltered(digest)

    def digests(self) -> Iterator[str]:
        """Yield the SHA-256 under which each file stands, in order."""
        folder = self.folder / ORIGINALS
        yield from sorted(path.name for path in folder.glob("??/*") if _DIGEST.match(path.name))

    def age(self, digest: str) -> float:
        """Return how many seconds ago somebody put a file here last; 0 for one that is not there."""
        try:
            return max(clock.now().timestamp() - self._original(digest).stat().st_mtime, 0.0)
        except FileNotFoundError:
            return 0.0

    def discard(self, digest: str, *, unless_younger: float) -> bool:
        """Remove a file that no row names, and what was made from it; return whether it went.

        One that somebody put here less than so many seconds ago stays: the act that names it may not be committed yet.
        """
        with self._alone():
            path = self._original(digest)
            if not path.is_file() or self.age(digest) < unless_younger:
                return False
            for made in (self.folder / MADE / digest[:2]).glob(f"{digest}.*"):
                made.unlink(missing_ok=True)
            path.unlink()
            settle(path.parent)
        return True

    def made(self, digest: str, form: str) -> bytes | None:
        """Return what was made from a file in some form, if it was made before."""
        try:
            return self._made(digest, form).read_bytes()
        except FileNotFoundError:
            return None

    def keep_made(self, digest: str, form: str, content: bytes) -> None:
        """Keep what was made from a file, as long as the file is there."""
        with self._alone():
            if self._original(digest).is_file():
                _write(self._made(digest, form), content)

    def _original(self, digest: str) -> Path:
        return self.folder / ORIGINALS / digest[:2] / _need_digest(digest)

    def _made(self, digest: str, form: str) -> Path:
        return self.folder / MADE / digest[:2] / f"{_need_digest(digest)}.{form}"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other process from writing and removing meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(self.folder / LOCK):
            yield


def _need_digest(text: str) -> str:
    if not _DIGEST.match(text):
        raise FileMissing(text)
    return text


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and have it and its folder on the disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(path, content)
    settle(path.parent.parent)
