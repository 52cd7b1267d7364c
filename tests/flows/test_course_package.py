"""The package by which an LMS makes a course of an exercise, and the commands of the one who registers the LMS."""

import io
import json
import zipfile

import pytest
from click.testing import CliRunner

from app.command import cahier
from tests.signers import load_library


@pytest.fixture
def run(house):
    """Type a command in the house and return what came of it."""

    def type_in(*words):
        chosen = house.settings
        environment = {"VAR": str(chosen.var), "DATABASE_URL": chosen.database_url, "ORIGIN": chosen.origin}
        environment = {f"CAHIER_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment)

    return type_in


def test_the_page_of_an_exercise_offers_its_package_to_those_who_make_courses(house):
    load_library(house, "PIP-001")
    page = house.signed_in("assessor").get("/exercises/PIP-001")
    package = house.signed_in("assessor").get("/cmi5/exercises/PIP-001/package")

    assert "/cmi5/exercises/PIP-001/package" in page.text
    assert "/cmi5/exercises/PIP-001/package" not in house.signed_in("trainee").get("/exercises/PIP-001").text
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        assert f"<url>{house.settings.public_url}/cmi5/exercises/PIP-001</url>" in archive.read("cmi5.xml").decode()
    assert house.client().get("/cmi5/exercises/PIP-001/package").status_code == 303


def test_the_command_writes_the_same_package(house, run, tmp_path):
    load_library(house, "PIP-001")
    done = run("xapi", "cmi5", "package", "PIP-001", "--to", tmp_path / "course.zip")
    offered = house.signed_in("assessor").get("/cmi5/exercises/PIP-001/package")

    assert done.exit_code == 0, done.output
    assert (tmp_path / "course.zip").read_bytes() == offered.data


def test_an_lms_is_added_listed_and_ended(house, run):
    added = run("xapi", "cmi5", "lms", "add", "moodle", "https://moodle.example/", "--operator", "ALPHA", "--json")
    listed = json.loads(run("xapi", "cmi5", "lms", "list", "--json").stdout)
    ended = run("xapi", "cmi5", "lms", "end", "moodle", "--reason", "Fini.")

    assert added.exit_code == ended.exit_code == 0, (added.output, ended.output)
    assert [(one["name"], one["origins"]) for one in listed["lms"]] == [("moodle", ["https://moodle.example"])]
    assert [line["action"] for line in house.lines("ALPHA")] == ["xapi:lms:add", "xapi:lms:end"]
    assert run("xapi", "cmi5", "lms", "end", "moodle").exit_code != 0
