"""Dynamic registration: a platform's administrator opens the invited address inside the platform, and presses a button.

The platform adds to the address where its configuration stands and a token of its own. The invitation is the right to
do this; no session here is needed, nor used.
"""

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.identity.models import Operator
from app.kernel.errors import CahierError
from app.lms.errors import BadMessage
from app.lms.rules.platforms import is_address, origin_of
from app.lms.services.platforms import NewPlatform
from app.lms.services.registering import ask_platform, invitation_of, register_platform, tool_configuration
from app.lms.services.tool_keys import new_tool_key
from app.lms.views.blueprint import blueprint, means_here
from app.lms.views.door import refused
from app.web.access import public
from app.web.edge import csrf
from app.web.framing import content_security_policy
from app.web.visitors import edge

TOOL_NAME = "Cahier"
FIELDS = ("invitation", "openid_configuration", "registration_token")


@blueprint.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    """Show what would be registered; register it at the press of the button (dynamic registration §3)."""
    given = {name: request.values[name] for name in FIELDS if request.values.get(name)}
    try:
        if "openid_configuration" not in given:
            raise BadMessage("openid_configuration")
        with edge().storage.reading() as session:
            invitation = invitation_of(session, given.get("invitation", ""))
            code = session.get_one(Operator, invitation.operator_id).code
        if request.method != "POST":
            return _page("lms/register.html", given, fields=given, name=invitation.name)
        _register(given, invitation.name, code)
    except CahierError as error:
        return refused(error, template="lms/not_registered.html")
    return _page("lms/registered.html", given, name=invitation.name)


# A platform shows this page in a frame, where a browser may keep no cookie of ours; the invitation is what counts.
csrf.exempt(register)


def _register(given: dict[str, str], name: str, code: str) -> None:
    means = means_here()
    tool = tool_configuration(means.public_url, TOOL_NAME, code)
    agreed, deployments = ask_platform(given["openid_configuration"], given.get("registration_token"), tool, name)
    first = new_tool_key(means.sealing)
    with edge().storage.transaction() as session:
        register_platform(session, given["invitation"], NewPlatform(agreed, deployments, "", first))


def _page(template: str, given: dict[str, str], **more: object) -> ResponseReturnValue:
    response = make_response(render_template(template, **more))
    around = [origin_of(given["openid_configuration"])] if is_address(given["openid_configuration"]) else []
    response.headers["Content-Security-Policy"] = content_security_policy(around)
    return response
