"""Incidents: one person looks at everything that was signed since, another closes (KM-9)."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.queries import names_of
from app.kernel.actors import Actor, Permission
from app.kernel.errors import Conflict, Invalid, Refused
from app.signatures.forms import CloseIncidentForm, ReviewIncidentForm
from app.signatures.models import Incident, Signature
from app.signatures.rules import MEANINGS
from app.signatures.services.incidents import access_incident, close_incident, review_incident
from app.signatures.views.blueprint import blueprint
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import show_again
from app.web.languages import translate
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


@blueprint.route("/incidents/<uuid:incident_id>", methods=["GET", "POST"])
@requires(Permission.INCIDENT_OPEN)
def show_incident(incident_id: object) -> ResponseReturnValue:
    """Show an incident; review it, or close one that somebody else reviewed."""
    actor, asked = current_actor(), str(incident_id)
    with edge().storage.reading() as session:
        incident = access_incident(session, asked, actor)
        facts = incident_facts(session, incident)
    form = CloseIncidentForm() if incident.reviewed_at else ReviewIncidentForm()
    if isinstance(form, ReviewIncidentForm):
        form.looked_at.choices = [(one["id"], f"{one['meaning']} · {one['subject']}") for one in facts["signatures"]]
    is_affected = incident.person_id == actor.person_id

    def show() -> str:
        return render_template("signatures/incident.html", form=form, incident=facts, is_affected=is_affected)

    if not form.is_submitted():
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        with acting(url_for("signatures.show_incident", incident_id=asked)) as session:
            _take_step(session, asked, form, actor)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    said = _("The incident is closed.") if incident.reviewed_at else _("Reviewed. Somebody else closes the incident.")
    flash(said, "success")
    return redirect(url_for("signatures.show_incident", incident_id=asked), 303)


def _take_step(session: Session, asked: str, form: ReviewIncidentForm | CloseIncidentForm, actor: Actor) -> None:
    if isinstance(form, ReviewIncidentForm):
        review_incident(session, asked, form.looked_at.data or [], actor=actor, reason=form.reason.data)
    else:
        close_incident(session, asked, actor=actor, reason=form.reason.data)


def incident_facts(session: Session, incident: Incident) -> dict[str, Any]:
    """Return what pages show of an incident."""
    signed = [session.get_one(Signature, identifier) for identifier in incident.signatures]
    takers = {one.removeprefix("person:") for one in (incident.reviewed_by, incident.closed_by) if one}
    names = names_of(session, {*incident.to_tell, *takers, incident.person_id})
    return {
        "id": incident.id,
        "person_id": incident.person_id,
        "person": names.get(incident.person_id, incident.person_id),
        "since": incident.suspected_since,
        "opened": incident.opened_at,
        "to_tell": [names.get(identifier, identifier) for identifier in incident.to_tell],
        "reviewed_by": _name(incident.reviewed_by, names),
        "reviewed_at": incident.reviewed_at,
        "closed_by": _name(incident.closed_by, names),
        "closed_at": incident.closed_at,
        "signatures": [
            {
                "id": one.id,
                "url": url_for("signatures.show_signature", signature_id=one.id),
                "meaning": translate(MEANINGS[one.meaning]),
                "subject": one.subject,
                "at": one.signed_at,
            }
            for one in signed
        ],
    }


def _name(pseudonym: str | None, names: dict[str, str]) -> str:
    return names.get((pseudonym or "").removeprefix("person:"), pseudonym or "")
