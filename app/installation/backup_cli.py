"""The commands that copy an installation and bring it back: backup, restore."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.audit.verification import Verdict, verify
from app.installation import backing_up
from app.installation.cli import settings_of
from app.kernel import canonical
from app.kernel.actors import system_actor
from app.storage import Storage, migrating
from app.storage.files import FileStore
from app.trail.cli import FAULTY, read_trust, verdict_facts, verdict_text
from app.trail.queries import with_files
from app.web.console import House, json_option, pass_house, say

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
passphrase_option = click.option(
    "--passphrase-file", "files", multiple=True, type=FILE, help="A custodian's passphrase, one file each, in order."
)


@click.command("backup")
@click.option(
    "--to", type=FOLDER, help="A folder for the copy of database and files; it gets a folder of its own in there."
)
@click.option("--keys-to", type=FILE, help="A file for the keys, sealed by two custodians; keep it elsewhere.")
@passphrase_option
@json_option
@pass_house
def backup(house: House, /, to: Path | None, keys_to: Path | None, files: Sequence[Path], as_json: bool) -> None:
    """Copy the database and the attached files, and the keys apart, while Cahier runs."""
    if to is None and keys_to is None:
        raise click.UsageError("Say what to copy: --to DIR for the database, --keys-to FILE for the keys.")
    settings = settings_of(house)
    facts: dict[str, Any] = {}
    if to is not None:
        made = backing_up.back_up(settings, to)
        facts |= {"database": str(made.folder), **{name: made.facts[name] for name in ("files", "attached", "damaged")}}
    if keys_to is not None:
        given = read_passphrases(files) or ask_passphrases(new=True)
        facts |= {"keys": str(keys_to), "names": backing_up.back_up_keys(settings, keys_to, given)}
    told = [f"The database and {len(facts['attached'])} attached files are in {facts['database']}."] if to else []
    told += [f"DAMAGED, and not copied: the attached file {digest}" for digest in facts.get("damaged", [])]
    told += [f"{len(facts['names'])} keys are in {keys_to}, sealed by {backing_up.CUSTODIANS}."] if keys_to else []
    say(as_json, facts, "\n".join(told))
    if facts.get("damaged"):
        raise SystemExit(FAULTY)


@click.command("restore")
@click.argument("folder", type=FOLDER)
@click.option("--keys", type=FILE, help="The file of keys that belongs to it, unless the keys are there.")
@passphrase_option
@json_option
@pass_house
def restore(house: House, /, folder: Path, keys: Path | None, files: Sequence[Path], as_json: bool) -> None:
    """Bring a copy back into an empty installation, and verify it; ends with 0 only when all is well."""
    settings = settings_of(house)
    if keys is not None:
        backing_up.restore_keys(settings, keys, read_passphrases(files) or ask_passphrases(new=False))
    heads = backing_up.restore(settings, folder)
    storage = Storage.open(settings.owner_database_url or settings.database_url)
    try:
        if migrating.present_revision(storage) != migrating.expected_revision():
            say(as_json, {"logs": heads, "holds": None}, "Brought back from an earlier release: run `cahier init` now.")
            return
        verdict = with_files(verify(storage, read_trust(house, ())), storage, FileStore(settings.files))
        if verdict.holds:
            record_restore(storage, settings.origin, backing_up.read_backup(folder))
    finally:
        storage.close()
    tell(verdict, heads, as_json, backing_up.read_backup(folder).facts["made_at"])


def record_restore(storage: Storage, origin: str, backup: backing_up.Backup) -> None:
    """Write into the hub's log that it was brought back, and from which copy (A11-7.2)."""
    facts = {
        "made_at": backup.facts["made_at"],
        "release": backup.facts["release"],
        "digest": canonical.digest((backup.folder / backing_up.DESCRIPTION).read_bytes()),
    }
    with storage.transaction() as session:
        note(session, Action.HUB_RESTORED, Subject("hub", origin), actor=system_actor("command"), after=facts)


def tell(verdict: Verdict, heads: Sequence[dict[str, Any]], as_json: bool, made_at: str) -> None:
    """Say where the logs stand, what the verification found, and that later erasures are to be repeated; ends the
    command with 1 unless all is well.
    """
    logs = "\n".join(f"{head['origin']}: {head['size']} lines, root {head['root']}" for head in heads)
    again = f"Erasures decided after {made_at} are not in this copy: repeat each of them."
    facts = {"logs": heads, **verdict_facts(verdict), "erasures_until": made_at}
    say(as_json, facts, f"{logs}\n\n{verdict_text(verdict)}\n\n{again}")
    if not verdict.holds:
        raise SystemExit(FAULTY)


def read_passphrases(files: Sequence[Path]) -> list[str]:
    """Read the passphrases from files, one each."""
    return [file.read_text(encoding="utf-8").strip("\r\n") for file in files]


def ask_passphrases(*, new: bool) -> list[str]:
    """Ask each custodian for their passphrase; a new one twice."""
    return [
        click.prompt(f"Passphrase of custodian {number}", hide_input=True, confirmation_prompt=new, err=True)
        for number in range(1, backing_up.CUSTODIANS + 1)
    ]


commands: tuple[click.Command, ...] = (backup, restore)
