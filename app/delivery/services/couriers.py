"""The work of delivery: serve one target once. Any number of workers call this, on any number of machines.

A round is: lease a target, read its next parcels, send them outside every transaction, write down what came of it and
give the lease back. A worker that dies in between leaves a lease that runs out; the next one sends the same parcels
with the same bytes, which a target recognises. Nothing is written down by a worker whose lease another one holds by
then.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.delivery import queries
from app.delivery.errors import LeaseLost, SealBroken
from app.delivery.models import Delivery, Target, TargetState
from app.delivery.rules import (
    LONGEST_ANSWER,
    Content,
    Fate,
    Halt,
    Label,
    Limits,
    Parcel,
    Receipt,
    Report,
    StopReason,
    circuit_of,
    next_attempt,
    parcels_at_once,
)
from app.delivery.services.kinds import Carrier, kind_named
from app.delivery.services.seals import unseal
from app.kernel import clock
from app.storage import Storage
from app.storage.rows import in_portions
from app.storage.tables import new_id, table_of

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
            self._carriers[name] = open_carrier(target, self.key, self.limits)
        return self._carriers[name]

    def close(self) -> None:
        """Let go of all connections."""
        while self._carriers:
            self._carriers.popitem()[1].close()


@dataclass(frozen=True)
class _Batch:
    """What one round takes up: parcels that go out, and what is held back because something refused stands before."""

    parcels: Sequence[Parcel] = ()
    held: Sequence[Label] = ()

    @property
    def labels(self) -> list[Label]:
        return [*(Label(parcel.position, parcel.reference, parcel.sequence) for parcel in self.parcels), *self.held]


def open_carrier(target: Target, key: bytes, limits: Limits | None = None) -> Carrier:
    """Open a connection to a target with its secret in the clear; raises SealBroken."""
    secret = unseal(key, target.id, target.sealed_secret) if target.sealed_secret else ""
    return kind_named(target.kind).open(queries.destination_of(target, secret), limits or Limits())


def deliver_once(storage: Storage, couriers: Couriers) -> Progress:
    """Serve the target that waited longest, once, and say what came of it; idle when none has anything due.

    Raises nothing for what a target, the network or another worker does.
    """
    lease, begun = new_id(), clock.now()
    target = _lease_target(storage, couriers.limits, lease)
    if target is None:
        return Progress()
    with storage.reading() as session:
        batch = _next_batch(session, target, couriers.limits)
    keep = _Lease(storage, target.id, lease, couriers.limits, begun + couriers.limits.lease).keep
    try:  # another worker may have sent everything between the look and the lease
        batch = _make_ready(storage, target, batch)
        report = _send(couriers, target, batch.parcels, keep) if batch.parcels else Report()
        return _write_down(storage, target, lease, batch, report, couriers.limits)
    except LeaseLost:
        return Progress(target.name, left=len(batch.parcels), answer="another worker took over")


def _make_ready(storage: Storage, target: Target, batch: _Batch) -> _Batch:
    destination = queries.destination_of(target)
    return replace(batch, parcels=kind_named(target.kind).make_ready(storage, destination, batch.parcels))


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
            state = queries.locked_state(session, target.id, skip_locked=True)
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


def _next_batch(session: Session, target: Target, limits: Limits) -> _Batch:
    """Return what is taken up now: first what was tried before, then what comes after, as much as fits."""
    kind, state = kind_named(target.kind), session.get_one(TargetState, target.id)
    destination = queries.destination_of(target)
    most = parcels_at_once(circuit_of(state.failures, state.not_before, clock.now(), limits), limits)
    pending = queries.pending_deliveries(session, target.id, most)
    labels = [Label(row.position, row.parcel, row.sequence) for row in pending]
    if len(labels) < most:
        labels += kind.draw(session, destination, state.position, most - len(labels))
    blocked = queries.blocked_sequences(session, target.id, (label.sequence for label in labels))
    held = {label for label in labels if label.position > blocked.get(label.sequence or "", label.position)}
    free = [label for label in labels if label not in held]
    octets = limits.octets * limits.requests
    contents = kind.load(session, destination, [label.reference for label in free], octets) if free else {}
    # The place is moved to the end of what is taken up, so nothing may be left out before that.
    taken = list(takewhile(lambda label: label in held or label.reference in contents, labels))
    parcels = [_parcel(label, contents[label.reference]) for label in taken if label not in held]
    return _Batch(parcels, [label for label in taken if label in held])


def _parcel(label: Label, content: Content) -> Parcel:
    return Parcel(label.position, label.reference, content.body, label.sequence, content.enclosed)


@dataclass
class _Lease:
    """A worker's right to serve a target; nobody else can take it before `until`."""

    storage: Storage
    target_id: str
    lease: str
    limits: Limits
    until: datetime

    def keep(self) -> None:
        """Renew the lease once half of it is gone; raise LeaseLost when it is another worker's by now."""
        now = clock.now()
        if self.until - now > self.limits.lease / 2:
            return
        with self.storage.transaction() as session:
            state = _own_state(session, self.target_id, self.lease)
            state.leased_until = self.until = now + self.limits.lease


