"""Ralph as a second LRS: another program, by other people, with traps of its own."""

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.apart import python_of

LAUNCHER = Path(__file__).with_name("ralph_appending.py")
SECONDS_TO_START = 60
USERNAME = "cahier"


@dataclass(frozen=True)
class Ralph:
    """A running Ralph: where it listens, the password it knows us by, and the folder it keeps statements in."""

    port: int
    password: str
    folder: Path

    def statements(self) -> list[dict[str, Any]]:
        """Return what it stored, in the order of storing, read from its own files."""
        kept = [path for path in sorted((self.folder / "statements").rglob("*")) if path.is_file()]
        return [json.loads(line) for path in kept for line in path.read_text().splitlines() if line]


@contextmanager
def running_ralph(folder: Path) -> Iterator[Ralph]:
    """Run Ralph on loopback for the length of a block."""
    python = python_of("ralph", "ralph")
    (folder / "statements").mkdir(parents=True)
    ralph = Ralph(_free_port(), secrets.token_hex(8), folder)
    environment = os.environ | {
        "RALPH_APP_DIR": str(folder),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_RUNSERVER_AUTH_BACKENDS": "basic",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder / "statements"),
    }
    environment.pop("PYTHONPATH", None)
    account = ["-u", USERNAME, "-p", ralph.password, "-s", "all", "-M", "mailto:cahier@hub.example"]
    subprocess.run([python, "-m", "ralph", "auth", "-w", *account], env=environment, cwd=folder, check=True)
    with subprocess.Popen([python, LAUNCHER, str(ralph.port)], env=environment, cwd=folder) as process:
        try:
            _wait_until_it_answers(process, ralph.port)
            yield ralph
        finally:
            process.kill()


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"Ralph ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/__lbheartbeat__", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Ralph did not answer within {SECONDS_TO_START} seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
