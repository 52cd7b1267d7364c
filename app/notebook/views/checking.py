"""The check by a second person at the performer's tablet: a page of its own, so that a blind reading is blind."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.exercises.rules.master import SecondReading, Step
from app.identity.views.proving import read_proof
from app.kernel.actors import Permission
from app.kernel.errors import CahierError
from app.notebook.queries import signable_step, signatures_before
from app.notebook.rules.sheet import StepSheet, StepState, covered_by_check
from app.notebook.services.entries import Place
from app.notebook.services.steps import SecondPerson, verify_step
from app.notebook.views.bench import read_position
from app.notebook.views.page import NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.presenting import step_view
from app.notebook.views.since import changed_since
from app.signatures.rules import LABELS, Meaning
from app.signatures.services.opening import open_second_person
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import translate
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/steps/<step_id>/check")(show_check)
    blueprint.post("/records/<uuid:record_id>/steps/<step_id>/check")(check_step)


@requires(Permission.RECORD_EXECUTE)
def show_check(record_id: object, step_id: str) -> ResponseReturnValue:
    """Show a second person what they check, without the values that they must read themselves first (ER-13)."""
    with edge().storage.reading() as session:
        state = RecordPage.open(session, str(record_id)).sheet.step(step_id).state
    if state is not StepState.CHECK_NEEDED:
        return redirect(url_for("notebook.show_step", record_id=record_id, step_id=step_id), 303)
    return _check_page(str(record_id), step_id, None)


@requires(Permission.RECORD_EXECUTE)
def check_step(record_id: object, step_id: str) -> ResponseReturnValue:
    """Let a second person check the step at this tablet; the performer's session goes on untouched."""
    landing = url_for("notebook.go_on", record_id=record_id, after=step_id)
    form, host = request.form, current_actor()
    try:
        checker, key, person = open_second_person(form.get("login", ""), form.get("password", ""), read_proof(form))
        second = SecondPerson(
            checker, key, form.get("shown", ""), second_readings(form), shown_room=form.get("shown_room", "")
        )
        with acting(landing) as session:
            verify_step(session, str(record_id), step_id, second, host=host)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _check_page(str(record_id), step_id, error), status
    flash(_("Checked and signed by %(name)s. Your session goes on.", name=person.name or ""), "success")
    return redirect(landing, 303)


def second_readings(form: Mapping[str, str]) -> dict[Place, dict[str, str]]:
    """Return what the second person read: `second.<field>.<number>`, its position in `at.<field>.<number>`."""
    readings: dict[Place, dict[str, str]] = {}
    for name, value in form.items():
        kind, _dot, place = name.partition(".")
        field_id, _dot, number = place.partition(".")
        if kind == "second" and value.strip():
            readings[Place(field_id, read_position(form.get(f"at.{field_id}.{number}", "")))] = {"value": value}
    return readings


def _check_page(record_id: str, step_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        step = page.sheet.step(step_id)
        covered = covered_by_check(step.section, step.step)
        signed = signatures_before(session, page.record, Meaning.VERIFIED, f"step:{step_id}")
        return page.render(
            "notebook/check.html",
            step_id=step_id,
            step=step_view(step, page.sheet, page.reader),
            covered=[_covered(page, before, step) for before in covered],
            since=changed_since(
                session,
                page,
                next(reversed(signed), None),
                steps={before.id for before in covered},
                blind=_blind_fields(step),
            ),
            shown_digest=signable_step(page.record, page.sheet, step_id).digest,
            second=_readings_wanted(page, step),
            pledge=translate(LABELS[Meaning.VERIFIED]),
            typed=dict(request.form),
            **words_of(error),
        )


def _covered(page: RecordPage, step: Step, checked: StepSheet) -> dict[str, Any]:
    """Return a step that the check covers; what the second person reads blind is left out."""
    view = step_view(page.sheet.step(step.id), page.sheet, page.reader)
    blind = _blind_fields(checked)
    shown = [cell for cell in view["cells"] if cell["field"].id not in blind]
    hidden = {cell["field"].id: cell["label"] for cell in view["cells"] if cell["field"].id in blind}
    return {"title": view["title"], "cells": shown, "hidden": list(hidden.values()), "files": view["files"]}


def _blind_fields(checked: StepSheet) -> set[str]:
    return {reading.field for reading in _readings(checked) if reading.blind}


def _readings_wanted(page: RecordPage, step: StepSheet) -> list[dict[str, Any]]:
    wanted = []
    for reading in _readings(step):
        field = page.sheet.exercise.field(reading.field)
        for number in range(1, reading.count + 1):
            wanted.append(
                {
                    "field": field,
                    "name": f"second.{field.id}.{number}",
                    "at": f"at.{field.id}.{number}",
                    "error": f"second-{field.id}",
                    "label": field.label.in_language(page.reader.language),
                    "unit": field.unit.display if field.unit else "",
                    "positions": list(range(1, field.repeat + 1)) if field.repeat > 1 else [],
                    "blind": reading.blind,
                }
            )
    return wanted


def _readings(step: StepSheet) -> tuple[SecondReading, ...]:
    return step.step.check.readings if step.step.check else ()
