"""Other people's programs that the tests run in an environment of their own, each from its own lock."""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements"
TOOLS = Path(sys.prefix) / "tools"


def python_of(name: str, lock: str) -> Path:
    """Return the Python of a program's own environment, made from its lock when it is not there or is another one.

    Raises CalledProcessError when it cannot be made: a test that needs it then fails.
    """
    folder, wanted_by = TOOLS / name, REQUIREMENTS / f"{lock}.txt"
    python, mark = folder / "bin" / "python", folder / "lock"
    TOOLS.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        wanted = hashlib.sha256(wanted_by.read_bytes()).hexdigest()
        if not mark.exists() or mark.read_text() != wanted:
            venv.create(folder, with_pip=True, clear=True)
            install = ["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"]
            subprocess.run([str(python), *install, "-r", str(wanted_by)], check=True)
            mark.write_text(wanted)
    return python
