"""What is installed is what was locked: every package by version and hash, from whatever registry a machine uses."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house import tree

REQUIREMENTS = Path("requirements")
LOCKS = ["runtime", "development", "tools", "ralph"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[a-z0-9,-]+\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name):
    """Return the version of each package that a file of requirements/ pins."""
    return {package: version for package, _, version in PIN.findall(tree.text(REQUIREMENTS / name))}


def imported(module):
    """Give the top-level names of other people's packages that a module imports, and the line."""
    ours = sys.stdlib_module_names | {*tree.CODE}
    found = ((name.split(".")[0], line) for _, name, line in tree.imports(module.tree))
    return [(name, line) for name, line in found if name not in ours]


def _plain(package):
    return package.lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock):
    text = tree.text(REQUIREMENTS / f"{lock}.txt")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    faults = [block.splitlines()[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]

    assert pins(f"{lock}.txt") != {}
    assert faults == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_place_to_fetch_from(lock):
    text = tree.text(REQUIREMENTS / f"{lock}.txt")

    assert re.findall(r"^\s*--(?!hash=)\S+|\S+://\S+|^\S+ @ \S+", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_is_what_was_asked_for(lock):
    asked = pins(f"{lock}.in")

    assert asked.items() <= pins(f"{lock}.txt").items()


def test_what_is_imported_was_asked_for():
    distributions = packages_distributions()
    asked = {_plain(package) for package in pins("runtime.in")}
    faults = [
        f"{module.at(line)} {name}"
        for module in tree.modules(*tree.PRODUCT, "migrations")
        for name, line in imported(module)
        if asked.isdisjoint(_plain(package) for package in distributions.get(name, ["nothing"]))
    ]

    assert faults == []


def test_what_is_tested_is_what_runs():
    assert pins("runtime.txt").items() <= pins("development.txt").items()
