"""The real `cahier run` as a process of its own, on a loopback port and a folder that no other test shares."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("cahier")
SECONDS_TO_START = 180
SECONDS_TO_STOP = 20


@dataclass(frozen=True)
class Server:
    """A running Cahier with its demonstration in it."""

    url: str
    var: Path

    def people(self) -> Any:
        """Return who can sign in, as the demonstration wrote it down."""
        return json.loads((self.var / "demo-people.json").read_text())


@contextmanager
def running(var: Path) -> Iterator[Server]:
    """Run web server and worker over a new demonstration; both are stopped when the block ends."""
    port = free_port()
    var.mkdir(parents=True, exist_ok=True)
    output = var / "output.log"
    with output.open("wb") as target:
        process = subprocess.Popen(
            [COMMAND, "run", "--demo", "--port", str(port)],
            env=os.environ | {"CAHIER_VAR": str(var), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://localhost:{port}"
        _wait_until_it_answers(process, url, output)
        yield Server(url, var)
    finally:
        _stop(process)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", url: str, output: Path) -> None:
    give_up = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise RuntimeError(f"cahier run ended with {process.returncode}:\n{output.read_text()}")
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return  # it answers, and that is all that is asked here
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"cahier run did not answer within {SECONDS_TO_START} seconds:\n{output.read_text()}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        # It leads its own process group, so nothing that it started outlives it.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
