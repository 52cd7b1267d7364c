"""Commands of the trail: verify it, sign a checkpoint now, and show the keys with which others verify."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select

from app.audit.errors import LogMissing, SignerKeyMissing, SignerRefuses
from app.audit.models import Log
from app.audit.notes import NoteError, VerifierKey, parse_verifier_key
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner, Trust
from app.audit.verification import Finding, Verdict, verify
from app.trail.rules.findings import FINDINGS, LIMITS
from app.web.console import House, json_option, pass_house, say

FAULTY = 1


@click.group("audit")
def audit() -> None:
    """The trail: verify it, seal it, show its keys."""


@audit.command("verify")
@click.option("--log", "origin", help="Only the log of this origin; all logs when left out.")
@click.option("--lines-only", is_flag=True, help="Lines, tree and checkpoints; not the rows that the lines speak of.")
@click.option("--key", "keys", multiple=True, help="A verifier key kept elsewhere, to trust instead of the one here.")
@json_option
@pass_house
def verify_trail(house: House, origin: str | None, lines_only: bool, keys: Sequence[str], as_json: bool) -> None:
    """Verify that no line and no row was changed behind the application's back; ends with 0 only when all is well."""
    try:
        # Before the database is read, so that what the signer remembers cannot be newer than what is read.
        trust = read_trust(house, keys)
        with shown_progress(as_json) as progress:
            verdict = verify(house.storage, trust, whole=not lines_only, origin=origin, progress=progress)
    except (LogMissing, NoteError, SignerKeyMissing) as error:
        raise click.ClickException(str(error)) from None
    say(as_json, verdict_facts(verdict), verdict_text(verdict))
    if not verdict.holds:
        raise SystemExit(FAULTY)


@audit.command("checkpoint")
@click.option("--log", "origin", help="Only the log of this origin; all logs when left out.")
@json_option
@pass_house
def sign_checkpoints(house: House, origin: str | None, as_json: bool) -> None:
    """Sign a checkpoint now over all lines that have none; the worker does so every few minutes."""
    signer = CheckpointSigner(house.settings.keys)
    try:
        signed = [seal_log(house.storage, signer, log_id) for log_id in chosen_logs(house, origin)]
    except (SignerKeyMissing, SignerRefuses) as error:
        raise click.ClickException(str(error)) from None
    facts = [{"log": one.origin, "size": one.size, "root": one.root.hex()} for one in signed]
    say(
        as_json,
        {"checkpoints": facts},
        "\n".join(f"{one.origin}: {one.size} lines, root {one.root.hex()}" for one in signed),
    )


@audit.command("keys")
@json_option
@pass_house
def show_keys(house: House, as_json: bool) -> None:
    """Show the verifier keys of all logs, for whoever verifies elsewhere (C2SP signed-note)."""
    signer = CheckpointSigner(house.settings.keys)
    keys = [signer.key(origin).to_text() for origin in signer.origins()]
    say(as_json, {"keys": keys}, "\n".join(keys) or "No log has a key yet.")


def read_trust(house: House, keys: Sequence[str]) -> Trust:
    """Return the keys and memories of this installation; keys that were given come before its own."""
    signer = CheckpointSigner(house.settings.keys)
    trust = signer.trust(*signer.origins())
    given: list[VerifierKey] = [parse_verifier_key(text) for text in keys]
    return Trust(dict(trust.keys) | {key.name: key for key in given}, trust.remembered)


def chosen_logs(house: House, origin: str | None) -> list[int]:
    """Return the numbers of all logs, or of the one of an origin."""
    with house.storage.reading() as session:
        query = select(Log.id).order_by(Log.id)
        found = list(session.scalars(query.where(Log.origin == origin) if origin else query))
    if not found:
        raise click.ClickException(f"there is no log {origin or 'yet'}")
    return found


@contextmanager
def shown_progress(as_json: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show on a terminal how far a verification is."""
    if as_json or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Verifying", file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield show


def verdict_facts(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict for a program."""
    return {
        "holds": verdict.holds,
        "whole": verdict.whole,
        "rows": verdict.rows,
        "logs": [asdict(log) for log in verdict.logs],
        "findings": [asdict(finding) | {"where": finding.where} for finding in verdict.findings],
        "omitted": verdict.omitted,
        "limits": list(LIMITS),
    }


def verdict_text(verdict: Verdict) -> str:
    """Return a verdict for a person: every log, every finding, and what no verification can say."""
    said = [f"{log.origin}: {log.size} lines, {log.sealed} of them sealed" for log in verdict.logs]
    said += [finding_text(finding) for finding in verdict.findings]
    if verdict.omitted:
        said.append(f"… and {verdict.omitted} more of the same kinds")
    depth = f"lines, tree, checkpoints and {verdict.rows} rows" if verdict.whole else "lines, tree and checkpoints"
    said.append(f"HOLDS: {depth} are as they were written." if verdict.holds else "DOES NOT HOLD: see above.")
    return "\n".join([*said, "", "What this cannot say:", *(f"- {limit}" for limit in LIMITS)])


def finding_text(finding: Finding) -> str:
    """Return one finding with its place, and the line that speaks of it."""
    line = " ".join(part for part in (finding.action, finding.subject) if part)
    lines = [f"FAULT {finding.code}: {FINDINGS[finding.code]}", f"      {finding.where}{f' ({line})' if line else ''}"]
    if finding.expected:
        lines.append(f"      expected {finding.expected}")
    if finding.found:
        lines.append(f"      found    {finding.found}")
    return "\n".join(lines)


commands = (audit,)
