"""The pages on which a person accepts the statement and changes their password, and an administrator resets one."""

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.forms import DisableForm, ReasonForm
from app.identity.queries import has_password, lost_factors
from app.identity.services.people import access_person
from app.identity.views.attempts import password_attempt
from app.identity.views.doors import leave_session
from app.identity.views.people import activation_address
from app.identity.views.personal import act_with_reason
from app.kernel import canonical
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, NotFound, Refused, TooMany
from app.signatures.errors import ContentChanged
from app.signatures.forms import ChangePasswordForm, SecondPersonForm, StatementForm
from app.signatures.queries import acknowledgement_of
from app.signatures.rules import STATEMENT, Proofing
from app.signatures.services import accounts
from app.signatures.services.keys import certified_key, pending_key, valid_key
from app.signatures.services.opening import (
    current_pepper,
    ending_authority,
    recognise_second_person,
)
from app.signatures.views.blueprint import blueprint
from app.signatures.views.certificates import confirm_now
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.addresses import local_path
from app.web.forms import show_again
from app.web.languages import translate
from app.web.visitors import current_actor, current_visitor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused, TooMany)


@blueprint.route("/account/statement", methods=["GET", "POST"])
@signed_in
def show_statement() -> ResponseReturnValue:
    """Show the accountability statement, and accept it with the password: a key comes of it that waits for somebody to
    confirm whose it is.
    """
    form = StatementForm()
    form.next.data = local_path(form.next.data or request.args.get("next"), url_for("identity.show_account"))
    if request.method != "POST":
        with edge().storage.reading() as session:
            if not has_password(session, current_actor().person_id or ""):
                # Who came from a course chooses first the password that the key is wrapped with.
                return redirect(url_for("identity.choose_password", next=request.full_path.rstrip("?")), 303)
        return _statement_page(form)
    if not form.validate():
        return show_again(form, lambda: _statement_page(form))
    try:
        _accept(form)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _statement_page(form), error)
    flash(_("Your key is made. Now somebody must confirm that it is yours."), "success")
    return redirect(url_for(".show_statement", next=form.next.data), 303)


def _accept(form: StatementForm) -> None:
    actor, text = current_actor(), translate(STATEMENT)
    if form.shown.data != _digest(text):  # the language was changed in another tab
        raise ContentChanged(subject=actor.pseudonym)
    with password_attempt(_login()), edge().storage.reading() as session:
        prepared = accounts.prepare_key(session, form.password.data, current_pepper(), actor=actor)
    with acting(url_for(".show_statement", next=form.next.data)) as session:
        accounts.accept_statement(session, prepared, text, actor=actor)


def _statement_page(form: StatementForm | SecondPersonForm) -> str:
    actor, text = current_actor(), translate(STATEMENT)
    person_id, landing = actor.person_id or "", form.next.data
    accepting = form if isinstance(form, StatementForm) else StatementForm(formdata=None)
    confirming = form if isinstance(form, SecondPersonForm) else SecondPersonForm(formdata=None)
    accepting.shown.data, accepting.next.data, confirming.next.data = _digest(text), landing, landing
    with edge().storage.reading() as session:
        key = valid_key(session, person_id)
        certified = certified_key(session, key.id) if key else None
        facts = {
            "key": key,
            "certified": certified,
            "waiting": pending_key(session, person_id),
            "lost": lost_factors(session, person_id),
            "accepted": acknowledgement_of(session, person_id),
            "may_make": accounts.may_make_key(session, person_id),
        }
    may_sign = actor.may(Permission.SIGN)
    return render_template(
        "signatures/statement.html", form=accepting, confirming=confirming, text=text, may_sign=may_sign, **facts
    )


@blueprint.post("/account/identity")
@signed_in
def confirm_here() -> ResponseReturnValue:
    """Let somebody else confirm at this tablet who its person is, with their own password (KM-2, KM-7)."""
    form = SecondPersonForm()
    form.next.data = local_path(form.next.data, url_for("identity.show_account"))
    if not form.validate():
        return show_again(form, lambda: _statement_page(form))
    try:
        second, _person = recognise_second_person(form.login.data, form.confirming_password.data)
        person_id = current_actor().person_id or ""
        has_key = confirm_now(person_id, Proofing(form.how.data), second, form.next.data)
    except SHOWN_AGAIN as error:
        return show_again(form, lambda: _statement_page(form), error)
    flash(_("You can sign now.") if has_key else _("You can enrol another second factor now."), "success")
    return redirect(form.next.data, 303)


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password() -> ResponseReturnValue:
    """Change one's own password; every session ends, this one too (AS-7.4.3)."""
    form = ChangePasswordForm()

    def show() -> str:
        return render_template("signatures/change_password.html", form=form)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    actor, landing = current_actor(), url_for("identity.sign_in")
    try:
        with password_attempt(_login()), edge().storage.reading() as session:
            prepared = accounts.prepare_change(
                session, form.current_password.data, form.password.data, current_pepper(), actor=actor
            )
        with acting(landing) as session:
            accounts.change_password(session, prepared, actor=actor)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    leave_session()
    flash(_("Your password is changed. Sign in with the new one."), "success")
    return redirect(landing, 303)


@blueprint.route("/people/<uuid:person_id>/reset", methods=["GET", "POST"])
@requires(Permission.PERSON_ADMINISTER)
def reset_person(person_id: object) -> ResponseReturnValue:
    """Take away a lost password and the key with it; show the activation code, this once (KM-7)."""
    form, actor, reset = ReasonForm(), current_actor(), str(person_id)
    with edge().storage.reading() as session:
        person = access_person(session, reset, actor)

    def show() -> str:
        return render_template("signatures/reset.html", form=form, shown=person)

    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        with acting(url_for("identity.show_person", person_id=reset)) as session:
            code = accounts.reset_credentials(
                session, reset, actor=actor, reason=form.reason.data, authority=ending_authority()
            )
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    return render_template("signatures/reset_done.html", shown=person, code=code, activation=activation_address())


@blueprint.post("/people/<person_id>/disable")
@requires(Permission.PERSON_ADMINISTER)
def disable_person(person_id: str) -> ResponseReturnValue:
    """Disable a person for good, and destroy their key (KM-8)."""
    done = _("The person is disabled and signed out everywhere.")
    disable = partial(accounts.disable_person, authority=ending_authority())
    return act_with_reason(person_id, DisableForm(), disable, done)


def _login() -> str:
    visitor = current_visitor()
    if visitor is None or visitor.through_token:
        raise NotFound
    return visitor.login


def _digest(text: str) -> str:
    return canonical.digest(text.encode())
