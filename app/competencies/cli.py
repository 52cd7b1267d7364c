"""The commands `cahier competencies …`: load the framework from its file, list what is in force."""

import sys
from pathlib import Path

import click

from app.competencies import queries
from app.competencies.errors import FaultyFramework
from app.competencies.rules import parse_framework
from app.competencies.services import load_framework
from app.kernel.actors import Permission
from app.web.console import House, command_actor, json_option, pass_house, say


@click.group()
def competencies() -> None:
    """Load and list the competency framework."""


@competencies.command()
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@pass_house
def load(house: House, path: Path, as_json: bool) -> None:
    """Load a version of the competency framework from its YAML file.

    Every fault is listed as file:line: reason, and the exit code is 1.
    """
    try:
        version, is_new = load_file(house, path)
    except FaultyFramework as error:
        if as_json:
            say(True, {"version": None, "faults": list(error.faults)}, "")
        else:
            click.echo("\n".join([*error.faults, "cahier: nothing was loaded"]), err=True)
        sys.exit(1)
    outcome = "loaded" if is_new else "unchanged"
    say(as_json, {"version": version, "outcome": outcome, "faults": []}, f"framework version {version}: {outcome}")


@competencies.command("list")
@json_option
@pass_house
def list_loaded(house: House, as_json: bool) -> None:
    """List the competencies of the framework in force."""
    with house.storage.reading() as session:
        listed = queries.list_competencies(session)
    facts = [
        {
            "code": one.code,
            "title": one.title.as_mapping(),
            "validity_months": one.validity_months,
            "consecutive_passes": one.rule.consecutive_passes,
            "exercises": list(one.exercises),
        }
        for one in listed
    ]
    rows = [f"{one.code:<12} {one.validity_months:>3} months  {one.title.in_language('en')}" for one in listed]
    say(as_json, {"competencies": facts}, "\n".join(rows) or "No framework is loaded: cahier competencies load FILE")


def load_file(house: House, path: Path) -> tuple[int, bool]:
    """Load the framework of a file as one act; return its version, and False when it was loaded already."""
    framework = parse_framework(path.read_text(encoding="utf-8"), str(path))
    actor = command_actor(Permission.EXERCISE_LOAD)
    with house.acting("competencies load", actor) as session:
        return framework.version, load_framework(session, framework, actor=actor)


commands: tuple[click.Command, ...] = (competencies,)
