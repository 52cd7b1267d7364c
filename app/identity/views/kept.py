"""A form that met a locked session travels through the unlock page sealed: only its own person reads or sends it
(C6).
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from app.web.addresses import local_path

NEVER_KEPT = frozenset({"csrf_token"})
_KEY_TAG = b"cahier.kept-form.v1\x00"


@dataclass(frozen=True)
class KeptForm:
    """What was posted, where to, and by whom; passwords are left out and must be typed again."""

    person_id: str
    address: str
    fields: tuple[tuple[str, str], ...]


def keep_form(person_id: str, address: str, posted: Iterable[tuple[str, str]]) -> KeptForm:
    """Keep what a person posted, without passwords and without the token that protected it."""
    fields = tuple(
        (name, value) for name, value in posted if name not in NEVER_KEPT and "password" not in name.casefold()
    )
    return KeptForm(person_id, address, fields)


def seal(kept: KeptForm) -> str:
    """Encrypt a kept form for the hidden field of the unlock page: whoever finds the tablet cannot read it."""
    content = json.dumps([kept.person_id, kept.address, kept.fields])
    return _fernet().encrypt(content.encode()).decode()


def open_sealed(sealed: str, person_id: str) -> KeptForm | None:
    """Return a kept form to the person who posted it; None for anything else."""
    try:
        content = json.loads(_fernet().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        return None
    owner, address, fields = content
    if owner != person_id:
        return None
    return KeptForm(owner, local_path(address), tuple((str(name), str(value)) for name, value in fields))


def _fernet() -> Fernet:
    secret: bytes = current_app.config["SECRET_KEY"]
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(_KEY_TAG + secret).digest()))
