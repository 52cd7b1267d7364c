"""Bearer tokens for tests of the API."""

from app.identity.rules.roles import Scope
from app.identity.services.tokens import make_token
from tests.installation import Installation

_made: dict[tuple[int, str], str] = {}


def bearer(house: Installation, login: str) -> dict[str, str]:
    """Return the header of a token that a person made for everything they may do; one a person and installation."""
    key = (id(house), login)
    if key not in _made:
        actor = house.actor(login)
        with house.acting() as session:
            _, secret = make_token(session, actor.person_id or "", "test", tuple(Scope), days=1, actor=actor)
        _made[key] = secret
    return {"Authorization": f"Bearer {_made[key]}"}
