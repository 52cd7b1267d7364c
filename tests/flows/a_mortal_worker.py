"""A worker in a process of its own that is killed at a line of the loop, again and again: each time a fork of it.

Reads a line of JSON for each life: `at` the time it lives in, `die` the place it dies at (a file and a line; None to
live to the end). Answers each with a line of JSON: how it ended, and every place it came by if it lived.
"""

import contextlib
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


def live(url, key, order, answer):
    """Deliver until nothing is due, or until the place to die is reached; write down where this came by."""
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

    storage, couriers = Storage.open(url), Couriers(key, Limits(requests=1, parcels=8))
    with clock.simulated(clock.from_text(order["at"])):
        sys.settrace(look)
        while not deliver_once(storage, couriers).idle:
            pass
        sys.settrace(None)
    os.write(answer, json.dumps(list(places)).encode())


def main():
    """Live once for each order."""
    url, key = sys.argv[1], bytes.fromhex(sys.argv[2])
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with contextlib.suppress(BaseException):
                live(url, key, json.loads(line), writing)
                os._exit(0)
            os._exit(1)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            places = pipe.read()
        _, status = os.waitpid(child, 0)
        ended = {"code": os.waitstatus_to_exitcode(status), "places": json.loads(places or "[]")}
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
