"""What verifying a long log costs, beside reading its lines and hashing each once; and the memory it takes.

Each measurement runs in a process of its own, so that the memory is that of the verification alone.
"""

import hashlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

import app.schema  # noqa: F401  (every table that lines can name)
from app.audit.models import Line
from app.audit.signer import Trust
from app.audit.verification import verify
from app.storage import Storage
from app.storage.tables import table_of
from tests.installation import vault_in

KINDS = ("read", "lines", "whole")


@dataclass(frozen=True)
class Measured:
    """Seconds and megabytes at the peak."""

    seconds: float
    megabytes: float


def measure(url: str, kind: str, var: Path) -> Measured:
    """Measure one kind of reading of the database in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.bench.trail", url, kind, str(var)], check=True, stdout=subprocess.PIPE, text=True
    )
    return Measured(**json.loads(answer.stdout))


def run(url: str, kind: str, var: Path) -> Measured:
    """Do it here."""
    storage = Storage.open(url, vault_in(var))
    started = time.perf_counter()
    if kind == "read":
        _read_and_hash(storage)
    else:
        verdict = verify(storage, Trust(), whole=kind == "whole")
        if verdict.findings:
            raise RuntimeError(f"the log that was grown does not verify: {verdict.findings[:3]}")
    seconds = time.perf_counter() - started
    return Measured(seconds, _peak_megabytes())


def _peak_megabytes() -> float:
    """Return the peak of this program; what `getrusage` gives counts the process that started it too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _read_and_hash(storage: Storage) -> None:
    line = table_of(Line)
    query = select(line.c.log_id, line.c.line_index, line.c.body).order_by(line.c.log_id, line.c.line_index)
    with storage.engine.connect().execution_options(yield_per=1024, stream_results=True) as connection:
        for row in connection.execute(query):
            hashlib.sha256(row.body).digest()


if __name__ == "__main__":
    measured = run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    sys.stdout.write(json.dumps({"seconds": measured.seconds, "megabytes": measured.megabytes}))
