"""What passes and holds people's words all the same: answers to forms, files made to be fetched; sealed day by day.

Each kind has a tree of keys for each day (app/storage/vault.py). When the rows of a day are old enough to be cleared
away, the tree goes with them, and no backup opens them any more (GD-25-1).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.storage.errors import KeyDestroyed, KeyMissing, SealedAltered
from app.storage.sessions import vault_of
from app.storage.vault import Vault

_DAY = "%Y%m%d"


def owner_of_day(kind: str, at: datetime) -> str:
    """Return whose keys seal what came of a kind on a day."""
    return f"{kind}-{at:{_DAY}}"


def seal_passing(session: Session, kind: str, at: datetime, content: bytes, bound: str) -> bytes:
    """Seal something that passes; `bound` names the row that holds it."""
    return vault_of(session).seal(owner_of_day(kind, at), content, bound)


def open_passing(session: Session, kind: str, at: datetime, sealed: bytes, bound: str) -> bytes | None:
    """Return what was sealed; None when its key is gone or it is not what it was."""
    try:
        return vault_of(session).open(owner_of_day(kind, at), sealed, bound)
    except (KeyDestroyed, KeyMissing, SealedAltered):
        return None


def remove_days(vault: Vault, kind: str, before: datetime) -> None:
    """Remove the keys of the days of a kind that ended before a time."""
    oldest = owner_of_day(kind, before)
    for owner in list(vault.owners()):
        if owner.startswith(f"{kind}-") and owner < oldest:
            vault.remove(owner)
