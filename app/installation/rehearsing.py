"""The rehearsal of the exit: everything is taken out, built up again apart from the hub, verified, and left to be read.

What is judged is the copy alone, with nothing of the living database behind it: every line and row, every file, every
signature, and a few bundles as the offline verifier judges them (CI-Q17). The copy holds the key store with what opens
it, because a copy that nobody can read is no way out; so it is removed when the key store's own backups would be.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import func, make_url, select, text
from sqlalchemy.orm import Session

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Line
from app.audit.services import Subject, read_body
from app.audit.signer import Trust
from app.audit.texts import destroy_doomed_keys
from app.audit.verification import Verdict, verify
from app.evidence.errors import NotSealed, TooHard
from app.evidence.rules.judging import MOST_FILE_BYTES
from app.evidence.services.judging_apart import judge_apart
from app.evidence.services.trusting import Means, hub_trust
from app.evidence.views.bundling import make_bundle, press_of
from app.installation.backing_up import DESCRIPTION, back_up, restore
from app.installation.dumps import has_tables
from app.installation.errors import BackupFails, NotEmpty
from app.installation.inventory import PUBLIC_FILES
from app.installation.keeping_keys import back_up_vault, restore_vault
from app.kernel import canonical, clock
from app.kernel.actors import Permission, system_actor
from app.notebook.models import Record
from app.signatures.models import PasskeySignature, Signature, SigningKey
from app.signatures.services.verifying import is_cosigned, is_genuine
from app.storage import Storage
from app.storage.files import files_at
from app.storage.vault import vault_at
from app.trail.queries import with_files
from config.settings import Settings

MOST_BUNDLES = 3
WHOLE, FAULTY, FAILED = "whole", "faulty", "failed"
AGAIN_AFTER = timedelta(days=365)
READER = (Permission.RECORD_READ, Permission.TRAIL_READ, Permission.TRAIL_VERIFY)


@dataclass(frozen=True)
class Rehearsal:
    """What came of a rehearsal: the copy and how it is opened, what was judged, and what of it does not hold.

    `digest` is that of the backup's description, which stays beside the copy. A record whose lines are under no
    checkpoint yet, or that is too large to be judged in a process of its own, gives no bundle.
    """

    copy: Settings
    reading_url: str
    made_at: str
    digest: str
    remove_by: datetime
    records: int
    signatures: int
    bundles: int
    verdict: Verdict
    broken: tuple[str, ...]

    @property
    def faults(self) -> int:
        """Return how many faults were found, those that were counted and not kept included."""
        return len(self.verdict.findings) + self.verdict.omitted + len(self.broken)


def rehearse(settings: Settings, app: Flask, trust: Trust, to: Path, url: str | None = None) -> Rehearsal:
    """Copy the hub, build it up again in a new folder under `to`, judge it there and leave it to be read only.

    `trust` was read before, so that it cannot be newer than the copy; `url` names an empty PostgreSQL database and is
    for a hub on PostgreSQL. Raises BackupFails, NotEmpty. Of the living hub nothing but its backup is read.
    """
    folder = to / f"cahier-exit-{clock.now():%Y%m%dT%H%M%SZ}"
    copy = _settings_of_copy(settings, folder, url)
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        raise BackupFails(f"{folder} is there already") from None
    try:
        backup = back_up(settings, folder / "backup")
        keys, _ = back_up_vault(settings, folder / "backup")
        _bring_keys(settings, copy)
        restore_vault(copy, keys.path)
        restore(copy, backup.folder)
        shutil.copyfile(backup.folder / DESCRIPTION, folder / DESCRIPTION)
    finally:
        shutil.rmtree(folder / "backup", ignore_errors=True)
    facts = backup.facts["made_at"], canonical.digest((folder / DESCRIPTION).read_bytes()), keys.keep_until
    rehearsal = _judged(copy, app, trust, _means_of(settings), facts)
    _leave_read_only(copy, folder)
    return rehearsal


def last_whole(session: Session, origin: str) -> datetime | None:
    """Return of when the copy is that was last found whole in a rehearsal, None for never."""
    query = select(Line.body).where(Line.log_id == HUB_LOG, Line.subject == str(Subject("hub", origin)))
    for body in map(read_body, session.scalars(query.order_by(Line.subject_sequence.desc()))):
        if body["action"] == Action.EXIT_REHEARSED.value and body["after"]["result"] == WHOLE:
            return clock.from_text(body["after"]["made_at"])
    return None


def _settings_of_copy(settings: Settings, folder: Path, url: str | None) -> Settings:
    """Return the settings of the copy; raises BackupFails where it has no database to go to, or no empty one."""
    copy = replace(settings, var=folder / "copy", owner_database_url="")
    is_sqlite = make_url(settings.database_url).get_backend_name() == "sqlite"
    if is_sqlite and url is None:
        return replace(copy, database_url=f"sqlite:///{copy.var / 'cahier.sqlite'}")
    if is_sqlite or url is None:
        raise BackupFails("a hub on PostgreSQL, and no other, takes --database-url with an empty database")
    if has_tables(url):
        raise NotEmpty(make_url(url).render_as_string(hide_password=True))
    return replace(copy, database_url=url)


def _bring_keys(settings: Settings, copy: Settings) -> None:
    """Bring what opens the key store, and what is public; nothing with which the copy could sign or let anybody in."""
    for path in [settings.vault_key, *(path for name in PUBLIC_FILES for path in settings.keys.glob(name))]:
        target = copy.keys / path.relative_to(settings.keys)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, target)
        target.chmod(0o600)


def _means_of(settings: Settings) -> Means:
    return Means(settings.keys, settings.timestamp_roots if settings.authorities else None, settings.policy_file)


def _judged(copy: Settings, app: Flask, trust: Trust, means: Means, facts: tuple[str, str, datetime]) -> Rehearsal:
    made_at, digest, remove_by = facts
    storage = Storage.open(copy.database_url, vault_at(copy))
    try:
        destroy_doomed_keys(storage, again=True)
        verdict = with_files(verify(storage, trust), storage, files_at(copy))
        with storage.reading() as session:
            records = session.scalar(select(func.count()).select_from(Record)) or 0
            signatures = dict(_signatures(session))
        bundles = dict(_bundles(storage, copy, app, json.dumps(hub_trust(storage, means)).encode()))
    finally:
        storage.close()
    broken = tuple(name for name, holds in {**signatures, **bundles}.items() if not holds)
    counts = records, len(signatures), len(bundles)
    return Rehearsal(copy, _reading_url(copy), made_at, digest, remove_by, *counts, verdict, broken)


def _signatures(session: Session) -> Iterator[tuple[str, bool]]:
    """Yield every signature, and whether its key, and the passkey where one signed too, made it."""
    query = select(Signature, SigningKey, PasskeySignature).join(SigningKey, SigningKey.id == Signature.key_id)
    query = query.outerjoin(PasskeySignature, PasskeySignature.signature_id == Signature.id)
    for signature, key, kept in session.execute(query.execution_options(yield_per=500)):
        yield f"signature:{signature.id}", is_genuine(signature, key) and is_cosigned(signature, kept) is not False


def _bundles(storage: Storage, copy: Settings, app: Flask, trust: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the newest closed records, and whether the offline verifier takes the bundle made of each."""
    press, actor = replace(press_of(copy), seal=lambda _: None), system_actor("command", *READER)
    query = select(Record.id).where(Record.closed_at.is_not(None)).order_by(Record.closed_at.desc()).limit(MOST_BUNDLES)
    with app.app_context(), storage.reading() as session:
        for record_id in session.scalars(query).all():
            try:
                made = make_bundle(session, record_id, press, actor=actor)
                if len(made.bundle) > MOST_FILE_BYTES:
                    continue
                judged = judge_apart(made.bundle, trust, "en")
            except (NotSealed, TooHard):
                continue
            yield f"bundle:{record_id}", judged["report"]["exit"] == 0


def _reading_url(copy: Settings) -> str:
    parsed = make_url(copy.database_url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:///file:{parsed.database}?immutable=1&uri=true"
    return parsed.render_as_string(hide_password=True)


def _leave_read_only(copy: Settings, folder: Path) -> None:
    """Let nothing be written into the copy any more: neither its files nor its database."""
    storage = Storage.open(copy.database_url)
    try:
        with storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if storage.is_sqlite:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                name = storage.engine.dialect.identifier_preparer.quote(storage.engine.url.database or "")
                connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    finally:
        storage.close()
    for path in sorted(folder.rglob("*"), reverse=True):
        path.chmod(0o500 if path.is_dir() else 0o400)
    folder.chmod(0o500)
