"""Committed texts as rooms read and erase them: opened many at a time, and their keys destroyed once they are erased.

Destroying is no part of the transaction that erases: a key that is gone does not come back when the act fails. The act
writes which keys are doomed; they are destroyed after it was committed, by whoever comes first, and as often as it
takes (GD-25-1, ADR 0019).
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from app.audit.models import CommittedText, DoomedKey
from app.audit.openings import bound_to, owner_of_text
from app.kernel import clock
from app.storage import Storage
from app.storage.errors import SealedAltered, VaultClosed
from app.storage.rows import in_portions
from app.storage.sessions import afterwards
from app.storage.vault import Mark, mark_of

_PORTION = 1000

_log = logging.getLogger("cahier.audit")


def texts_where(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    """Yield the rows of a query in portions, so that texts of a whole hub are never in memory at once."""
    yield from session.execute(query.execution_options(yield_per=_PORTION))


def erase_texts(session: Session, commitments: Sequence[str]) -> None:
    """Take text and salt from these commitments, and doom their keys; part of an act that says so in its line."""
    now = clock.now()
    for some in in_portions(commitments):
        for kept in session.scalars(select(CommittedText).where(CommittedText.commitment.in_(some))):
            if kept.sealed is not None:
                doom_key(session, owner_of_text(kept.person_id), kept.sealed, bound_to(kept.commitment))
            kept.sealed = kept.bare_text = kept.bare_salt = None
            kept.erased_at = now


def doom_key(session: Session, owner: str, sealed: bytes, bound: str) -> None:
    """Have the key of something sealed destroyed once this act is committed; it is in the database till then."""
    try:
        mark = mark_of(sealed)
    except SealedAltered:
        _log.exception("what was sealed as %s is damaged: nobody can open it", bound)
        return
    session.add(DoomedKey(owner=owner, mark=str(mark), bound=bound, doomed_at=clock.now()))
    afterwards(session, destroy_doomed_keys)


def remember_destroyed(session: Session, owner: str, mark: Mark, bound: str) -> None:
    """Keep which key was destroyed already, so that it is destroyed again when an earlier key store comes back."""
    now = clock.now()
    session.add(DoomedKey(owner=owner, mark=str(mark), bound=bound, doomed_at=now, destroyed_at=now))


def destroy_doomed_keys(storage: Storage, *, again: bool = False) -> int:
    """Destroy every key that acts gave up, and return how many; what a crash left is finished here.

    With `again` also those that were destroyed before: an earlier key store that was brought back has them.
    """
    query = select(DoomedKey).order_by(DoomedKey.doomed_at)
    with storage.reading() as session:
        doomed = session.scalars(query if again else query.where(DoomedKey.destroyed_at.is_(None))).all()
    if not doomed:
        return 0
    if storage.vault is None:
        raise VaultClosed("keys are to be destroyed, and this database was opened without its key store")
    by_owner: dict[str, list[tuple[Mark, str]]] = defaultdict(list)
    for one in doomed:
        by_owner[one.owner].append((Mark.from_text(one.mark), one.bound))
    for owner, keys in by_owner.items():
        storage.vault.destroy(owner, keys)
    with storage.transaction() as session:
        for some in in_portions([one.id for one in doomed]):
            session.execute(update(DoomedKey).where(DoomedKey.id.in_(some)).values(destroyed_at=clock.now()))
    return len(doomed)


def doomed_keys(session: Session) -> int:
    """Return how many keys wait for their destruction."""
    return session.scalar(select(func.count()).where(DoomedKey.destroyed_at.is_(None))) or 0


def bare_texts(session: Session) -> int:
    """Return how many texts stand as they were written, from a release before."""
    return session.scalar(select(func.count()).where(CommittedText.bare_text.is_not(None))) or 0
