"""Checking an installation: what stands wrong, and what to type. Nothing is changed."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.audit.errors import SignerKeyMissing
from app.audit.models import Log
from app.audit.policies import PolicyMalformed, read_policy
from app.audit.signer import CheckpointSigner
from app.audit.texts import bare_texts, doomed_keys
from app.audit.timestamping import Authorities, StampRefused
from app.exercises.queries import digest_of_content, versions_of
from app.exercises.rules.content import canonical_content
from app.exercises.rules.master import Exercise
from app.installation.certificates import CertificateRefused, Files, read_certificate
from app.installation.founding import is_founded, read_framework, read_library
from app.installation.inventory import unlisted_files
from app.installation.rehearsing import AGAIN_AFTER, last_whole
from app.kernel import clock
from app.kernel.errors import CahierError
from app.privacy.services.sealing import bare_rows
from app.signatures.errors import AuthorityMissing
from app.signatures.services.ca import FOLDER as CA
from app.signatures.services.ca import open_authority, root_left_behind, seal_identity
from app.signatures.services.profiles import PERSONAL_VALID
from app.storage import Storage, migrating
from app.storage.files import files_at
from app.storage.granting import rights_to_rewrite
from app.storage.vault import vault_at
from config import secrets
from config.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
INIT = "Run `cahier init`."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and what to do about it otherwise.

    `is_loud` is what works, and must not stay so.
    """

    name: str
    is_well: bool
    text: str
    remedy: str = ""
    is_loud: bool = False


def check_installation(settings: Settings) -> list[Finding]:
    """Look at everything that an installation needs; what depends on something that is missing is left out."""
    return [
        _folder(settings.var),
        _public_url(settings),
        *_secrets(settings.keys),
        *_database(settings),
        *_authority(settings.keys),
        _inventory(settings),
        *_certificates(Files(settings.var / "tls")),
        *_time_stamps(settings),
        *_witnesses(settings.policy_file),
    ]


def _folder(folder: Path) -> Finding:
    name = "folder"
    if not folder.is_dir():
        return Finding(name, False, f"{folder} is not there", INIT)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding(name, False, f"{folder} cannot be written to", f"Let the user who runs cahier own {folder}.")
    if folder.stat().st_mode & OTHERS:
        return Finding(name, False, f"others on this machine can look into {folder}", f"chmod 700 {folder}")
    return Finding(name, True, str(folder))


def _public_url(settings: Settings) -> Finding:
    host = urlsplit(settings.public_url).hostname
    if settings.secure or host in LOCAL_HOSTS:
        return Finding("address", True, settings.public_url)
    return Finding(
        "address",
        False,
        f"passwords would cross the network unencrypted on their way to {settings.public_url}",
        "Set CAHIER_PUBLIC_URL to an https:// address, and run with --tls or behind a proxy that does HTTPS.",
    )


def _secrets(folder: Path) -> Iterator[Finding]:
    for name in secrets.NAMES:
        yield _private(f"secret {name}", folder / name, secrets.SIZE)


def _private(name: str, path: Path, size: int | None = None) -> Finding:
    if not path.exists():
        return Finding(name, False, f"{path} is missing", f"Restore it from the backup of keys; on a new hub: {INIT}")
    if path.stat().st_mode & OTHERS:
        return Finding(name, False, f"others on this machine can read {path}", f"chmod 600 {path}")
    if size is not None and path.stat().st_size != size:
        return Finding(name, False, f"{path} is damaged", "Restore it from the backup of keys.")
    return Finding(name, True, "only its owner can read it")


def _database(settings: Settings) -> Iterator[Finding]:
    if not settings.var.is_dir():
        return
    storage = Storage.open(settings.database_url, vault_at(settings))
    try:
        migrating.check_migrated(storage)
        yield Finding("database", True, storage.engine.url.render_as_string(hide_password=True))
        yield Finding("hub", True, settings.origin) if is_founded(storage) else Finding("hub", False, "no log", INIT)
        yield _fence(storage)
        yield from _log_keys(storage, settings.keys)
        yield _key_store(storage, settings)
        yield _exit(storage, settings)
        yield from _library(storage, settings)
    except migrating.NotMigrated as error:
        yield Finding("database", False, str(error), INIT)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding("database", False, f"cannot be used: {reason}", "Check CAHIER_DATABASE_URL and its server.")
    finally:
        storage.close()


def _fence(storage: Storage) -> Finding:
    could = rights_to_rewrite(storage)
    if not could:
        return Finding("fence", True, "SQLite: triggers" if storage.is_sqlite else "this role cannot rewrite evidence")
    return Finding(
        "fence",
        False,
        f"the program's own role could rewrite evidence: {', '.join(could[:4])}",
        "Let another role own the tables, name it in CAHIER_OWNER_DATABASE_URL, and run `cahier init`.",
    )


def _log_keys(storage: Storage, folder: Path) -> Iterator[Finding]:
    signer = CheckpointSigner(folder)
    with storage.reading() as session:
        origins = list(session.scalars(select(Log.origin).order_by(Log.id)))
    for origin in origins:
        name = f"key of the log {origin}"
        try:
            signer.key(origin)
            signer.remembered(origin)
        except SignerKeyMissing as error:
            yield Finding(name, False, str(error), f"Restore it from the backup of keys; for a new log: {INIT}")
        else:
            yield Finding(name, True, "key and memory are there")


