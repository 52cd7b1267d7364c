"""The command `cahier person export`: a person's data for one who cannot sign in any more (GD-15)."""

from pathlib import Path

import click

from app.identity.cli import person, person_called
from app.kernel.actors import Permission
from app.privacy.services.handing_out import hand_out_person
from app.privacy.views.taking import make_package
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


commands: tuple[click.Command, ...] = ()
