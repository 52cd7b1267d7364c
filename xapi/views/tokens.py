"""OAuth 2 for programs: a credential gives a token that works for an hour (RFC 6749 §4.4, client credentials)."""

from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from app.web.access import public
from xapi.services.credentials import Scope
from xapi.services.tokens import SECONDS, make_token
from xapi.views.edge import blueprint, opened


@blueprint.post("/oauth/token")
@public
def give_token() -> ResponseReturnValue:
    """Give a token for the credential of this request, perhaps for fewer scopes than it has."""
    if request.form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type")
    credential = opened()
    asked = request.form.get("scope", "").split() or credential.scopes
    if not set(asked) <= set(Scope) or not (Scope.ALL in credential.scopes or set(asked) <= set(credential.scopes)):
        return _refused("invalid_scope")
    token = make_token(credential, asked, current_app.secret_key)
    response = jsonify(access_token=token, token_type="Bearer", expires_in=SECONDS, scope=" ".join(asked))
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused(code: str) -> Response:
    """Say why there is no token, in the words of RFC 6749 §5.2."""
    response = jsonify(error=code)
    response.status_code = 400
    return response
