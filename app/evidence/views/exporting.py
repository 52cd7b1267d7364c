"""Handing a record out in the browser: order it, see how far the worker is, take the file.

The worker makes it, because laying out twenty pages keeps a processor busy for seconds, an authority may take its time
to stamp them, and only the worker needs to read the keys of the logs and of the seal.
"""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.evidence.models import ExportOrder, Form, OrderState
from app.evidence.rules.archive import ENDING, MEDIA_TYPE
from app.evidence.services.handing_out import access_order, file_of, order_export
from app.evidence.views.bundling import STEPS
from app.kernel.actors import Actor, Permission
from app.kernel.errors import NotFound
from app.notebook.models import Record
from app.storage.tables import new_id
from app.web.access import requires
from app.web.acting import acting
from app.web.visitors import current_actor, edge

FILES = {Form.BUNDLE: (ENDING, MEDIA_TYPE), Form.PAPER: (".pdf", "application/pdf")}


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    forms = ", ".join(Form)
    blueprint.post(f"/records/<uuid:record_id>/export/<any({forms}):form>")(order)
    blueprint.get("/exports/<uuid:order_id>")(show_order)
    blueprint.get("/exports/<uuid:order_id>/file")(fetch)


@requires(Permission.TRAIL_READ)
def order(record_id: object, form: str) -> ResponseReturnValue:
    """Order a record as a bundle or as paper; the act is noted, and the worker makes the file."""
    order_id = new_id()
    landing = url_for("evidence.show_order", order_id=order_id)
    with acting(landing) as session:
        order_export(session, order_id, str(record_id), Form(form), actor=current_actor())
    return redirect(landing, 303)


@requires(Permission.TRAIL_READ)
def show_order(order_id: object) -> ResponseReturnValue:
    """Show how far an order is; the page asks again by itself until it is done."""
    with edge().storage.reading() as session:
        found = access_order(session, str(order_id), current_actor())
        number = session.get_one(Record, found.record_id).number
        return render_template("evidence/order.html", **_facts(found, number))


@requires(Permission.TRAIL_READ)
def fetch(order_id: object) -> ResponseReturnValue:
    """Hand out the file of an order that is done."""
    with edge().storage.reading() as session:
        found = access_order(session, str(order_id), current_actor())
        number = session.get_one(Record, found.record_id).number
        content = file_of(session, found)
        if content is None:
            raise NotFound
        ending, media_type = FILES[found.form]
        disposition = f'attachment; filename="{number}{ending}"'
        return Response(content, content_type=media_type, headers={"Content-Disposition": disposition})


def record_panel(record_id: str, actor: Actor) -> str:
    """Return the buttons with which those who may read a record's trail take it away."""
    if not actor.may(Permission.TRAIL_READ):
        return ""
    return Markup(render_template("evidence/_take_away.html", record_id=record_id))  # noqa: S704  (a template escaped it)


def _facts(found: ExportOrder, number: str) -> dict[str, Any]:
    return {
        "order": found,
        "number": number,
        "name": f"{number}{FILES[found.form][0]}",
        "steps": STEPS,
        "made": found.state is OrderState.MADE,
        "failed": found.state is OrderState.FAILED,
        "is_paper": found.form is Form.PAPER,
    }
