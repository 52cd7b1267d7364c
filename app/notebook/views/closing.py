"""The record as a whole, signing it as performed, aborting it, voiding it."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.audit.services import open_text
from app.kernel.actors import Permission
from app.kernel.errors import CahierError, NotFound
from app.notebook.queries import signable_record, signature_blocks
from app.notebook.rules.sheet import missing_for_completion
from app.notebook.rules.words import TRANSITIONS, Deed
from app.notebook.services.closing import abort_record, complete_record
from app.notebook.services.issuing import void_record
from app.notebook.views.page import RecordPage, keep_in_form
from app.notebook.views.presenting import exception_facts, signature_view, step_view
from app.signatures.rules import LABELS, Meaning
from app.signatures.services.opening import open_own_key, open_second_person
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import translate
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>")(show_record)
    blueprint.get("/records/<uuid:record_id>/next")(go_on)
    blueprint.get("/records/<uuid:record_id>/sign")(show_sign)
    blueprint.post("/records/<uuid:record_id>/sign")(sign_performed)
    blueprint.get("/records/<uuid:record_id>/<any(abort, void):how>")(show_end)
    blueprint.post("/records/<uuid:record_id>/<any(abort, void):how>")(end)


@requires(Permission.RECORD_READ)
def show_record(record_id: object) -> ResponseReturnValue:
    """Show the whole record: signatures, exceptions, every step with every value and its history."""
    with edge().storage.reading() as session:
        page = RecordPage.open(session, str(record_id))
        return page.render("notebook/record.html", **whole_record(session, page))


@requires(Permission.RECORD_EXECUTE)
def go_on(record_id: object) -> ResponseReturnValue:
    """Lead to the next step that waits for the performer, or to the signature when nothing does."""
    with edge().storage.reading() as session:
        page = RecordPage.open(session, str(record_id))
    after = request.args.get("after", "")
    steps = [step for step in page.sheet.steps]
    here = next((step for step in steps if step.step.id == after), None)
    if here is not None and not here.is_done:
        return redirect(url_for("notebook.show_step", record_id=record_id, step_id=after), 303)
    place = steps.index(here) + 1 if here else 0
    waiting = next((step for step in steps[place:] + steps[:place] if not step.is_done), None)
    if waiting:
        return redirect(url_for("notebook.show_step", record_id=record_id, step_id=waiting.step.id), 303)
    return redirect(url_for("notebook.show_sign", record_id=record_id), 303)


@requires(Permission.RECORD_EXECUTE)
def show_sign(record_id: object) -> ResponseReturnValue:
    """Show what is signed, the meaning, and the warning that it locks (ES-2)."""
    return _sign_page(str(record_id), None)


@requires(Permission.RECORD_EXECUTE)
def sign_performed(record_id: object) -> ResponseReturnValue:
    """Sign PERFORMED over the whole record."""
    landing = url_for("notebook.show_record", record_id=record_id)
    try:
        key = open_own_key(request.form.get("password", ""), request.form.get("login", ""))
        with acting(landing) as session:
            complete_record(session, str(record_id), key, request.form.get("shown", ""), actor=current_actor())
    except NotFound:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _sign_page(str(record_id), error), status
    return redirect(landing, 303)


@requires(Permission.RECORD_READ)
def show_end(record_id: object, how: str) -> ResponseReturnValue:
    """Show the form to abort or void a record."""
    return _end_page(str(record_id), how, None)


@requires(Permission.RECORD_READ)
def end(record_id: object, how: str) -> ResponseReturnValue:
    """Abort a record, or void one that was never begun."""
    landing = url_for("notebook.show_record", record_id=record_id)
    reason = request.form.get("reason", "")
    try:
        if how == "void":
            second, _, _ = open_second_person(request.form.get("login", ""), request.form.get("password", ""))
            with acting(landing) as session:
                void_record(session, str(record_id), second, actor=current_actor(), reason=reason)
        else:
            with acting(landing) as session:
                abort_record(session, str(record_id), actor=current_actor(), reason=reason)
    except NotFound:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _end_page(str(record_id), how, error), status
    return redirect(landing, 303)


def whole_record(session: Session, page: RecordPage) -> dict[str, Any]:
    """Return everything that a page showing a whole record needs."""
    content = signable_record(page.record, page.sheet)
    actor = current_actor()
    return {
        "parts": [step_view(step, page.sheet, page.reader) for step in page.sheet.steps],
        "exceptions": [exception_facts(found, page.sheet, page.reader) for found in page.sheet.exceptions],
        "signatures": [
            signature_view(block, page.sheet, page.reader)
            for block in signature_blocks(session, page.record, page.sheet)
        ],
        "digest": content.digest,
        "missing": missing_for_completion(page.sheet),
        "entries": len(page.sheet.entries),
        "can_sign": page.can_enter and not missing_for_completion(page.sheet),
        "can_abort": (page.record.state, Deed.ABORT) in TRANSITIONS
        and (page.is_mine or actor.may(Permission.RECORD_ASSESS)),
        "can_void": (page.record.state, Deed.VOID) in TRANSITIONS and actor.may(Permission.RECORD_VOID),
        "can_assess": actor.may(Permission.RECORD_ASSESS) and not page.is_mine,
        "note": open_text(session, page.record.note),
    }


def _sign_page(record_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        return page.render(
            "notebook/sign.html",
            meaning=Meaning.PERFORMED.value,
            pledge=translate(LABELS[Meaning.PERFORMED]),
            error=translate(error.message, **error.values) if error else "",
            error_code=error.code if error else "",
            **whole_record(session, page),
        )


def _end_page(record_id: str, how: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        return page.render(
            "notebook/end.html",
            how=how,
            typed={name: request.form.get(name, "") for name in ("reason", "login")},
            error=translate(error.message, **error.values) if error else "",
        )
