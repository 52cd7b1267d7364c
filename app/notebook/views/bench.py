"""The bench: one step a screen, each value its own act, completing the step, exceptions and their comments."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.actors import Permission
from app.kernel.errors import CahierError
from app.notebook.rules.sheet import StepState
from app.notebook.services.entries import Place, record_entry
from app.notebook.services.exceptions import comment_exception, raise_exception
from app.notebook.services.steps import complete_step
from app.notebook.views.page import NOT_IN_A_FORM, NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.presenting import place_key, step_view
from app.notebook.views.shelf import form_facts
from app.web.access import requires
from app.web.acting import acting
from app.web.visitors import current_actor, edge

INPUTS = ("value", "code", "serial", "number", "due")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    step = "/records/<uuid:record_id>/steps/<step_id>"
    blueprint.get(step)(show_step)
    blueprint.post(f"{step}/entries")(add_entry)
    blueprint.post(f"{step}/complete")(finish_step)
    blueprint.get(f"{step}/exceptions")(show_raise)
    blueprint.post(f"{step}/exceptions")(add_exception)
    blueprint.post("/records/<uuid:record_id>/exceptions/<int:number>/comment")(add_comment)


@requires(Permission.RECORD_READ)
def show_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show one step with its fields, limits, values and what is next."""
    return _step_page(str(record_id), step_id)


@requires(Permission.RECORD_EXECUTE)
def add_entry(record_id: object, step_id: str) -> ResponseReturnValue:
    """Record one value; whatever is wrong with it shows beside it, with what was typed."""
    place, key = read_place(request.form)
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    try:
        with acting(landing) as session:
            record_entry(session, str(record_id), place, typed_inputs(request.form), actor=current_actor())
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        return show_refused(error, str(record_id), step_id, key)
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def finish_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Complete a step and go to the next one that waits; a step with a check stays, for the second person."""
    landing = url_for("notebook.go_on", record_id=record_id, after=step_id)
    try:
        with acting(landing) as session:
            complete_step(session, str(record_id), step_id, actor=current_actor())
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        return show_refused(error, str(record_id), step_id, "")
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def show_raise(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show the form to report an exception, for those without the dialog."""
    return _raise_page(str(record_id), step_id, None)


@requires(Permission.RECORD_EXECUTE)
def add_exception(record_id: object, step_id: str) -> ResponseReturnValue:
    """Report an exception on a step."""
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    reason = request.form.get("reason", "")
    try:
        with acting(landing) as session:
            raise_exception(session, str(record_id), step_id, actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _raise_page(str(record_id), step_id, error), status
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def add_comment(record_id: object, number: int) -> ResponseReturnValue:
    """Comment on an exception that a value opened."""
    step_id, reason = request.form.get("step", ""), request.form.get("reason", "")
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    try:
        with acting(landing) as session:
            comment_exception(session, str(record_id), number, actor=current_actor(), reason=reason)
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        return show_refused(error, str(record_id), step_id, f"exception-{number}")
    return redirect(landing, 303)


def read_place(form: Mapping[str, str]) -> tuple[Place, str]:
    """Return the place that a form names, and the key by which the page knows its cell."""
    field_id, number = form.get("field", ""), read_position(form.get("position", ""))
    return Place(field_id, number), place_key(field_id, number)


def read_position(text: str) -> int | None:
    """Return the number of a reading, or None where none is given."""
    return int(text) if text.isdecimal() and len(text) < 5 else None


def typed_inputs(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a field's inputs."""
    return {name: form.get(name, "") for name in INPUTS}


def show_refused(error: CahierError, record_id: str, step_id: str, key: str) -> ResponseReturnValue:
    """Answer with the page of a step on which the form of a key shows what is wrong, and what was typed."""
    status = keep_in_form(error)
    return _step_page(record_id, step_id, error=error, error_key=key), status


def _step_page(record_id: str, step_id: str, *, error: CahierError | None = None, error_key: str = "") -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        step = page.sheet.step(step_id)
        view = step_view(step, page.sheet, page.reader)
        order = [found.step.id for found in page.sheet.steps]
        place = order.index(step_id)
        focus = next_key(view, error_key, page.can_enter and step.state is StepState.OPEN)
        return page.render(
            "notebook/step.html",
            step_id=step_id,
            step=view,
            next_key=focus,
            error_shown=bool(error_key) and error_key in (focus, f"exception-{_commented(view)}"),
            commenting=_commented(view),
            previous_step=order[place - 1] if place else None,
            next_step=order[place + 1] if place + 1 < len(order) else None,
            typed=dict(request.form) if error else {},
            error_key=error_key,
            **form_facts(),
            **words_of(error),
        )


def _raise_page(record_id: str, step_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        step = page.sheet.exercise.step(step_id)
        return page.render(
            "notebook/reason.html",
            step_id=step_id,
            title=_("Report an exception"),
            lead=step.title.in_language(page.reader.language),
            question=_("What departs from the instruction?"),
            hint=_("The facts, and what was done at once."),
            deed=_("Record the exception"),
            icon_name="flag",
            action=url_for("notebook.add_exception", record_id=record_id, step_id=step_id),
            typed=dict(request.form),
            **words_of(error),
        )


def next_key(view: dict[str, Any], error_key: str, is_open: bool) -> str:
    """Return the key of the cell that shows its form: the faulty one if it is empty, else the first that is."""
    empty = [cell["key"] for cell in view["cells"] if not cell["calculated"] and not cell["sequence"]]
    if not is_open or not empty:
        return ""
    return error_key if error_key in empty else str(empty[0])


def _commented(view: dict[str, Any]) -> int | None:
    """Return the number of the exception that waits for the performer's comment, the first of them."""
    return next((found["number"] for found in view["exceptions"] if found["needs_comment"]), None)
