"""A secret that the database still needs is never made anew: `init` and `run` name it, and change nothing."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from app.audit.errors import SignerKeyMissing
from app.audit.sealing import seal_due_logs
from app.audit.signer import CheckpointSigner
from app.installation.founding import found_installation
from app.installation.losses import SecretLost, check_nothing_lost
from app.installation.running import prepare
from app.signatures.services.accounts import reset_credentials
from config.secrets import DELIVERY, PEPPER, SESSION
from tests.installation import FOUNDER
from tests.signers import give_key

HUB = "log-cahier.test_hub.key"


@pytest.fixture
def keys(house):
    """The folder of secrets of an installation in which somebody has a key and every log is sealed."""
    give_key(house, "trainee")
    seal_due_logs(house.storage, CheckpointSigner(house.settings.keys))
    return house.settings.keys


def begin(house, way):
    """Found the installation again, or prepare to run it."""
    return list(found_installation(house.settings)) if way == "init" else prepare(house.settings, False, lambda _: None)


def state(house):
    """Return all that a start could have changed: the files of secrets, and how many lines there are."""
    files = {path: path.read_bytes() for path in house.settings.keys.rglob("*") if path.is_file()}
    return files, house.all_lines()


@pytest.mark.requirement("KM-11")
@pytest.mark.parametrize("way", ["init", "run"])
def test_a_lost_pepper_is_named_and_nothing_is_changed(house, keys, way):
    (keys / PEPPER).unlink()
    before = state(house)

    with pytest.raises(SecretLost, match=r"keys/pepper is missing, and 1 personal key .* Restore .* backup of keys"):
        begin(house, way)

    assert state(house) == before


@pytest.mark.requirement("KM-10")
@pytest.mark.parametrize("way", ["init", "run"])
def test_a_lost_key_of_a_sealed_log_is_named_and_nothing_is_changed(house, keys, way):
    (keys / HUB).unlink()
    before = state(house)

    with pytest.raises(SecretLost, match=r"keys/log-cahier\.test_hub\.key is missing.* of cahier\.test/hub in the"):
        begin(house, way)

    assert state(house) == before


def test_everything_that_is_lost_is_named_at_once(house, keys):
    shutil.rmtree(keys)

    with pytest.raises(SecretLost, match=r"pepper is missing.*log-cahier\.test_hub\.key is missing"):
        begin(house, "init")

    assert not keys.exists()


def test_what_nothing_in_the_database_needs_is_made_again(house, keys):
    (keys / SESSION).unlink()
    (keys / DELIVERY).unlink()

    steps = {step.name: step.changed for step in begin(house, "init")}

    assert steps["secrets"]
    assert (keys / SESSION).exists()
    assert (keys / DELIVERY).exists()


def test_a_pepper_that_wraps_no_key_any_more_is_not_missed(house, keys):
    with house.acting() as session:
        reset_credentials(session, house.person("trainee").id, actor=FOUNDER, reason="lost the password")
    (keys / PEPPER).unlink()

    check_nothing_lost(house.settings)

    assert not (keys / PEPPER).exists()


def test_a_database_that_is_not_there_yet_is_not_made_by_looking(house, tmp_path):
    path = tmp_path / "nowhere.sqlite"

    check_nothing_lost(replace(house.settings, database_url=f"sqlite:///{path}"))

    assert not path.exists()


def test_the_worker_makes_no_new_key_for_a_sealed_log_either(house, keys):
    path = keys / HUB
    path.unlink()
    give_key(house, "assessor")

    with pytest.raises(SignerKeyMissing, match=r"cahier\.test/hub"):
        seal_due_logs(house.storage, CheckpointSigner(keys), every=timedelta(0))

    assert not path.exists()
