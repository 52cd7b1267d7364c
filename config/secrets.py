"""Secrets of an installation: random bytes in files of mode 600 under `var/keys/`, never in the database.

A full dump of the database is worthless without them, and they are worthless without the database.
"""

import os
import secrets
from pathlib import Path

SESSION = "session"
PEPPER = "pepper"
DELIVERY = "delivery"
FACTORS = "factors"
VAULT = "vault"
NAMES = (SESSION, PEPPER, DELIVERY, FACTORS, VAULT)
"""What signs session cookies; what personal keys are wrapped with, besides the password; what seals others'
passwords; what seals the secrets of people's authenticators; what wraps the keys of the key store.
"""

SIZE = 32


class SecretMissing(RuntimeError):
    """A secret's file is absent: the installation was not founded, or its keys were not restored with it."""


def make_secret(folder: Path, name: str) -> bytes:
    """Make a secret of 32 random bytes unless it exists, and return it; never overwrites."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SIZE))
    return path.read_bytes()


def read_secret(folder: Path, name: str) -> bytes:
    """Return a secret; raise SecretMissing when its file is absent."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise SecretMissing(f"the secret {name!r} is missing under {folder}; run `cahier init`") from None
