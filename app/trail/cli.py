"""Commands of the trail: verify it, seal it, say where it stands, and give out what others verify it with."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.errors import LogMissing, SignerKeyMissing, SignerRefuses
from app.audit.models import Line, Log
from app.audit.notes import NoteError, VerifierKey, parse_verifier_key
from app.audit.policies import Policy, read_policy
from app.audit.publishing import NotPublished, prove_line, write_tiles
from app.audit.rotating import Outside, replace_key, rotate_key, vouched_outside
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner, Succession, Trust
from app.audit.standing import Standing, standings, troubles
from app.audit.succession import Announcement, KeyHistory
from app.audit.timestamping import Authorities
from app.audit.verification import Finding, LogVerdict, Verdict, verify
from app.kernel import clock
from app.kernel.actors import Actor, Permission
from app.notebook.models import Record
from app.storage.files import files_at
from app.trail.queries import with_files
from app.trail.rules.findings import FINDINGS, LIMITS
from app.web.console import House, command_actor, json_option, pass_house, say

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
        if verdict.whole and origin is None:
            verdict = with_files(verdict, house.storage, files_at(house.settings))
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
    held = {origin: signer.history(origin) for origin in signer.origins()}
    keys = [history.current.to_text() for history in held.values()]
    earlier = [one.key.to_text() for history in held.values() for one in history.keys[:-1]]
    told = [*keys, *(f"earlier: {key}" for key in earlier)]
    say(as_json, {"keys": keys, "earlier": earlier}, "\n".join(told) or "No log has a key yet.")


@audit.command("status")
@json_option
@pass_house
def show_status(house: House, as_json: bool) -> None:
    """Say of each log how much is sealed, stamped and cosigned, and what is still waited for."""
    policy = policy_of(house)
    with house.storage.reading() as session:
        logs, failing = standings(session, policy, house.settings.authorities), troubles(session)
    facts = {"logs": [standing_facts(log) for log in logs], "failing": [asdict(one) for one in failing]}
    told = [line for log in logs for line in standing_lines(log)]
    told += [f"FAILING {one.name} {one.origin}: {one.answer}, {one.failures} times in a row" for one in failing]
    say(as_json, facts, "\n".join(told))
    if any(log.conflicts for log in logs):
        raise SystemExit(FAULTY)


@audit.command("proof")
@click.argument("what", metavar="RECORD-OR-LINE")
@click.option("--log", "origin", help="The log, where records of several operators have this number.")
@click.option(
    "--to", "path", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file that is written."
)
@json_option
@pass_house
def write_proof(house: House, what: str, origin: str | None, path: Path, as_json: bool) -> None:
    """Write the proof that a line (ORIGIN#INDEX), or the last line about a record, is in its log (C2SP tlog-proof)."""
    try:
        with house.storage.reading() as session:
            line = find_line(session, what, origin)
            log = session.get_one(Log, line.log_id)
            proof = replace(prove_line(session, log, line.index), extra=line.body)
    except NotPublished as error:
        raise click.ClickException(str(error)) from None
    path.write_bytes(proof.to_bytes())
    facts = {"log": log.origin, "index": line.index, "leaf": line.leaf_hash.hex(), "file": str(path)}
    say(as_json, facts, f"{path}: {log.origin}#{line.index}, with the line itself as extra data")


@audit.command("tiles")
@click.option("--log", "origin", help="Only the log of this origin; all logs when left out, each in a folder.")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write into."
)
@json_option
@pass_house
def write_log_tiles(house: House, origin: str | None, folder: Path, as_json: bool) -> None:
    """Write logs as tiles, entries and checkpoint, as any reader of transparency logs takes them (C2SP tlog-tiles)."""
    written = {}
    try:
        with house.storage.reading() as session:
            for log in [session.get_one(Log, log_id) for log_id in chosen_logs(house, origin)]:
                if log.size:
                    written[log.origin] = write_tiles(session, log, folder if origin else folder / log.origin)
    except NotPublished as error:
        raise click.ClickException(str(error)) from None
    told = "\n".join(f"{name}: {count} files" for name, count in written.items())
    say(as_json, {"files": written, "folder": str(folder)}, told)


@audit.group("key")
def log_key() -> None:
    """The keys with which the checkpoints of logs are signed."""


