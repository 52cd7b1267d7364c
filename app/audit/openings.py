"""Openings of commitments, sealed: text and salt under one key of whoever wrote the text, or of the hub (GD-25-1)."""

from typing import NamedTuple

from app.storage.errors import SealedAltered
from app.storage.vault import HUB, Vault

_SALT = 16


class Opening(NamedTuple):
    """What opens a commitment."""

    text: str
    salt: str


def owner_of_text(person_id: str | None) -> str:
    """Return whose key seals a text that this person wrote; what nobody wrote is the hub's."""
    return person_id or HUB


def bound_to(commitment: str) -> str:
    """Return what a sealed opening is bound to, so that moved to another commitment it does not open."""
    return f"text|{commitment}"


def seal_opening(vault: Vault, commitment: str, person_id: str | None, opening: Opening) -> bytes:
    """Seal text and salt; the salt is 16 bytes as hexadecimal digits."""
    content = bytes.fromhex(opening.salt) + opening.text.encode()
    return vault.seal(owner_of_text(person_id), content, bound_to(commitment))


def unseal_opening(vault: Vault, commitment: str, person_id: str | None, sealed: bytes) -> Opening:
    """Return what was sealed; raises KeyDestroyed, KeyMissing, SealedAltered."""
    content = vault.open(owner_of_text(person_id), sealed, bound_to(commitment))
    try:
        return Opening(content[_SALT:].decode(), content[:_SALT].hex())
    except UnicodeDecodeError:
        raise SealedAltered("what was sealed is no text") from None
