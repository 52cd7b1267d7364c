"""Attached files leave with the record, come back from a backup, go with an erasure, and nobody swaps one unseen."""

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.command import cahier
from app.evidence.services.trusting import hub_trust, means_of
from app.evidence.views.bundling import VALUES
from app.installation.backing_up import back_up, read_backup
from app.installation.errors import BackupFails
from app.kernel import clock
from app.notebook.services.files import FileShelf, Upload, attach_file, withdraw_file
from app.storage.files import MADE, SEALED
from app.verifier import verify_bytes
from tests import exhibits
from tests.attacks import seal
from tests.benches import a_bench, furnish, text_of
from tests.flows.erasing import disable, propose
from tests.unit.evidence.conftest import take_away, unpacked

PHOTO = exhibits.photo()


@pytest.fixture
def record(house):
    """A concluded record with a photo that counts, one that was withdrawn, and an export."""
    furnish(house, "trainee", "trainee2", "assessor")
    bench, shelf = a_bench(house), FileShelf(house.files)
    uploads = [
        Upload(exhibits.photo(colour="#000000"), "floue.jpg", "Affichage, photo floue"),
        Upload(PHOTO, "affichage.jpg", "Affichage : 10,0 g"),
        Upload(exhibits.CSV, "export.csv", "Export de la balance"),
    ]
    for upload in uploads:
        bench.act(attach_file, "weighing", upload, shelf)
    bench.act(withdraw_file, 1, reason="Photo illisible.")
    bench.perform().review().conclude()
    return bench.record


def attachments(files):
    """Return the attached files of a bundle by their digest."""
    return {path.rpartition("/")[2]: data for path, data in files.items() if "/attachments/" in path}


def answers_of(house, bundle):
    """Return what the offline verifier answers, by statement."""
    report = verify_bytes(bundle, hub_trust(house.storage, means_of(house.settings)))
    return {one["id"]: one["answer"] for one in report["statements"]}


