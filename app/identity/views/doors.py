"""The doors for strangers and home-goers: signing in and out, choosing the first password, picking a language."""

from flask import flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from app.identity.errors import ActivationFailed, NoticeChanged, SessionOver, SignInFailed, WeakPassword
from app.identity.forms import ActivationForm, LanguageForm, SignInForm
from app.identity.services import people
from app.identity.services.sessions import begin_session, check_password, end_session
from app.identity.views.attempts import password_attempt, remember_device
from app.identity.views.blueprint import blueprint
from app.identity.views.notices import ask_to_read, notice_shown, parts_of, present_notices, put_in_the_way
from app.identity.views.recognition import remember_in_browser
from app.kernel.errors import Invalid
from app.web.access import public, signed_in
from app.web.acting import acting
from app.web.addresses import local_path
from app.web.forms import show_again
from app.web.framing import frame_session, framed_by, opened_for
from app.web.languages import page_language
from app.web.pages import HOME
from app.web.visitors import current_actor, current_visitor, edge


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Show the way in, and let in whoever knows a login and its password."""
    form = SignInForm()

    def show() -> str:
        # The cookie named a session that is no more: say so, instead of asking for a password without a word.
        session_over = current_visitor() is None and "_user_id" in session
        return render_template("identity/sign_in.html", form=form, session_over=session_over)

    if request.method != "POST":
        visitor = current_visitor()
        if visitor and not visitor.locked:
            return redirect(HOME, 303)
        form.next.data = local_path(request.args.get("next"))
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        return _open_session(form)
    except SignInFailed as error:
        return show_again(form, show, error)


def _open_session(form: SignInForm) -> ResponseReturnValue:
    with password_attempt(form.login.data), edge().storage.reading() as reading:
        person = check_password(reading, form.login.data, form.password.data)
        is_due = ask_to_read(reading, person.id)
    leave_session()
    landing = local_path(form.next.data)
    with acting(landing) as writing:
        token = begin_session(writing, person.id, device=request.user_agent.string)
    remember_in_browser(token)
    if is_due:
        put_in_the_way()
    response = redirect(landing, 303)
    remember_device(response, form.login.data)
    return response


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this session; also at a locked page, by whoever stands there."""
    was_own_tab = opened_for() is not None
    leave_session()
    if was_own_tab:
        return redirect(url_for(".close_own_tab"), 303)
    flash(_("You are signed out."), "success")
    return redirect(url_for(".sign_in"), 303)


def leave_session() -> None:
    """End the session of this browser, if it has one, and forget everything about it but the language (AS-7.4.1)."""
    visitor = current_visitor()
    if visitor and not visitor.through_token:
        try:
            with edge().storage.transaction() as writing:
                end_session(writing, actor=visitor.actor)
        except SessionOver:
            pass  # it ended in another tab at this very moment
    picked, around = session.get("language"), framed_by()
    logout_user()
    session.clear()
    if picked:
        session["language"] = picked
    if around:
        frame_session(around)  # the page stays in its frame, and so does the cookie that is to be emptied
    g.visitor = None
    g.pop("csrf_token", None)  # the form protection of the session before opens nothing in the next one


@blueprint.route("/activate", methods=["GET", "POST"])
@public
def activate() -> ResponseReturnValue:
    """Let an invited person choose their first password with the code they were given, once they read the notice."""
    form = ActivationForm()

    def show() -> str:
        notice = present_notices()[page_language()]
        form.notice.data = notice.digest
        return render_template("identity/activate.html", form=form, told=notice, parts=parts_of(notice))

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    read = notice_shown(form.notice.data or "")
    if read is None:
        form.informed.data = False
        return show_again(form, show, NoticeChanged())
    try:
        with password_attempt(form.login.data):
            with edge().storage.reading() as reading:
                prepared = people.prepare_activation(reading, form.login.data, form.code.data, form.password.data)
            with acting(url_for(".sign_in")) as writing:
                people.activate_person(writing, prepared, notice=read)
    except (ActivationFailed, WeakPassword, Invalid) as error:
        return show_again(form, show, error)
    flash(_("Your password is set. Sign in with it."), "success")
    return redirect(url_for(".sign_in"), 303)


@blueprint.post("/language")
@public
def set_language() -> ResponseReturnValue:
    """Keep the language somebody reads in: a person's with the person, a stranger's in the browser."""
    form = LanguageForm()
    landing = local_path(form.next.data)
    if not form.validate():
        raise Invalid
    visitor = current_visitor()
    if visitor is None or visitor.locked:
        session["language"] = form.language.data
    else:
        with acting(landing) as writing:
            people.set_language(writing, form.language.data, actor=visitor.actor)
    return redirect(landing, 303)


@blueprint.post("/still-here")
@signed_in
def stay() -> ResponseReturnValue:
    """Answer that the session is open; being asked is what keeps it open (WC-2.2.1)."""
    current_actor()
    return "", 204
