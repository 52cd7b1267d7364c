"""Files that must survive a crash: replaced whole, by one process at a time, readable by their owner alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODE = 0o600
_SPARE = ".new"


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file so that a crash leaves the old one or the new one, on the disk."""
    spare = path.with_name(path.name + _SPARE)
    spare.unlink(missing_ok=True)  # one that a crash left may be open to others
    descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    spare.replace(path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """Have on the disk which names a folder holds."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time through; the file is only the lock."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
