"""The page on which two people say that a closed record is another's work; and what both people see of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.queries import holders_of, names_of, names_of_actors, person_name
from app.kernel.actors import Permission, Role
from app.kernel.errors import CahierError, NotFound
from app.notebook.models import Attribution
from app.notebook.queries import attribution_of, filed_in_error
from app.notebook.rules.words import AttributionState
from app.notebook.services.attributing import confirm_attribution, propose_attribution, withdraw_attribution
from app.notebook.views.page import NOT_IN_A_FORM, RecordPage, keep_in_form, words_of
from app.web.access import requires
from app.web.acting import acting
from app.web.opened import shown_text
from app.web.visitors import current_actor, edge


def add_routes(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/records/<uuid:record_id>/attribution")(show_attribution)
    blueprint.post("/records/<uuid:record_id>/attribution")(propose)
    blueprint.post("/records/<uuid:record_id>/attribution/<any(confirm, withdraw):how>")(decide)


@requires(Permission.RECORD_VOID)
def show_attribution(record_id: object) -> ResponseReturnValue:
    """Show the form that proposes a correction, or the proposal that waits."""
    return _page(str(record_id), None)


@requires(Permission.RECORD_VOID)
def propose(record_id: object) -> ResponseReturnValue:
    """Propose that the record is another's work."""
    landing, form = url_for("notebook.show_attribution", record_id=record_id), request.form
    try:
        with acting(landing) as session:
            rightful, reason = form.get("rightful") or None, form.get("reason", "")
            propose_attribution(session, str(record_id), rightful, actor=current_actor(), reason=reason)
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _page(str(record_id), error), status
    flash(_("Proposed. Another person must confirm it; nothing changes before."), "success")
    return redirect(landing, 303)


@requires(Permission.RECORD_VOID)
def decide(record_id: object, how: str) -> ResponseReturnValue:
    """Confirm the proposal as the second person, or give it up."""
    landing, actor = url_for("notebook.show_record", record_id=record_id), current_actor()
    try:
        with acting(landing) as session:
            if how == "confirm":
                confirm_attribution(session, str(record_id), actor=actor)
            else:
                withdraw_attribution(session, str(record_id), actor=actor, reason=request.form.get("reason", ""))
    except NOT_IN_A_FORM:
        raise
    except CahierError as error:
        status = keep_in_form(error)
        return _page(str(record_id), error), status
    said = _("The attribution is corrected.") if how == "confirm" else _("The proposal is withdrawn.")
    flash(said, "success")
    return redirect(landing, 303)


def show_stub(session: Session, record_id: str) -> str:
    """Return what is left of a record for whom it was filed under in error: that it was, when and why."""
    own = filed_in_error(session, current_actor().person_id)
    found = next(((record, correction) for record, correction in own if record.id == record_id), None)
    if found is None:
        raise NotFound
    record, correction = found
    why = shown_text(session, correction.reason)
    return render_template("notebook/misattributed.html", number=record.number, at=correction.decided_at, why=why)


def correction_view(session: Session, page: RecordPage) -> dict[str, Any] | None:
    """Return what a page of the record says of its attribution; None while there is nothing to say to this reader.

    A proposal is for those alone who may decide it, or who review and audit.
    """
    actor, states = current_actor(), [AttributionState.CONFIRMED]
    if actor.may(Permission.RECORD_VOID) or actor.may(Permission.TRAIL_VERIFY):
        states.append(AttributionState.PROPOSED)
    correction = attribution_of(session, page.record.id, *states)
    return _shown(session, correction) if correction else None


def _shown(session: Session, correction: Attribution) -> dict[str, Any]:
    names = names_of_actors(session, (correction.proposed_by, correction.decided_by))
    rightful = correction.rightful_id
    return {
        "confirmed": correction.state is AttributionState.CONFIRMED,
        "is_own": correction.proposed_by == current_actor().pseudonym,
        "why": shown_text(session, correction.reason),
        "rightful": person_name(session, rightful) if rightful else "",
        "proposed_by": names[correction.proposed_by],
        "proposed_at": correction.proposed_at,
        "decided_by": names.get(correction.decided_by or "", ""),
        "decided_at": correction.decided_at,
    }


def _page(record_id: str, error: CahierError | None) -> str:
    with edge().storage.reading() as session:
        page = RecordPage.open(session, record_id)
        trainees = holders_of(session, page.record.operator_id, Role.TRAINEE)
        names = names_of(session, {one.id for one in trainees})
        people = [(one.id, names[one.id]) for one in trainees if one.id != page.record.performer_id]
        return page.render(
            "notebook/attribution.html",
            correction=correction_view(session, page),
            people=[("", _("Not known")), *people],
            typed=dict(request.form),
            **words_of(error),
        )
