"""Tokens of the LRS: signed by the application's secret, short-lived, worth no more than the credential behind them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session, make_transient

from app.kernel import clock
from xapi.errors import CredentialRefused
from xapi.models import LrsCredential

SECONDS: Final = 3600


def make_token(credential: LrsCredential, scopes: Sequence[str], secret: Any) -> str:
    """Return a token for a credential and some of its scopes."""
    ends = clock.to_text(clock.now() + timedelta(seconds=SECONDS))
    text: str = _serializer(secret).dumps({"credential": credential.id, "scopes": sorted(scopes), "ends": ends})
    return text


def open_with_token(session: Session, token: str, secret: Any) -> LrsCredential:
    """Return the credential behind a token, with the token's scopes; raise CredentialRefused, whatever was wrong."""
    try:
        said = _serializer(secret).loads(token)
    except BadData:
        raise CredentialRefused from None
    credential = session.get(LrsCredential, said["credential"])
    if credential is None or credential.revoked_at or clock.now() >= clock.from_text(said["ends"]):
        raise CredentialRefused
    make_transient(credential)  # what the token says of it is not to be written
    credential.scopes = said["scopes"]
    return credential


def _serializer(secret: Any) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="xapi-token")
