"""The door for platforms: a round begins at `/lti/login`, comes back at `/lti/launch`.

The browser is known by a cookie of its own, apart from the session's. In a frame a browser may keep no cookie of ours:
the round begins by trying, and goes on in a tab of its own where none comes back, before the platform is asked, because
it answers a question only once.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app.identity.queries import operators_of
from app.identity.views.doors import leave_session
from app.identity.views.notices import ask_to_read, put_in_the_way
from app.identity.views.recognition import remember_in_browser
from app.kernel import clock
from app.kernel.errors import CahierError, Refused
from app.lms import queries
from app.lms.errors import AccountUnknown, BadMessage, PlatformRefused, UnknownPlatform
from app.lms.models import Deployment, Login, Platform
from app.lms.rules.messages import Expected, Message, check_claims, language_of
from app.lms.services.arriving import Arrival, arrive, deployment_of, named_exercise
from app.lms.services.doors import Initiation, begin_login, keep_proof, open_login, spend_login
from app.lms.services.launching import Door, Opened
from app.lms.services.tokens import peek, verified_claims
from app.lms.views.arrivals import ARRIVALS, Arrived
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import public
from app.web.edge import csrf
from app.web.errors import remember_refusal, status_of, text_of
from app.web.framing import content_security_policy, frame_session
from app.web.languages import page_language, speaking
from app.web.visitors import edge

TRIED = "cookie_tried"
INITIATION = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id")


@blueprint.route("/login", methods=["GET", "POST"])
@public
def begin() -> ResponseReturnValue:
    """Begin a round: third-party login as OpenID Connect has it (security framework §5.1.1)."""
    try:
        given = _initiation()
        browser = browser_cookie()
        if browser is None and not _is_own_tab() and TRIED in request.values:
            return _own_tab_page()
        made = browser or secrets.token_urlsafe(32)
        if browser is None and not _is_own_tab():
            again = urlencode({**_as_sent(), TRIED: "1"})
            return _with_browser(redirect(f"{url_for('.begin')}?{again}", 303), made)
        with edge().storage.transaction() as session:
            address = begin_login(session, given, made, means_here().public_url)
    except CahierError as error:
        return refused(error)
    return _with_browser(redirect(address, 302), made)


@blueprint.post("/launch")
@public
def launch() -> ResponseReturnValue:
    """Take a launch: everything is checked, the round is spent, the person's session begins (core §5.3)."""
    token = request.form.get("id_token", "")
    try:
        return _launch(token)
    except CahierError as error:
        return refused(error, language_of(peek(token, 1)))


# Platforms bring no protection of our forms: state, nonce and the browser's cookie are what protects these two.
csrf.exempt(begin)
csrf.exempt(launch)


def browser_cookie() -> str | None:
    """Return by what this browser is known at the door."""
    return request.cookies.get(_cookie_name())


def refused(
    error: CahierError, language: str | None = None, *, template: str = "lms/refused.html"
) -> ResponseReturnValue:
    """Say in words, and in the language of the launch, why it opens nothing; the refusal enters the trail."""
    remember_refusal(edge().storage, error)
    with speaking(language or page_language()):
        page = render_template(template, message=text_of(error), code=error.code)
    return framed(make_response(page, status_of(error)))


def framed(response: BaseResponse) -> BaseResponse:
    """Let the platforms in use show this answer in a frame."""
    with edge().storage.reading() as session:
        origins = queries.origins_in_use(session)
    response.headers["Content-Security-Policy"] = content_security_policy(origins)
    return response


def stay_in_frame(platform: Platform) -> None:
    """Let the platform show the pages of this session, unless the browser says that this one fills a tab."""
    if not _is_own_tab():
        frame_session(platform.origin)


def enter(opened: Opened, platform: Platform, message: Message) -> ResponseReturnValue:
    """Begin the session of an opened launch in this browser, and lead to where the message wants its person."""
    leave_session()
    remember_in_browser(opened.token)
    stay_in_frame(platform)
    with edge().storage.reading() as session:
        is_due = ask_to_read(session, opened.person_id)
        places = {one.id: one.name for one in operators_of(session, opened.person_id)}
    if len(places) > 1:
        flash(_("You work here for %(operator)s.", operator=places[opened.operator_id]), "info")
    if is_due:
        put_in_the_way()
    return ARRIVALS[message.type](Arrived(opened, message))


