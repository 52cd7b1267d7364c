"""Sites and training rooms: how they are called, and whom each belongs to."""

import re

from app.kernel.actors import Actor
from app.kernel.errors import N_, Invalid

LONGEST_NAME = 200


def check_place(code: str, name: str) -> tuple[str, str]:
    """Return code and name of a site or a room as they are kept; raise Invalid for what is none."""
    code, name = code.strip().upper(), name.strip()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,19}", code):
        raise Invalid(fields={"code": N_("A code has 2 to 20 letters, digits or dashes.")})
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(fields={"name": N_("Enter a name.")})
    return code, name


def sees_all(actor: Actor) -> bool:
    """Say whether an actor acts for the hub: a command, or somebody with a role for it, not who has none any more."""
    return actor.operator_id is None and (actor.person_id is None or bool(actor.roles))


def sees_owner(actor: Actor, owner_id: str | None) -> bool:
    """Say whether an actor sees what an operator owns: what is shared shows to all, the hub sees everything."""
    return owner_id is None or sees_all(actor) or actor.operator_id == owner_id


def administers_owner(actor: Actor, owner_id: str | None) -> bool:
    """Say whether an actor who administers sites may change what an operator owns; what is shared is the hub's."""
    return actor.operator_id is None or actor.operator_id == owner_id
