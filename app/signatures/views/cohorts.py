"""Confirming who the people of a cohort are, on one page: for the start of a practical, with all of them before one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity.models import Person
from app.identity.queries import has_password, members_of
from app.identity.services.operators import access_cohort
from app.kernel.actors import Permission
from app.kernel.errors import N_, Invalid
from app.signatures.forms import ConfirmCohortForm
from app.signatures.rules import Proofing
from app.signatures.services.certifying import confirm_identity
from app.signatures.services.keys import pending_key, valid_key
from app.signatures.services.opening import current_authority
from app.signatures.views.blueprint import blueprint
from app.signatures.views.certificates import SHOWN_AGAIN
from app.web.access import requires
from app.web.forms import choices_of, show_again
from app.web.languages import translate
from app.web.visitors import current_actor, edge


@blueprint.route("/cohorts/<cohort_id>/identities", methods=["GET", "POST"])
@requires(Permission.IDENTITY_CONFIRM)
def confirm_cohort(cohort_id: str) -> ResponseReturnValue:
    """Confirm several people of a cohort at once; each confirmation is an act and a line of its own (KM-2)."""
    form, actor = ConfirmCohortForm(), current_actor()
    with edge().storage.reading() as session:
        cohort = access_cohort(session, cohort_id, actor)
        members = [one for one in members_of(session, cohort_id, actor) if one.id != actor.person_id]
        waiting = [one for one in members if pending_key(session, one.id)]
        rest = [(one, _standing(session, one)) for one in members if one not in waiting]
    form.people.choices = choices_of((one.id, one.name or one.id) for one in waiting)

    def show() -> str:
        return render_template("signatures/cohort.html", form=form, cohort=cohort, waiting=waiting, rest=rest)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    landing, how = url_for(".confirm_cohort", cohort_id=cohort_id), Proofing(form.how.data)
    try:
        if not form.people.data:
            raise Invalid(fields={"people": N_("Choose those who stand before you.")})
        authority = current_authority()
        for person_id in form.people.data:
            with edge().storage.transaction() as session:
                confirm_identity(session, person_id, how, actor=actor, authority=authority)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("Those whom you confirmed can sign now."), "success")
    return redirect(landing, 303)


def _standing(session: Session, person: Person) -> str:
    """Say what somebody whose key does not wait has done, or has still to do."""
    if valid_key(session, person.id):
        return translate(N_("can sign"))
    if has_password(session, person.id):
        return translate(N_("has not accepted the statement yet"))
    return translate(N_("has not chosen a password yet"))
