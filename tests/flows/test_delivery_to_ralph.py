"""What the hub holds arrives at Ralph, which is another program, each statement once, whatever befalls the line."""

import pytest

from app.delivery.rules import Destination, Limits
from app.delivery.services.couriers import Couriers, deliver_once
from app.storage import Storage
from tests.flows.delivering import Delivery, second_hub
from tests.flows.second_lrs import (
    answering,
    cut_after_storing,
    cut_before_storing,
    everything_in,
    faulty_line,
    pass_on,
    store_half,
)
from tests.flows.second_ralph import USERNAME, running_ralph
from xapi.delivery import StatementKind


class DeliveryToRalph(Delivery):
    """A hub, Ralph behind a line, and a worker between them."""

    def __init__(self, house, ralph, line):
        super().__init__(house, None, line, (USERNAME, ralph.password))
        self.ralph = ralph

    def assert_same(self):
        """Ralph holds what the hub holds, each once, in the same order."""
        here, there = everything_in(self.house), self.ralph.statements()
        assert [item["id"] for item in there] == [item["id"] for item in here]
        assert [{name: sent[name] for name in item} for item, sent in zip(here, there, strict=True)] == here


@pytest.fixture
def delivery(founded_sqlite_template, tmp_path):
    """A hub that delivers to a Ralph of its own."""
    with (
        second_hub(founded_sqlite_template, tmp_path) as house,
        running_ralph(tmp_path / "ralph") as ralph,
        faulty_line(ralph) as line,
    ):
        made = DeliveryToRalph(house, ralph, line)
        made.add_target(address=line.address.removesuffix("/xapi") + "/xAPI")
        yield made
        made.couriers.close()


FAULTS = {
    "cut before storing": [cut_before_storing],
    "cut after storing": [cut_after_storing],
    "half stored": [store_half],
    "500, 429, 413": [answering(500), answering(429, Retry_After="120"), answering(413)],
    "409 with nothing stored": [answering(409)],
    "again and again": [cut_after_storing, answering(503), store_half, cut_before_storing, cut_after_storing],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_middle_loses_nothing_and_doubles_nothing_at_ralph(delivery, faults):
    delivery.happen(2)
    delivery.deliver()
    delivery.line.faults = list(faults)
    delivery.deliver_in_the_end()

    assert (delivery.standing().dead, delivery.standing().held, delivery.standing().sent) == (0, 0, 20)
    delivery.assert_same()


def test_ralph_that_goes_away_and_two_workers_lose_nothing(delivery):
    delivery.happen(3)
    delivery.line.always = cut_before_storing
    delivery.deliver()
    delivery.line.always = cut_after_storing
    other = Storage.open(delivery.house.settings.database_url)
    couriers = Couriers(delivery.key)
    deliver_once(other, couriers)
    delivery.line.always = pass_on
    delivery.deliver_in_the_end()
    couriers.close()
    other.close()

    delivery.assert_same()


def test_a_rehearsal_is_read_back_from_ralph(delivery):
    address = delivery.line.address.removesuffix("/xapi") + "/xAPI"
    destination = Destination("t", "t", address, settings={"username": USERNAME}, secret=delivery.password)
    carrier = StatementKind().open(destination, Limits())
    probes = [carrier.rehearse() for _ in range(2)]
    carrier.close()

    # The second time it answers 409 for what it knows, and is asked what it has.
    assert [probe.works for probe in probes] == [True, True]
    assert probes[1].answer.startswith("409, read back: the same statement is there")
    assert len(delivery.ralph.statements()) == 2
