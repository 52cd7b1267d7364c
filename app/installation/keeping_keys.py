"""Backups of the key store: a file of its own, that may be kept for a stated time only (GD-25-1).

Whoever has such a file from before an erasure, the secrets and a database of that time reads what was erased since. So
it never lies with the database or the secrets, it says until when it may be kept, and whoever makes the next one
removes those whose time is over. Its trees stay wrapped under the master key, which travels with the secrets.
"""

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.installation.errors import BackupExpired, BackupFails, NotEmpty
from app.kernel import clock
from app.storage.keeping import replace_file
from app.storage.vault import ENDING
from config.settings import Settings

SCHEMA = "cahier.data-keys.v1"
DESCRIPTION = "data-keys.json"
PATTERN = "cahier-data-keys-*.tar"


@dataclass(frozen=True)
class KeyBackup:
    """A backup of the key store: when it was made, until when it may be kept, and how many trees it holds."""

    path: Path
    made_at: datetime
    keep_until: datetime
    trees: int


def back_up_vault(settings: Settings, to: Path) -> tuple[KeyBackup, list[Path]]:
    """Copy the key store into a new file in a folder; return it, and those in there that were removed as too old."""
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = clock.now()
    keep_until = now + settings.key_backup_limit
    path = to / f"cahier-data-keys-{now:%Y%m%dT%H%M%SZ}.tar"
    if path.exists():
        raise BackupFails(f"{path} is there already")
    trees = sorted(settings.vault.glob(f"*{ENDING}"))
    facts = {
        "schema": SCHEMA,
        "origin": settings.origin,
        "made_at": clock.to_text(now),
        "keep_until": clock.to_text(keep_until),
        "trees": len(trees),
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        _add(archive, DESCRIPTION, json.dumps(facts, indent=1).encode())
        for tree in trees:
            _add(archive, tree.name, tree.read_bytes())
    replace_file(path, packed.getvalue())
    return KeyBackup(path, now, keep_until, len(trees)), list(_remove_expired(to))


def read_vault_backup(path: Path) -> KeyBackup:
    """Read what a backup of the key store says of itself; raises BackupFails."""
    try:
        with tarfile.open(path) as archive:
            member = archive.extractfile(DESCRIPTION)
            facts = json.load(member) if member else {}
            trees = sum(name.endswith(ENDING) for name in archive.getnames())
        if facts["schema"] != SCHEMA or facts["trees"] != trees:
            raise BackupFails(f"{path} is not the backup of a key store that was made, or of another form")
        return KeyBackup(path, clock.from_text(facts["made_at"]), clock.from_text(facts["keep_until"]), trees)
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError):
        raise BackupFails(f"{path} holds no backup of a key store that can be read") from None


def restore_vault(settings: Settings, path: Path) -> KeyBackup:
    """Put a backup of the key store into an empty place; raises BackupFails, NotEmpty, and BackupExpired for one whose
    time is over, because it opens what was erased long ago.
    """
    backup = read_vault_backup(path)
    if backup.keep_until < clock.now():
        raise BackupExpired(
            f"{path} was to be destroyed by {backup.keep_until:%Y-%m-%d}: it opens what was erased since"
        )
    if settings.vault.is_dir() and any(settings.vault.glob(f"*{ENDING}")):
        raise NotEmpty(str(settings.vault))
    settings.vault.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            source = archive.extractfile(member)
            if member.name.endswith(ENDING) and "/" not in member.name and source:
                replace_file(settings.vault / member.name, source.read())
    return backup


def _remove_expired(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob(PATTERN)):
        try:
            expired = read_vault_backup(path).keep_until < clock.now()
        except BackupFails:
            continue
        if expired:
            path.unlink()
            yield path


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))
