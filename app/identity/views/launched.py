"""For those who came from a course: the first password, and one's password to do more than work (LT-4)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity import queries
from app.identity.errors import WeakPassword, WrongPassword
from app.identity.forms import FirstPasswordForm, UnlockForm
from app.identity.services.first_passwords import choose_first_password, prepare_first_password
from app.identity.services.sessions import check_own_password, confirm_session
from app.identity.views.attempts import password_attempt
from app.identity.views.blueprint import blueprint
from app.kernel.errors import Conflict, Invalid, NotFound
from app.web.access import signed_in
from app.web.acting import acting
from app.web.addresses import local_path
from app.web.forms import show_again
from app.web.visitors import current_actor, current_visitor, edge


@blueprint.route("/account/first-password", methods=["GET", "POST"])
@signed_in
def choose_password() -> ResponseReturnValue:
    """Let somebody without a password choose the one with which they will sign."""
    form, actor = FirstPasswordForm(), current_actor()
    visitor = current_visitor()
    with edge().storage.reading() as session:
        if visitor is None or visitor.through_token or queries.has_password(session, actor.person_id or ""):
            raise NotFound
    form.next.data = local_path(form.next.data or request.args.get("next"), url_for(".show_account"))

    def show() -> str:
        return render_template("identity/first_password.html", form=form, login=visitor.login)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        with edge().storage.reading() as session:
            prepared = prepare_first_password(session, form.password.data, actor=actor)
        with acting(form.next.data) as session:
            choose_first_password(session, prepared, actor=actor)
    except (WeakPassword, Conflict, Invalid) as error:
        return show_again(form, show, error)
    flash(_("Your password is set. Nobody else knows it; you sign with it."), "success")
    return redirect(form.next.data, 303)


@blueprint.route("/account/confirm-session", methods=["GET", "POST"])
@signed_in
def raise_session() -> ResponseReturnValue:
    """Let whoever came from a course do all that they may here, once they gave their own password."""
    form, visitor = UnlockForm(), current_visitor()
    if visitor is None or visitor.through_token:
        raise NotFound
    form.next.data = local_path(form.next.data or request.args.get("next"), url_for(".show_account"))

    def show() -> str:
        return render_template("identity/confirm_session.html", form=form, login=visitor.login)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        with password_attempt(visitor.login), edge().storage.reading() as session:
            check_own_password(session, form.password.data, actor=visitor.actor)
        with acting(form.next.data) as session:
            confirm_session(session, actor=visitor.actor)
    except (WrongPassword, Conflict) as error:
        return show_again(form, show, error)
    return redirect(form.next.data, 303)
