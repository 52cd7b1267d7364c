"""Draining a backlog to a second Cahier, beside what that one takes from a sender that does nothing else.

Three processes: the second Cahier, and in turns a bare sender and a worker. `python -m tests.bench.draining` is each of
the first two, told by its first argument; the worker imports no more than a worker does.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.delivery.services import targets
from app.installation.serving import set_aside
from app.kernel.actors import Permission, system_actor
from config.secrets import DELIVERY, read_secret
from tests.bench.lrs import BATCH, Filled, made, settle
from tests.flows.second_lrs import Listening
from tests.installation import Installation, open_installation
from xapi.delivery import KIND
from xapi.services.credentials import Scope, add_credential

WARMING = 2_000
"""How many statements the other LRS gets before anything is measured."""

COMMAND = system_actor("command", Permission.TARGET_ADMINISTER)


@dataclass(frozen=True)
class Drained:
    """Statements a second that the LRS takes by itself, and that the worker brings there; the worker's memory."""

    own: float
    drained: float
    megabytes: float


@contextmanager
def serving(installation: Installation, var: Path) -> Iterator[str]:
    """Serve an installation from a process of its own for the length of a block; give its address."""
    command = _command("serve", installation.settings.database_url, str(var))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def measure(full: Filled, other: Installation, other_var: Path) -> Drained:
    """Send as many statements as an LRS holds to another, once bare and once by the worker, one after the other."""
    with other.storage.transaction() as session:
        credential, password = add_credential(session, "bench", [Scope.ALL], actor=COMMAND)
        username = credential.username
    house = full.installation
    key = read_secret(house.settings.keys, DELIVERY)
    with serving(other, other_var) as address:
        _asked("send", address, username, password, str(2 * full.statements), str(WARMING))
        settle(other.storage)
        own = _asked("send", address, username, password, str(full.statements), str(full.statements))
        new = targets.NewTarget(KIND, "bench", address, password, {"username": username})
        with house.storage.transaction() as session:
            targets.add_target(session, key, new, actor=COMMAND)
        worker = [sys.executable, "-m", "tests.bench.draining_worker", house.settings.database_url, key.hex()]
        drained = json.loads(subprocess.run(worker, stdout=subprocess.PIPE, text=True, check=True).stdout)
    if drained["statements"] != full.statements:
        raise RuntimeError(f"{drained['statements']} of {full.statements} statements arrived")
    return Drained(own["rate"], drained["rate"], drained["megabytes"])


def serve(url: str, var: str) -> None:
    """Serve until somebody ends this process."""
    served = Listening(open_installation(url, Path(var)))
    set_aside()
    served.start()
    _tell(served.address)
    while True:
        time.sleep(1)


def send(address: str, username: str, password: str, start: str, number: str) -> None:
    """Send so many statements in batches on one connection, and do nothing else; none that the backlog holds."""
    first, after = int(start), int(start) + int(number)
    contents = (
        json.dumps([made(place) for place in range(begin, min(begin + BATCH, after))], separators=(",", ":")).encode()
        for begin in range(first, after, BATCH)
    )
    headers = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
    seconds = 0.0
    with httpx.Client(auth=(username, password), headers=headers, timeout=60) as client:
        for content in contents:
            started = time.perf_counter()
            client.post(f"{address}/statements", content=content).raise_for_status()
            seconds += time.perf_counter() - started
    _tell(json.dumps({"rate": int(number) / seconds}))


def _asked(*arguments: str) -> Any:
    done = subprocess.run(_command(*arguments), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.draining", *arguments]


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    parts: dict[str, Callable[..., None]] = {"serve": serve, "send": send}
    parts[sys.argv[1]](*sys.argv[2:])
