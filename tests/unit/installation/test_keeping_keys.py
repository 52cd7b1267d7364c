"""Backups of the key store: apart from all others, for a stated time only, and without what was erased (GD-25-1)."""

import shutil
from datetime import timedelta

import pytest
from click.testing import CliRunner

from app.audit.models import CommittedText
from app.command import cahier
from app.installation.errors import BackupExpired, BackupFails, NotEmpty
from app.installation.keeping_keys import back_up_vault, read_vault_backup, restore_vault
from app.kernel import clock
from config.settings import BadSetting, Settings
from tests.attacks import judged
from tests.flows.erasing import concluded, erase


def opened(house):
    """Return the commitments of the texts that open."""
    with house.storage.reading() as session:
        return {one.commitment for one in session.query(CommittedText) if one.text is not None}


def run(house, *words):
    """Type a command in an installation."""
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    return CliRunner().invoke(cahier, words, env=environment)


@pytest.mark.requirement("GD-25-1", "KM-10")
def test_a_copy_says_until_when_it_may_be_kept_and_the_next_removes_it_then(populated, tmp_path):
    first, _ = back_up_vault(populated.settings, tmp_path / "copies")
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=34 * 24)
        _, kept = back_up_vault(populated.settings, tmp_path / "copies")
        simulation.advance(hours=2 * 24)
        third, removed = back_up_vault(populated.settings, tmp_path / "copies")

    assert first.keep_until - first.made_at == timedelta(days=35)
    assert (kept, removed) == ([], [first.path])
    assert read_vault_backup(third.path).trees == third.trees > 1
    assert not first.path.exists()


@pytest.mark.requirement("GD-25-1")
def test_a_copy_that_is_too_old_is_not_brought_back(populated, tmp_path):
    made, _ = back_up_vault(populated.settings, tmp_path / "copies")
    shutil.rmtree(populated.settings.vault)
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=36 * 24)
        with pytest.raises(BackupExpired, match="was to be destroyed"):
            restore_vault(populated.settings, made.path)

    assert not populated.settings.vault.exists()


def test_a_copy_is_never_put_over_a_key_store_nor_taken_from_something_else(populated, tmp_path):
    made, _ = back_up_vault(populated.settings, tmp_path / "copies")
    (tmp_path / "other").write_bytes(b"something else")

    with pytest.raises(NotEmpty):
        restore_vault(populated.settings, made.path)
    with pytest.raises(BackupFails):
        restore_vault(populated.settings, tmp_path / "other")


@pytest.mark.requirement("GD-25-1", "GD-17(1),(3)")
def test_an_earlier_key_store_that_comes_back_has_lost_again_what_was_erased(house, tmp_path):
    concluded(house)
    run(house, "backup", "--data-keys-to", str(tmp_path / "copies"))
    (copy,) = (tmp_path / "copies").iterdir()
    with house.storage.reading() as session:
        sealed = {one.commitment: (one.person_id, one.sealed) for one in session.query(CommittedText)}
    erase(house)
    after = opened(house)
    shutil.rmtree(house.settings.vault)
    answer = run(house, "restore-data-keys", str(copy))
    gone = sealed.keys() - after
    line = house.lines()[-1]

    assert answer.exit_code == 0, answer.output
    assert opened(house) >= after & sealed.keys()
    assert gone
    for one in gone:
        person_id, data = sealed[one]
        assert house.storage.vault.is_destroyed(person_id or "hub", int.from_bytes(data[5:13]))
    assert line["action"] == "installation:data_keys:restore"
    assert "text-altered" not in {finding.code.value for finding in judged(house).findings}


@pytest.mark.requirement("GD-25-1", "KM-10")
def test_neither_the_database_nor_the_keys_nor_the_key_store_is_backed_up_with_another(house, tmp_path):
    concluded(house)
    run(house, "backup", "--to", str(tmp_path / "database"))
    answer = run(house, "backup", "--data-keys-to", str(tmp_path / "trees"))
    held = b"".join(path.read_bytes() for path in (tmp_path / "database").rglob("*") if path.is_file())
    trees = b"".join(path.read_bytes() for path in (tmp_path / "trees").rglob("*") if path.is_file())

    assert "DESTROY THIS COPY BY" in answer.output
    assert not any(path.read_bytes() in held for path in house.settings.vault.glob("*.keys"))
    assert house.settings.vault_key.read_bytes() not in held + trees


def test_a_copy_of_the_key_store_is_kept_for_a_day_at_least(tmp_path):
    with pytest.raises(BadSetting):
        Settings.from_environ({"CAHIER_VAR": str(tmp_path), "CAHIER_KEY_BACKUP_DAYS": "0"})
