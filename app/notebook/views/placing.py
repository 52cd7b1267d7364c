"""The page on which the performer says in which room they work, and the rooms that forms offer."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.queries.places import usable_rooms
from app.kernel.actors import Permission
from app.kernel.errors import CahierError
from app.notebook.services.placing import needs_reason, place_record
from app.notebook.views.page import NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.web.access import requires
from app.web.acting import acting
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/room")(show_room)
    blueprint.post("/records/<uuid:record_id>/room")(place)


@requires(Permission.RECORD_EXECUTE)
def show_room(record_id: object) -> ResponseReturnValue:
    """Show the form by which the performer says in which room they work."""
    return _page(str(record_id), None)


@requires(Permission.RECORD_EXECUTE)
def place(record_id: object) -> ResponseReturnValue:
    """Say in which room the record is executed."""
    landing, form = url_for("notebook.show_record", record_id=record_id), request.form
    try:
        with acting(landing) as session:
            reason = form.get("reason", "")
            place_record(session, str(record_id), form.get("room", ""), actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _page(str(record_id), error), status
    flash(_("The record says where you work."), "success")
    return redirect(landing, 303)


def room_choices(session: Session, operator_id: str | None) -> list[tuple[str, str]]:
    """Return the rooms that an operator's people may work in, as a form offers them."""
    found = usable_rooms(session, operator_id) if operator_id else ()
    return [(room.id, f"{site.name} · {room.name}") for room, site in found]


def can_place(session: Session, page: RecordPage) -> bool:
    """Say whether the visitor may say now where the record is executed, and has a room to choose."""
    return page.can_enter and bool(room_choices(session, page.record.operator_id))


def _page(record_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        return page.render(
            "notebook/room.html",
            rooms=room_choices(session, page.record.operator_id),
            needs_reason=needs_reason(page.record),
            typed=request.form or {"room": page.record.training_room_id or ""},
            **words_of(error),
        )
