"""From nothing to a running hub, with the commands that people type: every one a process of its own."""

import json
import os
import re
import shutil
import signal
import sqlite3
import ssl
import time
import urllib.error

import pytest

from tests.flows.commands import Shell, ask, is_free

HTTPS = "https://localhost:"


@pytest.fixture
def shell(tmp_path):
    """A shell in which nothing is founded yet."""
    return Shell(tmp_path / "var")


@pytest.fixture(scope="module")
def founded_var(tmp_path_factory):
    """The folder of an installation in which `cahier init` was typed, to be copied."""
    var = tmp_path_factory.mktemp("founded") / "var"
    done = Shell(var).type("init")

    assert done.returncode == 0, done.stderr
    return var


@pytest.fixture
def founded(shell, founded_var):
    """A shell in which `cahier init` was typed."""
    shutil.copytree(founded_var, shell.var)
    return shell


def lines(shell):
    """Count the lines of all logs."""
    with sqlite3.connect(shell.var / "cahier.sqlite") as database:
        return database.execute("SELECT count(*) FROM line").fetchone()[0]


def log_of(shell):
    """Return what stands in the log file."""
    path = shell.var / "cahier.log"
    return path.read_text() if path.exists() else ""


def test_init_makes_an_installation_and_again_changes_nothing(shell):
    first, before = shell.type("init"), lines(shell)
    again = shell.json("init")

    assert first.returncode == 0
    assert "Ready." in first.stdout
    assert "made  exercise PIP-001, version 1" in first.stdout
    assert [step["name"] for step in again["steps"] if step["changed"]] == []
    assert before == lines(shell) == 9


def test_init_and_run_refuse_where_the_key_of_a_sealed_log_is_gone(founded):
    sealed = founded.type("audit", "checkpoint")
    (key,) = (founded.var / "keys").glob("log-*_hub.key")
    key.unlink()
    left = sorted((founded.var / "keys").iterdir())

    refused = [founded.type("init"), founded.type("run", "--port", "0")]

    assert sealed.returncode == 0
    assert [done.returncode for done in refused] == [1, 1]
    assert all(f"{key} is missing" in done.stderr for done in refused)
    assert all("from the backup of keys" in done.stderr for done in refused)
    assert sorted((founded.var / "keys").iterdir()) == left


def test_a_checkpoint_is_refused_when_an_old_copy_of_the_database_was_put_back(founded):
    founded.type("audit", "checkpoint")
    shutil.copy(founded.var / "cahier.sqlite", founded.var / "old.sqlite")
    founded.type("operator", "add", "DEMO", "Demo")
    newer = founded.type("audit", "checkpoint")
    shutil.move(founded.var / "old.sqlite", founded.var / "cahier.sqlite")

    refused = founded.type("audit", "checkpoint")

    assert (newer.returncode, refused.returncode) == (0, 1)
    assert "has 9 lines, but 10 were signed" in refused.stderr


def test_the_web_serves_until_it_is_told_to_stop_and_lets_go_of_its_port(founded):
    with founded.running("--no-worker") as running:
        url = running.url()
        page = ask(f"{url}/sign-in")
        code = running.stop()

        assert page.status == 200
        assert "Se connecter" in page.text
        assert code == 0
        assert "Stopped." in running.told()
        assert is_free(int(url.rsplit(":", 1)[1]))
    assert log_of(founded) == ""


def test_a_keyboards_interrupt_stops_web_and_worker_together(founded):
    with founded.running() as running:
        running.url()
        children = running.children()
        code = running.stop(signal.SIGINT, everybody=True)

    assert len(children) == 2
    assert code == 0
    assert [pid for pid in children if os.path.exists(f"/proc/{pid}")] == []  # noqa: PTH110 (of another process)


def test_a_second_run_keeps_what_is_there(founded):
    code = founded.json("operator", "add", "ONE", "First operator")["id"]
    before = lines(founded)
    for _ in range(2):
        with founded.running("--no-worker") as running:
            running.url()
            running.stop()

    with sqlite3.connect(founded.var / "cahier.sqlite") as database:
        assert database.execute("SELECT id FROM operator").fetchall() == [(code,)]
    assert lines(founded) == before


