"""The command that rehearses how everything leaves the hub: rehearse-exit."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.models import Log
from app.audit.sealing import seal_log
from app.audit.services import Subject, note
from app.audit.signer import CheckpointSigner
from app.installation.backup_cli import FOLDER
from app.installation.cli import settings_of
from app.installation.rehearsing import FAILED, FAULTY, WHOLE, Rehearsal, rehearse
from app.kernel import clock
from app.kernel.actors import system_actor
from app.storage import Storage
from app.trail.cli import FAULTY as EXIT_FAULTY
from app.trail.cli import read_trust, verdict_facts, verdict_text
from app.web.console import House, json_option, pass_house, say


@click.command("rehearse-exit")
@click.option("--to", type=FOLDER, required=True, help="Where the copy goes, best a disk that another machine lends.")
@click.option("--database-url", "url", help="For a hub on PostgreSQL: an empty database, best on another machine.")
@json_option
@pass_house
def rehearse_exit(house: House, /, to: Path, url: str | None, as_json: bool) -> None:
    """Copy everything, build it up apart, verify it there, and log what came of it; once a year at least."""
    settings = settings_of(house)
    seal_all(house.storage, CheckpointSigner(settings.keys))
    trust, begun = read_trust(house, ()), clock.now()
    try:
        rehearsal = rehearse(settings, house.app, trust, to, url)
    except Exception as error:
        record_rehearsal(house.storage, settings.origin, failed_facts(clock.to_text(begun), error))
        raise
    record_rehearsal(house.storage, settings.origin, rehearsal_facts(rehearsal))
    facts = rehearsal_facts(rehearsal) | {"copy": str(rehearsal.copy.var), "broken": [*rehearsal.broken]}
    facts |= {"remove_by": clock.to_text(rehearsal.remove_by), "database_url": rehearsal.reading_url}
    say(as_json, facts | {"verdict": verdict_facts(rehearsal.verdict)}, rehearsal_text(rehearsal))
    if rehearsal.faults:
        raise SystemExit(EXIT_FAULTY)


def seal_all(storage: Storage, signer: CheckpointSigner) -> None:
    """Sign a checkpoint over each log, so that bundles of what is copied next can be proven."""
    with storage.reading() as session:
        log_ids = list(session.scalars(select(Log.id).order_by(Log.id)))
    for log_id in log_ids:
        seal_log(storage, signer, log_id)


def record_rehearsal(storage: Storage, origin: str, facts: dict[str, Any]) -> None:
    """Write into the hub's log that the exit was rehearsed, and what came of it, a failure too (CI-Q17)."""
    with storage.transaction() as session:
        note(session, Action.EXIT_REHEARSED, Subject("hub", origin), actor=system_actor("command"), after=facts)


def rehearsal_facts(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return what the line says of a rehearsal that came to its end."""
    return {
        "made_at": rehearsal.made_at,
        "digest": rehearsal.digest,
        "records": rehearsal.records,
        "signatures": rehearsal.signatures,
        "bundles": rehearsal.bundles,
        "result": FAULTY if rehearsal.faults else WHOLE,
        "faults": rehearsal.faults,
    }


def failed_facts(made_at: str, error: Exception) -> dict[str, Any]:
    """Return what the line says of one that broke off: the kind of error and not its words, which may name places."""
    return {"made_at": made_at, "result": FAILED, "error": getattr(error, "code", type(error).__name__)}


def rehearsal_text(rehearsal: Rehearsal) -> str:
    """Say what was verified, where the copy is, how it is read, and until when it may be kept."""
    counts = f"{rehearsal.records} records, {rehearsal.signatures} signatures, {rehearsal.bundles} bundles"
    told = [verdict_text(rehearsal.verdict), "", f"Judged in the copy: {counts}."]
    told += [f"FAULT {name} does not hold" for name in rehearsal.broken]
    told += [
        f"The copy is in {rehearsal.copy.var}, to be read only; verify it again, there or on another machine, with",
        f"  CAHIER_VAR={rehearsal.copy.var} CAHIER_DATABASE_URL='{rehearsal.reading_url}' \\",
        "    cahier audit verify --key …   (the keys: cahier audit keys)",
        f"REMOVE THE COPY BY {rehearsal.remove_by:%Y-%m-%d}: it holds what people wrote, and what opens it.",
    ]
    return "\n".join(told)


commands: tuple[click.Command, ...] = (rehearse_exit,)
