"""Backups and their return: database and attached files in one folder, the keys apart, sealed by custodians (KM-10).

A backup names what it holds by digest, and each log by the root it had, so that a restore can say which state came
back. The keys never lie beside the database: whoever finds the one lacks the other. Nor does the key store, without
which nothing opens that people wrote or attached (app/installation/keeping_keys.py).
"""

import base64
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from app import __version__
from app.audit.models import Log
from app.audit.tree import Frontier
from app.installation.dumps import dump_database, load_database
from app.installation.errors import BackupFails, NotEmpty
from app.kernel import clock
from app.storage import Storage, migrating
from app.storage.errors import FileAltered, FileMissing
from app.storage.files import BARE, FileStore, files_at
from app.storage.keeping import replace_file
from config.settings import Settings

SCHEMA, KEYS_SCHEMA = "cahier.backup.v1", "cahier.keys.v1"
DESCRIPTION = "backup.json"
ATTACHED = "files"
CUSTODIANS = 2
SHORTEST_PASSPHRASE = 12
ARGON2ID = {"memory_kib": 128 * 1024, "passes": 3, "lanes": 1}
"""What stretching costs in a file that is sealed now; each file names its own cost."""
MOST = {"memory_kib": 2 * 1024 * 1024, "passes": 20, "lanes": 16}
"""What a file may ask for when it is opened: whoever made it must not take the machine."""
_SEAL_INFO = b"cahier.keys-backup.v1"


@dataclass(frozen=True)
class Backup:
    """A backup in its folder, and what it says of itself."""

    folder: Path
    facts: dict[str, Any]


def back_up(settings: Settings, to: Path) -> Backup:
    """Copy the database into a new folder under `to`; raises BackupFails. Cahier may run meanwhile."""
    folder = to / f"cahier-{clock.now():%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        raise BackupFails(f"{folder} is there already") from None
    dump = dump_database(settings.database_url, folder)
    facts = {
        "schema": SCHEMA,
        "origin": settings.origin,
        "made_at": clock.to_text(clock.now()),
        "release": __version__,
        "files": {dump.name: {"sha256": _digest(dump), "bytes": dump.stat().st_size}},
        **_copy_files(files_at(settings), folder / ATTACHED),
    }
    (folder / DESCRIPTION).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return Backup(folder, facts)


def _copy_files(store: FileStore, folder: Path) -> dict[str, Any]:
    """Copy the files that people attached as they are sealed, after the database that names them, each named with the
    digest of its copy; what is damaged is told, not copied.
    """
    attached: dict[str, str] = {}
    damaged = []
    for name in store.names():
        try:
            sealed = store.sealed(name)
        except FileMissing:
            continue  # cleared away a moment ago: no record names it
        except FileAltered:
            damaged.append(name)
            continue
        folder.mkdir(exist_ok=True, mode=0o700)
        replace_file(folder / name, sealed)
        attached[name] = hashlib.sha256(sealed).hexdigest()
    return {"attached": attached, "damaged": damaged}


def read_backup(folder: Path) -> Backup:
    """Read a backup and compare every file with its digest; raises BackupFails.

    One from before files could be attached names none; one from before they were sealed names them by their SHA-256
    alone.
    """
    try:
        facts = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        files = {str(name): str(about["sha256"]) for name, about in facts["files"].items()}
        attached = _attached(folder, facts)
        known = facts["schema"] == SCHEMA and len(files) == 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupFails(f"{folder} holds no backup that can be read") from None
    if not known:
        raise BackupFails(f"{folder} is a backup of another form than this release reads")
    for name, digest in files.items():
        path = folder / Path(name).name
        if not path.is_file() or _digest(path) != digest:
            raise BackupFails(f"{path} is not the file that was backed up: another copy is needed")
    for path, digest in attached.items():
        if not path.is_file() or _digest(path) != digest:
            raise BackupFails(f"the attached file {path.name} is not as it was backed up: another copy is needed")
    return Backup(folder, facts)


def _attached(folder: Path, facts: dict[str, Any]) -> dict[Path, str]:
    """Return where each attached file stands in a backup, and its digest."""
    named = facts.get("attached", [])
    if isinstance(named, dict):
        return {folder / ATTACHED / Path(name).name: str(digest) for name, digest in named.items()}
    return {folder / ATTACHED / BARE / digest[:2] / digest: digest for digest in map(str, named)}


