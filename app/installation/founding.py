"""Founding an installation: folder, secrets, database, the hub's log and certificate authority, the competency
framework, the exercise library.

Every step does only what is missing, so that founding twice changes nothing, and founding after an update brings the
database and the library to the new release.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, make_url, select

from app.audit.models import HUB_LOG, Log
from app.audit.signer import CheckpointSigner
from app.competencies.rules import Framework, parse_framework
from app.competencies.services import load_framework
from app.exercises.rules.master import Exercise
from app.exercises.rules.parsing import parse_exercise
from app.exercises.rules.versions import LoadOutcome
from app.exercises.services import load_exercise
from app.identity.services.operators import found_hub
from app.installation.losses import check_nothing_lost
from app.installation.releases import installed_release, record_installed_release
from app.kernel.actors import Permission, system_actor
from app.kernel.errors import Invalid
from app.privacy.services.sealing import seal_everything, sweep_bare
from app.signatures.services.ca import (
    FOLDER,
    has_authority,
    init_issuing,
    init_root,
    open_authority,
    open_root,
    root_left_behind,
)
from app.signatures.services.certifying import is_authority_noted, note_authority
from app.storage import Storage, migrating
from app.storage.files import files_at
from app.storage.granting import grant_rights
from app.storage.vault import vault_at
from config import secrets
from config.settings import Settings
from xapi.services.documents import seal_documents

FOUNDER = system_actor("command", Permission.EXERCISE_LOAD)
PRIVATE = 0o700


@dataclass(frozen=True)
class Step:
    """What one step of founding came to; `changed` is False when everything was there already."""

    name: str
    changed: bool
    text: str


def found_installation(settings: Settings) -> Iterator[Step]:
    """Make or complete an installation, one step at a time, and say of each what it came to.

    Raises FaultyExercise or FaultyDocument for a faulty library, before anything is made; Conflict for a library that
    contradicts what is loaded; SecretLost, before anything is made, where a secret must be restored instead.
    """
    library, framework = read_library(settings.library), read_framework(settings.framework)
    check_nothing_lost(settings)
    yield _make_folder(settings.var)
    yield _make_secrets(settings.keys)
    yield _migrate(settings)
    storage = Storage.open(settings.database_url, vault_at(settings))
    try:
        yield _found_hub(storage, settings.origin)
        yield _make_log_keys(storage, settings.keys)
        yield _record_release(storage)
        yield _seal_bare(storage, settings)
        yield _make_authority(storage, settings)
        yield _load_framework(storage, framework)
        for exercise in library:
            yield _load_exercise(storage, exercise)
    finally:
        storage.close()


def is_founded(storage: Storage) -> bool:
    """Say whether a database, empty or not, holds the log of a hub."""
    if not inspect(storage.engine).has_table(Log.__tablename__):
        return False
    with storage.reading() as session:
        return session.get(Log, HUB_LOG) is not None


def read_library(folder: Path) -> list[Exercise]:
    """Read every exercise of the library, by file name; raises FaultyExercise, or Invalid when there is none."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise Invalid(f"there is no exercise in {folder}; CAHIER_LIBRARY names the folder of the library")
    return [parse_exercise(path.read_text(encoding="utf-8"), str(path)) for path in files]


def read_framework(path: Path) -> Framework:
    """Read the competency framework; raises FaultyDocument, or Invalid when the file is missing."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise Invalid(f"the competency framework {path} cannot be read; CAHIER_FRAMEWORK names the file") from None
    return parse_framework(text, str(path))


def _make_folder(folder: Path) -> Step:
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    return Step("folder", is_new, f"folder {folder}")


def _make_secrets(folder: Path) -> Step:
    made = [name for name in secrets.NAMES if not (folder / name).exists()]
    for name in secrets.NAMES:
        secrets.make_secret(folder, name)
    return Step("secrets", bool(made), f"secrets {', '.join(secrets.NAMES)}")


def _migrate(settings: Settings) -> Step:
    """Bring the tables to this release, as their owner where there is one, and give the program's role its rights."""
    storage = Storage.open(settings.owner_database_url or settings.database_url)
    try:
        before = migrating.present_revision(storage)
        migrating.upgrade(storage)
        after = migrating.present_revision(storage)
        if settings.owner_database_url:
            grant_rights(storage, make_url(settings.database_url).username or "")
    finally:
        storage.close()
    url = make_url(settings.database_url).render_as_string(hide_password=True)
    return Step("database", before != after, f"database {url}, revision {after}")


def _found_hub(storage: Storage, origin: str) -> Step:
    with storage.transaction() as session:
        is_new = found_hub(session, origin, actor=FOUNDER)
    return Step("hub", is_new, f"log of the hub {origin}")


def _make_log_keys(storage: Storage, folder: Path) -> Step:
    signer = CheckpointSigner(folder)
    known = set(signer.origins())
    with storage.reading() as session:
        origins = list(session.scalars(select(Log.origin).order_by(Log.id)))
    for origin in origins:
        signer.ensure_key(origin)
    return Step("log keys", not known.issuperset(origins), f"keys of {len(origins)} log{'s' * (len(origins) != 1)}")


def _record_release(storage: Storage) -> Step:
    release = installed_release()
    is_new = record_installed_release(storage, release)
    return Step("release", is_new, f"release {release.version}, source files {release.digest[:16]}…")


def _seal_bare(storage: Storage, settings: Settings) -> Step:
    """Seal what a release before kept as people wrote and attached it, and let nothing of it be left in free pages."""
    is_new = not settings.vault.exists()
    settings.vault.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    sealed = seal_everything(storage, files_at(settings), settings.origin, settings.pepper, actor=FOUNDER)
    with storage.transaction() as session:
        documents = seal_documents(session, settings.statement_home, settings.origin, actor=FOUNDER)
    rows = sealed.rows + documents
    if sealed.texts or rows:
        owner = Storage.open(settings.owner_database_url or settings.database_url)
        try:
            sweep_bare(owner)
        finally:
            owner.close()
    found = {"texts": sealed.texts, "files": sealed.files, "rows about people": rows}
    said = "".join(f", {number} {what} sealed now" for what, number in found.items() if number)
    return Step("key store", is_new or bool(said), f"key store {settings.vault}{said}")


def _make_authority(storage: Storage, settings: Settings) -> Step:
    """Make root, issuing authority and seal where there are none, and write what is public into the trail (KM-1)."""
    keys = settings.keys
    is_new = not has_authority(keys)
    if is_new:
        folder = keys / FOLDER / "root"
        if root_left_behind(keys) is None:
            init_root(folder, settings.origin, None)
        init_issuing(keys, open_root(folder, None))
    with storage.reading() as session:
        is_noted = is_authority_noted(session, keys)
    if not is_noted:
        with storage.transaction() as session:
            note_authority(session, keys, open_authority(keys), actor=FOUNDER)
    return Step("authority", is_new or not is_noted, f"certificate authority of {settings.origin}")


def _load_framework(storage: Storage, framework: Framework) -> Step:
    with storage.transaction() as session:
        is_new = load_framework(session, framework, actor=FOUNDER)
    return Step("framework", is_new, f"competency framework, version {framework.version}")


def _load_exercise(storage: Storage, exercise: Exercise) -> Step:
    with storage.transaction() as session:
        result = load_exercise(session, exercise, actor=FOUNDER)
    return Step(
        "exercise", result.outcome is not LoadOutcome.UNCHANGED, f"exercise {result.code}, version {result.version}"
    )
