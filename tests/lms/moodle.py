"""What tests register of a platform, as Moodle shows it."""

from typing import Any

from app.lms.rules.platforms import Endpoints, Registration

ISSUER = "https://moodle.example"
CLIENT_ID = "hub-acceptance"
SEALING = b"the key that seals keys in tests"


def registration(issuer: str = ISSUER, **changed: Any) -> Registration:
    """Return a registration with Moodle's addresses; `changed` are fields of it or of its endpoints."""
    points = {
        "auth_login_url": f"{issuer}/mod/lti/auth.php",
        "auth_token_url": f"{issuer}/mod/lti/token.php",
        "key_set_url": f"{issuer}/mod/lti/certs.php",
    }
    points |= {name: changed.pop(name) for name in list(changed) if name in points}
    given: dict[str, Any] = {"name": "moodle", "issuer": issuer, "client_id": CLIENT_ID} | changed
    return Registration(endpoints=Endpoints(**points), **given)
