"""The review of a record: take it, judge its exceptions, return it, sign REVIEWED."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.assessment import queries, services
from app.assessment.errors import AnotherReviewer
from app.identity.views.proving import read_proof
from app.kernel.actors import Permission
from app.kernel.errors import N_, CahierError, Invalid
from app.notebook.queries import access_record, signatures_before
from app.notebook.rules.labels import JUDGEMENTS
from app.notebook.rules.words import REVIEW_STATES, Judgement, RecordState
from app.notebook.views.closing import whole_record
from app.notebook.views.page import NOT_IN_A_FORM, RecordPage, keep_in_form, words_of
from app.notebook.views.since import changed_since
from app.signatures.errors import SignerExcluded
from app.signatures.queries import parts_taken
from app.signatures.rules import EXCLUDED_BY, LABELS, Meaning
from app.signatures.services.opening import open_own_key
from app.web.access import requires
from app.web.acting import acting
from app.web.languages import translate
from app.web.visitors import current_actor, edge

NOT_THE_REVIEWER = (*NOT_IN_A_FORM, AnotherReviewer, SignerExcluded)
"""What a form that only the reviewer of a record gets to see does not show itself."""


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/review")(review)
    blueprint.post("/review")(begin)
    blueprint.post("/exceptions/<int:number>/judgement")(judge)
    blueprint.get("/return")(show_return)
    blueprint.post("/return")(give_back)
    blueprint.get("/review/sign")(show_sign)
    blueprint.post("/review/sign")(sign)


@requires(Permission.RECORD_ASSESS)
def review(record_id: object) -> ResponseReturnValue:
    """Show the whole record to its reviewer, with what is still to judge; a closed record has only its own page."""
    with edge().storage.reading() as session:
        record = access_record(session, str(record_id), current_actor())
    if record.state not in REVIEW_STATES:
        return redirect(url_for("notebook.show_record", record_id=record_id), 303)
    return _review_page(str(record_id), None)


@requires(Permission.RECORD_ASSESS)
def begin(record_id: object) -> ResponseReturnValue:
    """Take a completed record into review."""
    landing = url_for("assessment.review", record_id=record_id)
    try:
        with acting(landing) as session:
            services.begin_review(session, str(record_id), actor=current_actor())
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _review_page(str(record_id), error), status
    return redirect(landing, 303)


@requires(Permission.RECORD_ASSESS)
def judge(record_id: object, number: int) -> ResponseReturnValue:
    """Judge one exception."""
    landing = url_for("assessment.review", record_id=record_id, _anchor="exceptions")
    reason = request.form.get("reason", "")
    try:
        judgement = _judgement(request.form.get("judgement", ""))
        with acting(landing) as session:
            services.judge_exception(session, str(record_id), number, judgement, actor=current_actor(), reason=reason)
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _review_page(str(record_id), error, f"exception-{number}"), status
    return redirect(landing, 303)


@requires(Permission.RECORD_ASSESS)
def show_return(record_id: object) -> ResponseReturnValue:
    """Show the form to return a record with the points to correct."""
    return _act_page(str(record_id), "assessment/return.html", None)


@requires(Permission.RECORD_ASSESS)
def give_back(record_id: object) -> ResponseReturnValue:
    """Return a record to its performer."""
    landing = url_for("notebook.show_record", record_id=record_id)
    try:
        with acting(landing) as session:
            reason = request.form.get("reason", "")
            services.return_record(session, str(record_id), actor=current_actor(), reason=reason)
    except NOT_THE_REVIEWER:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _act_page(str(record_id), "assessment/return.html", error), status
    flash(_("The record is returned for correction."), "success")
    return redirect(landing, 303)


@requires(Permission.RECORD_ASSESS)
def show_sign(record_id: object) -> ResponseReturnValue:
    """Show what REVIEWED signs, how far the trail reaches, and the warning that it locks (ES-2, A11-9-3)."""
    return _act_page(str(record_id), "assessment/sign.html", None)


@requires(Permission.RECORD_ASSESS)
def sign(record_id: object) -> ResponseReturnValue:
    """Sign REVIEWED."""
    landing, form = url_for("assessment.show_decision", record_id=record_id), request.form
    try:
        key = open_own_key(form.get("password", ""), form.get("login", ""), read_proof(form))
        with acting(landing) as session:
            shown, line = form.get("shown", ""), form.get("shown_line", 0, type=int)
            services.sign_review(session, str(record_id), key, shown, line, actor=current_actor())
    except NOT_THE_REVIEWER:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _act_page(str(record_id), "assessment/sign.html", error), status
    flash(_("The review is signed. What remains is your decision."), "success")
    return redirect(landing, 303)


def open_for_reviewer(session: Session, record_id: str) -> RecordPage:
    """Open a record for its reviewer; raises what forbids them to review it now."""
    page = RecordPage.open(session, record_id)
    services.check_reviewer(session, page.record, actor=current_actor())
    return page


def _judgement(text: str) -> Judgement:
    try:
        return Judgement(text)
    except ValueError:
        raise Invalid(fields={"judgement": N_("Choose one of the answers offered.")}) from None


def _review_page(record_id: str, error: CahierError | None, error_key: str = "") -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        record = page.record
        mine = record.reviewer_id == current_actor().person_id
        judging = mine and record.state is RecordState.UNDER_REVIEW
        return page.render(
            "assessment/review.html",
            mine=mine,
            judging=judging,
            exception_form="assessment/_judgement.html" if judging else "",
            excluded=_took_part(session, page),
            reviewer=page.reader.name(record.reviewer_id),
            judgements=[(key.value, translate(label)) for key, label in JUDGEMENTS.items()],
            figures=queries.review_figures(page.sheet),
            trail=queries.signable_review(session, record, page.sheet).facts["trail"],
            typed=dict(request.form),
            error_key=error_key,
            **words_of(error),
            **whole_record(session, page),
        )


def _act_page(record_id: str, template: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = open_for_reviewer(session, record_id)
        signable = queries.signable_review(session, page.record, page.sheet)
        rounds = signatures_before(session, page.record, Meaning.PERFORMED)
        more: dict[str, Any] = {
            "digest": signable.digest,
            "trail": signable.facts["trail"],
            "figures": queries.review_figures(page.sheet),
            "since": changed_since(session, page, rounds[-2] if len(rounds) > 1 else None),
            "meaning": Meaning.REVIEWED.value,
            "pledge": translate(LABELS[Meaning.REVIEWED]),
            "typed": dict(request.form),
        }
        return page.render(template, **more, **words_of(error))


def _took_part(session: Session, page: RecordPage) -> bool:
    """Say whether the visitor performed or checked something in this record, so that somebody else must review it."""
    person_id = current_actor().person_id or ""
    taken = parts_taken(session, f"record:{page.record.id}", person_id)
    return page.is_mine or bool(taken & EXCLUDED_BY[Meaning.REVIEWED])
