"""The drill: a backup comes back in a clean place and every record verifies; an older one is noticed (KM-10)."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.audit.verification import Code, Verdict, verify
from app.installation import backing_up
from app.installation.backup_cli import record_restore, tell
from app.installation.errors import BackupFails, NotEmpty
from app.installation.keeping_keys import back_up_vault, restore_vault
from app.notebook.rules.words import Purpose
from app.notebook.services.files import FileShelf, Upload, attach_file
from app.notebook.services.issuing import Issue, issue_record
from app.storage import Storage
from app.storage.files import files_at
from app.trail.cli import read_trust
from app.trail.queries import with_files
from app.web.console import House
from config.settings import Settings
from tests import exhibits
from tests.attacks import judged, seal
from tests.bench import biglog
from tests.installation import Installation

PHOTO = exhibits.photo()
PUBLIC = {".checkpoint", ".crt", ".crl", ".lock"}
CUSTODIANS = ("the first custodian's words", "the second custodian's words")


@pytest.fixture
def elsewhere(populated: Installation, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The settings of another machine: nothing is there but an empty database."""
    var = tmp_path / "elsewhere"
    if populated.storage.is_sqlite:
        yield replace(populated.settings, var=var, database_url=f"sqlite:///{var / 'cahier.sqlite'}")
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create()
    yield replace(populated.settings, var=var, database_url=cluster.url(name))
    cluster.drop(name)


def attach_photo(house: Installation) -> str:
    """Attach a photo to a new record, and return the key of its entry."""
    trainee, shelf = house.actor("trainee"), FileShelf(house.files)
    issue = Issue("PIP-001", trainee.person_id or "", Purpose.TRAINING)
    with house.acting() as session:
        record_id = issue_record(session, issue, actor=house.actor("assessor")).id
    with house.acting() as session:
        upload = Upload(PHOTO, "a.jpg", "Affichage")
        entry = attach_file(session, record_id, "workplace", upload, shelf, actor=trainee)
    return f"{record_id}/{entry.sequence}"


def verdict_of(settings: Settings):
    """Verify a restored installation as `cahier restore` does."""
    house = House(settings)
    try:
        return with_files(verify(house.storage, read_trust(house, ())), house.storage, files_at(settings))
    finally:
        house.close()


@pytest.mark.requirement("A11-7.2", "KM-10", "A11d-16.2")
def test_a_backup_comes_back_on_a_clean_place_and_verifies(populated, elsewhere, tmp_path):
    attach_photo(populated)
    seal(populated)
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)
    trees, _ = back_up_vault(populated.settings, tmp_path / "trees")

    backing_up.restore_keys(elsewhere, tmp_path / "keys.sealed", CUSTODIANS)
    restore_vault(elsewhere, trees.path)
    heads = backing_up.restore(elsewhere, made.folder)
    verdict = verdict_of(elsewhere)

    assert verdict.holds, verdict.findings
    assert verdict.rows == judged(populated).rows
    assert sum(head["size"] for head in heads) == populated.all_lines()
    assert {path.name for path in elsewhere.keys.iterdir()} == {path.name for path in populated.settings.keys.iterdir()}
    assert files_at(elsewhere).read(hashlib.sha256(PHOTO).hexdigest()) == PHOTO


@pytest.mark.requirement("A11-7.2", "A11-7.1")
def test_a_file_that_did_not_come_back_is_found(populated, elsewhere, tmp_path):
    key = attach_photo(populated)
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    description = made.folder / backing_up.DESCRIPTION
    description.write_text(json.dumps(made.facts | {"attached": []}))
    shutil.copytree(populated.settings.keys, elsewhere.keys)
    shutil.copytree(populated.settings.vault, elsewhere.vault)
    backing_up.restore(elsewhere, made.folder)
    found = [finding for finding in verdict_of(elsewhere).findings if finding.code is Code.FILE_MISSING]

    assert [finding.key for finding in found] == [key]


@pytest.mark.requirement("A11-7.2")
def test_the_return_is_written_into_the_hubs_log(populated, elsewhere, tmp_path):
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    backing_up.restore(elsewhere, made.folder)
    storage = Storage.open(elsewhere.database_url)

    record_restore(storage, elsewhere.origin, made)
    restored = Installation(populated.app, storage, elsewhere)
    line = restored.lines()[-1]
    storage.close()

    assert (line["action"], line["after"]["made_at"]) == ("installation:hub:restore", made.facts["made_at"])


