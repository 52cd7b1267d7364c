"""The work of delivery: serve one target once. Any number of workers call this, on any number of machines.

A round is: lease a target, read its next parcels, send them outside every transaction, write down what came of it and
give the lease back. A worker that dies in between leaves a lease that runs out; the next one sends the same parcels
with the same bytes, which a target recognises. Nothing is written down by a worker whose lease another one holds by
then.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.delivery import queries
from app.delivery.errors import LeaseLost, SealBroken
from app.delivery.models import Delivery, Target, TargetState
from app.delivery.rules import LONGEST_ANSWER, Fate, Halt, Limits, Parcel, Report, StopReason, fill, next_attempt
from app.delivery.services.kinds import Carrier, kind_named
from app.delivery.services.seals import unseal
from app.kernel import clock
from app.storage import Storage
from app.storage.tables import new_id

_chance = secrets.SystemRandom()


@dataclass(frozen=True)
class Progress:
    """What one round did; `target` is None when no target had anything due."""

    target: str | None = None
    sent: int = 0
    dead: int = 0
    left: int = 0
    answer: str = ""

    @property
    def idle(self) -> bool:
        """Say whether there was nothing to do, so that the worker may sleep."""
        return self.target is None


@dataclass
class Couriers:
    """The open connections of one worker, kept from round to round; `key` opens the targets' secrets."""

    key: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    _carriers: dict[tuple[str, int], Carrier] = field(default_factory=dict, init=False)

    def carrier_for(self, target: Target) -> Carrier:
        """Return the connection to a target, opened anew when the target was changed since."""
        name = (target.id, target.row_version)
        if name not in self._carriers:
            for old in [known for known in self._carriers if known[0] == target.id]:
                self._carriers.pop(old).close()
            self._carriers[name] = open_carrier(target, self.key)
        return self._carriers[name]

    def close(self) -> None:
        """Let go of all connections."""
        while self._carriers:
            self._carriers.popitem()[1].close()


def open_carrier(target: Target, key: bytes) -> Carrier:
    """Open a connection to a target with its secret in the clear; raises SealBroken."""
    secret = unseal(key, target.id, target.sealed_secret) if target.sealed_secret else ""
    return kind_named(target.kind).open(queries.destination_of(target, secret))


def deliver_once(storage: Storage, couriers: Couriers) -> Progress:
    """Serve the target that waited longest, once, and say what came of it; idle when none has anything due.

    Raises nothing for what a target, the network or another worker does.
    """
    lease = new_id()
    target = _lease_target(storage, couriers.limits, lease)
    if target is None:
        return Progress()
    with storage.reading() as session:
        parcels = _next_parcels(session, target, couriers.limits)
    keep = partial(_keep_lease, storage, target.id, lease, couriers.limits)
    try:  # another worker may have sent everything between the look and the lease
        report = _send(couriers, target, parcels, keep) if parcels else Report()
        return _write_down(storage, target, lease, parcels, report, couriers.limits)
    except LeaseLost:
        return Progress(target.name, left=len(parcels), answer="another worker took over")


def _send(couriers: Couriers, target: Target, parcels: Sequence[Parcel], keep: Callable[[], None]) -> Report:
    try:
        carrier = couriers.carrier_for(target)
    except SealBroken as error:  # one target's lost secret must not keep the others waiting
        return Report(halt=Halt(str(error), stop=StopReason.SECRET))
    except OSError as error:  # nor a file that its settings name and that is not there today
        return Report(halt=Halt(f"cannot be opened: {error}"))
    return carrier.send(parcels, keep)


def _lease_target(storage: Storage, limits: Limits, lease: str) -> Target | None:
    """Take the right to serve a target that has something due; looks before it asks for the right to write."""
    now = clock.now()
    with storage.reading() as session:
        due = [target for target, state in queries.due_targets(session, now) if _has_work(session, target, state)]
    for target in due:
        with storage.transaction() as session:
            state = _locked_state(session, target.id, skip_locked=True)
            if state is None or state.stopped or _is_later(state.leased_until, now) or _is_later(state.not_before, now):
                continue  # another worker was quicker
            state.lease, state.leased_until, state.served_at = lease, now + limits.lease, now
        return target
    return None


def _is_later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now


