"""What a bundle holds: every line with its proof, the rows, the texts, the signatures, as the format's page says."""

import base64
import hashlib
import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.audit.checkpoints import open_checkpoint
from app.audit.notes import Ed25519Verifier
from app.audit.proofs import verify_consistency, verify_inclusion
from app.audit.signer import CheckpointSigner
from app.audit.tree import leaf_hash
from app.evidence.rules.archive import write_archive
from app.kernel import canonical, clock
from app.notebook.queries import header_of, sheet_of
from app.notebook.rules.sheet import content_digest
from tests.unit.evidence.conftest import conclude, take_away, unpacked

LINE = re.compile(r"evidence/lines/(hub|operator)/(\d+)\.json")
PLACES = re.compile(
    r"evidence/(bundle|rows|texts|exercise)\.json"
    r"|evidence/lines/(hub|operator)/\d+\.(json|tlog-proof)"
    r"|evidence/checkpoints/(hub|operator)/\d+\.txt"
    r"|evidence/consistency/(hub|operator)/\d+-\d+\.txt"
    r"|evidence/tokens/[0-9a-f]{64}\.tsr"
    r"|evidence/signatures/[0-9a-f-]{36}\.json"
    r"|evidence/certificates/[0-9a-f]{64}\.pem"
    r"|evidence/revocation-lists/[0-9a-f]{64}-\d+\.pem"
    r"|evidence/attachments/[0-9a-f]{64}"
)


def checkpoint_of(house, files, log, size):
    """Open a checkpoint of a bundle with the log's key."""
    note = files[f"evidence/checkpoints/{log}/{size}.txt"]
    origin = note.decode().partition("\n")[0]
    key = CheckpointSigner(house.settings.keys).key(origin)
    return open_checkpoint(note, origin, [Ed25519Verifier(key)])


def lines_of(files):
    """Return the lines of a bundle: log, index, what they say."""
    found = ((LINE.fullmatch(name), content) for name, content in files.items())
    return [(match[1], int(match[2]), json.loads(content)) for match, content in found if match]


@pytest.mark.requirement("PF-1")
def test_every_line_is_proven_in_the_newest_checkpoint_on_both_databases(house):
    record = conclude(house).record
    files = unpacked(take_away(house, record).bundle)
    about = json.loads(files["evidence/bundle.json"])
    proven = 0

    for log, index, _line in lines_of(files):
        header, at, *rest = files[f"evidence/lines/{log}/{index}.tlog-proof"].decode().split("\n")
        proof = [base64.b64decode(line) for line in rest[: rest.index("")]]
        checkpoint = checkpoint_of(house, files, log, about["log"][log]["size"])
        leaf = leaf_hash(files[f"evidence/lines/{log}/{index}.json"])
        verify_inclusion(leaf, index, checkpoint.size, proof, checkpoint.root)
        proven += 1

        assert (header, at) == ("c2sp.org/tlog-proof@v1", f"index {index}")

    assert proven >= 19


@pytest.mark.requirement("PF-2")
def test_every_older_checkpoint_is_continued_by_the_newest(taken):
    sizes: dict[str, list[int]] = {}
    for name in taken.files:
        if name.startswith("evidence/consistency/"):
            _, _, log, pair = name.removesuffix(".txt").split("/")
            old, new = (checkpoint_of(taken.house, taken.files, log, int(size)) for size in pair.split("-"))
            proof = [base64.b64decode(line) for line in taken.files[name].decode().splitlines()]
            verify_consistency(old.size, old.root, new.size, new.root, proof)
            sizes.setdefault(log, []).append(old.size)
    kept = [name for name in taken.files if name.startswith("evidence/checkpoints/")]

    assert len(kept) == len(sizes.get("operator", [])) + len(sizes.get("hub", [])) + 2


@pytest.mark.requirement("PF-3", "AL-Complete")
def test_the_chain_of_the_record_is_whole(taken):
    subject = f"record:{taken.record.id}"
    chain = [
        line for log, _, line in sorted(lines_of(taken.files), key=lambda one: one[:2]) if line["subject"] == subject
    ]

    assert [line["sequence"] for line in chain] == list(range(1, len(chain) + 1))
    assert chain[0]["action"] == "notebook:record:issue"
    assert chain[-1]["action"] == "assessment:record:approve"


