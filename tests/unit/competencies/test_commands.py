"""`cahier competencies`: a Moodle's file goes out, comes back to be looked through, and loads as any version."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.command import cahier
from app.identity.services.operators import found_hub
from app.kernel.actors import system_actor
from config.settings import CONFIG

FRAMEWORK = CONFIG / "competencies" / "framework.yaml"


@pytest.fixture
def run(storage, database_url, tmp_path):
    """Type a command in a founded hub and return what came of it."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=system_actor("command"))

    def type_in(*words):
        environment = {"CAHIER_VAR": str(tmp_path), "CAHIER_DATABASE_URL": database_url}
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment)

    return type_in


def rename(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_framework_goes_to_a_moodle_and_comes_back_renamed(run, tmp_path):
    out, back = tmp_path / "out.csv", tmp_path / "framework.yaml"
    run("competencies", "load", FRAMEWORK)
    written = run("competencies", "export-moodle", out, "--language", "nl")
    rename(out, "Celtelling en viabiliteit", "Cellen tellen")
    read = json.loads(run("competencies", "import-moodle", out, "--to", back, "--language", "nl", "--json").output)
    loaded = run("competencies", "load", back)
    listed = json.loads(run("competencies", "list", "--json").output)["competencies"]

    assert written.output == f"{len(listed)} competencies in {out}\n"
    assert read == {"file": str(back), "version": 2, "new": []}
    assert loaded.output == "framework version 2: loaded\n"
    assert {one["title"]["nl"] for one in listed} >= {"Cellen tellen"}
    assert all("fr" in one["title"] for one in listed)


def test_a_faulty_file_writes_nothing_and_says_where(run, tmp_path):
    back, latin, other = tmp_path / "framework.yaml", tmp_path / "latin.csv", tmp_path / "other.csv"
    latin.write_bytes("é".encode("latin-1"))
    other.write_text("name,age\nAda,36\n", "utf-8")
    none_yet = run("competencies", "export-moodle", tmp_path / "out.csv")
    run("competencies", "load", FRAMEWORK)
    found = [run("competencies", "import-moodle", path, "--to", back) for path in (latin, other)]

    assert (none_yet.exit_code, "cahier competencies load FILE" in none_yet.output) == (1, True)
    assert [one.exit_code for one in found] == [1, 1]
    assert "is not UTF-8" in found[0].output
    assert "other.csv:1: this is no framework that a Moodle exported" in found[1].output
    assert not back.exists()
