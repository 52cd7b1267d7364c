"""Somebody who came from a course says that they have an account here already, and proves it: the two become one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.errors import AccountTaken, SignInFailed
from app.identity.forms import SignInForm
from app.identity.queries import actor_of
from app.identity.services.sessions import check_password
from app.identity.views.attempts import password_attempt
from app.identity.views.doors import leave_session
from app.kernel.actors import Actor
from app.kernel.errors import Conflict, Invalid, NotFound, TooMany
from app.lms.services.joining import end_made_person, may_join, take_account
from app.lms.views.blueprint import blueprint
from app.web.access import signed_in
from app.web.acting import acting
from app.web.forms import show_again
from app.web.visitors import current_actor, current_visitor, edge


@blueprint.route("/join", methods=["GET", "POST"])
@signed_in
def join() -> ResponseReturnValue:
    """Ask for the login and password of the older account; end the one that a launch made, and move its link."""
    visitor, actor = current_visitor(), current_actor()
    with edge().storage.reading() as session:
        if visitor is None or visitor.through_token or not may_join(session, actor.person_id):
            raise NotFound
    form = SignInForm()

    def show() -> str:
        return render_template("lms/join.html", form=form, login=visitor.login)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    landing = url_for("identity.sign_in")
    try:
        older = _proved(form, actor.operator_id)
        with acting(landing) as session:
            moved = end_made_person(session, actor.person_id or "", actor=older)
        for account in moved:
            with edge().storage.transaction() as session:
                take_account(session, account, actor=older)
    except (SignInFailed, AccountTaken, Conflict, Invalid, TooMany) as error:
        return show_again(form, show, error)
    leave_session()
    flash(_("The two are one account now. Open the activity in your course again, or sign in."), "success")
    return redirect(landing, 303)


def _proved(form: SignInForm, operator_id: str | None) -> Actor:
    """Return whom login and password name; raises SignInFailed, TooMany."""
    with password_attempt(form.login.data), edge().storage.reading() as session:
        person = check_password(session, form.login.data, form.password.data)
    with edge().storage.reading() as session:
        return actor_of(session, person, operator_id)
