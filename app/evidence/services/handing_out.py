"""The act of handing a record out, and the orders that the worker carries out after it."""

from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.services import note
from app.audit.texts import doom_key
from app.evidence.models import ExportOrder, Form, OrderState
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.notebook.models import Record
from app.notebook.queries import access_record
from app.notebook.services.bench import record_facts, record_subject
from app.storage.passing import open_passing, owner_of_day, remove_days, seal_passing
from app.storage.vault import Vault

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=1)
KIND = "exports"


def export_record(session: Session, record_id: str, form: Form, *, actor: Actor) -> Record:
    """Note that a person takes a record away in a form; raises NotFound for one they may not see.

    The files are made after this act, so that the record's chain in them ends with it.
    """
    role = actor.require(Permission.TRAIL_READ, f"record:{record_id}")
    record = access_record(session, record_id, actor)
    after = record_facts(record) | {"state": record.state.value, "form": form.value}
    note(session, Action.RECORD_EXPORTED, record_subject(record), actor=actor, role=role, after=after)
    return record


def order_export(session: Session, order_id: str, record_id: str, form: Form, *, actor: Actor) -> ExportOrder:
    """Take a record away through the worker: note the act, and order its file under an id."""
    order = ExportOrder(
        id=order_id,
        record_id=record_id,
        form=form,
        ordered_by=actor.pseudonym,
        ordered_at=clock.now(),
        state=OrderState.WAITING,
        done=0,
    )
    session.add(order)
    export_record(session, record_id, form, actor=actor)
    return order


def access_order(session: Session, order_id: str, actor: Actor) -> ExportOrder:
    """Return an order to whoever gave it, as long as they may see its record; raise NotFound otherwise."""
    order = session.get(ExportOrder, order_id)
    if order is None or order.ordered_by != actor.pseudonym:
        raise NotFound
    access_record(session, order.record_id, actor)
    return order


def are_orders_waiting(session: Session) -> bool:
    """Say whether an order waits, without locking anything."""
    return session.scalar(select(ExportOrder.id).where(ExportOrder.state == OrderState.WAITING).limit(1)) is not None


def take_order(session: Session) -> ExportOrder | None:
    """Return the oldest order that nobody works on, leased to the caller; None for none.

    What a killed worker left is taken up again when its lease is over.
    """
    now = clock.now()
    query = (
        select(ExportOrder)
        .where(ExportOrder.state == OrderState.WAITING)
        .where(or_(ExportOrder.leased_until.is_(None), ExportOrder.leased_until < now))
        .order_by(ExportOrder.ordered_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    order = session.scalar(query)
    if order is not None:
        order.leased_until = now + LEASE
    return order


def seal_file(session: Session, order: ExportOrder, content: bytes) -> bytes:
    """Seal the file that was made for an order: it holds everything that the record holds (GD-25-1)."""
    return seal_passing(session, KIND, order.ordered_at, content, _bound(order))


def file_of(session: Session, order: ExportOrder) -> bytes | None:
    """Return the file that was made for an order; None when there is none, or its key is gone."""
    if order.content is None:
        return None
    return open_passing(session, KIND, order.ordered_at, order.content, _bound(order))


def forget_order(session: Session, order: ExportOrder) -> None:
    """Remove an order with its file, and doom the key of it; part of an erasure."""
    if order.content is not None:
        doom_key(session, owner_of_day(KIND, order.ordered_at), order.content, _bound(order))
    session.execute(delete(ExportOrder).where(ExportOrder.id == order.id))


def _bound(order: ExportOrder) -> str:
    return f"order|{order.id}"


def remove_keys_of_orders(vault: Vault) -> None:
    """Remove the keys of files that went with their orders; for the worker."""
    remove_days(vault, KIND, clock.now() - KEPT)


def forget_old_orders(session: Session) -> None:
    """Remove orders of yesterday with their files; for the worker. The line that says who took what stays."""
    session.execute(delete(ExportOrder).where(ExportOrder.ordered_at < clock.now() - KEPT))
