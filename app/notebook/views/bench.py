"""The bench: one step a screen, each value its own act, the check by a second person, exceptions, the record as a
whole.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.kernel.actors import Permission
from app.kernel.errors import CahierError, Invalid, NotFound
from app.notebook.queries import signable_step
from app.notebook.rules.sheet import StepState
from app.notebook.services.entries import Place, record_entry
from app.notebook.services.exceptions import comment_exception, raise_exception
from app.notebook.services.steps import SecondPerson, complete_step, verify_step
from app.notebook.views.page import RecordPage, keep_in_form
from app.notebook.views.presenting import step_view
from app.signatures.rules import LABELS, Meaning
from app.signatures.services.opening import open_second_person
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import translate
from app.web.visitors import current_actor, edge

INPUTS = ("value", "code", "serial", "number", "due")


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/steps/<step_id>")(show_step)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/entries")(add_entry)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/complete")(finish_step)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/check")(check_step)
    blueprint.get("/records/<uuid:record_id>/steps/<step_id>/exceptions")(show_raise)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/exceptions")(add_exception)
    blueprint.post("/records/<uuid:record_id>/exceptions/<int:number>/comment")(add_comment)


@requires(Permission.RECORD_READ)
def show_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show one step with its fields, limits, values and what is next."""
    return _step_page(str(record_id), step_id)


@requires(Permission.RECORD_EXECUTE)
def add_entry(record_id: object, step_id: str) -> ResponseReturnValue:
    """Record one value; whatever is wrong with it shows beside it, with what was typed."""
    place, key = read_place(request.form)
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor="next")
    try:
        with acting(landing) as session:
            record_entry(session, str(record_id), place, typed_inputs(request.form), actor=current_actor())
    except (NotFound, PermissionError):
        raise
    except CahierError as error:
        return _shown(error, str(record_id), step_id, key)
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def finish_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Complete a step and go to the next one that waits; a step with a check stays, for the second person."""
    landing = url_for("notebook.go_on", record_id=record_id, after=step_id)
    try:
        with acting(landing) as session:
            complete_step(session, str(record_id), step_id, actor=current_actor())
    except NotFound:
        raise
    except CahierError as error:
        return _shown(error, str(record_id), step_id, "")
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def check_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Let a second person check the step at this tablet; the performer's session goes on untouched."""
    landing = url_for("notebook.go_on", record_id=record_id, after=step_id)
    host = current_actor()
    try:
        checker, key, _ = open_second_person(request.form.get("login", ""), request.form.get("password", ""))
        second = SecondPerson(checker, key, request.form.get("shown", ""), second_readings(request.form))
        with acting(landing) as session:
            verify_step(session, str(record_id), step_id, second, host=host)
    except NotFound:
        raise
    except CahierError as error:
        return _shown(error, str(record_id), step_id, "check")
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def show_raise(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show the form to report an exception, for those without the dialog."""
    with edge().storage.reading() as session:
        page = RecordPage.open(session, str(record_id))
        return page.render("notebook/raise.html", step_id=step_id, reason="", error="")


@requires(Permission.RECORD_EXECUTE)
def add_exception(record_id: object, step_id: str) -> ResponseReturnValue:
    """Report an exception on a step."""
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    reason = request.form.get("reason", "")
    try:
        with acting(landing) as session:
            raise_exception(session, str(record_id), step_id, actor=current_actor(), reason=reason)
    except Invalid as error:
        with edge().storage.reading() as session:
            page = RecordPage.open(session, str(record_id))
            shown = page.render("notebook/raise.html", step_id=step_id, reason=reason, error=translate(error.message))
        return shown, keep_in_form(error)
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def add_comment(record_id: object, number: int) -> ResponseReturnValue:
    """Comment on an exception that a value opened."""
    step_id = request.form.get("step", "")
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor=f"exception-{number}")
    try:
        with acting(landing) as session:
            comment_exception(
                session, str(record_id), number, actor=current_actor(), reason=request.form.get("reason", "")
            )
    except Invalid as error:
        return _shown(error, str(record_id), step_id, f"exception-{number}")
    return redirect(landing, 303)


def read_place(form: Mapping[str, str]) -> tuple[Place, str]:
    """Return the place that a form names, and the key by which the page knows its cell."""
    field_id, position = form.get("field", ""), form.get("position", "")
    number = int(position) if position.isdecimal() and len(position) < 5 else None
    return Place(field_id, number), field_id if number is None else f"{field_id}-{number}"


def typed_inputs(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into a field's inputs."""
    return {name: form.get(name, "") for name in INPUTS}


def second_readings(form: Mapping[str, str]) -> dict[Place, dict[str, str]]:
    """Return the second person's own readings: inputs named `second.<field>.<number>` with their position beside
    them.
    """
    readings: dict[Place, dict[str, str]] = {}
    for name, value in form.items():
        if name.startswith("second."):
            _, field_id, number = name.split(".", 2)
            position = form.get(f"at.{field_id}.{number}", "")
            readings[Place(field_id, int(position) if position.isdecimal() else None)] = {"value": value}
    return readings


def _shown(error: CahierError, record_id: str, step_id: str, key: str) -> ResponseReturnValue:
    status = keep_in_form(error)
    return _step_page(record_id, step_id, error=error, error_key=key), status


def _step_page(record_id: str, step_id: str, *, error: CahierError | None = None, error_key: str = "") -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        step = page.sheet.step(step_id)
        view = step_view(step, page.sheet, page.reader)
        shown = signable_step(page.record, page.sheet, step_id).digest
        steps = [found.step.id for found in page.sheet.steps]
        place = steps.index(step_id)
        around = [steps[place - 1] if place else None, steps[place + 1] if place + 1 < len(steps) else None]
        typed: dict[str, Any] = dict(request.form) if error else {}
        return page.render(
            "notebook/step.html",
            step_id=step_id,
            step=view,
            next_key=_next_key(view, error_key) if step.state is StepState.OPEN else "",
            shown_digest=shown,
            second=_readings_wanted(page, step_id),
            pledge=translate(LABELS[Meaning.VERIFIED]),
            previous_step=around[0],
            next_step=around[1],
            typed=typed,
            error_key=error_key,
            error=translate(error.message, **error.values) if error else "",
            error_fields={name: translate(text, **error.values) for name, text in getattr(error, "fields", {}).items()}
            if error
            else {},
        )


def _next_key(view: dict[str, Any], error_key: str) -> str:
    """Return the key of the cell that wants the focus: the faulty one, else the first that is empty."""
    if error_key:
        return error_key
    return next((cell["key"] for cell in view["cells"] if not cell["calculated"] and not cell["sequence"]), "")


def _readings_wanted(page: RecordPage, step_id: str) -> list[dict[str, Any]]:
    check = page.sheet.exercise.step(step_id).check
    wanted = []
    for reading in check.readings if check else ():
        field = page.sheet.exercise.field(reading.field)
        for number in range(1, reading.count + 1):
            wanted.append(
                {
                    "name": f"second.{field.id}.{number}",
                    "at": f"at.{field.id}.{number}",
                    "label": field.label.in_language(page.reader.language),
                    "unit": field.unit.display if field.unit else "",
                    "positions": list(range(1, field.repeat + 1)) if field.repeat > 1 else [],
                }
            )
    return wanted
