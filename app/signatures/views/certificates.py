"""Certificates on the page of a person: confirming who they are, and reporting that somebody else may have the key."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.identity.models import PersonState
from app.identity.queries import lost_factors
from app.identity.services.people import access_person
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.kernel.errors import N_, Conflict, Invalid, Refused
from app.signatures.forms import CompromiseForm, ConfirmForm
from app.signatures.queries import certificates_of, incidents_of
from app.signatures.rules import Proofing
from app.signatures.services.certifying import confirm_after_loss, confirm_identity
from app.signatures.services.incidents import report_compromise
from app.signatures.services.keys import certified_key, pending_key, valid_key
from app.signatures.services.opening import current_authority, ending_authority
from app.signatures.views.blueprint import blueprint
from app.signatures.views.incidents import incident_facts
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import show_again
from app.web.visitors import current_actor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused)


def person_panel(person_id: str, actor: Actor) -> str:
    """Return what there is to know of a person's key, and to do about it, as a block of their page."""
    if not actor.may(Permission.PERSON_READ):
        return ""
    is_other = person_id != actor.person_id
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        key = valid_key(session, person_id)
        facts = {
            "shown": person,
            "certified": certified_key(session, key.id) if key else None,
            "waiting": pending_key(session, person_id),
            "lost": lost_factors(session, person_id),
            "certificates": len(certificates_of(session, person_id)),
            "incidents": [incident_facts(session, one) for one in incidents_of(session, person_id)],
        }
    is_there = person.state is not PersonState.DISABLED
    return Markup(  # noqa: S704
        render_template(
            "signatures/_panel.html",
            may_confirm=is_other and is_there and actor.may(Permission.IDENTITY_CONFIRM),
            may_see_incidents=actor.may(Permission.INCIDENT_OPEN),
            may_report=is_other and is_there and actor.may(Permission.INCIDENT_OPEN),
            **facts,
        )
    )


@blueprint.route("/people/<uuid:person_id>/identity", methods=["GET", "POST"])
@requires(Permission.IDENTITY_CONFIRM)
def confirm_person(person_id: object) -> ResponseReturnValue:
    """Confirm who a person is, having them before one: for their key (KM-2), or after they lost a factor (KM-7)."""
    form, actor, confirmed = ConfirmForm(), current_actor(), str(person_id)
    with edge().storage.reading() as session:
        person = access_person(session, confirmed, actor)
        waiting, lost = pending_key(session, confirmed), lost_factors(session, confirmed)

    def show() -> str:
        return render_template("signatures/confirm.html", form=form, shown=person, waiting=waiting, lost=lost)

    if not form.is_submitted():
        return show()
    if not form.validate():
        return show_again(form, show)
    landing = url_for("identity.show_person", person_id=confirmed)
    try:
        has_key = confirm_now(confirmed, Proofing(form.how.data), actor, landing)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(
        _("The identity is confirmed, and the key has its certificate.")
        if has_key
        else _("The identity is confirmed. The person can enrol another second factor."),
        "success",
    )
    return redirect(landing, 303)


def confirm_now(person_id: str, how: Proofing, actor: Actor, landing: str) -> bool:
    """Confirm who a person is: for the key that waits, else after a lost factor; say whether it was for a key."""
    with edge().storage.reading() as session:
        is_for_loss = pending_key(session, person_id) is None and bool(lost_factors(session, person_id))
    if is_for_loss:
        with acting(landing) as session:
            confirm_after_loss(session, person_id, how, actor=actor)
        return False
    authority = current_authority()
    with acting(landing) as session:
        confirm_identity(session, person_id, how, actor=actor, authority=authority)
    return True


@blueprint.route("/people/<uuid:person_id>/compromise", methods=["GET", "POST"])
@requires(Permission.INCIDENT_OPEN)
def report(person_id: object) -> ResponseReturnValue:
    """Report that somebody else may have a person's password or key: everything that must happen happens at once."""
    form, actor, reported = CompromiseForm(), current_actor(), str(person_id)
    with edge().storage.reading() as session:
        person = access_person(session, reported, actor)

    def show() -> str:
        return render_template("signatures/compromise.html", form=form, shown=person)

    if not form.is_submitted():
        form.since.data = clock.now().astimezone(ZoneInfo(edge().zone)).strftime("%Y-%m-%dT%H:%M")
        return show()
    if not form.validate():
        return show_again(form, show)
    landing = url_for("identity.show_person", person_id=reported)
    try:
        since, authority = read_local_time(form.since.data, edge().zone), ending_authority()
        with acting(landing) as session:
            report_compromise(session, reported, since, actor=actor, reason=form.reason.data, authority=authority)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("The person is locked out and the certificate revoked. Below is what must be looked at."), "success")
    return redirect(landing, 303)


def read_local_time(typed: str, zone: str) -> datetime:
    """Read a date and time as a browser's field gives it, in the hub's zone; raise Invalid."""
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise Invalid(fields={"since": N_("Write date and time like 2026-11-23 14:30.")}) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
