"""Walks all state-changing routes and commands: each goes through the one door that refuses to end without a line.

Two halves make the whole. The door (`acting`, `perform`, `House.acting`) refuses a transaction that wrote no line,
and storage refuses a second one: tried here. And every route or command that changes something goes through the door:
read here from the code, following the functions of a module from the view on. What does not change state, or has a
door of its own kind, is named with its reason.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Blueprint

import app
import xapi
from app.audit.actions import Action
from app.audit.models import Line
from app.command import cahier
from app.web.access import public
from app.web.acting import acting, perform
from tests.installation import Installation

DOORS = {"acting", "perform", "note"}
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
NOT_AN_ACT = {
    "assessment_api.preview": "shows what would be signed; records nothing",
    "identity.stay": "says that somebody is there; operational, like every request",
    "evidence.verify": "judges what a stranger brings; keeps nothing of it",
    "evidence_api.verify": "judges what a stranger brings; keeps nothing of it",
    "lms.begin": "remembers a question to a platform, operational; tests/lms/test_launch.py counts a launch's lines",
    "static": "serves files",
    "xapi.give_token": "signs a token with the application's secret; keeps nothing",
}
LRS = {"xapi.put_statement", "xapi.post_statements"}
"""Statements from other systems are kept whole in the LRS and are no act of the house (xapi/views.py)."""
READING_COMMANDS = {
    "backup",
    "tamper-lab",
    "list",
    "status",
    "verify",
    "check",
    "keys",
    "run",
    "worker",
    "test",
    "register",
}


def functions_reached(start: Callable[..., Any]) -> set[str]:
    """Return the names of everything that a function calls, following the functions of the house through its
    modules.
    """
    names: set[str] = set()
    seen: set[Any] = set()
    waiting: list[Any] = [inspect.unwrap(start)]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for name, owner in _called(function):
            names.add(name)
            target = inspect.unwrap(owner) if owner is not None else None
            if inspect.isfunction(target) and target.__module__.startswith(("app.", "xapi.")) and name not in DOORS:
                waiting.append(target)
    return names


def _called(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name of each call in a function, and what the name stands for in its module when that is known."""
    module = inspect.getmodule(function)
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, getattr(module, node.func.id, None)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            base = getattr(module, node.func.value.id, None) if isinstance(node.func.value, ast.Name) else None
            yield node.func.attr, getattr(base, node.func.attr, None) if inspect.ismodule(base) else None


@pytest.mark.requirement("P11.10(e)-1", "A11d-12.1")
def test_every_route_that_changes_something_goes_through_the_door(house: Installation) -> None:
    through_none = []

    for rule in house.app.url_map.iter_rules():
        if (rule.methods or set()) & CHANGING and rule.endpoint not in NOT_AN_ACT.keys() | LRS:
            view = house.app.view_functions[rule.endpoint]
            if not DOORS & functions_reached(view):
                through_none.append(rule.endpoint)

    assert not through_none


@pytest.mark.requirement("P11.10(e)-1")
def test_the_door_refuses_a_request_that_writes_no_line(house: Installation) -> None:
    forgetful = Blueprint("forgetful", __name__)

    @forgetful.post("/forgetful")
    @public
    def forget() -> str:
        with acting("/") as session:
            session.execute(Line.__table__.select())
        return "done"

    @forgetful.post("/forgetful-program")
    @public
    def forget_as_a_program() -> str:
        return str(perform(lambda session: "done"))

    house.app.register_blueprint(forgetful)
    house.app.config["PROPAGATE_EXCEPTIONS"] = False

    for path in ("/forgetful", "/forgetful-program"):
        before = house.all_lines()

        assert house.client().act(path).status_code == 500
        assert house.all_lines() == before


@pytest.mark.requirement("A11d-12.1")
def test_every_command_that_changes_something_goes_through_the_door() -> None:
    through_none = [
        name
        for name, command in _commands(cahier)
        if name.rsplit(" ", 1)[-1] not in READING_COMMANDS
        and command.callback is not None
        and not DOORS & functions_reached(command.callback)
        and name not in ACTING_COMMANDS
    ]

    assert not through_none


ACTING_COMMANDS = {
    "init": "founds through the services; tests/flows/test_installation.py counts its lines",
    "demo": "plays people who act through the services",
    "tls init": "makes files, no state of the database",
    "competencies export-moodle": "makes a file, no state of the database",
    "competencies import-moodle": "makes a file, no state of the database",
    "audit proof": "writes a file for others, no state of the database",
    "audit tiles": "writes files for others, no state of the database",
    "audit witness": "serves other people's logs from a folder of its own, without a database",
    "ca init-root": "makes files on a medium that is carried away, no state of the database",
    "trust export": "writes public keys into a file, no state of the database",
    "privacy requests": "lists, no state of the database",
    "privacy breaches": "lists, no state of the database",
    "privacy sweep": "verifies; what it opens is an act of the worker, tests/flows/test_breaches.py counts its lines",
    "lti show": "shows addresses, no state of the database",
    "xapi cmi5 package": "writes a file for an LMS, no state of the database",
    "audit checkpoint": "signs what the log says; a checkpoint proves itself and changes no state",
}


def _commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


@pytest.mark.requirement("A11d-12.3")
def test_every_action_of_the_vocabulary_is_done_by_its_own_room() -> None:
    rooms = {action.value.split(":")[0] for action in Action}
    known = {path.name for base in (app, xapi) for place in base.__path__ for path in _folders(place)} | {"xapi"}

    assert rooms <= known


def _folders(place: str) -> Iterator[Any]:
    return (path for path in Path(place).iterdir() if path.is_dir())
