"""What keeps a run from waiting for the machine: its files are in memory, and its passwords cost nothing to check.

Neither is about what the tests prove. Nothing of a run is kept, so nothing of it needs a disk; and the tests that kill
Cahier kill processes, whose files outlive them in memory as on a disk. That a password costs a stranger dear is proved
by the tests that ask for `usual_cost`; every command and server that runs as a program of its own has that cost too.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

MEMORY = Path("/dev/shm")  # noqa: S108 (what is shared in it has names of its own, as in any temporary folder)
ENOUGH = 4 << 30
PASSES, KIB = 1, 8


@dataclass(frozen=True)
class Cost:
    """How a password is hashed, and how one is stretched to wrap a key."""

    hasher: PasswordHasher
    stretching: dict[str, Any]


def put_files_in_memory() -> None:
    """Have all temporary files of this run and of its programs made in memory, if there is plenty of it.

    Whoever names a folder in TMPDIR is obeyed.
    """
    if "TMPDIR" not in os.environ and _plenty():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def usual_cost() -> Cost:
    """Return what a password costs now: in a run that changed nothing, what it costs everywhere."""
    from app.identity.services import passwords
    from app.signatures.services import keys

    return Cost(passwords.HASHER, keys.ARGON2ID)


def cheap(usual: Cost) -> Cost:
    """Return the least that Argon2id can take; it says so in what it makes, which opens at any cost."""
    hasher = PasswordHasher(time_cost=PASSES, memory_cost=KIB, parallelism=1)
    return Cost(hasher, {**usual.stretching, "memory_kib": KIB, "passes": PASSES})


def charge(cost: Cost) -> None:
    """Have passwords cost so much from now on, in this process."""
    from app.identity.services import passwords
    from app.signatures.services import keys

    passwords.HASHER = cost.hasher
    keys.ARGON2ID = cost.stretching


def _plenty() -> bool:
    try:
        told = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        available = int(told["MemAvailable"].split()[0]) << 10
        return os.access(MEMORY, os.W_OK) and min(available, shutil.disk_usage(MEMORY).free) > ENOUGH
    except (OSError, KeyError):
        return False  # another system than Linux
