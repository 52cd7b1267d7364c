"""`cahier audit key rotate`: the next key of a log, planned or in an emergency (KM-5)."""

from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import select

from app.audit.errors import SignerKeyMissing, SignerRefuses
from app.audit.models import Log
from app.audit.notes import NoteError, VerifierKey, parse_verifier_key
from app.audit.rotating import replace_key, rotate_key, vouched_outside
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner
from app.audit.succession import Announcement
from app.kernel.actors import Permission
from app.web.console import House, command_actor, json_option, pass_house, say


@click.group("key")
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
def rotate(
    house: House,
    origin: str,
    reason: str | None,
    emergency: bool,
    old_key: str | None,
    kept: Sequence[Path],
    as_json: bool,
) -> None:
    """Let a new key sign the checkpoints of a log from now on, announced in the log itself.

    Planned, the key in use signs the announcement with the new one. In an emergency the new key signs alone: witnesses
    and everybody who has a trust file must be told, by another way.
    """
    if emergency and not (reason or "").strip():
        raise click.UsageError("an emergency needs a reason: --reason")
    if not emergency and (old_key or kept):
        raise click.UsageError("--old-key and --checkpoint are for an emergency: --emergency")
    signer = CheckpointSigner(house.settings.keys)
    try:
        log_id = _log_id(house, origin)
        if not emergency:
            seal_log(house.storage, signer, log_id)
        lost = parse_verifier_key(old_key) if old_key else None
        announced = _announce(house, signer, log_id, lost if emergency else None, reason, kept if emergency else None)
        seal_log(house.storage, signer, log_id)
    except (NoteError, SignerKeyMissing, SignerRefuses) as error:
        raise click.ClickException(str(error)) from None
    say(as_json, _facts(announced), _told(announced))


def _announce(
    house: House,
    signer: CheckpointSigner,
    log_id: int,
    lost: VerifierKey | None,
    reason: str | None,
    kept: Sequence[Path] | None,
) -> Announcement:
    actor = command_actor(Permission.OPERATOR_ADMINISTER)
    with house.storage.reading() as session:
        origin = session.get_one(Log, log_id).origin
    with signer.succeeding(origin, lost) as succession, house.acting("audit key rotate", actor) as session:
        if kept is None:
            return rotate_key(session, succession, actor=actor, reason=reason)
        log = session.get_one(Log, log_id)
        vouched = vouched_outside(session, log, [path.read_bytes() for path in kept], succession)
        return replace_key(session, succession, vouched, actor=actor, reason=reason or "")


def _log_id(house: House, origin: str) -> int:
    with house.storage.reading() as session:
        found = session.scalar(select(Log.id).where(Log.origin == origin))
    if found is None:
        raise click.ClickException(f"there is no log {origin}")
    return found


def _facts(announced: Announcement) -> dict[str, object]:
    return {
        "log": announced.origin,
        "old": announced.old.to_text(),
        "old_end": announced.old_end,
        "new": announced.new.to_text(),
        "new_from": announced.new_from,
        "emergency": announced.emergency,
    }


def _told(announced: Announcement) -> str:
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