@pytest.mark.requirement("A11d-12.1", "PF-2")
def test_an_older_log_that_came_back_is_noticed_by_the_signer(populated, elsewhere, tmp_path):
    seal(populated)
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    biglog.grow(populated.storage, 400, operator_id=populated.operator_id("ALPHA"))
    seal(populated)
    backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)

    backing_up.restore_keys(elsewhere, tmp_path / "keys.sealed", CUSTODIANS)
    backing_up.restore(elsewhere, made.folder)

    assert Code.SIGNER_AHEAD in {finding.code for finding in verdict_of(elsewhere).findings}


def test_a_copy_is_never_put_over_what_is_there(populated, tmp_path):
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)

    with pytest.raises(NotEmpty):
        backing_up.restore(populated.settings, made.folder)
    with pytest.raises(NotEmpty):
        backing_up.restore_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)


@pytest.mark.requirement("KM-10")
@pytest.mark.parametrize(
    "given", [CUSTODIANS[:1], CUSTODIANS[::-1], (CUSTODIANS[0], "another's words, long enough"), ()]
)
def test_one_custodian_alone_opens_nothing(populated, elsewhere, tmp_path, given):
    backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)

    with pytest.raises(BackupFails, match="do not open"):
        backing_up.restore_keys(elsewhere, tmp_path / "keys.sealed", given)


@pytest.mark.requirement("KM-10")
def test_keys_that_were_sealed_at_another_cost_still_open(populated, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(backing_up, "ARGON2ID", {"memory_kib": 1024, "passes": 2, "lanes": 1})
    names = backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", CUSTODIANS)
    monkeypatch.undo()

    assert sorted(backing_up.restore_keys(elsewhere, tmp_path / "keys.sealed", CUSTODIANS)) == names


@pytest.mark.parametrize("asked", [{"memory_kib": 1 << 32}, {"passes": 1000}, {"lanes": -1}, {"lanes": "many"}])
def test_a_file_of_keys_that_asks_for_too_much_is_refused_in_words(populated, elsewhere, tmp_path, asked):
    sealed = tmp_path / "keys.sealed"
    backing_up.back_up_keys(populated.settings, sealed, CUSTODIANS)
    given = json.loads(sealed.read_text())
    given["argon2id"] |= asked
    sealed.write_text(json.dumps(given))

    with pytest.raises(BackupFails):
        backing_up.restore_keys(elsewhere, sealed, CUSTODIANS)


@pytest.mark.parametrize("given", [("one is enough, surely",), ("the same words twice",) * 2, ("short", "also short")])
def test_keys_are_sealed_by_two_with_words_of_their_own(populated, tmp_path, given):
    with pytest.raises(BackupFails, match=r"custodians|characters"):
        backing_up.back_up_keys(populated.settings, tmp_path / "keys.sealed", given)

    assert not (tmp_path / "keys.sealed").exists()


def test_no_secret_stands_in_the_copy_of_the_database(populated, tmp_path):
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    held = b"".join(path.read_bytes() for path in made.folder.iterdir())
    kept = [path for path in populated.settings.keys.rglob("*") if path.is_file()]
    secrets = [path.read_bytes() for path in kept if path.suffix not in PUBLIC]

    assert [secret for secret in secrets if secret in held or secret.hex().encode() in held] == []
    assert secrets


@pytest.mark.parametrize("damage", ["digest", "missing", "no description", "other form"])
def test_a_damaged_copy_is_refused(populated, elsewhere, tmp_path, damage):
    made = backing_up.back_up(populated.settings, tmp_path / "copies")
    description = made.folder / backing_up.DESCRIPTION
    (name,) = made.facts["files"]
    if damage == "digest":
        (made.folder / name).write_bytes((made.folder / name).read_bytes() + b"x")
    elif damage == "missing":
        (made.folder / name).unlink()
    elif damage == "no description":
        description.unlink()
    else:
        description.write_text(json.dumps(made.facts | {"schema": "cahier.backup.v9"}))

    with pytest.raises(BackupFails):
        backing_up.restore(elsewhere, made.folder)

    assert not elsewhere.var.exists() or not list(elsewhere.var.iterdir())


@pytest.mark.requirement("GD-17(1),(3)")
def test_a_restore_says_that_later_erasures_are_to_be_repeated(capsys):
    tell(Verdict(whole=True, logs=(), rows=0, findings=()), [], as_json=False, made_at="2026-11-23T09:05:00.000Z")

    assert "Erasures decided after 2026-11-23T09:05:00.000Z are not in this copy" in capsys.readouterr().out
