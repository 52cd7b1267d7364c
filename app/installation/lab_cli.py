"""The command of the tamper lab: a copy of a demonstration with one hidden alteration, and what it was."""

from dataclasses import asdict
from pathlib import Path

import click

from app.installation.cli import settings_of
from app.installation.tampering import make_lab, read_solution
from app.web.console import House, json_option, pass_house, say

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command("tamper-lab")
@click.option("--to", type=FOLDER, help="The folder of the new lab; it must be empty or not be there.")
@click.option("--seed", type=int, help="A number that gives the same lab again, for a class.")
@click.option("--reveal", type=FOLDER, help="Say what was altered in the lab of this folder.")
@json_option
@pass_house
def tamper_lab(house: House, /, to: Path | None, seed: int | None, reveal: Path | None, as_json: bool) -> None:
    """Copy a demonstration and alter one thing in it, for trainees to find with `cahier audit verify`."""
    if (to is None) is (reveal is None):
        raise click.UsageError("Either --to FOLDER makes a lab, or --reveal FOLDER says what was altered in one.")
    if reveal is not None:
        solution = read_solution(reveal)
        say(as_json, asdict(solution), f"{solution.told}\nTable {solution.table}, key {solution.key}.")
    elif to is not None:
        make_lab(settings_of(house), to, seed=seed)
        told = [
            f"One thing is not as it was in {to}. Find it with:",
            f"  CAHIER_VAR={to} cahier audit verify",
            f"Then compare: cahier tamper-lab --reveal {to}",
        ]
        say(as_json, {"lab": str(to)}, "\n".join(told))


commands: tuple[click.Command, ...] = (tamper_lab,)
