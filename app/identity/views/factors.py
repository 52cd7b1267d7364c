"""The pages on which people enrol and remove second factors: an authenticator, a passkey; their own, or one that
somebody else lost.
"""

from functools import partial
from typing import Any

import segno
from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.identity import queries
from app.identity.errors import FactorSealBroken, WrongFactor
from app.identity.forms import AuthenticatorForm, PasskeyForm, ProvenForm, ReasonForm
from app.identity.rules.doors import SecondFactor
from app.identity.services.codes import address_of_secret, new_code_secret, seal_secret, step_of_code, unseal_secret
from app.identity.services.enrolling import enrol_authenticator, enrol_passkey, remove_factor, remove_own_factor
from app.identity.services.factors import LONGEST_ANSWER
from app.identity.services.passkeys import new_challenge, options_to_answer, options_to_make, read_new
from app.identity.views.blueprint import blueprint
from app.identity.views.personal import act_with_reason
from app.identity.views.proving import check_self, current_terms, kinds_asked, purpose_of, read_proof
from app.kernel.actors import Permission
from app.kernel.errors import Conflict, Invalid, NotFound, Refused, TooMany
from app.web.access import requires, signed_in
from app.web.acting import acting
from app.web.forms import ActForm, show_again
from app.web.visitors import current_actor, current_visitor, edge

SHOWN_AGAIN = (Invalid, Conflict, Refused, TooMany)
ENROLLING = "enrol"


@blueprint.route("/account/factors/authenticator", methods=["GET", "POST"])
@signed_in
def add_authenticator() -> ResponseReturnValue:
    """Show a new secret as picture and text, and enrol the authenticator that reads it, after a trial (P11.300(e))."""
    form, login = AuthenticatorForm(), _own_login()
    secret = _secret_of(form)
    landing = url_for(".show_account")
    show = partial(_authenticator_page, form, secret, login)
    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    try:
        step = _tried(secret, form.trial.data)
        check_self(form.password.data, read_proof(request.form))
        with acting(landing) as session:
            enrol_authenticator(session, secret, step, current_terms().key, actor=current_actor())
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("Your authenticator is enrolled. Your next signature asks for a code."), "success")
    return redirect(landing, 303)


@blueprint.route("/account/factors/passkey", methods=["GET", "POST"])
@signed_in
def add_passkey() -> ResponseReturnValue:
    """Enrol a passkey that the browser makes, after a trial (P11.300(e))."""
    form, landing = PasskeyForm(), url_for(".show_account")
    _own_login()
    show = partial(_form_page, "identity/add_passkey.html", form)
    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    terms, actor = current_terms(), current_actor()
    made, answered = ((field.data or "")[:LONGEST_ANSWER] for field in (form.made, form.answered))
    try:
        new = read_new(terms.key, terms.place, purpose_of(actor, ENROLLING), made, answered)
        check_self(form.password.data, read_proof(request.form))
        with acting(landing) as session:
            enrol_passkey(session, new, actor=actor)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("Your passkey is enrolled. Your next signature asks for it."), "success")
    return redirect(landing, 303)


@blueprint.get("/account/factors/passkey/new")
@signed_in
def offer_passkey() -> ResponseReturnValue:
    """Tell the browser what to make a passkey of, and what to try it with."""
    login, terms, actor = _own_login(), current_terms(), current_actor()
    person_id = actor.person_id or ""
    with edge().storage.reading() as session:
        known = [found.credential_id for found in queries.factors_of(session, person_id) if found.credential_id]
    challenges = [new_challenge(terms.key, purpose_of(actor, ENROLLING)) for _ in range(2)]
    return jsonify(
        make=options_to_make(terms.place, challenges[0], person_id=person_id, login=login, known=known),
        answer=options_to_answer(terms.place, challenges[1], []),
    )


@blueprint.get("/account/factors/passkey/challenge")
@signed_in
def challenge_passkey() -> ResponseReturnValue:
    """Tell the browser what a passkey must answer now: one's own, or with `anybody` a second person's."""
    _own_login()
    terms, actor = current_terms(), current_actor()
    known: list[str] = []
    if "anybody" not in request.args:
        with edge().storage.reading() as session:
            held = queries.factors_of(session, actor.person_id or "")
        known = [found.credential_id for found in held if found.credential_id]
    return jsonify(options_to_answer(terms.place, new_challenge(terms.key, purpose_of(actor)), known))


@blueprint.route("/account/factors/<uuid:factor_id>/remove", methods=["GET", "POST"])
@signed_in
def drop_factor(factor_id: object) -> ResponseReturnValue:
    """Remove one of one's own factors, proving oneself with it or another; who lost it asks an administrator."""
    form, actor, removed = ProvenForm(), current_actor(), str(factor_id)
    _own_login()
    with edge().storage.reading() as session:
        held = queries.factors_of(session, actor.person_id or "")
    factor = next((found for found in held if found.id == removed), None)
    if factor is None:
        raise NotFound
    show = partial(_form_page, "identity/remove_factor.html", form, factor=factor)
    if request.method != "POST":
        return show()
    if not form.validate():
        return show_again(form, show)
    landing = url_for(".show_account")
    try:
        check_self(form.password.data, read_proof(request.form))
        with acting(landing) as session:
            remove_own_factor(session, removed, actor=actor)
    except SHOWN_AGAIN as error:
        return show_again(form, show, error)
    flash(_("The second factor is removed."), "success")
    return redirect(landing, 303)


@blueprint.post("/people/<person_id>/factors/<uuid:factor_id>/remove")
@requires(Permission.PERSON_ADMINISTER)
def remove_lost_factor(person_id: str, factor_id: object) -> ResponseReturnValue:
    """Remove a second factor that its person lost, with a reason; their sessions end (P11.300(c))."""

    def act(session: Session, person: str, **more: Any) -> None:
        remove_factor(session, person, str(factor_id), **more)

    done = _("The second factor is removed. Somebody else must confirm who the person is before they enrol another.")
    return act_with_reason(person_id, ReasonForm(), act, done)


def _own_login() -> str:
    """Return the login of the person at this session; raises NotFound for programs, and where no factor is asked."""
    visitor = current_visitor()
    if visitor is None or visitor.through_token or current_terms().asks is SecondFactor.OFF:
        raise NotFound
    return visitor.login


def _secret_of(form: AuthenticatorForm) -> str:
    """Return the secret that the page showed, which its form carries sealed for this session; or a fresh one."""
    key, bound_to = current_terms().key, purpose_of(current_actor(), ENROLLING)
    if form.is_submitted():
        try:
            return unseal_secret(key, form.sealed.data or "", bound_to)
        except FactorSealBroken:
            pass  # another session's page: the code will not fit, and the page shows a new secret
    secret = new_code_secret()
    form.sealed.data = seal_secret(key, secret, bound_to)
    return secret


def _tried(secret: str, code: str) -> int:
    step = step_of_code(secret, code)
    if step is None:
        raise Invalid(fields={"trial": WrongFactor.message})
    return step


def _authenticator_page(form: AuthenticatorForm, secret: str, login: str) -> str:
    address = address_of_secret(secret, login, f"Cahier {current_terms().place.host}")
    picture = segno.make(address, error="m").svg_data_uri(border=3, light="#fff", scale=5)
    shown = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return _form_page("identity/add_authenticator.html", form, picture=picture, secret=shown)


def _form_page(template: str, form: ActForm, **more: Any) -> str:
    return render_template(template, form=form, kinds=kinds_asked(current_actor().person_id or ""), **more)