@log_key.command("rotate")
@click.argument("origin", metavar="LOG")
@click.option("--reason", help="Why; it stands in the trail. Needed in an emergency.")
@click.option("--emergency", is_flag=True, help="The key in use is lost, or somebody else may have it.")
@click.option("--old-key", help="The verifier key in use, kept elsewhere; for a lost key that nothing here knows.")
@click.option(
    "--checkpoint",
    "kept",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody kept elsewhere, to vouch for the log in an emergency.",
)
@json_option
@pass_house
def rotate(house: House, /, origin: str, reason: str | None, as_json: bool, **emergency: Any) -> None:
    """Let a new key sign the checkpoints of a log from now on, announced in the log itself.

    Planned, the key in use signs the announcement with the new one. In an emergency the new key signs alone: witnesses
    and everybody who has a trust file must be told, by another way.
    """
    is_emergency, old_key, kept = (emergency[name] for name in ("emergency", "old_key", "kept"))
    if is_emergency and not (reason or "").strip():
        raise click.UsageError("an emergency needs a reason: --reason")
    if not is_emergency and (old_key or kept):
        raise click.UsageError("--old-key and --checkpoint are for an emergency: --emergency")
    signer = CheckpointSigner(house.settings.keys)
    try:
        (log_id,) = chosen_logs(house, origin)
        if is_emergency:
            lost = parse_verifier_key(old_key) if old_key else None
            with succeeding(house, signer, origin, lost) as (session, succession, actor):
                vouched = vouched_outside(session, succession, outside_of(house, kept))
                announced = replace_key(session, succession, vouched, actor=actor, reason=reason or "")
        else:
            seal_log(house.storage, signer, log_id)
            with succeeding(house, signer, origin) as (session, succession, actor):
                announced = rotate_key(session, succession, actor=actor, reason=reason)
        seal_log(house.storage, signer, log_id)
    except (NoteError, SignerKeyMissing, SignerRefuses) as error:
        raise click.ClickException(str(error)) from None
    say(as_json, rotation_facts(announced), rotation_text(announced))


def outside_of(house: House, kept: Sequence[Path]) -> Outside:
    """Return what may vouch for a log here: the policy's witnesses, the trusted roots, and files from elsewhere."""
    roots = Authorities((), house.settings.timestamp_roots).trusted()
    return Outside(policy_of(house), roots, [path.read_bytes() for path in kept])


@contextmanager
def succeeding(
    house: House, signer: CheckpointSigner, origin: str, lost: VerifierKey | None = None
) -> Iterator[tuple[Session, Succession, Actor]]:
    """Give the act by which a log's next key is announced what it needs; nobody signs until it is committed."""
    actor = command_actor(Permission.OPERATOR_ADMINISTER)
    with signer.succeeding(origin, lost) as succession, house.acting("audit key rotate", actor) as session:
        yield session, succession, actor


def rotation_facts(announced: Announcement) -> dict[str, Any]:
    """Return for a program what was announced."""
    return {
        "log": announced.origin,
        "old": announced.old.to_text(),
        "old_end": announced.old_end,
        "new": announced.new.to_text(),
        "new_from": announced.new_from,
        "emergency": announced.emergency,
    }


def rotation_text(announced: Announcement) -> str:
    """Return for a person what was announced, and what is to be done now."""
    until = f"checkpoints of fewer than {announced.old_end} lines" if announced.old_end else "no checkpoint any more"
    said = [
        f"{announced.origin}: a new key signs from {announced.new_from} lines on.",
        f"  earlier key, good for {until}: {announced.old.to_text()}",
        f"  key in use: {announced.new.to_text()}",
        "Back up the keys, hand out the trust file anew, and give the new key to witnesses and into the policy file.",
    ]
    if announced.emergency:
        said.append("EMERGENCY: nobody can follow to the new key by themselves. Tell each of them by another way.")
    return "\n".join(said)


def read_trust(house: House, keys: Sequence[str]) -> Trust:
    """Return the keys and memories of this installation; keys that were given come before its own."""
    signer = CheckpointSigner(house.settings.keys)
    trust = signer.trust(*signer.origins())
    believed = dict(trust.keys)
    given: list[VerifierKey] = [parse_verifier_key(text) for text in keys]
    for origin in {key.name for key in given}:
        held = KeyHistory(tuple(trust.keys.get(origin, ())))
        believed[origin] = held.known_to([key for key in given if key.name == origin])
    return Trust(believed, trust.remembered, policy_of(house))


