"""The store of files beside the record: reading one for people, finding what is missing, altered, or unnamed."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import CommittedText
from app.audit.texts import remember_destroyed, texts_where
from app.notebook.errors import FileDamaged
from app.notebook.models import Entry, Record
from app.notebook.rules.files import AttachedFile, FileFacts
from app.notebook.rules.pictures import Shown, shown_copy
from app.notebook.rules.words import EntryKind
from app.storage import Storage
from app.storage.errors import FileAltered, FileMissing
from app.storage.files import UNNAMED_SECONDS, FileStore
from app.storage.vault import Mark

JUST_NOW = 3600.0
"""After an erasure a file of the last hour stays for the worker: another act may be naming it at this moment."""

_log = logging.getLogger("cahier.notebook")


@dataclass(frozen=True)
class Named:
    """A file that a record names, and in which entry."""

    record_id: str
    sequence: int
    facts: FileFacts


@dataclass(frozen=True)
class Fault:
    """A file that a record names and the store does not hold as it was."""

    named: Named
    is_missing: bool


def content_of(store: FileStore, file: AttachedFile) -> bytes:
    """Return the content of a file that was not erased; raises FileDamaged for one that is not what was recorded."""
    if file.facts is None:
        raise FileDamaged
    try:
        return store.read(file.facts.sha256)
    except (FileMissing, FileAltered) as error:
        _log.exception("entry %s: the store does not hold what was attached", file.entry.sequence)
        raise FileDamaged from error


def picture_of(store: FileStore, file: AttachedFile, shown: Shown) -> bytes:
    """Return what people are shown of a picture, made once; raises FileDamaged."""
    content = content_of(store, file)  # read whole each time, so that a copy never outlives a good original
    digest = file.facts.sha256 if file.facts else ""
    made = store.made(digest, f"{shown.value}.jpg")
    if made is None:
        made = shown_copy(content, shown)
        store.keep_made(digest, f"{shown.value}.jpg", made)
    return made


def named_files(session: Session, operator_id: str | None = None, *, surely: bool = False) -> Iterator[Named]:
    """Yield every file that records, of all operators or of one, name and nobody erased, by record and entry.

    With `surely` it raises KeyMissing or SealedAltered for a text that should open and does not, instead of leaving
    its file out.
    """
    query = (
        select(Entry.record_id, Entry.sequence, CommittedText)
        .join(CommittedText, CommittedText.commitment == Entry.value)
        .where(Entry.kind == EntryKind.FILE)
        .order_by(Entry.record_id, Entry.sequence)
    )
    if operator_id:
        query = query.join(Record, Record.id == Entry.record_id).where(Record.operator_id == operator_id)
    for record_id, sequence, kept in texts_where(session, query):
        opening = kept.unseal() if surely else kept.open()
        facts = FileFacts.from_text(opening and opening.text)
        if facts:
            yield Named(record_id, sequence, facts)


def faults_of_files(storage: Storage, store: FileStore, operator_id: str | None = None) -> list[Fault]:
    """Return every file that a record, of any operator or of one, names and that is missing or altered (A11-7.1)."""
    with storage.reading() as session:
        named = list(named_files(session, operator_id))
    judged: dict[str, bool | None] = {}
    for one in named:
        if one.facts.sha256 not in judged:
            judged[one.facts.sha256] = _is_missing(store, one.facts.sha256)
    return [Fault(one, is_missing) for one in named if (is_missing := judged[one.facts.sha256]) is not None]


def clear_unnamed(storage: Storage, store: FileStore, *, unless_younger: float = UNNAMED_SECONDS) -> list[str]:
    """Remove the files that no record names, unless they came in the last so many seconds, and return them."""
    names = list(store.names())
    if not names:
        return []
    with storage.reading() as session:
        # A text that cannot be opened may name a file: nothing goes then, above all not for want of the key store.
        named = {store.name_of(one.facts.sha256) for one in named_files(session, surely=True)}
    gone = []
    for name in names:
        key = store.key_of(name)
        if name not in named and store.discard(name, unless_younger=unless_younger):
            _log.info("no record names the file %s: removed, with its key", name)
            _remember(storage, key)
            gone.append(name)
    return gone


def _remember(storage: Storage, key: tuple[str, Mark, str] | None) -> None:
    if key:
        with storage.transaction() as session:
            remember_destroyed(session, *key)


def _is_missing(store: FileStore, digest: str) -> bool | None:
    """Say of a faulty file whether it is missing (or else altered); None for a good one."""
    try:
        store.check(digest)
    except FileMissing:
        return True
    except FileAltered:
        return False
    return None
