"""The commands that copy an installation and bring it back: backup, restore."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from app.audit.actions import Action
from app.audit.services import Subject, note
from app.audit.texts import destroy_doomed_keys
from app.audit.verification import Verdict, verify
from app.installation import backing_up, keeping_keys
from app.installation.cli import settings_of
from app.installation.running import is_there
from app.kernel import canonical, clock
from app.kernel.actors import system_actor
from app.storage import Storage, migrating
from app.storage.files import files_at
from app.storage.vault import vault_at
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
@click.option(
    "--data-keys-to",
    "vault_to",
    type=FOLDER,
    help="A folder for the key store, of its own; older copies in it that may not be kept any more are removed.",
)
@passphrase_option
@json_option
@pass_house
def backup(
    house: House, /, to: Path | None, keys_to: Path | None, vault_to: Path | None, files: Sequence[Path], as_json: bool
) -> None:
    """Copy the database with the attached files, the keys, and the key store, each apart, while Cahier runs."""
    if to is None and keys_to is None and vault_to is None:
        raise click.UsageError(
            "Say what to copy: --to DIR for the database, --keys-to FILE for the keys, --data-keys-to DIR for the key "
            "store."
        )
    settings = settings_of(house)
    facts: dict[str, Any] = {}
    if to is not None:
        made = backing_up.back_up(settings, to)
        facts |= {"database": str(made.folder), **{name: made.facts[name] for name in ("files", "attached", "damaged")}}
    if keys_to is not None:
        given = read_passphrases(files) or ask_passphrases(new=True)
        facts |= {"keys": str(keys_to), "names": backing_up.back_up_keys(settings, keys_to, given)}
    if vault_to is not None:
        kept, removed = keeping_keys.back_up_vault(settings, vault_to)
        until = clock.to_text(kept.keep_until)
        facts |= {
            "data_keys": str(kept.path),
            "keep_until": until,
            "trees": kept.trees,
            "removed": [*map(str, removed)],
        }
    told = [f"The database and {len(facts['attached'])} attached files are in {facts['database']}."] if to else []
    told += ["Nothing that people wrote opens without the key store: --data-keys-to."] if to and not vault_to else []
    told += [f"DAMAGED, and not copied: the attached file {digest}" for digest in facts.get("damaged", [])]
    told += [f"{len(facts['names'])} keys are in {keys_to}, sealed by {backing_up.CUSTODIANS}."] if keys_to else []
    told += told_of_vault(facts) if vault_to else []
    say(as_json, facts, "\n".join(told))
    if facts.get("damaged"):
        raise SystemExit(FAULTY)


def told_of_vault(facts: dict[str, Any]) -> list[str]:
    """Return what to say of a backup of the key store, above all until when it may be kept."""
    return [
        f"The keys of {facts['trees']} people and of the hub are in {facts['data_keys']}.",
        f"DESTROY THIS COPY BY {facts['keep_until'][:10]}, every copy of it too: it opens what is erased after today.",
        *(f"Removed, its time was over: {path}" for path in facts["removed"]),
    ]


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
    storage = Storage.open(settings.owner_database_url or settings.database_url, vault_at(settings))
    try:
        if migrating.present_revision(storage) != migrating.expected_revision():
            say(as_json, {"logs": heads, "holds": None}, "Brought back from an earlier release: run `cahier init` now.")
            return
        destroy_doomed_keys(storage, again=True)
        verdict = with_files(verify(storage, read_trust(house, ())), storage, files_at(settings))
        if verdict.holds:
            record_restore(storage, settings.origin, backing_up.read_backup(folder))
    finally:
        storage.close()
    tell(verdict, heads, as_json, backing_up.read_backup(folder).facts["made_at"])


@click.command("restore-data-keys")
@click.argument("file", type=FILE)
@json_option
@pass_house
def restore_data_keys(house: House, /, file: Path, as_json: bool) -> None:
    """Bring the key store back into an empty place, before or after the database, and destroy in it what was erased."""
    settings = settings_of(house)
    kept = keeping_keys.restore_vault(settings, file)
    destroyed = 0
    if is_there(settings):
        destroyed = destroy_doomed_keys(house.storage, again=True)
        record_vault_restore(house.storage, settings.origin, kept)
    facts = {"trees": kept.trees, "made_at": clock.to_text(kept.made_at), "destroyed": destroyed}
    told = f"The keys of {kept.trees} people and of the hub are back, as of {facts['made_at']}; {destroyed} of them are"
    say(as_json, facts, f"{told} of what was erased since or before, and destroyed again.")


def record_vault_restore(storage: Storage, origin: str, kept: keeping_keys.KeyBackup) -> None:
    """Write into the hub's log that the key store was brought back, and from when."""
    facts = {"made_at": clock.to_text(kept.made_at), "digest": canonical.digest(kept.path.read_bytes())}
    with storage.transaction() as session:
        subject, actor = Subject("hub", origin), system_actor("command")
        note(session, Action.DATA_KEYS_RESTORED, subject, actor=actor, after=facts)


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


commands: tuple[click.Command, ...] = (backup, restore, restore_data_keys)
