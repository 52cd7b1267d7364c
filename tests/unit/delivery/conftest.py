"""A hub with a box for letters as its target, and workers that carry them."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.delivery.models import Delivery, TargetState
from app.delivery.rules import Limits
from app.delivery.services import targets
from app.delivery.services.couriers import Couriers, deliver_once
from app.delivery.services.kinds import register_kind
from app.identity.services.operators import add_operator, found_hub
from app.kernel.actors import Permission, system_actor
from app.storage import Storage
from tests.unit.delivery.letters import Box, Letters

COMMAND = system_actor("command", Permission.OPERATOR_ADMINISTER, Permission.TARGET_ADMINISTER)
KEY = bytes(range(32))


@dataclass
class Office:
    """A hub, its box, and one worker's connections."""

    storage: Storage
    box: Box
    couriers: Couriers
    alpha: str

    def add(self, name="box", secret="geheim", actor=COMMAND, **more):
        """Add a target and return its id."""
        new = targets.NewTarget("letters", name, "https://box.example/in/", secret, **more)
        with self.storage.transaction() as session:
            return targets.add_target(session, KEY, new, actor=actor).id

    def write(self, number):
        """Write so many letters."""
        self.box.letters += [b"Dear LRS" for _ in range(number)]

    def deliver(self):
        """Serve one target once."""
        return deliver_once(self.storage, self.couriers)

    def deliver_all(self, most=50):
        """Serve targets until nothing is due."""
        for _ in range(most):
            if self.deliver().idle:
                return
        raise AssertionError("the deliveries never end")

    def state(self):
        """Return where the delivery to the only target stands."""
        with self.storage.reading() as session:
            return session.scalars(select(TargetState)).one()

    def receipts(self):
        """Return what became of each letter."""
        with self.storage.reading() as session:
            return session.scalars(select(Delivery).order_by(Delivery.position)).all()


@pytest.fixture
def office(storage):
    """A founded hub with an empty box, not yet a target."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=COMMAND)
    with storage.transaction() as session:
        alpha = add_operator(session, "ALPHA", "Alpha", zone="Europe/Brussels", actor=COMMAND).id
    box = Box()
    register_kind(Letters(box))
    couriers = Couriers(KEY, Limits(requests=1, parcels=4))
    yield Office(storage, box, couriers, alpha)
    couriers.close()
