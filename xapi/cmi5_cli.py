"""The commands `cahier xapi cmi5 …`: which LMSs may launch exercises, and the package that makes a course of one."""

from pathlib import Path

import click

from app.identity.queries import operator_by_code
from app.kernel.actors import Permission
from app.kernel.errors import NotFound
from app.web.console import House, command_actor, json_option, pass_house, say
from xapi.queries.cmi5 import list_lms
from xapi.rules.cmi5_course import course_package
from xapi.services import cmi5_lms
from xapi.services.cmi5_lms import NewLms
from xapi.views.cmi5 import courses_here, unit_of


@click.group("cmi5")
def cmi5() -> None:
    """Exercises that courses of an LMS launch."""


@cmi5.group("lms")
def lms() -> None:
    """The LMSs that may launch exercises."""


@lms.command("add")
@click.argument("name")
@click.argument("origins", metavar="ORIGIN...", nargs=-1, required=True)
@click.option("--ca-file", type=click.Path(exists=True, dir_okay=False, resolve_path=True), help="One more authority.")
@click.option("--operator", "code", help="Limit it to the people of the operator with this code.")
@json_option
@pass_house
def add(
    house: House, name: str, origins: tuple[str, ...], ca_file: str | None, code: str | None, as_json: bool
) -> None:
    """Let an LMS launch exercises; the hub follows what a launch says only below these addresses."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("xapi cmi5 lms add", actor) as session:
        operator = operator_by_code(session, code) if code else None
        if code and operator is None:
            raise NotFound
        new = NewLms(name, origins, operator.id if operator else None, ca_file)
        added = cmi5_lms.add_lms(session, new, actor=actor)
        facts = {"name": added.name, "origins": added.origins, "id": added.id}
    say(as_json, facts, f"{name} may launch exercises, from {', '.join(map(str, facts['origins']))}.")


@lms.command("list")
@json_option
@pass_house
def show_list(house: House, as_json: bool) -> None:
    """List the LMSs that may launch exercises."""
    with house.storage.reading() as session:
        found = [
            {"name": item.name, "origins": item.origins, "operator_id": item.operator_id}
            for item in list_lms(session, command_actor())
        ]
    lines = [f"{item['name']}: {', '.join(map(str, item['origins'] or ()))}" for item in found]
    say(as_json, {"lms": found}, "\n".join(lines) or "No LMS yet.")


@lms.command("end")
@click.argument("name")
@click.option("--reason", help="Why; kept in the trail.")
@pass_house
def end(house: House, name: str, reason: str | None) -> None:
    """End an LMS: it launches nothing more."""
    actor = command_actor(Permission.TARGET_ADMINISTER)
    with house.acting("xapi cmi5 lms end", actor) as session:
        cmi5_lms.end_lms(session, name, actor=actor, reason=reason)
    click.echo(f"{name} launches nothing more.")


@cmi5.command("package")
@click.argument("code")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path), help="The file to write.")
@pass_house
def package(house: House, code: str, path: Path) -> None:
    """Write the package by which an LMS makes a course of an exercise."""
    with house.app.app_context(), house.storage.reading() as session:
        path.write_bytes(course_package(unit_of(session, courses_here(), code)))
    click.echo(f"{path} is the course of {code}.")