def policy_of(house: House) -> Policy | None:
    """Return the policy of witnesses, if the settings name one; raises PolicyMalformed."""
    return read_policy(house.settings.policy_file) if house.settings.policy_file else None


def chosen_logs(house: House, origin: str | None) -> list[int]:
    """Return the numbers of all logs, or of the one of an origin."""
    with house.storage.reading() as session:
        query = select(Log.id).order_by(Log.id)
        found = list(session.scalars(query.where(Log.origin == origin) if origin else query))
    if not found:
        raise click.ClickException(f"there is no log {origin or 'yet'}")
    return found


def find_line(session: Session, what: str, origin: str | None) -> Line:
    """Return the line that is named by log and index, or the last about the record of a number."""
    name, mark, number = what.rpartition("#")
    query = select(Line).join(Log, Log.id == Line.log_id)
    if mark and number.isdecimal():
        found = list(session.scalars(query.where(Log.origin == name, Line.index == int(number))))
    else:
        records = [f"record:{one}" for one in session.scalars(select(Record.id).where(Record.number == what))]
        chosen = query.where(Line.subject.in_(records)).order_by(Line.subject_sequence)
        last = {line.log_id: line for line in session.scalars(chosen.where(Log.origin == origin) if origin else chosen)}
        found = list(last.values())
    if len(found) > 1:
        raise NotPublished(f"records of several operators are called {what}: choose one with --log")
    if not found:
        raise NotPublished(f"there is no line or record {what}")
    return found[0]


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
    said = [log_text(log) for log in verdict.logs]
    said += [finding_text(finding) for finding in verdict.findings]
    if verdict.omitted:
        said.append(f"… and {verdict.omitted} more of the same kinds")
    depth = f"lines, tree, checkpoints and {verdict.rows} rows" if verdict.whole else "lines, tree and checkpoints"
    said.append(f"HOLDS: {depth} are as they were written." if verdict.holds else "DOES NOT HOLD: see above.")
    return "\n".join([*said, "", "What this cannot say:", *(f"- {limit}" for limit in LIMITS)])


def log_text(log: LogVerdict) -> str:
    """Return how far a log is covered, in one line."""
    text = f"{log.origin}: {log.size} lines, {log.sealed} of them sealed"
    if log.cosigned is None:
        return text
    return f"{text}, {log.cosigned} cosigned by the quorum{', more to come' if log.cosigning else ''}"


def standing_facts(log: Standing) -> dict[str, Any]:
    """Return for a program where a log stands, times as text."""
    facts = asdict(log)
    if log.checkpoint:
        facts["checkpoint"]["signed_at"] = clock.to_text(log.checkpoint.signed_at)
    if log.token:
        facts["token"]["generated_at"] = clock.to_text(log.token.generated_at)
        facts["token"]["ends"] = clock.to_text(log.token.ends) if log.token.ends else None
    return facts


def standing_lines(log: Standing) -> Iterator[str]:
    """Return for a person where a log stands, the worst last."""
    yield f"{log.origin}: {log.size} lines"
    seal, token = log.checkpoint, log.token
    yield f"  sealed up to {seal.size}, {clock.to_text(seal.signed_at)}" if seal else "  not sealed yet"
    if token:
        yield f"  time stamp over {token.size}, {clock.to_text(token.generated_at)}, {token.authority}"
    if log.anchor_pending:
        yield "  ANCHOR PENDING: no authority has stamped the newest checkpoint yet"
    if log.drift is not None:
        side = "ahead of" if log.drift > 0 else "behind"
        yield f"  CLOCK IN DOUBT: ours was {abs(log.drift)} s {side} the authority's"
    if log.renewal_due and token and token.ends:
        yield f"  RENEWAL DUE: the certificates behind that end on {clock.to_text(token.ends)}; add another authority"
    if log.quorum is not None:
        names = ", ".join(log.cosigners) or "nobody yet"
        yield f"  newest checkpoint cosigned by {names}: {'quorum' if log.quorum else 'QUORUM PENDING'}"
    for conflict in log.conflicts:
        yield f"  WITNESS CONFLICT: {conflict}"


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
