"""The commands that a newcomer types are the commands that are written down and the ones that are tried."""

import subprocess

import pytest

from tests.house import tree


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_readme_names_the_command(command):
    assert command in (tree.ROOT / "README.md").read_text()


def test_ci_types_the_readmes_test_command():
    assert "make test" in (tree.ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("command", ["run", "test", "lint", "bench", "lock", "clean", "help"])
def test_help_explains(command):
    shown = subprocess.run(["make", "help"], cwd=tree.ROOT, capture_output=True, text=True, check=True).stdout

    assert f"make {command} " in shown
