"""A worker is killed at every line of the loop, one after the other: nothing is lost, nothing arrives twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from app.kernel import clock
from tests.flows.delivering import LONGER_THAN_A_LEASE
from tests.flows.lrs import Program
from tests.flows.second_lrs import everything_in
from tests.unit.xapi.trail import statement

A_MORTAL_WORKER = Path(__file__).with_name("a_mortal_worker.py")
LEAST_PLACES = 100


class Lives:
    """A worker that lives many times, each time later than any lease of the life before."""

    def __init__(self, delivery):
        self.delivery = delivery
        command = [sys.executable, str(A_MORTAL_WORKER), delivery.house.settings.database_url, delivery.key.hex()]
        self.process = subprocess.Popen(
            command, cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def live(self, die=None):
        """Live once, to the end or to a place to die at, and return where it came by, or how it ended."""
        self.delivery.time = max(self.delivery.time, clock.now()) + LONGER_THAN_A_LEASE
        order = {"at": clock.to_text(self.delivery.time), "die": die}
        orders, answers = self.process.stdin, self.process.stdout
        assert orders
        assert answers
        orders.write(json.dumps(order) + "\n")
        orders.flush()
        return json.loads(answers.readline())

    def end(self):
        """Live no more."""
        self.process.communicate()


def test_a_worker_killed_at_any_line_of_the_loop_loses_nothing_and_doubles_nothing(delivery):
    delivery.add_target()
    delivery.happen()
    program = Program.of(delivery.house, name="outside")
    lives = Lives(delivery)
    places = lives.live()["places"]
    ends = {}
    for place in places:
        program.post(statement())
        ends[tuple(place)] = lives.live(die=place)["code"]
    lives.end()
    delivery.deliver_in_the_end()

    assert len(places) > LEAST_PLACES
    assert {place: end for place, end in ends.items() if end != -signal.SIGKILL} == {}
    assert len(everything_in(delivery.second)) == 10 + len(places)
    delivery.assert_same()
