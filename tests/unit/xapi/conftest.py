"""A hub whose trail holds lines, and the feed that reads them."""

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from app.audit.models import Line
from app.audit.services import read_body
from app.identity.services.operators import add_operator, found_hub
from app.kernel.actors import Permission, system_actor
from app.storage import Storage
from tests.unit.xapi.trail import HUB
from xapi.feed import derive_once
from xapi.models import Statement

COMMAND = system_actor("command", Permission.OPERATOR_ADMINISTER, Permission.TARGET_ADMINISTER)


@dataclass
class LrsOfAHub:
    """A founded hub with two operators, and what its LRS holds."""

    storage: Storage
    alpha: str
    beta: str

    def read_all(self, **how):
        """Let the feed read every log to its end, and return how many rounds that took."""
        rounds = 0
        while derive_once(self.storage, HUB, **how):
            rounds += 1
        return rounds

    def rows(self):
        """Return the stored statements in their order."""
        with self.storage.reading() as session:
            return session.scalars(select(Statement).order_by(Statement.ordinal)).all()

    def actions(self):
        """Return the deeds in all logs."""
        with self.storage.reading() as session:
            return [read_body(body)["action"] for body in session.scalars(select(Line.body))]

    def statements(self):
        """Return what the stored statements say, in their order."""
        return [json.loads(row.body) for row in self.rows()]


@pytest.fixture
def lrs(storage):
    """A founded hub with the operators ALPHA and BETA."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=COMMAND)
    ids = []
    for code in ("ALPHA", "BETA"):
        with storage.transaction() as session:
            ids.append(add_operator(session, code, code.title(), zone="Europe/Brussels", actor=COMMAND).id)
    return LrsOfAHub(storage, *ids)