def _write_down(
    storage: Storage, target: Target, lease: str, batch: _Batch, report: Report, limits: Limits
) -> Progress:
    """Keep the receipts, move on, and give the lease back; raises LeaseLost and then keeps nothing."""
    now, answer = clock.now(), _last_answer(report)
    fates = [receipt.fate for receipt in report.receipts]
    sent, dead = fates.count(Fate.SENT), fates.count(Fate.DEAD)
    with storage.transaction() as session:
        state = _own_state(session, target.id, lease)
        _keep_receipts(session, target.id, batch, report)
        state.position = max([state.position, *(label.position for label in batch.labels)])
        state.lease, state.leased_until = None, None
        if report.halt is not None:
            state.failures = 1 if sent else state.failures + 1
            state.stopped = report.halt.stop
            state.not_before = next_attempt(now, state.failures, _chance.random(), report.halt, limits)
        elif batch.parcels:
            state.failures, state.not_before = 0, None
        if answer:
            state.last_answer, state.last_answer_at = answer, now
    return Progress(target.name, sent, dead, len(batch.parcels) - len(fates), answer)


def _keep_receipts(session: Session, target_id: str, batch: _Batch, report: Report) -> None:
    """Write one row for each parcel that was taken up, also for those without an answer: they go first next time."""
    known = _rows_of(session, target_id, batch.labels)
    receipts = {receipt.position: receipt for receipt in report.receipts}
    held = {label.position for label in batch.held}
    held |= {receipt.position for receipt in report.receipts if receipt.fate is Fate.HELD}
    blocked = _blocked(session, target_id, batch, report, held)
    said = {parcel.position: _said(parcel, receipts.get(parcel.position), report) for parcel in batch.parcels}
    fresh = []
    for label in batch.labels:
        if label.position in held:  # somebody may have set aside what held it while the round was on its way
            now: dict[str, Any] = {"fate": Fate.HELD if label.sequence in blocked else Fate.PENDING}
        else:
            now = said[label.position]
        row, attempts = known.get(label.position), int(label.position not in held)
        if row is None:
            named = {"target_id": target_id, "position": label.position, "parcel": label.reference}
            unsaid = {"digest": None, "answer": None, "answered_at": None}
            fresh.append(named | unsaid | {"sequence": label.sequence, "attempts": attempts} | now)
        else:
            row.attempts += attempts
            for name, value in now.items():
                setattr(row, name, value)
    if fresh:
        session.execute(insert(table_of(Delivery)), fresh)


def _said(parcel: Parcel, receipt: Receipt | None, report: Report) -> dict[str, Any]:
    """Return what is kept of a parcel that went out: its bytes' digest, and what the target said, of it or at all."""
    answer = receipt.answer if receipt else report.halt.answer if report.halt else ""
    return {
        "fate": receipt.fate if receipt else Fate.PENDING,
        "digest": hashlib.sha256(parcel.body).hexdigest(),
        "answer": answer[:LONGEST_ANSWER],
        "answered_at": clock.now(),
    }


def _blocked(session: Session, target_id: str, batch: _Batch, report: Report, held: set[int]) -> set[str | None]:
    """Return the sequences in which something was refused for good, in this round or before."""
    if not held:
        return set()
    dead = {receipt.position for receipt in report.receipts if receipt.fate is Fate.DEAD}
    now = {label.sequence for label in batch.labels if label.position in dead}
    before = queries.blocked_sequences(session, target_id, [x.sequence for x in batch.labels if x.position in held])
    return now | set(before)


def _rows_of(session: Session, target_id: str, labels: Sequence[Label]) -> dict[int, Delivery]:
    """Return the rows of the parcels that were taken up before, by position."""
    found: dict[int, Delivery] = {}
    for some in in_portions([label.position for label in labels]):
        query = select(Delivery).where(Delivery.target_id == target_id, Delivery.position.in_(some))
        found |= {row.position: row for row in session.scalars(query)}
    return found


def _last_answer(report: Report) -> str:
    said = [receipt.answer for receipt in report.receipts if receipt.answer]
    answer = report.halt.answer if report.halt else said[-1] if said else ""
    return answer[:LONGEST_ANSWER]


def _own_state(session: Session, target_id: str, lease: str) -> TargetState:
    state = queries.locked_state(session, target_id)
    if state is None or state.lease != lease:
        raise LeaseLost
    return state
