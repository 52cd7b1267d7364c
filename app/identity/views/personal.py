"""The page of one person: who they are, the roles they hold and held, and the acts of an administrator on their
access.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.forms import DisableForm, EndRoleForm, GrantRoleForm, NameForm, ReasonForm
from app.identity.rules.roles import ROLE_LABELS
from app.identity.services import people
from app.identity.services.people import access_person
from app.identity.services.renaming import correct_name
from app.identity.views.blueprint import blueprint
from app.identity.views.people import activation_address, operator_choices
from app.identity.views.proving import factor_lines
from app.kernel.actors import Permission, Role
from app.kernel.errors import CahierError, Conflict, Invalid, Refused
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import ActForm, choices_of, show_again
from app.web.languages import translate
from app.web.visitors import current_actor, edge


@blueprint.get("/people/<person_id>")
@requires(Permission.PERSON_READ)
def show_person(person_id: str) -> ResponseReturnValue:
    """Show a person of one's own operator; the same answer for another operator's as for nobody (AS-8.4.1)."""
    return _person_page(person_id)


def _person_page(person_id: str, form: ActForm | None = None) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        person = access_person(session, person_id, actor)
        held = queries.roles_shown_to(session, person_id, actor)
        locked = person_id in queries.locked_people(session, [person])
        sessions = len(queries.open_sessions(session, person_id))
        factors = factor_lines(session, person_id)
        forms = _forms(session, held, form)
    return render_template(
        "identity/person.html",
        shown=person,
        held=held,
        locked=locked,
        sessions=sessions,
        factors=factors,
        panels=[html for panel in edge().person_panels if (html := panel(person_id, actor))],
        may_change=actor.may(Permission.PERSON_ADMINISTER) and person_id != actor.person_id,
        **forms,
    )


def _forms(session: Session, held: list[queries.HeldRole], answered: ActForm | None) -> dict[str, ActForm]:
    """Return the forms of the page; the one that was sent and not accepted keeps what was typed."""
    grant, end = GrantRoleForm(formdata=None), EndRoleForm(formdata=None)
    grant.operator.choices = choices_of(operator_choices(session))
    end.membership.choices = choices_of(_endable(held))
    forms: dict[str, ActForm] = {
        "grant_form": grant,
        "end_form": end,
        "reason_form": ReasonForm(formdata=None),
        "name_form": NameForm(formdata=None),
        "disable_form": DisableForm(formdata=None),
    }
    for name, fresh in forms.items():
        if type(answered) is type(fresh):
            forms[name] = answered
    return forms


def _endable(held: list[queries.HeldRole]) -> list[tuple[str, str]]:
    operator_id, hub = current_actor().operator_id, _("The hub itself")
    return [
        (role.membership.id, f"{translate(ROLE_LABELS[role.membership.role])} · {role.operator_name or hub}")
        for role in held
        if not role.membership.ended_at and operator_id in (None, role.membership.operator_id)
    ]


@blueprint.post("/people/<person_id>/roles")
@requires(Permission.PERSON_ADMINISTER)
def grant(person_id: str) -> ResponseReturnValue:
    """Give a role; it counts at once."""
    form, actor = GrantRoleForm(), current_actor()
    with edge().storage.reading() as session:
        access_person(session, person_id, actor)
        form.operator.choices = choices_of(operator_choices(session))

    def act(session: Session) -> None:
        operator_id = form.operator.data or None
        people.grant_role(session, person_id, Role(form.role.data), operator_id=operator_id, actor=actor)

    return _act(person_id, form, act, _("The role is given."))


@blueprint.post("/people/<person_id>/roles/end")
@requires(Permission.PERSON_ADMINISTER)
def end_role(person_id: str) -> ResponseReturnValue:
    """End a role with a reason; it stops counting at once."""
    form, actor = EndRoleForm(), current_actor()
    with edge().storage.reading() as session:
        access_person(session, person_id, actor)
        form.membership.choices = choices_of(_endable(queries.roles_shown_to(session, person_id, actor)))

    def act(session: Session) -> None:
        people.end_role(session, form.membership.data, actor=actor, reason=form.reason.data)

    return _act(person_id, form, act, _("The role has ended."))


@blueprint.post("/people/<person_id>/name")
@requires(Permission.PERSON_ADMINISTER)
def rename(person_id: str) -> ResponseReturnValue:
    """Correct a name; signatures keep the one that was printed."""
    form, actor = NameForm(), current_actor()
    with edge().storage.reading() as session:
        access_person(session, person_id, actor)

    def act(session: Session) -> None:
        correct_name(session, person_id, form.name.data, actor=actor, reason=form.reason.data)

    return _act(person_id, form, act, _("The name is corrected."))


@blueprint.post("/people/<person_id>/unlock")
@requires(Permission.PERSON_ADMINISTER)
def unlock_person(person_id: str) -> ResponseReturnValue:
    """Let somebody try again who was locked out after failed attempts."""
    return act_with_reason(person_id, ReasonForm(), people.unlock_person, _("The person can sign in again."))


@blueprint.post("/people/<person_id>/sessions/end")
@requires(Permission.PERSON_ADMINISTER)
def end_sessions(person_id: str) -> ResponseReturnValue:
    """End every open session of a person."""
    return act_with_reason(person_id, ReasonForm(), people.end_sessions_of, _("Their sessions have ended."))


@blueprint.post("/people/<person_id>/invitation")
@requires(Permission.PERSON_ADMINISTER)
def invite(person_id: str) -> ResponseReturnValue:
    """Make a new activation code for somebody who never chose a password, and show it, this once."""
    landing = url_for("identity.show_person", person_id=person_id)
    with acting(landing) as session:
        code = people.renew_invitation(session, person_id, actor=current_actor())
    with edge().storage.reading() as session:
        person = access_person(session, person_id, current_actor())
    return render_template("identity/person_added.html", added=person, code=code, activation=activation_address())


def act_with_reason(person_id: str, form: ReasonForm, service: Callable[..., Any], done: str) -> ResponseReturnValue:
    """Run an act on a person that takes a reason; land on their page, or show it again with what was refused."""
    actor = current_actor()
    with edge().storage.reading() as session:
        access_person(session, person_id, actor)

    def act(session: Session) -> None:
        service(session, person_id, actor=actor, reason=form.reason.data)

    return _act(person_id, form, act, done)


def _act(person_id: str, form: ActForm, act: Callable[[Session], Any], done: str) -> ResponseReturnValue:
    landing = url_for("identity.show_person", person_id=person_id)
    error: CahierError | None = None
    if form.validate():
        try:
            with acting(landing) as session:
                act(session)
        except (Invalid, Conflict, Refused) as refusal:
            error = refusal
        else:
            flash(done, "success")
            return redirect(landing, 303)
    return show_again(form, lambda: _person_page(person_id, form), error)
