"""Writes docs/rooms.md from what the code says of itself: `make rooms`.

The order comes from the contract in setup.cfg, the words and invariants from the docstring of each room, the tables
from its models. tests/house/test_documents.py fails when the page is out of date.
"""

import ast
import configparser
import re
import textwrap
from pathlib import Path

from tests.house import tree

PAGE = Path("docs/rooms.md")
PARTS = re.compile(r"\b(Words|Invariants): ")
TOP = """# Rooms

<!-- Written by `make rooms` from setup.cfg and the docstrings of the rooms; change those, not this page. -->

A room is a package that owns one subject: its words, its tables, its rules, its screens. A room may import the rooms
below it and never one above; rooms on one line do not know each other. `make check-rooms` checks it at every change
([why](adr/0001-rooms-and-one-way-imports.md), [how to read a failure](../CONTRIBUTING.md#when-lint-imports-fails)).

## From the top down
"""
AROUND = ("config", "plugins", "migrations", "tests")
FURNITURE = """
## The furniture of a room

Each room has what it needs of this, under these names and no others; a file that outgrows 400 lines becomes a folder of
the same name with one module for each act or idea. The foundations (`kernel`, `storage`, `audit`, `web`) and the
`verifier` name their modules after what they are made of.

| where | what |
|---|---|
| `__init__.py` | what the room owns, its words, its invariants |
| `errors.py` | what the room refuses, each with a stable code and a sentence to translate |
| `rules.py` | pure decisions and values: no database, no web |
| `models.py` | the tables |
| `queries.py` | reading, and the one door to each thing that not everybody may see |
| `services.py` | the acts: `verb_noun(session, …, *, actor, reason=None)`; they raise, they never commit |
| `forms.py` | forms of the screens |
| `views.py`, `templates/` | the screens: parse, one service call in one transaction, answer |
| `api.py` | the same for programs |
| `cli.py` | the room's commands under `cahier` |
| `translations/` | French, Dutch and German; the source strings are the English |
"""


def page() -> str:
    """Return the page as it must stand."""
    layers = read_layers()
    built = [name for layer in layers for name in layer if exists(name)]
    sections = "\n".join(section(name) for name in [*built, *AROUND])
    return f"{TOP}\n{picture(layers)}\n{drawn_only(layers)}\n{contracts()}{FURNITURE}\n## Each of them\n\n{sections}"


def read_layers() -> list[list[str]]:
    """Return the layers from the top down, each as the modules that stand side by side."""
    listed = _settings()["importlinter:contract:rooms"]["layers"].split("\n")
    return [re.findall(r"[\w.]+", line) for line in listed if line.strip()]


def picture(layers: list[list[str]]) -> str:
    """Return the order of the rooms as text."""
    rows = [" | ".join(name for name in layer if exists(name)) for layer in layers]
    return "\n".join(["```text", *(row for row in rows if row), "```", ""])


def drawn_only(layers: list[list[str]]) -> str:
    """Name the rooms that are drawn and not built."""
    names = [f"`{name}`" for layer in layers for name in layer if not exists(name)]
    return f"Drawn, not built yet: {', '.join(names)}.\n" if names else ""


def contracts() -> str:
    """Return what the contracts of setup.cfg say, each by its name."""
    settings = _settings()
    names = [settings[part]["name"] for part in settings.sections() if part.startswith("importlinter:contract:")]
    return "\n".join(["## What is checked", "", *(f"- {name}." for name in names), ""])


def section(name: str) -> str:
    """Return what a room says of itself."""
    owns, *parts = PARTS.split(" ".join(said_by(name).split()))
    lines = [f"### {name}", "", _filled(owns)]
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        lines += ["", _filled(f"*{title}:* {text}")]
    tables = tables_of(name)
    if tables:
        lines += ["", _filled(f"*Tables:* {', '.join(f'`{table}`' for table in tables)}.")]
    return "\n".join([*lines, ""])


def said_by(name: str) -> str:
    """Return the docstring of a package or module."""
    return ast.get_docstring(ast.parse(tree.text(_opening(name)))) or ""


def tables_of(name: str) -> list[str]:
    """Return the names of a room's tables."""
    path = Path(*name.split("."), "models.py")
    text = tree.text(path) if path in tree.files() else ""
    return sorted(re.findall(r'__tablename__ = "(\w+)"', text))


def exists(name: str) -> bool:
    """Say whether a module of this name is built."""
    return _opening(name) in tree.files()


def _opening(name: str) -> Path:
    path = Path(*name.split("."))
    package = path / "__init__.py"
    return package if package in tree.files() else path.with_suffix(".py")


def _filled(text: str) -> str:
    return textwrap.fill(text.strip(), 120, break_long_words=False, break_on_hyphens=False)


def _settings() -> configparser.ConfigParser:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(tree.ROOT / "setup.cfg")
    return settings


if __name__ == "__main__":
    (tree.ROOT / PAGE).write_text(page(), encoding="utf-8")
