"""From a course's frame into a tab of its own: browsers let passkeys work in no frame.

The cookie of a framed session is kept apart for the site around it, so that a new tab has none. A page in the frame
carries an order, signed, for the session and the person it was shown to and for that page alone; its button posts the
order into a new tab. It counts once and for ten minutes, is taken from our own pages only, never stands in an address,
and gives a session that may do what the framed one may.
"""

from typing import Any

from flask import current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer

from app.identity.errors import HandOverOver
from app.identity.rules.doors import HAND_OVER_VALID, HandOver
from app.identity.services.sessions import hand_over_session
from app.identity.views.blueprint import blueprint
from app.identity.views.doors import leave_session
from app.identity.views.notices import ask_to_read, put_in_the_way
from app.identity.views.proving import current_terms
from app.identity.views.recognition import remember_in_browser, session_limits
from app.kernel import clock
from app.storage.tables import new_id
from app.web.access import public
from app.web.acting import acting
from app.web.addresses import local_path
from app.web.edge import csrf
from app.web.framing import in_frame, remember_own_tab
from app.web.pages import HOME
from app.web.visitors import current_visitor, edge

_SALT = "cahier.own-tab.v1"


@blueprint.app_template_global()
def own_tab_order() -> str | None:
    """Return what a button of this page takes along into a tab of its own; None where the page stands in no frame."""
    visitor = current_visitor()
    if visitor is None or visitor.locked or visitor.through_token or not in_frame():
        return None
    actor, addresses = visitor.actor, current_app.create_url_adapter(request)
    # What was posted and is shown again has its page under the same address, by a rule of its own.
    has_page = addresses is not None and addresses.test(request.path, "GET")
    order = {
        "framed": actor.session_id,
        "person": actor.person_id,
        "begins": new_id(),
        "page": request.full_path.rstrip("?") if has_page else HOME,
        "until": clock.to_text(clock.now() + HAND_OVER_VALID),
    }
    return _signer().dumps(order)


@blueprint.post("/own-tab")
@public
def open_own_tab() -> ResponseReturnValue:
    """Go on in this tab as the framed session that the order names, at the page on which its button stood."""
    order = _order_of(request.form.get("order", ""))
    visitor = current_visitor()
    if visitor and not visitor.locked and visitor.actor.session_id == order.framed_id:
        return redirect(order.page, 303)  # a frame of our own site shares its cookie with the tab
    with acting(order.page) as writing:
        token = hand_over_session(writing, order, session_limits(), device=request.user_agent.string)
    leave_session()
    remember_in_browser(token)
    remember_own_tab(order.page)
    with edge().storage.reading() as reading:
        is_due = ask_to_read(reading, order.person_id)
    if is_due:
        put_in_the_way()
    return redirect(order.page, 303)


@blueprint.get("/own-tab/closed")
@public
def close_own_tab() -> ResponseReturnValue:
    """Say that the work in this tab is done and the course stands in the other."""
    return render_template("identity/own_tab_closed.html")


# The tab has no cookie yet: the signed order, and that it comes from a page of ours, are what protects this form.
csrf.exempt(open_own_tab)


def _order_of(text: str) -> HandOver:
    """Return a signed order that a page of ours posted; raise HandOverOver for anything else."""
    if request.headers.get("Origin") not in (current_terms().place.origin, request.host_url.rstrip("/")):
        raise HandOverOver
    try:
        said: dict[str, Any] = _signer().loads(text)
    except BadData:
        raise HandOverOver from None
    return HandOver(
        said["framed"], said["person"], said["begins"], local_path(said["page"]), clock.from_text(said["until"])
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_SALT)