def test_a_worker_that_is_killed_is_started_again_while_the_web_goes_on(founded):
    with founded.running() as running:
        url = running.url()
        web, worker = running.children()
        os.kill(worker, signal.SIGKILL)
        running.wait_until(lambda: len(running.children()) == 2 and worker not in running.children())
        page = ask(f"{url}/sign-in")

        assert running.children()[0] == web
        assert page.status == 200
        assert running.stop() == 0
    assert "the worker ended with -9" in log_of(founded)


def test_nothing_outlives_a_run_that_is_killed(founded):
    with founded.running() as running:
        running.url()
        children = running.children()
        running.process.kill()
        running.process.wait()
        give_up = time.monotonic() + 60
        while any(_is_alive(pid) for pid in children) and time.monotonic() < give_up:
            time.sleep(0.05)

        assert [pid for pid in children if _is_alive(pid)] == []


def _is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 (of another process)
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_that_is_taken_is_said_before_anything_is_done(founded, tmp_path):
    with founded.running("--no-worker") as running:
        port = running.url().rsplit(":", 1)[1]
        second = Shell(tmp_path / "second" / "var").type("run", "--demo", "--port", port)

        assert second.returncode == 1
        assert second.stderr == f"cahier: port {port} is in use: stop what uses it, or choose another with --port\n"
        assert not (tmp_path / "second").exists()


def test_what_is_not_founded_does_not_run_and_says_what_to_type(shell):
    done = shell.type("run", "--port", "0")

    assert done.returncode == 1
    assert "run `cahier init`, or `cahier run --demo`" in done.stderr
    assert not shell.var.exists()


@pytest.mark.requirement("AS-12.1.1", "AS-3.3.1")
def test_https_is_served_with_the_certificate_that_tls_init_makes(founded):
    without = founded.type("run", "--tls", "--port", "0")
    made = founded.type("tls", "init", "--host", "bench.hub.example")
    authority = founded.var / "tls" / "ca.crt"

    with founded.running("--tls", "--no-worker") as running:
        url = running.url()
        page = ask(f"{url}/sign-in", authority)
        with pytest.raises(urllib.error.URLError) as untrusted:
            ask(f"{url}/sign-in")
        with pytest.raises((urllib.error.URLError, OSError)):
            ask(f"{url}/sign-in".replace("https://", "http://"))
        code = running.stop()

    cookie = page.headers["Set-Cookie"]
    assert (without.returncode, made.returncode, code) == (1, 0, 0)
    assert "cahier tls init" in without.stderr
    assert str(authority) in made.stdout
    assert url.startswith(HTTPS)
    assert page.status == 200
    assert cookie.startswith("__Host-cahier=")
    assert "Secure" in cookie
    assert isinstance(untrusted.value.reason, ssl.SSLCertVerificationError)
    # A year of HTTPS only, on localhost, would be a nuisance to every other program of this machine.
    assert "Strict-Transport-Security" not in page.headers


def test_the_worker_does_what_waits_and_ends_when_asked_for_once(founded):
    done = founded.type("worker", "--once")

    with sqlite3.connect(founded.var / "cahier.sqlite") as database:
        assert database.execute("SELECT log_id, size FROM checkpoint").fetchall() == [(1, 9)]
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_step_of_the_worker_that_fails_is_named_and_its_reason_stands_in_the_log_file(founded):
    for memory in (founded.var / "keys").glob("log-*.checkpoint"):
        memory.unlink()

    done = founded.type("worker", "--once")

    assert done.returncode == 1
    assert done.stderr.startswith("cahier: failed: checkpoints, integrity; ")
    assert "SignerKeyMissing" in log_of(founded)


