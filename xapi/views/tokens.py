"""OAuth 2 for programs: a credential gives a token that works for an hour (RFC 6749 §4.4, client credentials)."""

from collections.abc import Sequence

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
    credential = opened(by_token=False)  # a token that makes tokens would never expire
    asked = request.form.get("scope", "").split() or credential.scopes
    if not set(asked) <= set(Scope) or not set(asked) <= _covered_by(credential.scopes):
        return _refused("invalid_scope")
    token = make_token(credential, asked, current_app.secret_key)
    response = jsonify(access_token=token, token_type="Bearer", expires_in=SECONDS, scope=" ".join(asked))
    response.headers["Cache-Control"] = "no-store"
    return response


def _covered_by(scopes: Sequence[str]) -> set[str]:
    """Return the scopes that some scopes hold."""
    if Scope.ALL in scopes:
        return set(Scope)
    return {*scopes, *({Scope.STATEMENTS_READ} if Scope.ALL_READ in scopes else ())}


def _refused(code: str) -> Response:
    """Say why there is no token, in the words of RFC 6749 §5.2."""
    response = jsonify(error=code)
    response.status_code = 400
    return response
