"""`cahier xapi` and `cahier delivery`: what a person reads, what a program reads, no password shown twice."""

import json

import pytest
from click.testing import CliRunner

from app.audit.actions import Action
from app.command import cahier
from app.delivery import queries
from config.secrets import DELIVERY, make_secret
from tests.installation import vault_in
from tests.unit.xapi.trail import STATEMENTS_OF_A_RECORD, write_record
from xapi.services.credentials import open_with


@pytest.fixture
def run(lrs, database_url, tmp_path):
    """Type a command in a founded hub and return what came of it."""
    make_secret(tmp_path / "keys", DELIVERY)
    vault_in(tmp_path)
    (tmp_path / "password").write_text("geheim\n")

    def type_in(*words, typed=None):
        environment = {"CAHIER_VAR": str(tmp_path), "CAHIER_DATABASE_URL": database_url}
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment, input=typed)

    return type_in


def answered(done):
    """Return what a program reads."""
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_credential_is_printed_once_and_opens_the_lrs(run, lrs):
    made = answered(run("xapi", "credential", "add", "moodle", "--scope", "all", "--json"))
    listed = run("xapi", "credential", "list", "--json")

    assert set(made) >= {"username", "password"}
    assert made["password"] not in listed.output
    with lrs.storage.reading() as session:
        assert open_with(session, made["username"], made["password"]).name == "moodle"


def test_a_person_reads_the_username_and_the_password(run):
    done = run("xapi", "credential", "add", "moodle", "--scope", "statements/read")

    assert [line.split()[0] for line in done.output.splitlines()[:2]] == ["username", "password"]


def test_a_credential_for_an_operator_is_the_operators(run, lrs):
    answered(run("xapi", "credential", "add", "alpha", "--scope", "all", "--operator", "ALPHA", "--json"))
    (listed,) = answered(run("xapi", "credential", "list", "--json"))["credentials"]

    assert listed["operator_id"] == lrs.alpha
    assert run("xapi", "credential", "add", "x", "--scope", "all", "--operator", "NOBODY").exit_code == 1


def test_a_revoked_credential_is_gone_from_the_list(run):
    run("xapi", "credential", "add", "moodle", "--scope", "all")
    revoked = run("xapi", "credential", "revoke", "moodle", "--reason", "no longer used")

    assert revoked.exit_code == 0
    assert answered(run("xapi", "credential", "list", "--json"))["credentials"] == []
    assert run("xapi", "credential", "revoke", "moodle").exit_code == 1


@pytest.mark.parametrize("words", [("--scope", "everything"), ()])
def test_a_credential_wrongly_asked_for_is_refused(run, words):
    assert run("xapi", "credential", "add", "moodle", *words).exit_code == 2


def add_target(run, tmp_path, address="https://lrs.example/xapi", *more):
    """Add a target with the password in a file."""
    file = tmp_path / "password"
    return run("xapi", "target", "add", "lms", address, "--username", "hub", "--password-file", file, *more)


def test_a_target_is_added_with_a_password_from_a_file_and_listed_without_it(run, tmp_path):
    added = answered(add_target(run, tmp_path, "https://lrs.example/xapi", "--json"))
    listed = run("xapi", "target", "list", "--json")
    (target,) = answered(listed)["targets"]

    assert (added["name"], added["address"]) == ("lms", "https://lrs.example/xapi")
    assert (target["name"], target["pending"], target["sent"], target["dead"]) == ("lms", 0, 0, 0)
    assert "geheim" not in listed.output


def test_a_password_can_be_typed_and_is_not_echoed(run):
    done = run("xapi", "target", "add", "lms", "https://lrs.example", "--username", "hub", typed="geheim\n")

    assert done.exit_code == 0
    assert "geheim" not in done.output


def test_a_password_on_an_open_network_is_warned_of(run, tmp_path):
    assert "unencrypted" in add_target(run, tmp_path, "http://lrs.example/xapi").stderr
    assert "unencrypted" not in run("xapi", "target", "list").output


@pytest.mark.parametrize("address", ["lrs.example", "ftp://lrs.example", "https://a:b@lrs.example"])
def test_an_address_that_cannot_be_used_is_refused(run, tmp_path, address):
    assert add_target(run, tmp_path, address).exit_code == 1


def test_a_test_of_a_target_that_does_not_answer_fails_and_is_a_line(run, tmp_path, lrs):
    add_target(run, tmp_path, "http://127.0.0.1:9/xapi")
    done = run("xapi", "target", "test", "lms", "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout)["works"] is False
    assert Action.TARGET_TESTED in lrs.actions()


def test_a_targets_password_is_renewed_and_a_target_is_ended(run, tmp_path, lrs):
    add_target(run, tmp_path)
    renewed = run("xapi", "target", "password", "lms", "--username", "other", "--password-file", tmp_path / "password")
    with lrs.storage.reading() as session:
        found = queries.find_target(session, "lms")
    ended = run("xapi", "target", "end", "lms", "--reason", "moved")

    assert (renewed.exit_code, ended.exit_code) == (0, 0)
    assert found is not None
    assert found.settings == {"username": "other"}
    assert answered(run("delivery", "status", "--json"))["targets"] == []


def test_a_target_is_ended_from_the_deliveries_too(run, tmp_path):
    add_target(run, tmp_path)

    assert run("delivery", "end", "lms").exit_code == 0
    assert run("delivery", "end", "lms").exit_code == 1
    assert run("delivery", "status").output == "No target yet.\n"


def test_the_status_counts_statements_lag_and_what_waits(run, tmp_path, lrs):
    add_target(run, tmp_path)
    lrs.read_all()
    write_record(lrs.storage, operator_id=lrs.alpha)
    before = answered(run("xapi", "status", "--json"))
    lrs.read_all()
    after = answered(run("xapi", "status", "--json"))

    assert (before["statements"], before["lag"], before["targets"][0]["pending"]) == (0, 9, 0)
    assert (after["statements"], after["lag"]) == (STATEMENTS_OF_A_RECORD, 0)
    assert after["targets"][0]["pending"] == STATEMENTS_OF_A_RECORD
    assert f"{STATEMENTS_OF_A_RECORD} pending, 0 sent, 0 dead" in run("xapi", "status").output


def test_without_the_key_no_target_is_added(run, tmp_path):
    (tmp_path / "keys" / DELIVERY).unlink()
    done = add_target(run, tmp_path)

    assert done.exit_code == 1
    assert "cahier init" in done.output


def test_as_whom_people_go_to_a_target_is_shown_before_it_is_set(run):
    run("xapi", "target", "add", "central", "http://localhost:9/xapi", "--username", "hub", typed="geheim\n")
    account = ("--form", "account", "--home-page", "https://moodle.example", "--naming", "idnumber")
    tried = answered(run("xapi", "target", "actors", "central", *account, "--json"))
    before = answered(run("xapi", "target", "actors", "central", "--json"))
    answered(run("xapi", "target", "actors", "central", *account, "--apply", "--json"))
    after = answered(run("xapi", "target", "actors", "central", "--json"))

    assert (tried["set"], before["actors"]["form"]) == (False, "hub")
    assert after["actors"] == {
        "form": "account",
        "home_page": "https://moodle.example",
        "naming": "idnumber",
        "since": 0,
    }


def test_an_account_without_a_home_page_is_refused(run):
    run("xapi", "target", "add", "central", "http://localhost:9/xapi", "--username", "hub", typed="geheim\n")
    done = run("xapi", "target", "actors", "central", "--form", "account", "--naming", "id", "--apply")

    assert done.exit_code == 1
    assert list(done.exception.fields) == ["home_page"]
