"""The cohorts of an operator: groups of trainees who come and go together."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity import queries
from app.identity.forms import CohortForm, JoinForm
from app.identity.models import Cohort
from app.identity.services.operators import access_cohort, add_cohort, join_cohort, leave_cohort
from app.identity.views.blueprint import blueprint
from app.identity.views.people import operator_choices
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.pages import url_if_there
from app.web.visitors import current_actor, edge


@blueprint.get("/cohorts")
@requires(Permission.PERSON_READ)
def list_cohorts() -> ResponseReturnValue:
    """List the cohorts of the operator one acts for, or of the hub."""
    return _cohorts_page(_cohort_form(fresh=True))


@blueprint.post("/cohorts")
@requires(Permission.COHORT_ADMINISTER)
def add_group() -> ResponseReturnValue:
    """Add a cohort."""
    form, landing = _cohort_form(), url_for(".list_cohorts")
    if not form.validate():
        return show_again(form, lambda: _cohorts_page(form))
    try:
        with acting(landing) as session:
            add_cohort(session, form.name.data, operator_id=form.operator.data, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _cohorts_page(form), error)
    flash(_("The cohort is added."), "success")
    return redirect(landing, 303)


@blueprint.get("/cohorts/<cohort_id>")
@requires(Permission.PERSON_READ)
def show_cohort(cohort_id: str) -> ResponseReturnValue:
    """Show who is in a cohort."""
    return _cohort_page(cohort_id)


@blueprint.post("/cohorts/<cohort_id>/people")
@requires(Permission.COHORT_ADMINISTER)
def join(cohort_id: str) -> ResponseReturnValue:
    """Put a trainee into a cohort."""
    landing = url_for(".show_cohort", cohort_id=cohort_id)
    with acting(landing) as session:
        join_cohort(session, cohort_id, request.form.get("person", ""), actor=current_actor())
    return redirect(landing, 303)


@blueprint.post("/cohorts/<cohort_id>/people/<person_id>/leave")
@requires(Permission.COHORT_ADMINISTER)
def leave(cohort_id: str, person_id: str) -> ResponseReturnValue:
    """Let somebody leave a cohort; that they were in it stays known."""
    landing = url_for(".show_cohort", cohort_id=cohort_id)
    with acting(landing) as session:
        leave_cohort(session, cohort_id, person_id, actor=current_actor())
    return redirect(landing, 303)


def _cohort_form(*, fresh: bool = False) -> CohortForm:
    form = CohortForm(formdata=None) if fresh else CohortForm()
    with edge().storage.reading() as session:
        form.operator.choices = choices_of(choice for choice in operator_choices(session) if choice[0])
    return form


def _cohorts_page(form: CohortForm) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        rows = queries.cohort_rows(session, actor)
    may_change = actor.may(Permission.COHORT_ADMINISTER)
    return render_template("identity/cohorts.html", rows=rows, form=form, may_change=may_change)


def _cohort_page(cohort_id: str) -> str:
    actor = current_actor()
    form = JoinForm(formdata=None)
    with edge().storage.reading() as session:
        cohort: Cohort = access_cohort(session, cohort_id, actor)
        members = queries.members_of(session, cohort_id, actor)
        form.person.choices = choices_of((one.id, one.name) for one in queries.trainees_outside(session, cohort))
    may_change = actor.may(Permission.COHORT_ADMINISTER)
    confirm_url = url_if_there("signatures.confirm_cohort", cohort_id=cohort_id)
    return render_template(
        "identity/cohort.html",
        cohort=cohort,
        members=members,
        form=form,
        may_change=may_change,
        confirm_url=confirm_url if actor.may(Permission.IDENTITY_CONFIRM) else "",
    )
