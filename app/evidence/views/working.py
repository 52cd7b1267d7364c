"""What the worker does for this room: carry out one order, and show how far it is."""

import logging
from collections.abc import Callable

from flask import Flask

from app.evidence.models import ExportOrder, Form, OrderState
from app.evidence.services.handing_out import are_orders_waiting, seal_file, take_order
from app.evidence.views.bundling import Made, Press, make_now
from app.kernel.actors import Permission, system_actor
from app.kernel.errors import CahierError
from app.notebook.models import Record
from app.storage import Storage

WORKER = system_actor("worker", Permission.RECORD_READ, Permission.TRAIL_READ, Permission.TRAIL_VERIFY)
"""The order was given by a person who may; the worker only reads."""

_log = logging.getLogger("cahier.evidence")


def carry_out_order(assemble: Callable[[], Flask], storage: Storage, press: Press) -> bool:
    """Make the file of one order; return whether there was one. A failure is kept with the order and logged.

    The application, for its templates and words, is put together by `assemble` when the first order comes.
    """
    with storage.reading() as session:
        if not are_orders_waiting(session):
            return False
    with storage.transaction() as session:
        order = take_order(session)
        if order is None:
            return False
        order_id, record_id, form = order.id, order.record_id, order.form
        operator_id = session.get_one(Record, record_id).operator_id

    def tell(done: int) -> None:
        _change(storage, order_id, done=done)

    try:
        with assemble().app_context():
            made = make_now(storage, record_id, operator_id, press, actor=WORKER, tell=tell)
    except Exception as error:
        # Also what nobody foresaw: the person waiting must learn that nothing will come.
        _change(storage, order_id, state=OrderState.FAILED)
        if not isinstance(error, CahierError):
            raise
        _log.warning("the order %s failed: %s", order_id, error)
        return True
    _keep(storage, order_id, _content(made, form), made.level)
    return True


def _content(made: Made, form: Form) -> bytes:
    return made.paper if form is Form.PAPER else made.bundle


def _keep(storage: Storage, order_id: str, content: bytes, level: str) -> None:
    with storage.transaction() as session:
        order = session.get(ExportOrder, order_id)
        if order is not None:
            order.state, order.content, order.level = OrderState.MADE, seal_file(session, order, content), level


def _change(storage: Storage, order_id: str, **values: object) -> None:
    with storage.transaction() as session:
        order = session.get(ExportOrder, order_id)
        if order is not None:
            for name, value in values.items():
                setattr(order, name, value)