@pytest.mark.requirement("PF-4")
def test_every_issue_of_the_series_is_there(taken):
    issues = [
        line["after"]["record"] for _, _, line in lines_of(taken.files) if line["action"].endswith("record:issue")
    ]
    year = taken.record.issued_at.year

    assert sorted(issues) == [f"TST-{year}-0001", f"TST-{year}-0002"]


@pytest.mark.requirement("PF-10", "MH-6.3")
def test_every_row_is_the_last_that_the_lines_say_of_it(taken):
    said = {}
    for *_, line in sorted(lines_of(taken.files), key=lambda one: one[:2]):
        for table, key, version, digest in line["rows"]:
            said[table, key] = (version, digest)
    rows = json.loads(taken.files["evidence/rows.json"])

    assert rows == sorted(rows, key=lambda row: row[:3])
    assert {table for table, *_ in rows} == {
        *("record", "entry", "record_exception", "signature", "decision"),
        *("certificate", "revocation_list"),
    }
    for table, key, version, values in rows:
        body = b"cahier.row.v1\x00" + canonical.canonical_bytes([table, values])
        assert said[table, key] == (version, hashlib.sha256(body).hexdigest())


@pytest.mark.requirement("PF-12")
def test_every_text_opens_its_commitment_and_none_is_missing(taken):
    texts = json.loads(taken.files["evidence/texts.json"])
    reasons = {line["reason"] for _, _, line in lines_of(taken.files) if line["subject"].startswith("record:")}

    assert {canonical.commitment(one["text"], one["salt"]) for one in texts.values()} == texts.keys()
    assert reasons - {None} <= texts.keys()
    assert "Virgule mal placée" in {one["text"] for one in texts.values()}


@pytest.mark.requirement("PF-8", "PF-9")
def test_every_signature_verifies_with_the_key_beside_it(taken):
    signatures = [json.loads(taken.files[name]) for name in taken.files if name.startswith("evidence/signatures/")]
    with taken.house.storage.reading() as session:
        digest = content_digest(header_of(taken.record), sheet_of(session, taken.record))
    meanings = {}

    for one in signatures:
        key = load_pem_public_key(one["public_key"].encode())
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(base64.b64decode(one["value"]), one["manifest"].encode(), ec.ECDSA(SHA256()))
        manifest = json.loads(one["manifest"])
        meanings[manifest["meaning"]["code"]] = manifest

    assert meanings.keys() == {"PERFORMED", "VERIFIED", "REVIEWED", "APPROVED"}
    assert meanings["PERFORMED"]["digest"] == digest


@pytest.mark.requirement("PF-9", "C4-4.2")
def test_the_exercise_is_the_one_that_the_record_is_pinned_to(taken):
    master = taken.files["evidence/exercise.json"]

    assert hashlib.sha256(master).hexdigest() == taken.record.exercise_digest


def test_the_bundle_holds_nothing_that_the_format_does_not_name(taken):
    number = taken.record.number
    others = {name for name in taken.files if not PLACES.fullmatch(name)}

    assert others == {f"{number}.pdf", "ro-crate-metadata.json"}


def test_the_bundle_says_what_it_is_about(taken):
    about = taken.files["evidence/bundle.json"]
    facts = json.loads(about)

    assert about == canonical.canonical_bytes(facts)
    assert (facts["schema"], facts["number"], facts["operator"]) == ("cahier.bundle.v1", taken.record.number, "alpha")
    assert facts["series"] == {"name": "TST", "year": taken.record.issued_at.year}


def test_the_same_files_give_the_same_archive():
    files = {"b": b"two", "a/c": b"one"}
    at = clock.from_text("2026-11-23T09:05:00.000Z")

    assert write_archive("X-1", files, at) == write_archive("X-1", dict(reversed(files.items())), at)


def test_an_older_archive_than_the_format_knows_is_dated_at_its_beginning():
    made = write_archive("X-1", {"a": b""}, clock.from_text("1970-01-01T00:00:00.000Z"))

    assert unpacked(made) == {"a": b""}
