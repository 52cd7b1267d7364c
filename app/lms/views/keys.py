"""Our keys: the keysets that platforms read, and the next key of an operator at its administrator's wish."""

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.identity.queries import operator_by_code
from app.kernel.actors import Permission
from app.kernel.errors import NotFound
from app.lms.services.tool_keys import key_set, key_set_of, new_tool_key, rotate_key
from app.lms.views.blueprint import blueprint, means_here
from app.web.access import public, requires
from app.web.acting import acting
from app.web.visitors import current_actor, edge


@blueprint.get("/jwks")
@public
def show_keys() -> ResponseReturnValue:
    """Give the keyset of the whole hub, which platforms read that were registered before operators had their own."""
    with edge().storage.reading() as session:
        return _key_set(key_set(session))


@blueprint.get("/jwks/<code>")
@public
def show_own_keys(code: str) -> ResponseReturnValue:
    """Give the keyset by which an operator's platforms verify what we sign to them (security framework §6.3)."""
    with edge().storage.reading() as session:
        operator = operator_by_code(session, code)
        if operator is None:
            raise NotFound
        return _key_set(key_set_of(session, operator.id))


@blueprint.post("/keys")
@requires(Permission.TARGET_ADMINISTER)
def change_key() -> ResponseReturnValue:
    """Let the next key sign to the platforms of an operator, or of the hub."""
    landing, actor = url_for(".list_platforms"), current_actor()
    made = new_tool_key(means_here().sealing)
    operator_id = request.form.get("operator") or actor.operator_id
    with acting(landing) as session:
        rotate_key(session, made, operator_id, actor=actor)
    flash(_("The next key is published. Platforms find the one before for two hours."), "success")
    return redirect(landing, 303)


def _key_set(keys: dict[str, list[dict[str, object]]]) -> ResponseReturnValue:
    response = jsonify(keys)
    response.headers["Content-Type"] = "application/jwk-set+json"
    return response