def _has_work(session: Session, target: Target, state: TargetState) -> bool:
    if queries.pending_deliveries(session, target.id, 1):
        return True
    destination = queries.destination_of(target)
    return bool(kind_named(target.kind).draw(session, destination, state.position, 1))


def _next_parcels(session: Session, target: Target, limits: Limits) -> list[Parcel]:
    """Return what goes out now: first what was tried before, then what comes after, as much as fits."""
    kind, state = kind_named(target.kind), session.get_one(TargetState, target.id)
    pending = queries.pending_deliveries(session, target.id, limits.parcels)
    bodies = kind.load(session, [row.parcel for row in pending]) if pending else {}
    parcels = [Parcel(row.position, row.parcel, bodies[row.parcel]) for row in pending]
    room = limits.parcels - len(parcels)
    if room:
        parcels += kind.draw(session, queries.destination_of(target), state.position, room)
    return fill(parcels, limits)


def _keep_lease(storage: Storage, target_id: str, lease: str, limits: Limits) -> None:
    """Renew a lease once half of it is gone; raise LeaseLost when it is another worker's by now."""
    now = clock.now()
    with storage.reading() as session:
        state = session.get_one(TargetState, target_id)
        if state.lease != lease:
            raise LeaseLost
        if state.leased_until and state.leased_until - now > limits.lease / 2:
            return
    with storage.transaction() as session:
        state = _own_state(session, target_id, lease)
        state.leased_until = now + limits.lease


def _write_down(
    storage: Storage, target: Target, lease: str, parcels: Sequence[Parcel], report: Report, limits: Limits
) -> Progress:
    """Keep the receipts, move on, and give the lease back; raises LeaseLost and then keeps nothing."""
    now = clock.now()
    with storage.transaction() as session:
        state = _own_state(session, target.id, lease)
        _keep_receipts(session, target.id, parcels, report)
        state.position = max([state.position, *(parcel.position for parcel in parcels)])
        state.lease, state.leased_until = None, None
        answer = _last_answer(report)
        state.last_answer, state.last_answer_at = answer, now
        if report.halt is None:
            state.failures, state.not_before = 0, None
        else:
            state.failures += 1
            state.stopped = report.halt.stop
            state.not_before = next_attempt(now, state.failures, _chance.random(), report.halt, limits)
    fates = [receipt.fate for receipt in report.receipts]
    sent, dead = fates.count(Fate.SENT), fates.count(Fate.DEAD)
    return Progress(target.name, sent, dead, len(parcels) - sent - dead, answer)


def _keep_receipts(session: Session, target_id: str, parcels: Sequence[Parcel], report: Report) -> None:
    """Write one row for each parcel that was taken up, also for those without an answer: they go first next time."""
    receipts = {receipt.position: receipt for receipt in report.receipts}
    positions = [parcel.position for parcel in parcels]
    rows = session.scalars(
        select(Delivery).where(Delivery.target_id == target_id, Delivery.position.in_(positions))
    ).all()
    known = {row.position: row for row in rows}
    halted = report.halt or Halt("")
    for parcel in parcels:
        row = known.get(parcel.position)
        if row is None:
            row = Delivery(target_id=target_id, position=parcel.position, parcel=parcel.reference, attempts=0)
            session.add(row)
        receipt = receipts.get(parcel.position)
        row.attempts += 1
        row.fate = receipt.fate if receipt else Fate.PENDING
        row.answer = (receipt.answer if receipt else halted.answer)[:LONGEST_ANSWER]
        row.answered_at = clock.now()


def _last_answer(report: Report) -> str:
    answer = report.halt.answer if report.halt else report.receipts[-1].answer if report.receipts else ""
    return answer[:LONGEST_ANSWER]


def _locked_state(session: Session, target_id: str, *, skip_locked: bool = False) -> TargetState | None:
    """Return a target's state, locked; SQLite's transactions exclude each other without it."""
    query = select(TargetState).where(TargetState.target_id == target_id)
    return session.scalar(query.with_for_update(skip_locked=skip_locked))


def _own_state(session: Session, target_id: str, lease: str) -> TargetState:
    state = _locked_state(session, target_id)
    if state is None or state.lease != lease:
        raise LeaseLost
    return state
