"""Where things stand: the top level, the rooms, and the furniture of a room. Drawn in docs/rooms.md."""

from pathlib import Path

import pytest

from tests.house import tree

FOLDERS = {
    ".ci", "app", "changelog.d", "config", "docs", "migrations", "plugins", "requirements", "tests", "xapi",
}  # fmt: skip
FILES = {
    ".editorconfig", ".gitattributes", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "NOTICE",
    "README.md", "SECURITY.md", "pyproject.toml", "setup.cfg",
}  # fmt: skip
ASSEMBLY = {"__init__", "command", "factory", "installation", "schema"}
# The foundations name their modules after what they are made of; a room about people and things is furnished alike.
FOUNDATIONS = {"audit", "hooks", "kernel", "storage", "verifier", "web"}
FURNITURE = {"__init__", "api", "cli", "errors", "forms", "models", "queries", "rules", "services", "views"}
MAY_BE_FOLDERS = {"api", "queries", "rules", "services", "views"}
LANGUAGES = {"de.po", "fr.po", "nl.po"}
# Names that say nothing about what is inside, so that everything ends up inside.
EMPTY_NAMES = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def fault_of_place(path: Path) -> str | None:
    """Say what is wrong with where a file of a furnished room stands, or None."""
    room, *inside = path.parts[1:]
    match inside:
        case [name] if Path(name).suffix == ".py" and Path(name).stem in FURNITURE:
            return None
        case [folder, name] if folder in MAY_BE_FOLDERS and Path(name).suffix == ".py":
            return None
        case ["templates", owner, *_] if owner == room:
            return None
        case ["translations", name] if name in LANGUAGES:
            return None
    return f"{path} is no furniture of a room"


def names(path: Path) -> set[str]:
    """Return the words in the names of a Python file and its folders."""
    return {word for part in path.with_suffix("").parts for word in part.lower().split("_")}


def test_the_top_level_holds_only_what_is_drawn():
    folders = {path.parts[0] for path in tree.files() if len(path.parts) > 1}
    loose = {path.name for path in tree.files() if len(path.parts) == 1}

    assert folders - FOLDERS == set()
    assert loose - FILES == set()


def test_loose_modules_in_app_only_put_things_together():
    loose = {path.stem for path in tree.ours(".py", under=("app",)) if len(path.parts) == 2}

    assert loose - ASSEMBLY == set()


def test_rooms_are_furnished_alike():
    in_rooms = [path for path in tree.files() if path.parts[0] == "app" and len(path.parts) > 2]
    furnished = [path for path in in_rooms if path.parts[1] not in FOUNDATIONS | ASSEMBLY]
    faults = [fault for path in furnished if (fault := fault_of_place(path))]

    assert faults == []


@pytest.mark.parametrize("room", sorted({path.parts[1] for path in tree.files() if path.match("app/*/*.py")}))
def test_a_room_says_what_it_owns(room):
    opening = tree.ROOT / "app" / room / "__init__.py"

    assert opening.exists(), f"app/{room} has no __init__.py"
    assert opening.read_text().startswith('"""'), f"app/{room}/__init__.py does not say what the room owns"


def test_no_module_has_an_empty_name():
    faults = [str(path) for path in tree.ours(".py") if names(path) & EMPTY_NAMES]

    assert faults == []


@pytest.mark.parametrize(
    ("path", "stands_well"),
    [
        ("app/notebook/services.py", True),
        ("app/notebook/services/issuing.py", True),
        ("app/notebook/templates/notebook/step.html", True),
        ("app/notebook/translations/fr.po", True),
        ("app/notebook/templates/exercises/step.html", False),
        ("app/notebook/translations/it.po", False),
        ("app/notebook/numbers.py", False),
        ("app/notebook/models/record.py", False),
    ],
)
def test_the_rule_of_furniture_tells_good_from_bad(path, stands_well):
    fault = fault_of_place(Path(path))

    assert (fault is None) == stands_well
