"""Secrets that the database still needs and whose files are gone: never replaced unseen, only restored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.audit.models import Checkpoint, CommittedText, Log
from app.audit.signer import CheckpointSigner
from app.kernel.errors import CahierError
from app.signatures.models import Certificate, SigningKey
from app.signatures.rules import CertificateKind
from app.signatures.services.ca import FOLDER, has_authority
from app.storage import Storage
from app.storage.vault import ENDING
from config.secrets import PEPPER, VAULT
from config.settings import Settings


class SecretLost(CahierError):
    """A secret is gone that the database cannot do without; a new one in its place would only hide that."""

    code = "secret-lost"


def check_nothing_lost(settings: Settings) -> None:
    """Raise SecretLost when wrapped keys need a pepper, checkpoints a log's key, or certificates the authority's, that
    is not there (KM-10, KM-11).

    Reads only, also in a database of an earlier release or one that is not there yet.
    """
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return
    storage = Storage.open(settings.database_url)
    try:
        lost = [*_lost(storage, settings.keys), *_lost_vault(storage, settings)]
    finally:
        storage.close()
    if lost:
        raise SecretLost(
            f"{'; '.join(lost)}. Restore {settings.keys} from the backup of keys that belongs to this database, or "
            "what else is named, then try again. Nothing was changed."
        )


def _lost(storage: Storage, folder: Path) -> Iterator[str]:
    there = set(inspect(storage.engine).get_table_names())
    with storage.reading() as session:
        if SigningKey.__tablename__ in there:
            yield from _lost_pepper(session, folder / PEPPER)
        if Checkpoint.__tablename__ in there:
            yield from _lost_log_keys(session, CheckpointSigner(folder))
        if Certificate.__tablename__ in there:
            yield from _lost_issuing_key(session, folder)


def _lost_vault(storage: Storage, settings: Settings) -> Iterator[str]:
    if not any(column["name"] == "sealed" for column in _columns(storage, CommittedText.__tablename__)):
        return
    sealed = select(func.count()).where(CommittedText.sealed.is_not(None))
    with storage.reading() as session:
        count = session.scalar(sealed) or 0
    if count and not (settings.keys / VAULT).exists():
        yield f"{settings.keys / VAULT} is missing, and it wraps the key store, without which {count} texts do not open"
    if count and not any(settings.vault.glob(f"*{ENDING}")):
        yield f"the key store {settings.vault} is missing, and without it {count} texts do not open"


def _columns(storage: Storage, table: str) -> list[Any]:
    found = inspect(storage.engine)
    return list(found.get_columns(table)) if found.has_table(table) else []


def _lost_pepper(session: Session, path: Path) -> Iterator[str]:
    wrapped = session.scalar(select(func.count()).select_from(SigningKey).where(SigningKey.wrapped.is_not(None)))
    if wrapped and not path.exists():
        keys = f"{wrapped} personal key{'s' * (wrapped != 1)}"
        yield f"{path} is missing, and {keys} in the database can only be opened with it"


def _lost_issuing_key(session: Session, folder: Path) -> Iterator[str]:
    issued = session.scalar(select(Certificate.serial).where(Certificate.kind == CertificateKind.PERSONAL).limit(1))
    if issued and not has_authority(folder):
        path = folder / FOLDER / "issuing.key"
        yield f"{path} is missing, and it answers for the certificates in the database"


def _lost_log_keys(session: Session, signer: CheckpointSigner) -> Iterator[str]:
    sealed = select(Checkpoint.log_id)
    for origin in session.scalars(select(Log.origin).where(Log.id.in_(sealed)).order_by(Log.id)):
        path = signer.key_path(origin)
        if not path.exists():
            yield f"{path} is missing, and it signed the checkpoints of {origin} in the database"
