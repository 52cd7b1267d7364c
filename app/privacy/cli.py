"""Commands of privacy: a person's data for one who cannot sign in any more (GD-15), and what the desk lists."""

from pathlib import Path

import click

from app.identity.cli import person, person_called
from app.kernel import clock
from app.kernel.actors import Permission
from app.privacy.queries.desk import breaches_shown, requests_shown
from app.privacy.queries.register import register_of, request_facts
from app.privacy.services.handing_out import hand_out_person
from app.privacy.services.sweeping import sweep
from app.privacy.views.taking import make_package
from app.storage.files import files_at
from app.trail.cli import read_trust
from app.web.console import House, command_actor, json_option, pass_house, say


@person.command("export")
@click.argument("login")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ZIP to write.")
@json_option
@pass_house
def export_person(house: House, login: str, path: Path, as_json: bool) -> None:
    """Write everything that is known of a person, for them alone; the act becomes a line of the trail."""
    actor = command_actor(Permission.PERSON_READ)
    with house.acting("person export", actor) as session:
        found = hand_out_person(session, person_called(session, login).id, actor=actor)
    with house.app.test_request_context(), house.storage.reading() as session:
        package = make_package(session, found)
    path.write_bytes(package)
    say(as_json, {"person": found.id, "path": str(path), "bytes": len(package)}, f"{path}")


@click.group("privacy")
def privacy() -> None:
    """The privacy desk: what people asked, breaches, and the verification that opens one."""


@privacy.command("requests")
@json_option
@pass_house
def list_requests(house: House, as_json: bool) -> None:
    """List what people asked, by pseudonym, those that wait first, each with its term."""
    with house.storage.reading() as session:
        rows = requests_shown(session, command_actor(Permission.ERASURE_DECIDE))
    lines = [
        f"{row.id}  {row.asked}  due {clock.to_text(row.due_at)}  {row.outcome or 'waiting'}  person:{row.person_id}"
        for row in rows
    ]
    say(as_json, {"requests": [request_facts(row) for row in rows]}, "\n".join(lines) or "Nobody asked anything.")


@privacy.command("breaches")
@json_option
@pass_house
def list_breaches(house: House, as_json: bool) -> None:
    """List the register of breaches, the newest first, also those that nobody was notified of (GDPR 33(5))."""
    with house.storage.reading() as session:
        rows = breaches_shown(session, command_actor(Permission.INCIDENT_OPEN))
        register = register_of(session, rows)
    lines = [
        f"{row.id}  found {clock.to_text(row.detected_at)}  due {clock.to_text(row.due_at)}  "
        f"{'closed' if row.closed_at else 'open'}"
        for row in rows
    ]
    say(as_json, {"breaches": register}, "\n".join(lines) or "There is no breach.")


@privacy.command("sweep")
@json_option
@pass_house
def sweep_now(house: House, as_json: bool) -> None:
    """Verify everything now, as the worker does each day, and open a breach over what none names yet.

    Ends with 1 when one was opened.
    """
    # Before the database is read, so that what the signer remembers cannot be newer than what is read.
    trust = read_trust(house, ())
    opened = sweep(house.storage, trust, files_at(house.settings))
    say(as_json, {"opened": opened}, "\n".join(f"opened: {one}" for one in opened) or "Nothing new was found.")
    if opened:
        raise SystemExit(1)


commands: tuple[click.Command, ...] = (privacy,)
