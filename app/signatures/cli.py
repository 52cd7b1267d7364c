"""The commands `cahier ca …` and `cahier incident …`, and those that end keys and stand among the commands of people:
`cahier person reset`, `disable` and `compromise`.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select

from app.identity.cli import ACTIVATION_PATH, person, person_called
from app.identity.queries import names_of
from app.identity.rules.doors import ACTIVATION_VALID
from app.kernel import clock
from app.kernel.actors import Permission
from app.signatures.models import Incident
from app.signatures.queries import published_lists
from app.signatures.services.accounts import disable_person, reset_credentials
from app.signatures.services.ca import (
    find_authority,
    fingerprint_of,
    init_issuing,
    init_root,
    joined_passphrase,
    open_authority,
    open_root,
)
from app.signatures.services.certifying import note_authority
from app.signatures.services.incidents import close_incident, report_compromise, review_incident
from app.web.console import House, command_actor, json_option, pass_house, say


@person.command("reset")
@click.argument("login")
@click.option("--reason", required=True, help="Why, and how you know who asks; it stands in the trail.")
@json_option
@pass_house
def reset(house: House, login: str, reason: str, as_json: bool) -> None:
    """End a person's password and key, and print the code with which they choose a new password.

    Earlier signatures stay valid. A new key takes somebody else who confirms who they are.
    """
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("person reset", actor) as session:
        found = person_called(session, login)
        authority = find_authority(house.settings.keys)
        code = reset_credentials(session, found.id, actor=actor, reason=reason, authority=authority)
    address = house.settings.public_url + ACTIVATION_PATH
    until = clock.to_text(clock.now() + ACTIVATION_VALID)
    facts = {"id": found.id, "login": found.login, "activation_code": code, "address": address, "valid_until": until}
    say(
        as_json,
        facts,
        f"Password and key of {found.login} have ended.\n"
        f"Activation code, shown this once and valid until {until}: {code}\n"
        f"The person chooses a password with it at {address}",
    )


@person.command("disable")
@click.argument("login")
@click.option("--reason", required=True, help="Why, in a few words; it stands in the trail.")
@json_option
@pass_house
def disable(house: House, login: str, reason: str, as_json: bool) -> None:
    """Disable a person for good: roles, sessions, password and key end, the login stays taken."""
    actor = command_actor(Permission.PERSON_ADMINISTER)
    with house.acting("person disable", actor) as session:
        found = person_called(session, login)
        disable_person(session, found.id, actor=actor, reason=reason, authority=find_authority(house.settings.keys))
    say(as_json, {"id": found.id, "login": found.login, "state": found.state.value}, f"{found.login} is disabled.")


@person.command("compromise")
@click.argument("login")
@click.option(
    "--since", required=True, help="The earliest moment in question, like 2026-11-23T14:30, in the hub's zone."
)
@click.option("--reason", required=True, help="What makes you think so; it stands in the trail.")
@json_option
@pass_house
def compromise(house: House, login: str, since: str, reason: str, as_json: bool) -> None:
    """Lock a person out whose key somebody else may have, revoke, and list what was signed since."""
    actor = command_actor(Permission.INCIDENT_OPEN)
    moment = _moment(since, house.settings.zone)
    with house.acting("person compromise", actor) as session:
        found = person_called(session, login)
        authority = find_authority(house.settings.keys)
        incident = report_compromise(session, found.id, moment, actor=actor, reason=reason, authority=authority)
        names = names_of(session, set(incident.to_tell))
    facts = {
        "incident": incident.id,
        "since": clock.to_text(incident.suspected_since),
        "signatures": incident.signatures,
        "to_tell": [{"id": one, "name": names.get(one, one)} for one in incident.to_tell],
        "list_published": authority is not None,
    }
    lines = [
        f"{found.login} is locked out, the certificate is revoked, incident {incident.id} is open.",
        f"Signed since {clock.to_text(moment)}, and contested: {len(incident.signatures)}",
        *(f"  {identifier}" for identifier in incident.signatures),
        f"Tell them: {', '.join(sorted(names.values()))}",
    ]
    say(as_json, facts, "\n".join(lines))


@click.group("ca")
def ca_group() -> None:
    """The hub's certificate authority: a root that is carried away, and an issuing authority."""


