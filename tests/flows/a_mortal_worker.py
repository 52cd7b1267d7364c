"""A worker in a process of its own that is killed at a line of the loop, again and again: each time a fork of it.

Reads a line of JSON for each life: `at` the time it lives in, `die` the place it dies at (a file and a line; None to
live to the end). Answers each with a line of JSON: how it ended, and every place it came by if it lived. Whoever is not
to die lives in the process itself, so that the forks after it need not learn again what it learned.
"""

import contextlib
import gc
import json
import os
import signal
import sys
from pathlib import Path

import app.delivery.services.couriers
import xapi.carrying
import xapi.delivery
from app.delivery.rules import Limits
from app.delivery.services.couriers import Couriers, deliver_once
from app.kernel import clock
from app.storage import Storage

LOOP = {
    module.__file__: Path(module.__file__).name
    for module in (app.delivery.services.couriers, xapi.carrying)
    if module.__file__
}


def live(storage, key, order):
    """Deliver until nothing is due, or until the place to die is reached; return where this came by."""
    places: dict[tuple[str, int], None] = {}

    def look(frame, event, _argument):
        name = LOOP.get(frame.f_code.co_filename)
        if name is None:
            return None
        if event == "line":
            if [name, frame.f_lineno] == order["die"]:
                os.kill(os.getpid(), signal.SIGKILL)
            places[name, frame.f_lineno] = None
        return look

    couriers = Couriers(key, Limits(requests=1, parcels=8))
    with clock.simulated(clock.from_text(order["at"])):
        sys.settrace(look)
        while not deliver_once(storage, couriers).idle:
            pass
        sys.settrace(None)
    couriers.close()
    return list(places)


def die(storage, key, order):
    """Live in a fork, which is to die; return how it ended."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            live(storage, key, order)
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main():
    """Live once for each order."""
    storage, key = Storage.open(sys.argv[1]), bytes.fromhex(sys.argv[2])
    for line in sys.stdin:
        order = json.loads(line)
        ended = {"code": die(storage, key, order)} if order["die"] else {"places": live(storage, key, order)}
        storage.close()  # a fork must open connections of its own
        gc.freeze()
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
