"""The inventory of keys, and the authority as `cahier init`, the check and the ceremony make it (KM-1, KM-12)."""

import json
import shutil

import pytest
from click.testing import CliRunner

from app.installation.checking import check_installation
from app.installation.cli import list_all_keys
from app.installation.founding import found_installation
from app.installation.inventory import list_keys, unlisted_files
from app.installation.losses import SecretLost, check_nothing_lost
from app.signatures.cli import issue_issuing, make_root
from app.signatures.services.ca import open_authority
from app.storage import Storage
from app.web.console import House
from config.settings import Settings

PARTS = ("the first custodian's part", "the second custodian's part")


@pytest.fixture
def settings(tmp_path):
    """The settings of a founded installation."""
    settings = Settings(var=tmp_path / "var", database_url=f"sqlite:///{tmp_path / 'c.sqlite'}", origin="cahier.test")
    assert list(found_installation(settings))
    return settings


def found_of(settings, name):
    """Return a finding of the check by its name."""
    return next((one for one in check_installation(settings) if one.name == name), None)


def run(settings, command, *arguments):
    """Type a command in the installation."""
    house = House(settings)
    done = CliRunner().invoke(command, arguments, obj=house, catch_exceptions=False)
    house.close()
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.requirement("KM-12")
def test_every_key_is_listed_with_what_there_is_to_know_of_it(settings):
    told = json.loads(run(settings, list_all_keys, "--json"))["keys"]

    places = [key["location"].removeprefix(str(settings.keys)) for key in told]
    assert places == [
        *("/session", "/pepper", "/delivery", "/factors", "/vault", "/log-cahier.test_hub.key"),
        *("/ca/root/root.key", "/ca/issuing.key", "/ca/seal.key"),
    ]
    assert [key for key in told if not all(key[name] for name in key if name != "expires")] == []
    assert [bool(key["expires"]) for key in told] == [False] * 6 + [True] * 3


@pytest.mark.requirement("KM-12")
def test_a_key_that_is_in_no_inventory_fails_the_check(settings):
    assert found_of(settings, "inventory").is_well
    forgotten = settings.keys / "ca" / "test.key"
    forgotten.write_text("a forgotten test key")

    finding = found_of(settings, "inventory")
    assert not finding.is_well
    assert str(forgotten) in finding.text
    assert unlisted_files(settings) == [forgotten]


@pytest.mark.requirement("KM-1")
def test_the_check_is_loud_about_a_root_until_it_is_carried_away(settings):
    before = found_of(settings, "root")
    shutil.rmtree(settings.keys / "ca" / "root")

    assert before.is_loud
    assert "THE ROOT LIES ON THIS MACHINE" in before.text
    assert found_of(settings, "root") is None
    assert found_of(settings, "authority").is_well


@pytest.mark.requirement("KM-1", "KM-10")
def test_the_ceremony_puts_an_authority_under_a_root_of_two_custodians(settings, tmp_path):
    before, medium = open_authority(settings.keys).fingerprint, tmp_path / "medium"
    files = []
    for number, part in enumerate(PARTS):
        (tmp_path / f"{number}").write_text(part)
        files += ["--passphrase-file", str(tmp_path / f"{number}")]

    run(settings, make_root, "--to", str(medium), *files)
    told = json.loads(run(settings, issue_issuing, "--root", str(medium), *files, "--json"))

    assert [one["kind"] for one in told["certificates"]] == ["root", "issuing", "seal"]
    assert told["certificates"][1]["fingerprint"] == open_authority(settings.keys).fingerprint != before
    assert found_of(settings, "inventory").is_well
    storage = Storage.open(settings.database_url)
    with storage.reading() as session:
        assert sum("earlier" in key.location for key in list_keys(session, settings)) == 1
    storage.close()


@pytest.mark.requirement("KM-10")
def test_a_missing_authority_is_said_and_made_anew_while_it_has_certified_nobody(settings):
    shutil.rmtree(settings.keys / "ca")

    missing = found_of(settings, "authority")
    again = [step.name for step in found_installation(settings) if step.changed]

    assert not missing.is_well
    assert again == ["authority"]


@pytest.mark.requirement("KM-10")
def test_an_authority_that_certified_somebody_is_restored_and_never_replaced(populated):
    settings = populated.settings
    shutil.rmtree(settings.keys / "ca")

    with pytest.raises(SecretLost, match=r"issuing\.key"):
        check_nothing_lost(settings)