def test_settings_check_ends_with_1_and_what_to_do(founded):
    (founded.var / "keys" / "pepper").chmod(0o640)

    person = founded.type("settings", "check")
    program = founded.json("settings", "check")

    assert person.returncode == 1
    assert f"chmod 600 {founded.var}/keys/pepper" in person.stdout
    assert not program["well"]
    assert [found["name"] for found in program["findings"] if not found["is_well"]] == ["secret pepper"]


def test_settings_check_of_a_founded_installation_ends_with_0(founded):
    done = founded.type("settings", "check")

    assert done.returncode == 0
    assert "WRONG" not in done.stdout


@pytest.mark.requirement("AS-16.5.1")
@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"CAHIER_ZONE": "Mars/Olympus"}, "CAHIER_ZONE takes an IANA zone"),
        ({"CAHIER_COLOUR": "blue"}, "unknown setting CAHIER_COLOUR"),
        ({"CAHIER_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "the database refuses"),
        ({"CAHIER_DATABASE_URL": "nonsense"}, "the database refuses"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(founded, environ, said):
    done = founded.type("person", "disable", "x", "--reason", "gone", **environ)

    assert done.returncode == 1
    assert done.stderr.startswith("cahier: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_goes_wrong_is_told_to_a_program_in_json(founded):
    done = founded.type("person", "disable", "nobody.here", "--reason", "gone", "--json")

    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (1, "not-found")
    assert "nobody.here" in error["message"]


def test_a_fault_of_ours_shows_no_stack_but_a_reference_to_the_log_file(founded):
    database = founded.var / "cahier.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE log SET frontier = x'00'")

    done = founded.type("operator", "add", "ONE", "First operator")

    reference = re.search(r"under ([0-9a-f]{12})", done.stderr)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert reference is not None
    assert reference.group(1) in log_of(founded)
    assert "Traceback" in log_of(founded)


def test_a_command_that_does_not_exist_is_wrongly_called(shell):
    assert shell.type("conjure").returncode == 2


@pytest.mark.requirement("KM-7")
def test_person_reset_prints_a_code_once_and_writes_its_line(founded):
    founded.type("operator", "add", "ONE", "First operator")
    founded.type("person", "add", "lea.martin", "--name", "Léa Martin", "--operator", "ONE", "--role", "trainee")
    before = lines(founded)

    given = founded.json("person", "reset", "lea.martin", "--reason", "lost, seen in person")
    unknown = founded.type("person", "reset", "nobody.here", "--reason", "lost, seen in person")

    assert re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){4}", given["activation_code"])
    assert unknown.returncode == 1
    assert lines(founded) == before + 1


def test_run_with_the_demonstration_makes_it_once_and_tells_passwords_once(shell):
    with shell.running("--demo", "--no-worker") as running:
        running.url()
        first, code = running.told(), running.stop()
    people, before = json.loads((shell.var / "demo-people.json").read_text())["people"], lines(shell)
    with shell.running("--demo", "--no-worker") as running:
        page = ask(f"{running.url()}/sign-in")
        second = running.told()
        running.stop()
    again = shell.type("demo")

    passwords = [person["password"] for person in people]
    assert code == 0
    assert all(password in first for password in passwords)
    assert not any(password in second for password in passwords)
    assert all(person["login"] in second for person in people)
    assert page.status == 200
    assert lines(shell) == before
    assert again.returncode == 1
    assert "has 13 people" in again.stderr


@pytest.mark.requirement("LT-3")
def test_the_grades_of_a_platform_are_a_target_that_every_command_knows(founded):
    platform = ("moodle", "--issuer", "https://moodle.example.org", "--client-id", "c1", "--deployment", "1")
    founded.type("operator", "add", "ALPHA", "Alpha", "--zone", "Europe/Brussels")
    added = founded.type("lti", "platform", "add", *platform, "--operator", "ALPHA")
    sent = founded.type("lti", "grades", "moodle")
    shown = founded.type("delivery", "status")

    assert (added.returncode, sent.returncode, shown.returncode) == (0, 0, 0)
    assert "as the target moodle-grades" in sent.stdout
    assert "moodle-grades" in shown.stdout
