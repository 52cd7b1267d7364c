"""The record as a whole, signing it as performed, aborting it, voiding it."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.views.proving import read_proof
from app.kernel.actors import Permission
from app.kernel.errors import CahierError
from app.notebook.errors import AttributedInError
from app.notebook.queries import signable_record, signature_blocks, signatures_before
from app.notebook.rules.sheet import missing_for_completion
from app.notebook.rules.words import ATTRIBUTABLE, REVIEW_STATES, TRANSITIONS, Deed
from app.notebook.services.closing import abort_record, complete_record
from app.notebook.services.issuing import void_record
from app.notebook.views.attributing import correction_view, show_stub
from app.notebook.views.page import NOT_IN_A_FORM, NOT_THEIR_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.placing import can_place
from app.notebook.views.presenting import exception_facts, signature_view, step_view
from app.notebook.views.since import changed_since
from app.signatures.rules import LABELS, Meaning
from app.signatures.services.opening import open_own_key, open_second_person
from app.web.access import requires
from app.web.acting import acting
from app.web.formats import show_time
from app.web.languages import translate
from app.web.opened import shown_text
from app.web.pages import url_if_there
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
    actor = current_actor()
    with edge().storage.reading() as session:
        try:
            page = RecordPage.open(session, str(record_id))
        except AttributedInError:
            return show_stub(session, str(record_id))
        panels = [html for panel in edge().record_panels if (html := panel(str(record_id), actor))]
        return page.render("notebook/record.html", panels=panels, **whole_record(session, page))


@requires(Permission.RECORD_EXECUTE)
def go_on(record_id: object) -> ResponseReturnValue:
    """Lead to the next step that waits for the performer, or to the signature when nothing does."""
    with edge().storage.reading() as session:
        page = RecordPage.open(session, str(record_id))
    if not page.can_enter:
        return redirect(url_for("notebook.show_record", record_id=record_id), 303)
    after, steps = request.args.get("after", ""), page.sheet.steps
    place = next((number for number, step in enumerate(steps) if step.step.id == after), 0)
    waiting = next((step for step in steps[place:] + steps[:place] if not step.is_settled), None)
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
    landing, form = url_for("notebook.show_record", record_id=record_id), request.form
    shown, room = form.get("shown", ""), form.get("shown_room", "")
    try:
        key = open_own_key(form.get("password", ""), form.get("login", ""), read_proof(form))
        with acting(landing) as session:
            complete_record(session, str(record_id), key, shown, actor=current_actor(), shown_room=room)
    except NOT_THEIR_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _sign_page(str(record_id), error), status
    flash(_("Signed. The record now waits for its review."), "success")
    return redirect(landing, 303)


@requires(Permission.RECORD_READ)
def show_end(record_id: object, how: str) -> ResponseReturnValue:
    """Show the form to abort or void a record."""
    return _end_page(str(record_id), how, None)


@requires(Permission.RECORD_READ)
def end(record_id: object, how: str) -> ResponseReturnValue:
    """Abort a record, or void one that was never begun."""
    landing, form = url_for("notebook.show_record", record_id=record_id), request.form
    reason = form.get("reason", "")
    try:
        if how == "void":
            second, _key, _person = open_second_person(
                form.get("login", ""), form.get("password", ""), read_proof(form)
            )
            with acting(landing) as session:
                void_record(session, str(record_id), second, actor=current_actor(), reason=reason)
        else:
            with acting(landing) as session:
                abort_record(session, str(record_id), actor=current_actor(), reason=reason)
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _end_page(str(record_id), how, error), status
    return redirect(landing, 303)


def whole_record(session: Session, page: RecordPage) -> dict[str, Any]:
    """Return everything that a page showing a whole record needs."""
    content = signable_record(page.record, page.sheet)
    blocks = signature_blocks(session, page.record, page.sheet)
    return {
        "parts": [step_view(step, page.sheet, page.reader) for step in page.sheet.steps],
        "exceptions": [exception_facts(found, page.sheet, page.reader) for found in page.sheet.exceptions],
        "signatures": [signature_view(block, page.sheet, page.reader) for block in blocks],
        "awaited": _awaited({block.meaning for block in blocks if block.part is None}, page),
        "digest": content.digest,
        "missing": missing_for_completion(page.sheet),
        "entries": len(page.sheet.entries),
        "note": shown_text(session, page.record.note),
        "history": _history(page),
        "correction": correction_view(session, page),
        "can_place": can_place(session, page),
        **_possible(page),
    }


def _possible(page: RecordPage) -> dict[str, Any]:
    """Return what the visitor may do with the record now, and where."""
    actor, record = current_actor(), page.record
    in_review = record.state in REVIEW_STATES and actor.may(Permission.RECORD_ASSESS) and not page.is_mine
    return {
        "can_sign": page.can_enter and not missing_for_completion(page.sheet),
        "can_abort": (record.state, Deed.ABORT) in TRANSITIONS
        and (page.is_mine or actor.may(Permission.RECORD_ASSESS)),
        "can_attribute": record.state in ATTRIBUTABLE and not page.is_mine and actor.may(Permission.RECORD_VOID),
        "can_void": (record.state, Deed.VOID) in TRANSITIONS and actor.may(Permission.RECORD_VOID),
        "review_url": url_if_there("assessment.review", record_id=record.id) if in_review else "",
        "trail_url": url_if_there("trail.show_record_trail", record_id=record.id)
        if actor.may(Permission.TRAIL_READ)
        else "",
    }


def _awaited(given: set[Meaning], page: RecordPage) -> list[dict[str, str]]:
    """Return the signatures that a record still waits for, in their order, and from whom."""
    if page.record.closed_at:
        return []
    reviewer = page.reader.name(page.record.reviewer_id)
    awaited = []
    if Meaning.PERFORMED not in given:
        awaited.append({"meaning": _("Performed"), "who": page.reader.name(page.record.performer_id)})
    if Meaning.REVIEWED not in given:
        awaited.append({"meaning": _("Reviewed"), "who": reviewer or _("An assessor")})
    awaited.append({"meaning": _("Approved or rejected"), "who": reviewer or _("An assessor")})
    return awaited


def _history(page: RecordPage) -> list[tuple[str, str]]:
    """Return the milestones of a record, in their order."""
    record, zone = page.record, page.reader.zone
    issuer = page.reader.name(record.issued_by.removeprefix("person:"))
    milestones = [
        (_("Issued"), f"{issuer} · {show_time(record.issued_at, zone)}"),
        (_("Execution begun"), show_time(record.started_at, zone)),
        (_("Signed as performed"), show_time(record.completed_at, zone)),
        (_("Reviewer"), page.reader.name(record.reviewer_id)),
        (_("Record closed"), show_time(record.closed_at, zone)),
    ]
    return [(name, value) for name, value in milestones if value]


def _sign_page(record_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        page.need_enter()
        missing = missing_for_completion(page.sheet)
        signed = signatures_before(session, page.record, Meaning.PERFORMED)
        return page.render(
            "notebook/sign.html",
            meaning=Meaning.PERFORMED.value,
            pledge=translate(LABELS[Meaning.PERFORMED]),
            digest=signable_record(page.record, page.sheet).digest,
            missing=missing,
            entries=len(page.sheet.entries),
            since=changed_since(session, page, next(reversed(signed), None)),
            exceptions=len(page.sheet.exceptions),
            typed_login=request.form.get("login", ""),
            **words_of(error),
        )


def _end_page(record_id: str, how: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        return page.render("notebook/end.html", how=how, typed=dict(request.form), **words_of(error))