def _key_store(storage: Storage, settings: Settings) -> Finding:
    name = "key store"
    with storage.reading() as session:
        doomed, bare = doomed_keys(session), bare_texts(session) + bare_rows(session)
    bare += sum(1 for _ in files_at(settings).bare())
    if settings.vault.is_dir() and settings.vault.stat().st_mode & OTHERS:
        return Finding(
            name, False, f"others on this machine can look into {settings.vault}", f"chmod 700 {settings.vault}"
        )
    if bare:
        return Finding(name, False, f"{bare} texts, files and rows about people are not sealed", INIT)
    if doomed:
        text = f"{doomed} keys of what was erased are not destroyed yet"
        return Finding(name, False, text, "Run `cahier worker --once`, or look why the worker cannot.")
    days = settings.key_backup_days
    return Finding(
        name, True, f"{settings.vault}; a copy of it may be kept for {days} days: cahier backup --data-keys-to"
    )


def _exit(storage: Storage, settings: Settings) -> Finding:
    name, remedy = "exit", "Rehearse it: cahier rehearse-exit --to DIR"
    with storage.reading() as session:
        last = last_whole(session, settings.origin)
    if last is None:
        return Finding(name, True, "it was never rehearsed that everything can leave this hub", remedy, is_loud=True)
    text = f"rehearsed and found whole on {last.date().isoformat()}"
    if clock.now() - last > AGAIN_AFTER:
        return Finding(name, True, f"{text}, more than a year ago", remedy, is_loud=True)
    return Finding(name, True, text)


def _authority(folder: Path) -> Iterator[Finding]:
    name = "authority"
    if not folder.is_dir():
        return
    try:
        until = open_authority(folder).certificate.not_valid_after_utc
        seal_identity(folder)
    except AuthorityMissing:
        yield Finding(name, False, "nobody can be certified, nothing can be sealed", f"Restore {folder / CA}; {INIT}")
        return
    text = f"issues until {until.date().isoformat()}"
    if until - clock.now() < PERSONAL_VALID:
        yield Finding(name, False, f"{text}, sooner than a certificate of a person lasts", "cahier ca issue-issuing")
    else:
        yield Finding(name, True, text)
    if path := root_left_behind(folder):
        text = f"THE ROOT LIES ON THIS MACHINE, in {path.parent}: whoever copies it can certify anybody"
        remedy = "Carry the folder away, or make a root with two custodians: cahier ca init-root --to MEDIUM"
        yield Finding("root", True, text, remedy, is_loud=True)


def _inventory(settings: Settings) -> Finding:
    unknown = unlisted_files(settings)
    if unknown:
        names = ", ".join(str(path) for path in unknown)
        return Finding(
            "inventory", False, f"nobody knows what this is: {names}", "Find out, then remove it or list it."
        )
    return Finding("inventory", True, "every file of a key has a purpose: cahier keys list")


def _library(storage: Storage, settings: Settings) -> Iterator[Finding]:
    try:
        framework = read_framework(settings.framework)
        yield Finding("framework", True, f"version {framework.version}")
        exercises = read_library(settings.library)
    except CahierError as error:
        yield Finding("library", False, str(error), "Correct the file.")
        return
    with storage.reading() as session:
        behind = [one.code for one in exercises if not _is_loaded(one, versions_of(session, one.code))]
    if behind:
        yield Finding("library", False, f"not loaded as it stands in the files: {', '.join(behind)}", INIT)
    else:
        yield Finding("library", True, f"{len(exercises)} exercises")


def _is_loaded(exercise: Exercise, loaded: Mapping[int, str]) -> bool:
    return loaded.get(exercise.version) == digest_of_content(canonical_content(exercise))


def _certificates(files: Files) -> Iterator[Finding]:
    if not files.folder.exists():
        return
    for path in (files.authority_key, files.server_key):
        yield _private(f"key {path.name}", path)
    try:
        found = read_certificate(files.server)
    except CertificateRefused as error:
        yield Finding("certificate", False, str(error), "Run `cahier tls init`.")
        return
    text = f"until {found.until.date().isoformat()} for {', '.join(found.names)}"
    yield Finding("certificate", not found.expires_soon(), text, "Run `cahier tls init` to renew it.")


def _time_stamps(settings: Settings) -> Iterator[Finding]:
    if not settings.authorities:
        return
    name, folder = "time stamps", settings.timestamp_roots
    try:
        roots = Authorities(settings.authorities, folder).trusted()
    except StampRefused as error:
        yield Finding(name, False, str(error), "Put a certificate in PEM in its place.")
        return
    if roots:
        yield Finding(name, True, f"{len(settings.authorities)} authorities, {len(roots)} trusted roots")
    else:
        yield Finding(name, False, "no token can be trusted", f"Put the root certificates, in PEM, into {folder}.")


def _witnesses(policy_file: Path | None) -> Iterator[Finding]:
    if policy_file is None:
        return
    try:
        policy = read_policy(policy_file)
    except PolicyMalformed as error:
        yield Finding("witnesses", False, str(error), "Correct the file that CAHIER_WITNESS_POLICY names.")
        return
    unreachable = [name for name, witness in policy.witnesses.items() if not witness.address]
    if unreachable:
        yield Finding("witnesses", False, f"no address for {', '.join(unreachable)}", "Add it at the end of its line.")
    else:
        yield Finding("witnesses", True, f"{len(policy.witnesses)} witnesses, quorum {policy.quorum}")