def restore(settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """Put a backup into an empty database, and the files beside it, and return where its logs stand; raises
    BackupFails, NotEmpty.

    Rights and migrations are for `cahier init`, the judgement for `cahier audit verify`: both come after.
    """
    backup = read_backup(folder)
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    (name,) = backup.facts["files"]
    load_database(settings.owner_database_url or settings.database_url, folder / name)
    store = files_at(settings)
    for path in _attached(folder, backup.facts):
        if path.parent.name == ATTACHED:
            store.put_sealed(path.name, path.read_bytes())
        else:
            store.put(path.read_bytes())
    storage = Storage.open(settings.owner_database_url or settings.database_url)
    try:
        if migrating.present_revision(storage) is None:
            raise BackupFails("the copy holds no database of Cahier")
        return list(_heads(storage))
    finally:
        storage.close()


def _heads(storage: Storage) -> Iterator[dict[str, Any]]:
    log = Log.__table__.c
    with storage.engine.connect() as connection:
        for origin, size, frontier in connection.execute(select(log.origin, log.size, log.frontier).order_by(log.id)):
            yield {"origin": origin, "size": size, "root": Frontier.from_bytes(size, frontier).root().hex()}


# The keys


def back_up_keys(settings: Settings, target: Path, passphrases: Sequence[str]) -> list[str]:
    """Seal the folder of keys into one file that all custodians together open, and return the names in it.

    Raises BackupFails for too few or too short passphrases, or a file that is there already.
    """
    check_passphrases(passphrases)
    names = sorted(str(path.relative_to(settings.keys)) for path in settings.keys.rglob("*") if path.is_file())
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in names:
            archive.add(settings.keys / name, arcname=name, recursive=False)
    salt, nonce = os.urandom(16), os.urandom(12)
    header = {"schema": KEYS_SCHEMA, "salt": salt.hex(), "custodians": len(passphrases), "argon2id": ARGON2ID}
    associated = json.dumps(header, sort_keys=True).encode()
    sealed = AESGCM(_sealing_key(passphrases, salt, ARGON2ID)).encrypt(nonce, packed.getvalue(), associated)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupFails(f"{target} is there already") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(header | {"nonce": nonce.hex(), "sealed": base64.b64encode(sealed).decode()}, file)
    return names


def restore_keys(settings: Settings, source: Path, passphrases: Sequence[str]) -> list[str]:
    """Put sealed keys into an empty folder of keys and return their names; raises BackupFails, NotEmpty."""
    packed = _unsealed(source, passphrases)
    if settings.keys.is_dir() and any(settings.keys.iterdir()):
        raise NotEmpty(str(settings.keys))
    settings.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        names = archive.getnames()
        archive.extractall(settings.keys, filter="data")
    for path in settings.keys.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return names


def check_passphrases(passphrases: Sequence[str]) -> None:
    """Raise BackupFails unless every custodian gave a passphrase of their own that is long enough."""
    if len(set(passphrases)) < CUSTODIANS:
        raise BackupFails(f"the keys are sealed by {CUSTODIANS} custodians, each with a passphrase of their own")
    if min(map(len, passphrases)) < SHORTEST_PASSPHRASE:
        raise BackupFails(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")


def _unsealed(source: Path, passphrases: Sequence[str]) -> bytes:
    try:
        header = json.loads(source.read_text(encoding="ascii"))
        nonce, sealed = bytes.fromhex(header.pop("nonce")), base64.b64decode(header.pop("sealed"))
        salt, schema = bytes.fromhex(header["salt"]), header["schema"]
        cost = {name: int(header["argon2id"][name]) for name in MOST}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BackupFails(f"{source} holds no keys that this release can read") from None
    if schema != KEYS_SCHEMA:
        raise BackupFails(f"{source} is of another form than this release reads")
    if any(not 1 <= cost[name] <= most for name, most in MOST.items()):
        raise BackupFails(f"{source} asks for a cost at which this release opens nothing")
    try:
        key = _sealing_key(passphrases, salt, cost)
        return AESGCM(key).decrypt(nonce, sealed, json.dumps(header, sort_keys=True).encode())
    except (InvalidTag, HashingError):  # a cost that Argon2 cannot take opens nothing either
        raise BackupFails("these passphrases, in this order, do not open the keys") from None


def _sealing_key(passphrases: Sequence[str], salt: bytes, cost: Mapping[str, int]) -> bytes:
    """Derive one key from all passphrases in their order: each is stretched by itself, and none can be left out."""
    stretched = b"".join(
        hash_secret_raw(
            passphrase.encode(),
            hashlib.sha256(salt + bytes([place])).digest()[:16],
            cost["passes"],
            cost["memory_kib"],
            cost["lanes"],
            32,
            Type.ID,
        )
        for place, passphrase in enumerate(passphrases)
    )
    return HKDF(hashes.SHA256(), 32, salt, _SEAL_INFO).derive(stretched)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
