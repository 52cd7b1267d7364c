"""A good bundle passes every statement, in the room and as the one file, in every language."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from app.verifier import verify_bytes
from app.verifier.build import OUTPUT
from tests.unit.verifier.writer import pack, write


def run(folder, bundle, trust, *options):
    """Run the one file as a stranger does, in a folder that knows nothing of Cahier."""
    (folder / "record.eln").write_bytes(bundle)
    (folder / "trust.json").write_text(json.dumps(trust))
    command = [sys.executable, "-I", OUTPUT, "record.eln", "--trust", "trust.json", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.requirement(*(f"PF-{number}" for number in range(1, 15)))
def test_a_good_bundle_passes_every_statement(house, good):
    report = verify_bytes(pack(good), house.trust())

    assert {one["id"]: one["answer"] for one in report["statements"]} == {f"PF-{n}": "PASS" for n in range(1, 15)}
    assert report["exit"] == 0


@pytest.mark.parametrize("language", ["fr", "nl", "en", "de"])
def test_the_one_file_runs_alone_in_every_language(house, good, tmp_path, language):
    done = run(tmp_path, pack(good), house.trust(), "--language", language)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("PF-") == 14
    assert "PASS" in done.stdout


def test_the_report_as_json_is_the_report_of_the_room(house, good, tmp_path):
    at = datetime(2026, 12, 24, 12, tzinfo=UTC)
    done = run(tmp_path, pack(good), house.trust(), "--json", "--at", "2026-12-24T12:00:00Z")

    assert json.loads(done.stdout) == verify_bytes(pack(good), house.trust(), at=at)


@pytest.mark.requirement("TSP-9")
@pytest.mark.parametrize(
    ("language", "word"), [("fr", "horodatage"), ("nl", "tijdstempel"), ("en", "time stamp"), ("de", "Zeitstempel")]
)
def test_the_report_says_what_a_time_stamp_does_not_prove(house, good, language, word):
    report = verify_bytes(pack(good), house.trust(), language)
    (said,) = [limit for limit in report["limits"] if word in limit]

    assert [one["answer"] for one in report["statements"] if one["id"] == "PF-5"] == ["PASS"]
    assert said.count(",") == 2


def test_the_limits_of_any_proof_are_printed(house, good, tmp_path):
    done = run(tmp_path, pack(good), house.trust())

    assert "That a typed value was true." in done.stdout
    assert "That nothing happened outside the system." in done.stdout
    assert "who made what was stamped, that it is true, or that no other version was stamped too" in done.stdout


@pytest.mark.requirement("PF-3")
def test_what_is_required_and_fails_gives_exit_code_1(house, good, tmp_path):
    files = {path: data for path, data in good.items() if "lines/operator/4" not in path}
    done = run(tmp_path, pack(files), house.trust())

    assert (done.returncode, done.stderr) == (1, "")


def test_what_fails_and_is_not_required_leaves_exit_code_0(house, good):
    files = {path: data for path, data in good.items() if "tokens/" not in path}
    report = verify_bytes(pack(files), house.trust(required=["PF-1", "PF-3"]))

    answers = {one["id"]: one["answer"] for one in report["statements"]}

    assert report["exit"] == 0
    assert answers["PF-5"] == "INDETERMINATE"


def test_a_record_that_was_void_needs_no_signature(house):
    report = verify_bytes(pack(write(house, is_void=True)), house.trust())

    assert report["exit"] == 0


@pytest.mark.parametrize("name", ["missing.eln", "trust.json"])
def test_files_that_are_none_give_exit_code_2(house, good, tmp_path, name):
    run(tmp_path, pack(good), house.trust())
    command = [sys.executable, "-I", OUTPUT, name, "--trust", "trust.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (2, "")
