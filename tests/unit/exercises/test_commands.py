"""`cahier exercises`: all files are loaded or none, every fault has its place, programs read JSON."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.command import cahier
from app.exercises import queries
from app.identity.services.operators import found_hub
from app.kernel.actors import system_actor

LIBRARY = Path(str(files("config") / "exercises"))


@pytest.fixture
def run(storage, database_url, tmp_path):
    """Type a command in a founded hub and return what came of it."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=system_actor("command"))

    def type_in(*words):
        environment = {"CAHIER_VAR": str(tmp_path), "CAHIER_DATABASE_URL": database_url}
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment, catch_exceptions=False)

    return type_in


@pytest.fixture
def loaded(storage):
    """Return the codes of what is loaded."""

    def look():
        with storage.reading() as session:
            return [one.exercise.code for one in queries.list_exercises(session)]

    return look


def variant(folder, name, *changes, source="PIP-001.yaml"):
    """Write an exercise file that differs from the library's."""
    text = (LIBRARY / source).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_whole_library_is_loaded_with_a_line_of_progress_for_each(run, loaded):
    done = run("exercises", "load", *sorted(LIBRARY.glob("*.yaml")))

    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "[1/5] BUF-001 version 1: loaded"
    assert len(done.output.splitlines()) == 5
    assert loaded() == ["BUF-001", "CEL-001", "GOW-001", "MED-001", "PIP-001"]


def test_loading_again_says_unchanged(run):
    run("exercises", "load", LIBRARY)
    done = run("exercises", "load", LIBRARY / "PIP-001.yaml")

    assert done.output == "[1/1] PIP-001 version 1: unchanged\n"


def test_one_faulty_file_keeps_all_out_and_every_fault_has_its_place(run, loaded, tmp_path):
    good, bad = LIBRARY / "PIP-001.yaml", variant(tmp_path, "bad.yaml", ("version: 1", "version: one"))
    worse = tmp_path / "worse.yaml"
    worse.write_text("code: [", encoding="utf-8")
    done = run("exercises", "load", good, bad, worse, tmp_path / "absent.yaml")

    assert done.exit_code == 1
    assert loaded() == []
    assert f"{bad}:4: " in done.stderr
    assert f"{worse}:1: " in done.stderr
    assert f"{tmp_path / 'absent.yaml'}:1: cannot be read" in done.stderr


def test_a_version_with_other_content_is_a_fault_of_its_file_and_keeps_the_others_out(run, loaded, tmp_path):
    run("exercises", "load", LIBRARY / "PIP-001.yaml")
    other = variant(tmp_path, "other.yaml", ("hands_on_minutes: 150", "hands_on_minutes: 151"))
    done = run("exercises", "load", LIBRARY / "GOW-001.yaml", other)

    assert done.exit_code == 1
    assert f"{other}:4: PIP-001 version 1 is loaded with other content" in done.stderr
    assert "raise the version" in done.stderr
    assert loaded() == ["PIP-001"]


def test_an_older_version_is_a_fault_of_its_file(run, tmp_path):
    run("exercises", "load", variant(tmp_path, "three.yaml", ("version: 1", "version: 3")))
    done = run("exercises", "load", LIBRARY / "PIP-001.yaml")

    assert done.exit_code == 1
    assert "PIP-001.yaml:4: PIP-001 version 1 is older than version 3" in done.stderr


def test_two_versions_in_one_command_are_loaded_oldest_first(run, tmp_path):
    second = variant(tmp_path, "a-second.yaml", ("version: 1", "version: 2"))
    done = run("exercises", "load", second, LIBRARY / "PIP-001.yaml")

    assert done.output.splitlines() == [
        "[1/2] PIP-001 version 1: loaded",
        "[2/2] PIP-001 version 2: loaded as a new version",
    ]


def test_two_files_that_both_claim_a_version_are_refused(run, loaded, tmp_path):
    twin = variant(tmp_path, "twin.yaml", ("hands_on_minutes: 150", "hands_on_minutes: 151"))
    done = run("exercises", "load", LIBRARY / "PIP-001.yaml", twin)

    assert done.exit_code == 1
    assert loaded() == []


def test_a_program_reads_what_was_loaded_and_what_was_not(run, tmp_path):
    good = json.loads(run("exercises", "load", LIBRARY / "PIP-001.yaml", "--json").output)
    failed = run("exercises", "load", tmp_path / "absent.yaml", "--json")

    assert [(one["code"], one["version"], one["outcome"]) for one in good["loaded"]] == [("PIP-001", 1, "added")]
    assert failed.exit_code == 1
    assert json.loads(failed.output)["loaded"] == []
    assert len(json.loads(failed.output)["faults"]) == 1


def test_the_list_names_code_version_and_title(run):
    run("exercises", "load", LIBRARY / "PIP-001.yaml")

    assert "PIP-001      1" in run("exercises", "list").output
    assert json.loads(run("exercises", "list", "--json").output)["exercises"][0]["competency"] == "PIP-VER"


def test_an_empty_list_says_what_to_do(run):
    assert "exercises load" in run("exercises", "list").output


def test_the_framework_is_loaded_once_and_listed(run):
    framework = LIBRARY.parent / "competencies" / "framework.yaml"
    first, second = run("competencies", "load", framework), run("competencies", "load", framework)

    assert (first.output, second.output) == ("framework version 1: loaded\n", "framework version 1: unchanged\n")
    assert "GOW-B" in run("competencies", "list").output


def test_a_faulty_framework_is_refused_with_the_place(run, tmp_path):
    path = tmp_path / "framework.yaml"
    path.write_text("format: 1\nversion: none\ncompetencies: []\n", encoding="utf-8")
    done = run("competencies", "load", path)

    assert done.exit_code == 1
    assert f"{path}:2: " in done.stderr
