"""Sealing what a release before kept as it was written: texts, and files that people attached (GD-25-1)."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import CommittedText
from app.audit.openings import Opening, seal_opening
from app.audit.services import Subject, note
from app.kernel.actors import Actor
from app.storage import Storage
from app.storage.files import FileStore
from app.storage.sessions import vault_of
from app.storage.tables import table_of

PORTION = 5000
"""So many texts are sealed in one act, while others wait for the database."""

_TEXT = table_of(CommittedText)
_SEAL = (
    update(_TEXT)
    .where(_TEXT.c.commitment == bindparam("which"))
    .values(sealed=bindparam("now_sealed"), text=None, salt=None)
)


@dataclass(frozen=True)
class Sealed:
    """How much was sealed."""

    texts: int
    files: int


def seal_everything(storage: Storage, store: FileStore, origin: str, *, actor: Actor) -> Sealed:
    """Seal every text and file that stands as it was written; each portion is an act, and a crash loses none."""
    texts = 0
    while True:
        with storage.transaction() as session:
            some = seal_texts(session, origin, actor=actor)
        texts += some
        if some < PORTION:
            break
    return Sealed(texts, _seal_files(storage, store, origin, actor=actor))


def seal_texts(session: Session, origin: str, *, actor: Actor) -> int:
    """Seal up to `PORTION` texts, and return how many; no line where there is none."""
    query = select(_TEXT.c.commitment, _TEXT.c.person_id, _TEXT.c.text, _TEXT.c.salt)
    query = query.where(_TEXT.c.text.is_not(None), _TEXT.c.salt.is_not(None)).limit(PORTION)
    connection, vault = session.connection(), vault_of(session)
    changes = [
        {
            "which": row.commitment,
            "now_sealed": seal_opening(vault, row.commitment, row.person_id, Opening(row.text, row.salt)),
        }
        for row in connection.execute(query)
    ]
    if changes:
        # Past the objects: nothing changes that a line speaks of, only how it is kept. The trigger knows it.
        connection.execute(_SEAL, changes)
        _note(session, origin, {"texts": len(changes)}, actor)
    return len(changes)


def _seal_files(storage: Storage, store: FileStore, origin: str, *, actor: Actor) -> int:
    digests = list(store.bare())
    for digest in digests:
        store.seal_bare(digest)
    if digests:
        with storage.transaction() as session:
            _note(session, origin, {"files": len(digests)}, actor)
    return len(digests)


def _note(session: Session, origin: str, after: dict[str, int], actor: Actor) -> None:
    note(session, Action.TEXTS_SEALED, Subject("hub", origin), actor=actor, after=after)


def sweep_bare_texts(owner: Storage) -> None:
    """Rewrite the table, as its owner, so that what was sealed does not stand in pages that are free now."""
    sweep = "VACUUM" if owner.is_sqlite else f"VACUUM FULL {_TEXT.name}"
    with owner.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if owner.is_sqlite:
            driver = connection.connection.driver_connection
            driver.execute(sweep)  # type: ignore[union-attr]
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        else:
            connection.execute(text(sweep))
