"""The commands `cahier exercises …`: load master exercises from files, list what is loaded."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from app.exercises import queries
from app.exercises.errors import FaultyExercise
from app.exercises.rules.content import canonical_content
from app.exercises.rules.master import Exercise
from app.exercises.rules.parsing import parse_exercise
from app.exercises.rules.versions import LoadOutcome, outcome_of
from app.exercises.services import LoadResult, load_exercise
from app.kernel import clock
from app.kernel.actors import Permission
from app.kernel.errors import Conflict
from app.web.console import House, command_actor, json_option, pass_house, say

_SAID = {
    LoadOutcome.ADDED: "loaded",
    LoadOutcome.REVISED: "loaded as a new version",
    LoadOutcome.UNCHANGED: "unchanged",
}


@click.group()
def exercises() -> None:
    """Load and list the master exercises."""


@exercises.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@pass_house
def load(house: House, paths: tuple[Path, ...], as_json: bool) -> None:
    """Load master exercises from YAML files, or folders of them: all, or none where one is faulty.

    Every fault is listed as file:line: reason, and the exit code is 1.
    """
    try:
        read = read_files(
            house, [file for path in paths for file in (library_files(path) if path.is_dir() else [path])]
        )
    except FaultyExercise as error:
        _tell_faults(error.faults, as_json)
        sys.exit(1)
    results = [_load_told(house, exercise, number, len(read), as_json) for number, exercise in enumerate(read, 1)]
    if as_json:
        say(True, {"loaded": [_facts(result) for result in results], "faults": []}, "")


@exercises.command("list")
@json_option
@pass_house
def list_loaded(house: House, as_json: bool) -> None:
    """List the newest version of every exercise."""
    with house.storage.reading() as session:
        listed = queries.list_exercises(session)
    facts = [
        {
            "code": one.exercise.code,
            "version": one.exercise.version,
            "title": one.exercise.title.as_mapping(),
            "competency": one.exercise.competency,
            "digest": one.digest,
            "loaded_at": clock.to_text(one.loaded_at),
        }
        for one in listed
    ]
    rows = [
        f"{one.exercise.code:<10} {one.exercise.version:>3}  {one.digest[:12]}  {one.exercise.title.in_language('en')}"
        for one in listed
    ]
    say(as_json, {"exercises": facts}, "\n".join(rows) or "No exercise is loaded: cahier exercises load FILE...")


def library_files(folder: Path) -> list[Path]:
    """Return the exercise files of a folder, such as the library that comes with the program, by name."""
    return sorted(folder.glob("*.yaml"))


def read_files(house: House, paths: Sequence[Path]) -> list[Exercise]:
    """Return the exercises of some files, ready to be loaded in order; raise FaultyExercise with all faults of all.

    What the database would refuse, such as a version that is loaded with other content, is a fault of the file too, so
    that nothing is half-loaded.
    """
    faults: list[str] = []
    read: list[tuple[Path, Exercise]] = []
    for path in paths:
        try:
            read.append((path, parse_exercise(path.read_text(encoding="utf-8"), str(path))))
        except FaultyExercise as error:
            faults += error.faults
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}:1: cannot be read as text: {getattr(error, 'strerror', None) or 'not UTF-8'}")
    read.sort(key=lambda pair: (pair[1].code, pair[1].version))
    with house.storage.reading() as session:
        faults += _refusals(session, read)
    if faults:
        raise FaultyExercise(tuple(faults))
    return [exercise for _, exercise in read]


def _refusals(session: Session, read: Sequence[tuple[Path, Exercise]]) -> Iterator[str]:
    """Say which files the database would refuse, one after the other as they would be loaded."""
    there: dict[str, dict[int, str]] = defaultdict(dict)
    for code in {exercise.code for _, exercise in read}:
        there[code].update(queries.versions_of(session, code))
    for path, exercise in read:
        digest = queries.digest_of_content(canonical_content(exercise))
        try:
            outcome_of(there[exercise.code], exercise.code, exercise.version, digest)
        except Conflict as error:
            yield f"{path}:{_line_of_version(path)}: {error}"
        else:
            there[exercise.code][exercise.version] = digest


def _line_of_version(path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith("version:")), 1)


def _load_told(house: House, exercise: Exercise, number: int, total: int, as_json: bool) -> LoadResult:
    actor = command_actor(Permission.EXERCISE_LOAD)
    with house.acting("exercises load", actor) as session:
        result = load_exercise(session, exercise, actor=actor)
    if not as_json:
        click.echo(f"[{number}/{total}] {result.code} version {result.version}: {_SAID[result.outcome]}")
    return result


def _facts(result: LoadResult) -> dict[str, str | int]:
    return {
        "code": result.code,
        "version": result.version,
        "digest": result.digest,
        "outcome": result.outcome.value,
    }


def _tell_faults(faults: Sequence[str], as_json: bool) -> None:
    if as_json:
        say(True, {"loaded": [], "faults": list(faults)}, "")
        return
    for fault in faults:
        click.echo(fault, err=True)
    click.echo(f"cahier: nothing was loaded: {len(faults)} fault(s)", err=True)


commands: tuple[click.Command, ...] = (exercises,)
