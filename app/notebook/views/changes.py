"""Changing what stands by adding to it: correct, repeat, set aside as not applicable, take a step up after all."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.exercises.rules.master import NUMERIC
from app.kernel.actors import Permission
from app.kernel.errors import CahierError, NotFound
from app.notebook.rules.sheet import EntryFacts
from app.notebook.services.entries import correct_entry, mark_not_applicable, repeat_entry, resume_step
from app.notebook.views.bench import read_place, typed_inputs
from app.notebook.views.page import NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.presenting import cell_view
from app.notebook.views.wording import place_name
from app.web.access import requires
from app.web.acting import acting
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    entry, step = "/records/<uuid:record_id>/entries/<int:sequence>", "/records/<uuid:record_id>/steps/<step_id>"
    blueprint.get(f"{entry}/<any(correct, repeat):how>")(show_change)
    blueprint.post(f"{entry}/<any(correct, repeat):how>")(change)
    blueprint.get(f"{step}/not-applicable")(show_not_applicable)
    blueprint.post(f"{step}/not-applicable")(set_not_applicable)
    blueprint.get(f"{step}/resume")(show_resume)
    blueprint.post(f"{step}/resume")(resume)


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
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    reason = request.form.get("reason", "")
    try:
        with acting(landing) as session:
            act(session, str(record_id), sequence, typed_inputs(request.form), actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
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
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    reason = request.form.get("reason", "")
    try:
        with acting(landing) as session:
            mark_not_applicable(session, str(record_id), step_id, place, actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _aside_page(str(record_id), step_id, request.form, error), status
    return redirect(landing, 303)


@requires(Permission.RECORD_EXECUTE)
def show_resume(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show the form to take up a step that was set aside."""
    return _resume_page(str(record_id), step_id, None)


@requires(Permission.RECORD_EXECUTE)
def resume(record_id: object, step_id: str) -> ResponseReturnValue:
    """Take up a step that was set aside."""
    landing = url_for("notebook.show_step", record_id=record_id, step_id=step_id)
    try:
        with acting(landing) as session:
            reason = request.form.get("reason", "")
            resume_step(session, str(record_id), step_id, actor=current_actor(), reason=reason)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _resume_page(str(record_id), step_id, error), status
    return redirect(landing, 303)


def _entry(page: RecordPage, sequence: int) -> EntryFacts:
    found = next((entry for entry in page.sheet.entries if entry.sequence == sequence and entry.field_id), None)
    if found is None or page.sheet.exercise.field(found.field_id or "").is_calculated:
        raise NotFound
    return found


def _change_page(record_id: str, sequence: int, how: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        entry = _entry(page, sequence)
        cell = page.sheet.cell(entry.field_id or "", entry.position)
        return page.render(
            "notebook/change.html",
            step_id=entry.step_id,
            how=how,
            sequence=sequence,
            cell=cell_view(cell, page.sheet, page.reader),
            may_repeat=cell.field.type in NUMERIC and not cell.is_not_applicable,
            stale=cell.latest is None or cell.latest.sequence != sequence,
            typed=dict(request.form),
            **words_of(error),
        )


def _aside_page(record_id: str, step_id: str, typed: Mapping[str, str], error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        name = page.sheet.exercise.step(step_id).title.in_language(page.reader.language)
        if typed.get("field"):
            place = read_place(typed)[0]
            name = place_name(page.sheet.exercise.field(place.field_id), place.position, page.reader)
        words = {
            "title": _("Not applicable"),
            "lead": name,
            "question": _("Why does it not apply?"),
            "hint": "",
            "deed": _("Record as not applicable"),
            "icon_name": "na",
        }
        return _reason_page(page, step_id, "notebook.set_not_applicable", words, dict(typed), error)


def _resume_page(record_id: str, step_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        words = {
            "title": _("Take up this step after all"),
            "lead": page.sheet.exercise.step(step_id).title.in_language(page.reader.language),
            "question": _("Why does it apply after all?"),
            "hint": _("That it was set aside, and why, stays readable."),
            "deed": _("Take up the step"),
            "icon_name": "return",
        }
        return _reason_page(page, step_id, "notebook.resume", words, dict(request.form), error)


def _reason_page(
    page: RecordPage,
    step_id: str,
    endpoint: str,
    words: dict[str, str],
    typed: dict[str, str],
    error: CahierError | None,
) -> str:
    action = url_for(endpoint, record_id=page.record.id, step_id=step_id)
    more: dict[str, Any] = words | words_of(error)
    return page.render("notebook/reason.html", step_id=step_id, action=action, typed=typed, **more)
