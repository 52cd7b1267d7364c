"""Files that must survive a crash: replaced whole, by one process at a time, readable by their owner alone."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MODE = 0o600
_SPARE = ".new"
_FEW = 8
"""How many files are each waited for by themselves, and not together with all that anybody wrote to the disk."""


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file so that a crash leaves the old one or the new one, on the disk."""
    with _open_spare(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _spare_of(path).replace(path)
    settle(path.parent)


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Replace many files as `replace_file` does each; the disk is not waited for more often the more there are."""
    are_few = len(files) <= _FEW
    for path, data in files.items():
        with _open_spare(path) as file:
            file.write(data)
            if are_few:
                file.flush()
                os.fsync(file.fileno())
    if not are_few:
        os.sync()
    for path in files:
        _spare_of(path).replace(path)
    for folder in {path.parent for path in files}:
        settle(folder)


def settle(folder: Path) -> None:
    """Have on the disk which names a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _spare_of(path: Path) -> Path:
    return path.with_name(path.name + _SPARE)


def _open_spare(path: Path) -> BinaryIO:
    """Open a new file that its owner alone may read; one of its name that a crash left may be open to others."""
    spare = _spare_of(path)
    spare.unlink(missing_ok=True)
    return os.fdopen(os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "wb")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time through; the file is only the lock."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
