"""Where every target stands, in figures a person or a program can read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.delivery import queries
from app.delivery.rules import Limits, circuit_of
from app.delivery.services.kinds import kind_named
from app.kernel import clock
from app.kernel.actors import Actor


@dataclass(frozen=True)
class Standing:
    """One target: what waits, what arrived, what was refused for good, what it said last, why it is not served.

    `circuit` says how far it is trusted after `failures` rounds in a row that failed.
    """

    name: str
    kind: str
    address: str
    operator_id: str | None
    pending: int
    sent: int
    dead: int
    held: int
    set_aside: int
    circuit: str
    failures: int
    last_answer: str | None
    last_answer_at: str | None
    stopped: str | None
    not_before: str | None

    @property
    def answered(self) -> datetime | None:
        """When it answered last."""
        return clock.from_text(self.last_answer_at) if self.last_answer_at else None

    @property
    def next_attempt(self) -> datetime | None:
        """Before when it is not tried again."""
        return clock.from_text(self.not_before) if self.not_before else None

    def to_json(self) -> dict[str, Any]:
        """Return the figures for a program."""
        return dict(vars(self))


def standings(session: Session, actor: Actor, kind: str | None = None) -> list[Standing]:
    """Return where each target in use stands, by name: those of the actor's operator, or all for the hub."""
    return [_standing(session, backlog) for backlog in queries.backlogs(session, actor, kind)]


def _standing(session: Session, backlog: queries.Backlog) -> Standing:
    target, state = backlog.target, backlog.state
    waiting = kind_named(target.kind).waiting(session, queries.destination_of(target), state.position)
    return Standing(
        name=target.name,
        kind=target.kind,
        address=target.address,
        operator_id=target.operator_id,
        pending=backlog.pending + waiting,
        sent=backlog.sent,
        dead=backlog.dead,
        held=backlog.held,
        set_aside=backlog.set_aside,
        circuit=circuit_of(state.failures, state.not_before, clock.now(), Limits()).value,
        failures=state.failures,
        last_answer=state.last_answer,
        last_answer_at=clock.to_text(state.last_answer_at) if state.last_answer_at else None,
        stopped=state.stopped.value if state.stopped else None,
        not_before=clock.to_text(state.not_before) if state.not_before else None,
    )
