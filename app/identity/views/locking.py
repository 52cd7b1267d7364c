"""Locking and unlocking: a session that stood idle asks for the password and gives everything back as it was (C6).

Without scripts, a form that met the lock is answered by the unlock page, which carries it sealed; after unlocking,
the person sends it from a page that shows it is kept. With scripts the page stays open under a lock, and unlocks by
`POST /unlock` in JSON.
"""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from app.identity.errors import SessionOver, WrongPassword
from app.identity.forms import UnlockForm
from app.identity.queries import has_password
from app.identity.rules.people import bare_name
from app.identity.services.sessions import check_own_password, lock_session, unlock_session
from app.identity.views.attempts import password_attempt
from app.identity.views.blueprint import blueprint
from app.identity.views.kept import KeptForm, keep_form, open_sealed, seal
from app.identity.views.recognition import remember_in_browser
from app.kernel.errors import CahierError, Conflict
from app.web.access import public, signed_in
from app.web.addresses import local_path
from app.web.edge import LockedOut, csrf
from app.web.errors import remember_refusal, status_of, text_of
from app.web.forms import show_again
from app.web.pages import HOME
from app.web.visitors import Visitor, current_actor, current_visitor, edge

LOCKED = 423
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@blueprint.app_errorhandler(LockedOut)
def answer_locked(error: LockedOut) -> ResponseReturnValue:
    """Answer a request that met the lock with the unlock page; an act that was refused is kept in the trail."""
    visitor = current_visitor()
    if visitor is None:
        return redirect(url_for(".sign_in"), 303)
    if request.is_json:
        return jsonify(code=error.code), LOCKED
    form = UnlockForm(formdata=None)
    if request.method in SAFE_METHODS:
        form.next.data = request.full_path.rstrip("?")
    else:
        remember_refusal(edge().storage, error)
        kept = keep_form(visitor.actor.pseudonym, request.path, request.form.items(multi=True))
        form.kept.data = seal(kept)
    return _unlock_page(form, visitor), LOCKED


@blueprint.post("/lock")
@signed_in
def lock() -> ResponseReturnValue:
    """Lock this session now, for somebody who leaves the tablet."""
    try:
        with edge().storage.transaction() as writing:
            lock_session(writing, actor=current_actor())
    except Conflict:
        pass  # locked by another tab: that is what was wanted
    if request.is_json:
        return "", 204
    return redirect(url_for(".unlock", next=local_path(request.form.get("next"))), 303)


@blueprint.route("/unlock", methods=["GET", "POST"])
@public
def unlock() -> ResponseReturnValue:
    """Open a locked session for its person."""
    visitor = current_visitor()
    if request.is_json:
        return _answer_script(visitor)
    if request.method == "POST":
        csrf.protect()
    if visitor is None or visitor.through_token:
        return redirect(url_for(".sign_in", next=local_path(request.values.get("next"))), 303)
    form = UnlockForm()
    if request.method != "POST":
        form.next.data = local_path(request.args.get("next"))
        return _unlock_page(form, visitor) if visitor.locked else redirect(form.next.data, 303)
    if not form.validate():
        return show_again(form, lambda: _unlock_page(form, visitor))
    try:
        _unlock(visitor, form.password.data)
    except WrongPassword as error:
        return show_again(form, lambda: _unlock_page(form, visitor), error)
    kept = open_sealed(form.kept.data, visitor.actor.pseudonym) if form.kept.data else None
    return _kept_page(kept) if kept else redirect(local_path(form.next.data), 303)


# A form brings its protection and is checked above; a script may bring that of a session which ended meanwhile.
csrf.exempt(unlock)


def _unlock(visitor: Visitor, password: str) -> None:
    with password_attempt(visitor.login), edge().storage.reading() as reading:
        check_own_password(reading, password, actor=visitor.actor)
    with edge().storage.transaction() as writing:
        token = unlock_session(writing, actor=visitor.actor)
    remember_in_browser(token)


def _answer_script(visitor: Visitor | None) -> ResponseReturnValue:
    """Answer app/web/static/js/idle-lock.js.

    A request with a JSON body can only come from a page of our own: another site's would have to ask first, and we
    answer no such question. So it may bring the form protection of a session that ended meanwhile; it gets the
    present one.
    """
    given = request.get_json(silent=True) or {}
    login, password = given.get("login"), given.get("password")
    other = visitor is not None and isinstance(login, str) and bare_name(login) != bare_name(visitor.login)
    if visitor is None or visitor.through_token or other:
        return _say(SessionOver(), 401)
    try:
        _unlock(visitor, password if isinstance(password, str) else "")
    except CahierError as error:
        remember_refusal(edge().storage, error)
        return _say(error, status_of(error))
    return jsonify(csrf_token=generate_csrf())


def _say(error: CahierError, status: int) -> ResponseReturnValue:
    return jsonify(code=error.code, message=text_of(error)), status


def _unlock_page(form: UnlockForm, visitor: Visitor) -> str:
    with edge().storage.reading() as reading:
        has_one = has_password(reading, visitor.actor.person_id or "")
    return render_template(
        "identity/unlock.html", form=form, name=visitor.name, login=visitor.login, has_password=has_one
    )


def _kept_page(kept: KeptForm) -> str:
    return render_template("identity/kept.html", kept=kept, home=HOME)
