"""My account: who I am here, my language, the operator I act for, my open sessions, my tokens."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity import queries
from app.identity.forms import LanguageForm, OperatorChoiceForm, TokenForm
from app.identity.models import Person
from app.identity.rules.doors import describe_device, is_over
from app.identity.rules.roles import Scope
from app.identity.services.sessions import revoke_session, switch_operator
from app.identity.services.tokens import make_token, revoke_token
from app.identity.views.blueprint import blueprint
from app.identity.views.proving import current_terms, factor_lines
from app.identity.views.recognition import current_session, session_limits
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, NotFound
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.forms import choices_of, show_again
from app.web.pages import HOME, places_of
from app.web.visitors import current_actor, current_visitor, edge


@blueprint.get("/account")
@signed_in
def show_account() -> ResponseReturnValue:
    """Show a person what the application knows of them and what is open in their name."""
    return _account_page(TokenForm(formdata=None))


def _account_page(form: TokenForm, **more: Any) -> str:
    actor = current_actor()
    with edge().storage.reading() as session:
        person = session.get(Person, actor.person_id)
        if person is None:
            raise NotFound
        held = [role for role in queries.roles_shown_to(session, person.id, actor) if not role.membership.ended_at]
        tokens = queries.tokens_of(session, person.id)
        factors, lost = factor_lines(session, person.id), queries.lost_factors(session, person.id)
        sessions = _sessions(queries.open_sessions(session, person.id))
        has_one = queries.has_password(session, person.id)
    visitor = current_visitor()
    places = places_of(visitor) if visitor else []
    return render_template(
        "identity/account.html",
        account=person,
        has_password=has_one,
        launched=current_session().launched_at is not None,
        held=held,
        tokens=tokens,
        factors=factors,
        lost=lost,
        second_factor=current_terms().asks,
        sessions=sessions,
        this_session=actor.session_id,
        form=form,
        places=places,
        reading_form=LanguageForm(formdata=None, language=person.language),
        operator_form=_operator_form(places, actor.operator_id),
        may_make_tokens=actor.may(Permission.TOKEN_OWN),
        **more,
    )


def _sessions(rows: list[Any]) -> list[dict[str, Any]]:
    limit, now = session_limits().absolute, clock.now()
    return [
        {"row": row, "device": describe_device(row.device) or _("Unknown browser")}
        for row in rows
        if not is_over(row.begun_at, now, limit)
    ]


def _operator_form(places: list[tuple[str, str]], present: str | None) -> OperatorChoiceForm:
    form = OperatorChoiceForm(formdata=None, operator=present or "")
    form.operator.choices = choices_of(places)
    return form


@blueprint.post("/account/operator")
@signed_in
def choose_operator() -> ResponseReturnValue:
    """Act for another operator of one's own from here on."""
    with acting(HOME) as session:
        switch_operator(session, request.form.get("operator") or None, actor=current_actor())
    return redirect(HOME, 303)


@blueprint.post("/account/sessions/<session_id>/revoke")
@signed_in
def revoke(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions, such as that on a tablet left behind."""
    landing = url_for(".show_account")
    with acting(landing) as session:
        revoke_session(session, session_id, actor=current_actor())
    return redirect(landing, 303)


@blueprint.post("/account/tokens")
@requires(Permission.TOKEN_OWN)
def add_token() -> ResponseReturnValue:
    """Make a token for oneself and show its secret, this once."""
    form, actor = TokenForm(), current_actor()
    if not form.validate():
        return show_again(form, lambda: _account_page(form))
    scopes = [Scope(scope) for scope in form.scopes.data]
    try:
        with acting(url_for(".show_account")) as session:
            token, secret = make_token(
                session, actor.person_id or "", form.label.data, scopes, days=int(form.days.data), actor=actor
            )
    except (Invalid, Conflict) as error:
        return show_again(form, lambda: _account_page(form), error)
    return _account_page(TokenForm(formdata=None), new_token=token, secret=secret)


@blueprint.post("/account/tokens/<token_id>/revoke")
@signed_in
def end_token(token_id: str) -> ResponseReturnValue:
    """Revoke one of one's own tokens; it stops working at once."""
    landing = url_for(".show_account")
    with acting(landing) as session:
        revoke_token(session, token_id, actor=current_actor())
    return redirect(landing, 303)