def door_to(platform: Platform, deployment: Deployment, *, is_confirmed: bool = False) -> Door:
    """Return the door through which this request comes."""
    return Door(platform, deployment, request.user_agent.string, means_here().remember, is_confirmed)


def exercise_of(session: Session, message: Message) -> str | None:
    """Return the exercise that a message names, None where it names none that the hub has."""
    return named_exercise(session, message.exercise)


@contextmanager
def blaming(platform: Platform) -> Iterator[None]:
    """Let what is refused of a signed launch stand in the trail under the platform that signed it."""
    try:
        yield
    except Refused as error:
        error.subject = error.subject or f"lti_platform:{platform.id}"
        raise


def _launch(token: str) -> ResponseReturnValue:
    if "error" in request.form:
        raise PlatformRefused
    login, platform = _round()
    claims = verified_claims(edge().storage, platform, token)
    with blaming(platform):
        message = check_claims(claims, _expected(login, platform))
        if message.type not in ARRIVALS:
            raise BadMessage("message_type")
        with edge().storage.reading() as session:
            deployment = deployment_of(session, platform, message)
            exercise = exercise_of(session, message)
        spend = partial(spend_login, login=login)
        try:
            opened = arrive(edge().storage, _arrival(door_to(platform, deployment), message, spend), exercise)
        except AccountUnknown:
            return _ask_to_link(login, claims)
    return enter(opened, platform, message)


def _arrival(door: Door, message: Message, spend: "partial[None]") -> Arrival:
    means = means_here()
    return Arrival(door, message, spend, means.pepper, means.language)


def _round() -> tuple[Login, Platform]:
    """Return the round that this request ends, and its platform (security framework §5.1.1.3)."""
    with edge().storage.reading() as session:
        login = open_login(session, request.form.get("state", ""), browser_cookie())
        platform = session.get_one(Platform, login.platform_id)
    if platform.ended_at:
        raise UnknownPlatform
    return login, platform


def _expected(login: Login, platform: Platform) -> Expected:
    return Expected(platform.issuer, platform.client_id, clock.now(), login.nonce, login.target)


def _ask_to_link(login: Login, claims: dict[str, object]) -> ResponseReturnValue:
    """Keep what the launch proved, and let the person prove who they are here (LT-5)."""
    with edge().storage.transaction() as session:
        keep_proof(session, login, claims, means_here().sealing)
    return redirect(url_for(".link", state=login.state), 303)


def _initiation() -> Initiation:
    for name in ("iss", "login_hint", "target_link_uri"):
        if not request.values.get(name):
            raise BadMessage(name)
    return Initiation(
        request.values["iss"],
        request.values["login_hint"],
        request.values["target_link_uri"],
        request.values.get("client_id"),
        request.values.get("lti_message_hint"),
    )


def _is_own_tab() -> bool:
    """Say whether the browser says that this page fills a tab of its own; one that says nothing may be in a frame."""
    return request.headers.get("Sec-Fetch-Dest") == "document"


def _own_tab_page() -> ResponseReturnValue:
    address = f"{url_for('.begin')}?{urlencode(_as_sent())}"
    return framed(make_response(render_template("lms/own_tab.html", address=address)))


def _as_sent() -> dict[str, str]:
    return {name: request.values[name] for name in INITIATION if name in request.values}


def _with_browser(response: BaseResponse, browser: str) -> BaseResponse:
    """Let the browser be known by this cookie; over HTTPS it also comes back in a frame, kept apart for its site."""
    secure = edge().secure
    response.set_cookie(
        _cookie_name(),
        browser,
        secure=secure,
        httponly=True,
        samesite="None" if secure else None,
        partitioned=secure,
    )
    return framed(response)


def _cookie_name() -> str:
    return "__Host-cahier-lti" if edge().secure else "cahier-lti"
