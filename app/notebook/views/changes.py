"""Changing what stands by adding to it: correct a value, repeat a measurement, say that something does not apply."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.kernel.actors import Permission
from app.kernel.errors import CahierError, NotFound
from app.notebook.rules.sheet import EntryFacts
from app.notebook.services.entries import correct_entry, mark_not_applicable, repeat_entry
from app.notebook.views.bench import read_place, typed_inputs
from app.notebook.views.page import RecordPage, keep_in_form
from app.notebook.views.presenting import cell_view
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import translate
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/entries/<int:sequence>/<any(correct, repeat):how>")(show_change)
    blueprint.post("/records/<uuid:record_id>/entries/<int:sequence>/<any(correct, repeat):how>")(change)
    blueprint.get("/records/<uuid:record_id>/steps/<step_id>/not-applicable")(show_not_applicable)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/not-applicable")(set_not_applicable)


@requires(Permission.RECORD_EXECUTE)
def show_change(record_id: object, sequence: int, how: str) -> ResponseReturnValue:
    """Show the form to correct or repeat an entry, with every earlier value in sight."""
    return _change_page(str(record_id), sequence, how, None)


@requires(Permission.RECORD_EXECUTE)
def change(record_id: object, sequence: int, how: str) -> ResponseReturnValue:
    """Correct or repeat an entry."""
    act = correct_entry if how == "correct" else repeat_entry
    with edge().storage.reading() as session:
        step_id = _entry(RecordPage.open(session, str(record_id)), sequence).step_id
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor="next")
    try:
        with acting(landing) as session:
            reason = request.form.get("reason", "")
            act(session, str(record_id), sequence, typed_inputs(request.form), actor=current_actor(), reason=reason)
    except NotFound:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _change_page(str(record_id), sequence, how, error), status
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def show_not_applicable(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show the form to say that a field, or the whole step, does not apply."""
    return _aside_page(str(record_id), step_id, request.args, None)


@requires(Permission.RECORD_EXECUTE)
def set_not_applicable(record_id: object, step_id: str) -> ResponseReturnValue:
    """Say that a field, or the whole step, does not apply."""
    place = read_place(request.form)[0] if request.form.get("field") else None
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id, _anchor="next")
    try:
        with acting(landing) as session:
            reason = request.form.get("reason", "")
            mark_not_applicable(session, str(record_id), step_id, place, actor=current_actor(), reason=reason)
    except NotFound:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _aside_page(str(record_id), step_id, request.form, error), status
    return redirect(landing, 303)


def _entry(page: RecordPage, sequence: int) -> EntryFacts:
    found = next((entry for entry in page.sheet.entries if entry.sequence == sequence and entry.field_id), None)
    if found is None:
        raise NotFound
    return found


def _change_page(record_id: str, sequence: int, how: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        entry = _entry(page, sequence)
        cell = page.sheet.cell(entry.field_id or "", entry.position)
        return page.render(
            "notebook/change.html",
            step_id=entry.step_id,
            how=how,
            sequence=sequence,
            cell=cell_view(cell, page.sheet, page.reader),
            stale=cell.latest is None or cell.latest.sequence != sequence,
            typed=dict(request.form),
            **_words(error),
        )


def _aside_page(record_id: str, step_id: str, typed: Any, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        step = page.sheet.exercise.step(step_id)
        label = step.title
        if typed.get("field"):
            label = page.sheet.exercise.field(typed["field"]).label
        return page.render(
            "notebook/not_applicable.html",
            step_id=step_id,
            label=label.in_language(page.reader.language),
            typed=dict(typed),
            **_words(error),
        )


def _words(error: CahierError | None) -> dict[str, Any]:
    if error is None:
        return {"error": "", "error_fields": {}}
    fields = {name: translate(text, **error.values) for name, text in getattr(error, "fields", {}).items()}
    return {"error": translate(error.message, **error.values), "error_fields": fields}
