"""What is installed is what was locked: every package by version and hash, from whatever registry a machine uses."""

import re
from pathlib import Path

import pytest

from tests.house import tree

REQUIREMENTS = Path("requirements")
LOCKS = ["runtime", "development"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(\[[a-z0-9,-]+\])?==([^\s;\\]+)", re.MULTILINE)


def pins(name):
    """Return the version of each package that a file of requirements/ pins."""
    return {package: version for package, _, version in PIN.findall(tree.text(REQUIREMENTS / name))}


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


def test_what_is_tested_is_what_runs():
    assert pins("runtime.txt").items() <= pins("development.txt").items()
