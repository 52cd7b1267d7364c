"""Checking an installation: whatever stands wrong is named, with what to do about it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.installation.certificates import Files, make_certificates, read_certificate
from app.installation.checking import check_installation
from app.installation.founding import found_installation
from app.kernel import clock
from config.settings import Settings


@pytest.fixture
def settings(tmp_path):
    """The settings of an installation that is founded and has certificates."""
    var = tmp_path / "var"
    settings = Settings(var=var, database_url=f"sqlite:///{var / 'cahier.sqlite'}", origin="cahier.test")
    assert list(found_installation(settings))
    make_certificates(Files(var / "tls"), [])
    return settings


def wrong(settings):
    """Return what is found wrong, by name, with what to do."""
    return {finding.name: finding.remedy for finding in check_installation(settings) if not finding.is_well}


def test_a_founded_installation_is_well(settings):
    assert wrong(settings) == {}


def test_where_nothing_is_founded_only_that_is_said(tmp_path):
    var = tmp_path / "var"
    found = wrong(Settings(var=var, database_url=f"sqlite:///{var / 'cahier.sqlite'}"))

    assert found["folder"] == "Run `cahier init`."
    assert set(found) == {
        "folder",
        "secret session",
        "secret pepper",
        "secret delivery",
        "secret factors",
        "secret vault",
    }
    assert not var.exists()


def test_a_database_that_was_never_prepared_is_said(settings):
    empty = replace(settings, database_url=f"sqlite:///{settings.var / 'other.sqlite'}")

    assert wrong(empty) == {"database": "Run `cahier init`."}


def test_a_database_that_does_not_answer_is_said(settings):
    away = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/nothing")

    assert wrong(away) == {"database": "Check CAHIER_DATABASE_URL and its server."}


@pytest.mark.requirement("AS-13.3.1")
@pytest.mark.parametrize("name", ["keys/pepper", "tls/ca.key", "tls/server.key"])
def test_a_key_that_others_can_read_is_said_with_the_line_to_type(settings, name):
    path = settings.var / name
    path.chmod(0o644)

    assert f"chmod 600 {path}" in wrong(settings).values()


def test_a_folder_that_others_can_enter_is_said(settings):
    settings.var.chmod(0o755)

    assert wrong(settings) == {"folder": f"chmod 700 {settings.var}"}


@pytest.mark.requirement("KM-11")
@pytest.mark.parametrize("name", ["session", "pepper", "delivery"])
def test_a_secret_that_is_gone_or_cut_short_is_said(settings, name):
    (settings.keys / name).write_bytes(b"short")
    cut = wrong(settings)
    (settings.keys / name).unlink()
    gone = wrong(settings)

    assert set(cut) == set(gone) == {f"secret {name}"}
    assert "backup" in gone[f"secret {name}"]


def test_a_log_whose_key_or_memory_is_gone_is_said(settings):
    (memory,) = settings.keys.glob("log-*.checkpoint")
    memory.unlink()

    assert set(wrong(settings)) == {"key of the log cahier.test/hub"}


def test_a_library_that_is_not_loaded_as_it_stands_is_said(settings, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    text = (settings.library / "PIP-001.yaml").read_text(encoding="utf-8")
    (library / "PIP-001.yaml").write_text(text.replace("version: 1\n", "version: 2\n", 1), encoding="utf-8")

    assert wrong(replace(settings, library=library)) == {"library": "Run `cahier init`."}


def test_a_faulty_library_is_said(settings, tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    (library / "PIP-001.yaml").write_text("format: 1\n", encoding="utf-8")

    assert wrong(replace(settings, library=library)) == {"library": "Correct the file."}


def test_passwords_that_would_cross_the_network_in_clear_are_said(settings):
    assert set(wrong(replace(settings, public_url="http://hub.example"))) == {"address"}
    assert wrong(replace(settings, public_url="https://hub.example")) == {}


def test_a_certificate_that_ends_soon_is_said(settings):
    until = read_certificate(Files(settings.var / "tls").server).until

    with clock.simulated(until - timedelta(days=3)):
        assert wrong(settings) == {"certificate": "Run `cahier tls init` to renew it."}


def test_what_is_found_holds_no_secret(settings):
    found = json.dumps([vars(finding) for finding in check_installation(settings)])
    url = "postgresql://cahier:very-secret@127.0.0.1:1/nothing"
    away = json.dumps([vars(finding) for finding in check_installation(replace(settings, database_url=url))])

    assert (settings.keys / "pepper").read_bytes().hex() not in found
    assert "very-secret" not in away
