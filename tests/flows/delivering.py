"""A hub that delivers to a second Cahier behind a faulty line, told shortly."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from app.delivery.rules import Limits, Patience
from app.delivery.services import letters, targets
from app.delivery.services.couriers import Couriers, deliver_once
from app.delivery.services.standing import standings
from app.kernel import clock
from config.secrets import DELIVERY, read_secret
from tests.flows.lrs import COMMAND, give_credential
from tests.flows.second_lrs import everything_in, faulty_line, listening
from tests.installation import open_installation
from tests.unit.xapi.trail import HUB, write_record
from xapi.delivery import KIND
from xapi.feed import derive_once

LONGER_THAN_A_LEASE = timedelta(minutes=2)
IN_A_HURRY = Patience(connect=2, write=2, read=0.4, talk=1)


class Delivery:
    """A hub, a second Cahier behind a line, and a worker between them."""

    def __init__(self, house, second, line, credentials=None):
        self.house = house
        self.second = second
        self.line = line
        self.key = read_secret(house.settings.keys, DELIVERY)
        self.couriers = Couriers(self.key, Limits(requests=1, parcels=8))
        known: tuple[str, str] = credentials or give_credential(second)
        self.username, self.password = known
        self.time = clock.now()

    def add_target(self, name="second", address=None, **changed):
        """Make the second LRS a target of the hub."""
        given = {"username": self.username, "password": self.password} | changed
        new = targets.NewTarget(
            KIND, name, address or self.line.address, given["password"], {"username": given["username"]}
        )
        with self.house.storage.transaction() as session:
            targets.add_target(session, self.key, new, actor=COMMAND)

    def happen(self, records=1):
        """Let records be executed and become statements."""
        for _ in range(records):
            write_record(self.house.storage, operator_id=self.house.operator_id("ALPHA"))
        while derive_once(self.house.storage, HUB):
            pass

    def deliver(self):
        """Serve the target once, now."""
        return deliver_once(self.house.storage, self.couriers)

    def deliver_in_the_end(self):
        """Serve the target until nothing is left, however long it has to rest in between."""
        self.time = max(self.time, clock.now())
        for _ in range(60):
            with clock.simulated(self.time):
                progress = self.deliver()
            standing = self.standing()
            if progress.idle and standing.pending == 0:
                return
            due = clock.from_text(standing.not_before) if standing.not_before else self.time
            self.time = max(due, self.time + LONGER_THAN_A_LEASE)
        raise AssertionError(f"never ends: {self.standing()}")

    def standing(self):
        """Return where the target stands."""
        with self.house.storage.reading() as session:
            return standings(session, COMMAND)[0]

    def assert_same(self):
        """Both LRSs hold the same statements, each once, in the same order."""
        here, there = everything_in(self.house), everything_in(self.second)
        assert here == there
        assert len({item["id"] for item in there}) == len(there)

    def resend(self, parcels=None):
        """Have what the target refused sent again."""
        with self.house.storage.transaction() as session:
            return letters.resend_letters(session, "second", parcels, actor=COMMAND)

    def hurry(self):
        """Wait for nothing longer than a moment."""
        self.couriers.close()
        self.couriers = Couriers(self.key, Limits(requests=1, parcels=8, patience=IN_A_HURRY))


@contextmanager
def delivering(house, second) -> Iterator[Delivery]:
    """Put a faulty line between a hub and a second one that listens."""
    with listening(second) as behind, faulty_line(behind) as line:
        made = Delivery(house, second, line)
        yield made
        made.couriers.close()


@contextmanager
def second_hub(template: Path, folder: Path):
    """Open a second hub, founded like the first."""
    copy = folder / "second.sqlite"
    copy.write_bytes(template.read_bytes())
    second = open_installation(f"sqlite:///{copy}", folder / "second")
    yield second
    second.storage.close()