def repacked(bundle, change):
    """Return a bundle with changed files, whose description fits them."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def stored(house, digest):
    """Return where a file stands on the disk."""
    name = house.files.name_of(digest)
    return Path(house.settings.files) / SEALED / name[:2] / name


def digest_of(files, name):
    """Return under which digest the description lists a file of this name."""
    graph = json.loads(files["ro-crate-metadata.json"])["@graph"]
    return next(node["@id"] for node in graph if node.get("name") == name).rpartition("/")[2]


@pytest.mark.requirement("P11.10(b)-2", "ER-15", "PF-9")
def test_a_bundle_carries_every_file_with_its_name_and_verifies(house, record):
    made = take_away(house, record)
    files = unpacked(made.bundle)
    graph = {node["@id"]: node for node in json.loads(files["ro-crate-metadata.json"])["@graph"]}
    node = graph[f"evidence/attachments/{digest_of(files, 'affichage.jpg')}"]

    assert sorted(attachments(files).values()) == sorted([PHOTO, exhibits.CSV, exhibits.photo(colour="#000000")])
    assert node["description"] == "Affichage : 10,0 g"
    assert (node["encodingFormat"], node["contentSize"]) == ("image/jpeg", str(len(PHOTO)))
    assert node["about"] == {"@id": "#step-weighing"}
    assert answers_of(house, made.bundle)["PF-9"] == "PASS"
    assert VALUES in files


@pytest.mark.requirement("P11.10(b)-1")
def test_the_paper_lists_every_file_and_shows_the_pictures(house, record, tmp_path):
    path = tmp_path / "paper.pdf"
    path.write_bytes(take_away(house, record).paper)
    said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    shown = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True).stdout
    words = " ".join(said.split())

    for expected in ("affichage.jpg", "export.csv", "text/csv", "Photo illisible.", "Annexe : photos jointes"):
        assert expected in words.replace("\u00a0", " ")
    assert shown.count(" jpeg ") == 2


@pytest.mark.requirement("PF-9", "EID-26d")
def test_a_file_swapped_in_the_bundle_is_found(house, record):
    made = take_away(house, record)
    digest = digest_of(unpacked(made.bundle), "affichage.jpg")
    nicer = exhibits.photo(colour="#00ff00")

    def swap(files):
        path = next(name for name in files if name.endswith(digest))
        files[path] = nicer
        listing = next(name for name in files if name.endswith("ro-crate-metadata.json"))
        described = json.loads(files[listing])
        for node in described["@graph"]:
            if node["@id"].endswith(digest):
                node["sha256"], node["contentSize"] = hashlib.sha256(nicer).hexdigest(), str(len(nicer))
        files[listing] = json.dumps(described).encode()

    assert answers_of(house, repacked(made.bundle, swap))["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-9", "A11-7.1")
@pytest.mark.parametrize("damage", ["swapped", "gone"])
def test_a_file_swapped_in_the_store_leaves_nobody_with_a_good_bundle(house, record, damage):
    digest = digest_of(unpacked(take_away(house, record).bundle), "affichage.jpg")
    path = stored(house, digest)
    path.write_bytes(b"another") if damage == "swapped" else path.unlink()
    made = take_away(house, record)

    assert digest not in attachments(unpacked(made.bundle))
    assert answers_of(house, made.bundle)["PF-9"] == "FAIL"


@pytest.mark.requirement("A11-7.1")
def test_the_command_that_verifies_the_trail_finds_a_swapped_file(house, record):
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    words = ["audit", "verify", "--json"]
    seal(house)
    before = CliRunner().invoke(cahier, words, env=environment)
    digest = hashlib.sha256(PHOTO).hexdigest()
    stored(house, digest).write_bytes(b"another")
    after = CliRunner().invoke(cahier, words, env=environment)
    findings = json.loads(after.stdout)["findings"]

    assert (before.exit_code, after.exit_code) == (0, 1), before.output
    assert [(one["code"], one["expected"]) for one in findings] == [("file-altered", digest)]
    assert findings[0]["key"].startswith(record.id)


@pytest.mark.requirement("A11-7.2", "P11.10(c)")
def test_a_backup_holds_the_files_and_notices_one_that_is_damaged(house, record, tmp_path):
    made = back_up(house.settings, tmp_path / "first")
    digest = hashlib.sha256(PHOTO).hexdigest()
    stored(house, digest).write_bytes(b"another")
    later = back_up(house.settings, tmp_path / "second")
    name = house.files.name_of(digest)
    copy = made.folder / "files" / name

    assert len(made.facts["attached"]) == 3
    assert copy.is_file()
    assert later.facts["damaged"] == [name]
    assert read_backup(made.folder).facts["attached"] == made.facts["attached"]
    copy.write_bytes(b"rotten")
    with pytest.raises(BackupFails):
        read_backup(made.folder)


@pytest.mark.requirement("GD-17(1),(3)", "PF-9", "PF-12")
def test_an_erasure_takes_the_files_and_every_proof_holds(house, record):
    before = unpacked(take_away(house, record).bundle)
    person = disable(house)
    propose(house, person)
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=2)
        answer = house.signed_in("administrator").act(f"/people/{person}/erasure/confirm")
        made = take_away(house, record)
        page = text_of(house.signed_in("assessor").get(f"/records/{record.id}"))
    files, answers = unpacked(made.bundle), answers_of(house, made.bundle)

    assert answer.status_code == 303
    assert list(house.files.names()) == []
    assert list((Path(house.settings.files) / MADE).glob("??/*")) == []
    assert attachments(files) == {}
    assert (answers["PF-9"], answers["PF-12"]) == ("REDACTED", "REDACTED")
    assert "FAIL" not in {answers[one] for one in ("PF-1", "PF-3", "PF-8", "PF-10")}
    assert "effacé par décision" in page
    for digest in attachments(before):
        assert not any(digest.encode() in data for path, data in files.items() if path != f"{record.number}.pdf")


@pytest.mark.requirement("GD-17(1),(3)")
def test_what_somebody_else_attached_too_stays_for_them(house, record):
    other, shelf = a_bench(house, "trainee2"), FileShelf(house.files)
    other.act(attach_file, "weighing", Upload(PHOTO, "meme.jpg", "La même photo"), shelf)
    person = disable(house)
    propose(house, person)
    with clock.simulated(clock.now()) as simulation:
        simulation.advance(hours=2)
        house.signed_in("administrator").act(f"/people/{person}/erasure/confirm")
        answer = house.signed_in("trainee2").get(f"{other.path}/files/1")

    assert answer.data == PHOTO


@pytest.mark.requirement("GD-15", "GD-20")
def test_a_person_takes_their_files_away_with_their_data(house, record):
    answer = house.signed_in("trainee").act("/account/export")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = {name for name in archive.namelist() if name.startswith("portable/files/")}
        photo = archive.read(f"portable/files/{record.number}/2-affichage.jpg")

    assert photo == PHOTO
    assert {name.rpartition("/")[2] for name in names} == {"1-floue.jpg", "2-affichage.jpg", "3-export.csv"}
