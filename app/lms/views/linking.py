"""Linking an account of a platform to a person of the hub: the launch proved the one, their password proves the other.

Nothing but both together links (LT-5): no mail address, no name, no administrator of the platform.
"""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.identity.errors import AccountTaken, SignInFailed
from app.identity.forms import SignInForm
from app.identity.models import Person
from app.identity.queries import actor_of
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.identity.services.sessions import check_password
from app.identity.views.attempts import password_attempt
from app.kernel.errors import CahierError, Conflict, Invalid, TooMany
from app.lms.models import Login, Platform
from app.lms.rules.messages import Message, read_message
from app.lms.services.arriving import Arrival, arrive, deployment_of
from app.lms.services.doors import proof_of, use_proof
from app.lms.services.newcomers import home_of
from app.lms.views.blueprint import blueprint, means_here
from app.lms.views.door import (
    blaming,
    browser_cookie,
    door_to,
    enter,
    exercise_of,
    framed,
    refused,
    stay_in_frame,
)
from app.web.access import public
from app.web.forms import show_again
from app.web.languages import page_language, speaking
from app.web.visitors import edge


@blueprint.route("/link/<state>", methods=["GET", "POST"])
@public
def link(state: str) -> ResponseReturnValue:
    """Ask somebody whom the hub does not know for their own password, link the account, and go on with the launch."""
    try:
        login, platform, message = _proved(state)
    except CahierError as error:
        return refused(error)
    form = SignInForm()

    def show() -> str:
        with speaking(message.language or page_language()):
            return render_template("lms/link.html", form=form, platform=platform.name, name=message.name, state=state)

    stay_in_frame(platform)  # before the form is shown: what protects it stands in a cookie
    if request.method != "POST":
        return framed(make_response(show()))
    if not form.validate():
        return framed(make_response(show_again(form, show)))
    try:
        return _link(form, login, platform, message)
    except (SignInFailed, AccountTaken, Conflict, Invalid, TooMany) as error:
        return framed(make_response(show_again(form, show, error)))
    except CahierError as error:
        return refused(error, message.language)


def _link(form: SignInForm, login: Login, platform: Platform, message: Message) -> ResponseReturnValue:
    with password_attempt(form.login.data), edge().storage.reading() as session:
        person = check_password(session, form.login.data, form.password.data)
    with blaming(platform), edge().storage.reading() as session:
        deployment, exercise = deployment_of(session, platform, message), exercise_of(session, message)
    with edge().storage.transaction() as session:
        use_proof(session, login)
        _link_own(session, person, deployment.operator_id, platform, message)
    means, door = means_here(), door_to(platform, deployment, is_confirmed=True)
    arrival = Arrival(door, message, lambda session: None, means.pepper, means.language)
    return enter(arrive(edge().storage, arrival, exercise), platform, message)


def _link_own(session: Session, person: Person, operator_id: str, platform: Platform, message: Message) -> None:
    actor = actor_of(session, person, operator_id)
    link_account(session, person.id, home_of(platform), AccountName.ID, message.subject, actor=actor)


def _proved(state: str) -> tuple[Login, Platform, Message]:
    with edge().storage.reading() as session:
        login, claims = proof_of(session, state, browser_cookie(), means_here().sealing)
        return login, session.get_one(Platform, login.platform_id), read_message(claims, login.target)
