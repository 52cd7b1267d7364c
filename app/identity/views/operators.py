"""The training operators that share the hub: listed and added by those who act for the hub."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity import queries
from app.identity.errors import HubOnly
from app.identity.forms import OperatorForm
from app.identity.services.operators import add_operator
from app.identity.views.blueprint import blueprint
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid
from app.web.access import requires
from app.web.acting import acting
from app.web.forms import show_again
from app.web.visitors import current_actor, edge


@blueprint.get("/operators")
@requires(Permission.OPERATOR_ADMINISTER)
def list_operators() -> ResponseReturnValue:
    """List the operators of the hub."""
    return _operators_page(OperatorForm(formdata=None, zone=edge().zone))


@blueprint.post("/operators")
@requires(Permission.OPERATOR_ADMINISTER)
def add_one() -> ResponseReturnValue:
    """Add a training operator and open its log."""
    form, landing = OperatorForm(), url_for(".list_operators")
    if not form.validate():
        return show_again(form, lambda: _operators_page(form))
    try:
        with acting(landing) as session:
            add_operator(session, form.code.data, form.name.data, zone=form.zone.data, actor=current_actor())
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _operators_page(form), error)
    flash(_("The operator is added."), "success")
    return redirect(landing, 303)


def _operators_page(form: OperatorForm) -> str:
    if current_actor().operator_id is not None:
        raise HubOnly
    with edge().storage.reading() as session:
        operators = queries.list_operators(session)
    return render_template("identity/operators.html", operators=operators, form=form)
