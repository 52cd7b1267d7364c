"""People: finding them, adding them, and the page of one person with their roles and what other rooms know of them."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.forms import AddPersonForm
from app.identity.services.people import NewPerson, add_person
from app.identity.views.blueprint import blueprint
from app.identity.views.naming import naming_pepper
from app.kernel.actors import Permission, Role
from app.kernel.errors import Conflict, Invalid, Refused
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.languages import page_language
from app.web.visitors import current_actor, edge

PEOPLE_ON_A_PAGE = 50


@blueprint.get("/people")
@requires(Permission.PERSON_READ)
def list_people() -> ResponseReturnValue:
    """List the people of the operator one acts for, or of the hub, by name; `search` narrows the list."""
    actor, search = current_actor(), request.args.get("search", "")[:200]
    page = max(request.args.get("page", 1, type=int), 1)
    with edge().storage.reading() as session:
        rows = queries.list_people(session, actor, search=search)
        shown = rows[(page - 1) * PEOPLE_ON_A_PAGE : page * PEOPLE_ON_A_PAGE]
        locked = queries.locked_people(session, [row.person for row in shown])
    return render_template(
        "identity/people.html",
        rows=shown,
        locked=locked,
        search=search,
        total=len(rows),
        page=page,
        pages=-(-len(rows) // PEOPLE_ON_A_PAGE),
        address=url_for(".list_people", search=search or None, page=""),
        may_add=actor.may(Permission.PERSON_ADMINISTER),
    )


@blueprint.route("/people/add", methods=["GET", "POST"])
@requires(Permission.PERSON_ADMINISTER)
def add() -> ResponseReturnValue:
    """Add a person with their first roles and show the activation code, this once."""
    actor = current_actor()
    form = AddPersonForm(language=page_language())
    with edge().storage.reading() as session:
        form.operator.choices = choices_of(operator_choices(session))

    def show() -> str:
        return render_template("identity/add_person.html", form=form)

    if request.method != "POST":
        form.roles.data = [Role.TRAINEE.value]
        form.operator.data = actor.operator_id or ""
        return show()
    if not form.validate():
        return show_again(form, show)
    new = NewPerson(
        form.login.data,
        form.name.data,
        form.language.data,
        tuple(Role(role) for role in form.roles.data),
        form.email.data,
        form.birth_year.data,
    )
    try:
        with acting(url_for(".list_people")) as session:
            operator_id = form.operator.data or None
            person, code = add_person(session, new, operator_id=operator_id, pepper=naming_pepper(), actor=actor)
    except (Invalid, Conflict, Refused) as error:
        return show_again(form, show, error)
    return render_template("identity/person_added.html", added=person, code=code, activation=activation_address())


def operator_choices(session: Session) -> list[tuple[str, str]]:
    """Return for whom the actor may give roles: their own operator, or the hub and every operator."""
    actor = current_actor()
    operators = [(operator.id, operator.name) for operator in queries.list_operators(session)]
    if actor.operator_id is not None:
        return [choice for choice in operators if choice[0] == actor.operator_id]
    return [("", _("The hub itself")), *operators]


def activation_address() -> str:
    """Return the address at which somebody chooses their first password; it names nobody (AS-14.2.1)."""
    return url_for("identity.activate", _external=True)
