"""The real command `cahier` as processes of their own, in an installation that no other test shares."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("cahier")
SECONDS = 180


@dataclass
class Shell:
    """Where commands are typed: a folder, and what stands in the environment."""

    var: Path
    environ: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Type a command and wait for its end."""
        return subprocess.run(
            [COMMAND, *words], env=self._environ(environ), capture_output=True, text=True, timeout=SECONDS, check=False
        )

    def json(self, *words: str) -> Any:
        """Type a command that answers in JSON, and return the answer."""
        return json.loads(self.type(*words, "--json").stdout)

    @contextmanager
    def running(self, *words: str):
        """Run `cahier run` in the block; whatever it started is gone after it."""
        output = self.var.parent / "output.log"
        with output.open("wb") as target:
            process = subprocess.Popen(
                [COMMAND, "run", "--port", "0", *words],
                env=self._environ({"PYTHONUNBUFFERED": "1"}),
                stdin=subprocess.DEVNULL,
                stdout=target,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield Running(process, output)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _environ(self, more: dict[str, str]) -> dict[str, str]:
        return os.environ | {"CAHIER_VAR": str(self.var)} | self.environ | more


@dataclass
class Running:
    """A `cahier run` that was started."""

    process: "subprocess.Popen[bytes]"
    output: Path

    def told(self) -> str:
        """Return what it said so far."""
        return self.output.read_text()

    def url(self) -> str:
        """Wait until it says where it is, and return that."""
        self.wait_until(lambda: "Ctrl-C" in self.told())
        return next(word for word in self.told().split() if word.startswith(("http://", "https://")))

    def children(self) -> list[int]:
        """Return the processes that it started itself, in order."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def wait_until(self, reached) -> None:
        """Wait until something is reached, as long as the process lives."""
        give_up = time.monotonic() + SECONDS
        while not reached():
            assert self.process.poll() is None, self.told()
            assert time.monotonic() < give_up, self.told()
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM, *, everybody: bool = False) -> int:
        """Send a signal, to the whole group as a keyboard does if asked, and return the exit code."""
        if everybody:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(SECONDS)


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Any
    text: str


def ask(url: str, authority: Path | None = None) -> Answer:
    """Ask a server for a page; `authority` is the certificate that is trusted, and no other."""
    context = ssl.create_default_context(cafile=authority) if authority else None
    try:
        with urllib.request.urlopen(url, timeout=60, context=context) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