@ca_group.command("init-root")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Where it goes.")
@click.option("--passphrase-file", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_house
def make_root(house: House, folder: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """Make a root on a medium that is carried away; two custodians each type a part of its passphrase.

    `--passphrase-file` names the file with a part instead, once for each custodian.
    """
    made = init_root(folder, house.settings.origin, _passphrase(files, new=True))
    facts = {"folder": str(folder), "fingerprint": fingerprint_of(made), "until": made.not_valid_after_utc.isoformat()}
    say(
        as_json,
        facts,
        f"The root is made in {folder}. Fingerprint, to be written down and kept elsewhere:\n{facts['fingerprint']}\n"
        f"Then: cahier ca issue-issuing --root {folder}",
    )


@ca_group.command("issue-issuing")
@click.option("--root", "folder", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--passphrase-file", "files", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_house
def issue_issuing(house: House, folder: Path, files: tuple[Path, ...], as_json: bool) -> None:
    """Make an issuing authority and a seal under a root; what the one before issued stays good."""
    keys, actor = house.settings.keys, command_actor()
    is_own = folder.resolve() == (keys / "ca" / "root").resolve()
    root = open_root(folder, None if is_own else _passphrase(files, new=False))
    init_issuing(keys, root)
    with house.acting("ca issue-issuing", actor) as session:
        made = note_authority(session, keys, open_authority(keys), actor=actor)
    facts = {"certificates": [{"kind": one.kind.value, "fingerprint": one.fingerprint} for one in made]}
    told = [f"  {one.kind.value}  {one.fingerprint}  until {one.not_after.date().isoformat()}" for one in made]
    say(as_json, facts, "\n".join(["Written into the trail:", *told, "Carry the root away; back up the keys."]))


@ca_group.command("list")
@json_option
@pass_house
def list_lists(house: House, as_json: bool) -> None:
    """Show the newest revocation lists, and by what time a time stamp proves that each existed (KM-6)."""
    with house.storage.reading() as session:
        lists = published_lists(session)
    facts: list[dict[str, Any]] = [
        {
            "issuer": one.issuer,
            "number": one.number,
            "issued_at": clock.to_text(one.issued_at),
            "next_at": clock.to_text(one.next_at),
            "stamped_at": clock.to_text(one.stamped_at) if one.stamped_at else None,
            "authority": one.authority,
        }
        for one in lists
    ]
    told = [
        f"{one['issuer'][:16]}… list {one['number']} of {one['issued_at']}: "
        + (f"time stamp {one['stamped_at']}, {one['authority']}" if one["stamped_at"] else "no time stamp yet")
        for one in facts
    ]
    say(as_json, {"lists": facts}, "\n".join(told) or "No list was published yet.")


@click.group("incident")
def incident_group() -> None:
    """Keys that somebody else may have had: one person reviews, another closes."""


@incident_group.command("list")
@json_option
@pass_house
def list_incidents(house: House, as_json: bool) -> None:
    """Show every incident, the newest first, and where it stands."""
    with house.storage.reading() as session:
        facts = [_incident_facts(one) for one in session.scalars(select(Incident).order_by(Incident.opened_at.desc()))]
    told = [f"{one['id']}  {one['state']}, opened {one['opened_at']}, person:{one['person']}" for one in facts]
    say(as_json, {"incidents": facts}, "\n".join(told) or "There was no incident yet.")


@incident_group.command("review")
@click.argument("incident")
@click.option("--looked-at", multiple=True, help="A signature of the incident's list that you looked at; one each.")
@click.option("--reason", required=True, help="What you found out; it stands in the trail.")
@json_option
@pass_house
def review(house: House, incident: str, looked_at: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Say what was found out about an incident, having looked at every signature that was made since."""
    actor = command_actor(Permission.INCIDENT_OPEN)
    with house.acting("incident review", actor) as session:
        facts = _incident_facts(review_incident(session, incident, looked_at, actor=actor, reason=reason))
    say(as_json, facts, f"Incident {incident} is reviewed. Somebody else closes it.")


@incident_group.command("close")
@click.argument("incident")
@click.option("--reason", required=True, help="Why it is closed; it stands in the trail.")
@json_option
@pass_house
def close(house: House, incident: str, reason: str, as_json: bool) -> None:
    """Close an incident that somebody else reviewed; whoever typed the review here does not close it here."""
    actor = command_actor(Permission.INCIDENT_OPEN)
    with house.acting("incident close", actor) as session:
        facts = _incident_facts(close_incident(session, incident, actor=actor, reason=reason))
    say(as_json, facts, f"Incident {incident} is closed. What was signed since stays contested.")


def _incident_facts(incident: Incident) -> dict[str, Any]:
    state = "closed" if incident.closed_at else "reviewed" if incident.reviewed_at else "open"
    return {
        "id": incident.id,
        "person": incident.person_id,
        "state": state,
        "since": clock.to_text(incident.suspected_since),
        "opened_at": clock.to_text(incident.opened_at),
        "signatures": incident.signatures,
        "reviewed_by": incident.reviewed_by,
        "closed_by": incident.closed_by,
    }


def _passphrase(files: tuple[Path, ...], *, new: bool) -> bytes:
    """Return the passphrase from the parts of two custodians, typed one after the other or read from files."""
    if files:
        parts = [path.read_text(encoding="utf-8").strip() for path in files]
    else:
        parts = [
            click.prompt(f"Part of custodian {number}", hide_input=True, confirmation_prompt=new, err=True)
            for number in (1, 2)
        ]
    if len(parts) != 2:
        raise click.UsageError("a root has two custodians: give --passphrase-file twice")
    return joined_passphrase(parts)


def _moment(typed: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise click.UsageError(f"{typed!r} is no time like 2026-11-23T14:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


commands: tuple[click.Command, ...] = (ca_group, incident_group)
"""`reset`, `disable` and `compromise` stand among the commands of people."""
