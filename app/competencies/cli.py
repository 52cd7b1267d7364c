"""The commands `cahier competencies …`: load the framework from its file, list what is in force."""

import sys
from pathlib import Path

import click
import yaml

from app.competencies import queries
from app.competencies.errors import FaultyFramework
from app.competencies.rules import Framework, parse_framework
from app.competencies.rules.moodle_csv import read_moodle_csv, write_moodle_csv
from app.competencies.services import load_framework
from app.kernel.actors import Permission
from app.kernel.text import LANGUAGES
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


@competencies.command("export-moodle")
@click.argument("path", metavar="FILE", type=click.Path(exists=False, dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True, help="A Moodle has one.")
@json_option
@pass_house
def export_moodle(house: House, path: Path, language: str, as_json: bool) -> None:
    """Write the framework in force as a CSV file that a Moodle imports."""
    framework = _framework_in_force(house)
    path.write_text(write_moodle_csv(framework, language), encoding="utf-8")
    number = len(framework.competencies)
    say(as_json, {"file": str(path), "competencies": number}, f"{number} competencies in {path}")


@competencies.command("import-moodle")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", "to", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The YAML to write.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True, help="That of the file.")
@json_option
@pass_house
def import_moodle(house: House, path: Path, to: Path, language: str, as_json: bool) -> None:
    """Write the next version of the framework as YAML, with what a Moodle's CSV export says; nothing is loaded.

    Look through it, complete what is new (validity, exercises, languages), and load it with `cahier competencies load`.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = read_moodle_csv(text, str(path), language, _framework_in_force(house))
    except FaultyFramework as error:
        click.echo("\n".join([*error.faults, "cahier: nothing was written"]), err=True)
        sys.exit(1)
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} is not UTF-8: choose that encoding where the Moodle exports it") from None
    to.write_text(yaml.safe_dump(found.content, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")
    told = f"version {found.content['version']} in {to}, {len(found.new)} new: give these exercises, then load it"
    say(as_json, {"file": str(to), "version": found.content["version"], "new": list(found.new)}, told)


def _framework_in_force(house: House) -> Framework:
    with house.storage.reading() as session:
        framework = queries.framework_in_force(session)
    if framework is None:
        raise click.ClickException("no framework is loaded: cahier competencies load FILE")
    return framework


def load_file(house: House, path: Path) -> tuple[int, bool]:
    """Load the framework of a file as one act; return its version, and False when it was loaded already."""
    framework = parse_framework(path.read_text(encoding="utf-8"), str(path))
    actor = command_actor(Permission.EXERCISE_LOAD)
    with house.acting("competencies load", actor) as session:
        return framework.version, load_framework(session, framework, actor=actor)


commands: tuple[click.Command, ...] = (competencies,)
