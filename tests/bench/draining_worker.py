"""A worker that delivers until nothing is left, and says how fast and in how much memory (see draining.py)."""

import json
import sys
import time
from pathlib import Path

import xapi.delivery  # noqa: F401  (registers the kind)
from app.delivery.services.couriers import Couriers, deliver_once
from app.storage import Storage

KILOBYTES_OF_A_MEGABYTE = 1024


def drain(url: str, key: str) -> None:
    """Work as the worker does until nothing is left, and say how fast and in how much memory."""
    storage, couriers = Storage.open(url), Couriers(bytes.fromhex(key))
    statements, started = 0, time.perf_counter()
    while not (progress := deliver_once(storage, couriers)).idle:
        statements += progress.sent
    seconds = time.perf_counter() - started
    couriers.close()
    storage.close()
    said = {"statements": statements, "rate": statements / seconds, "megabytes": _peak()}
    sys.stdout.write(json.dumps(said))


def _peak() -> float:
    """Return the most memory that this process ever held; what `getrusage` says includes the one that started it."""
    status = Path("/proc/self/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) / KILOBYTES_OF_A_MEGABYTE


if __name__ == "__main__":
    drain(*sys.argv[1:])
