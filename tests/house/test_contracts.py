"""Who may import whom: the contracts in setup.cfg are kept, and no room is missing from them."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

from tests.house import tree

NAME = re.compile(r"[\w.]+")


def layers():
    """Return the modules that the contract of the rooms draws."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(tree.ROOT / "setup.cfg")
    return set(NAME.findall(settings["importlinter:contract:rooms"]["layers"]))


def test_the_import_contracts_are_kept():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_drawn_before_it_is_built():
    built = {f"app.{path.parts[1].removesuffix('.py')}" for path in tree.ours(".py", under=("app",))} - {"app.__init__"}

    assert built - layers() == set()
