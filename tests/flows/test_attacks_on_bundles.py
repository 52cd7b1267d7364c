"""The attacks of §14.6 that show in a bundle: somebody changed the database of a hub behind its back, the hub makes a
bundle of what it finds, and a stranger's verifier names the statement that no longer holds.

The verifier is given the trust file of before, as a stranger has it. Attacks that show in the whole trail, at the
signer or at a witness are in `test_attacks_on_logs.py`, `test_attacks_on_rows.py` and `test_log_commands.py`; those
that need a token or an attachment in the tests of the verifier.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.audit.checkpoints import Checkpoint as SignedHead
from app.audit.checkpoints import sign_checkpoint
from app.audit.evidence import describe_row
from app.audit.models import Checkpoint, CommittedText, Line, Log
from app.audit.notes import Ed25519Signer
from app.audit.openings import Opening, seal_opening
from app.audit.rotating import rotate_key
from app.audit.sealing import seal_log
from app.audit.signer import CheckpointSigner
from app.audit.tree import EMPTY_ROOT, Frontier
from app.evidence.queries.anchors import roots_of
from app.evidence.queries.bundles import prove
from app.evidence.rules.trust import Trusted, trust_facts
from app.exercises.models import ExerciseVersion
from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.notebook.models import Entry, Record, RecordException
from app.signatures.models import Signature, SigningKey
from app.storage import Storage
from app.storage.files import FileStore
from app.storage.tables import table_of
from app.verifier import verify_bytes
from tests.attacks import add, behind, drop_triggers, forge, put, remove, rows_of, seal, trust_of
from tests.benches import a_bench, furnish
from tests.conftest import ENGINES
from tests.installation import Installation, open_installation, vault_in
from tests.unit.verifier.writer import pack

pytestmark = pytest.mark.requirement("A11-7.1", "MH-6.3")
LINES, CHECKPOINTS, TEXTS = (table_of(model) for model in (Line, Checkpoint, CommittedText))
ENTRIES, EXCEPTIONS, EXERCISES = (table_of(model) for model in (Entry, RecordException, ExerciseVersion))
ALPHA = "cahier.test/operator/alpha"
SIGNATURES, KEYS = table_of(Signature), table_of(SigningKey)


@dataclass
class Scene:
    """A hub with two concluded records in one series, and the trust file that strangers hold."""

    url: str
    keys: Path
    first: str
    second: str
    trust: dict[str, Any]

    def judged(self, record_id: str = "") -> dict[str, str]:
        """Return what the verifier answers of the evidence made from the database as it is, by statement."""
        with opened(self.url, self.keys.parent) as storage, storage.reading() as session:
            record = session.get_one(Record, record_id or self.first)
            store = FileStore(self.keys.parent / "files", vault_in(self.keys.parent))
            files = prove(session, record, clock.now(), store).files
            report = verify_bytes(pack(files, record.number), self.trust)
        return {one["id"]: one["answer"] for one in report["statements"]}

    def line_of(self, connection, action: str) -> dict[str, Any]:
        """Return the last line of the first record that did an act."""
        found = [row for row in rows_of(connection, LINES) if row["subject"] == f"record:{self.first}"]
        return next(row for row in reversed(found) if f'"action":"{action}"'.encode() in row["body"])

    def row_of(self, connection, table, **wanted: Any) -> dict[str, Any]:
        """Return the first row of a table with these values."""
        rows = rows_of(connection, table)
        return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


@contextmanager
def opened(url: str, var: Path) -> Iterator[Storage]:
    """Open a database for a moment, with the key store of an installation."""
    storage = Storage.open(url, vault_in(var))
    try:
        yield storage
    finally:
        storage.close()


@contextmanager
def copied(request: pytest.FixtureRequest, url: str, folder: Path) -> Iterator[str]:
    """Give the address of a copy of a database to which nobody is connected."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{shutil.copy(make_url(url).database or '', folder / 'copy.sqlite')}"
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create(template=make_url(url).database)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="module", params=ENGINES)
def before(request, tmp_path_factory):
    """The installation before any attack, made once an engine and copied; it is not open."""
    folder, template = tmp_path_factory.mktemp("scene"), request.getfixturevalue(f"founded_{request.param}_template")
    url = f"sqlite:///{template}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_cluster").url(template)
    with copied(request, url, folder) as mine:
        house = open_installation(mine, folder / "var")
        furnish(house, "trainee", "trainee2", "assessor")
        first, second = (conclude(house) for _ in range(2))
        scene = Scene(mine, house.settings.keys, first, second, trust_of(house))
        house.storage.close()
        yield scene


def conclude(house: Installation) -> str:
    """Bring a record to its end, sealing the logs after the work and after the decision; return its id."""
    bench = a_bench(house).enter("mass", "12,0").correct(1, "10,1", "Virgule mal placée").comment().perform()
    seal(house)
    bench.review().conclude()
    seal(house)
    return bench.record_id


@pytest.fixture
def scene(before, request, tmp_path):
    """A copy to attack."""
    keys = shutil.copytree(before.keys, tmp_path / "keys")
    shutil.copytree(before.keys.parent / "vault", tmp_path / "vault")
    with copied(request, before.url, tmp_path) as url:
        yield replace(before, url=url, keys=keys)


def test_before_an_attack_everything_required_holds(scene):
    found = scene.judged()

    assert {found[name] for name in scene.trust["required"]} == {"PASS"}
    assert found["PF-2"] == "PASS"


@pytest.mark.requirement("PF-10")
def test_a_value_changed_in_its_table_is_not_the_one_of_the_line(scene):
    with behind(scene.url) as connection:
        entry = scene.row_of(connection, ENTRIES, record_id=scene.first, sequence=2)
        put(connection, ENTRIES, entry, value="9.9")
    found = scene.judged()

    assert (found["PF-10"], found["PF-9"], found["PF-1"]) == ("FAIL", "FAIL", "PASS")


@pytest.mark.requirement("PF-10")
def test_fences_dropped_and_raised_again_hide_no_change(scene):
    with behind(scene.url, fenced=True) as connection:
        fences = drop_triggers(connection)
        entry = scene.row_of(connection, ENTRIES, record_id=scene.first, sequence=2)
        put(connection, ENTRIES, entry, value="9.9")
        for fence in fences.values():
            connection.exec_driver_sql(fence.replace("%", "%%"))

    assert scene.judged()["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-1")
def test_a_value_changed_in_its_line_is_not_the_one_of_the_tree(scene):
    with behind(scene.url) as connection:
        stored = scene.line_of(connection, "notebook:entry:correct")
        put(connection, LINES, stored, body=stored["body"].replace(b'"TST-001"', b'"TST-002"'))

    assert scene.judged()["PF-1"] == "FAIL"


@pytest.mark.requirement("PF-1")
def test_a_value_changed_in_table_line_and_tree_is_not_the_one_that_was_sealed(scene):
    rewrite(scene)

    assert scene.judged()["PF-1"] == "FAIL"


@pytest.mark.requirement("PF-2")
def test_a_history_written_anew_and_sealed_with_the_hubs_own_key_contradicts_what_was_sealed_before(scene):
    log_id = rewrite(scene)
    with behind(scene.url) as connection:
        sealed = [row for row in rows_of(connection, CHECKPOINTS) if row["log_id"] == log_id]
        remove(connection, CHECKPOINTS, max(sealed, key=itemgetter("size")))
    forget_what_was_signed(scene.keys, ALPHA)
    with opened(scene.url, scene.keys.parent) as storage:
        seal_log(storage, CheckpointSigner(scene.keys), log_id)
    found = scene.judged()

    assert (found["PF-1"], found["PF-2"]) == ("PASS", "FAIL")


@pytest.mark.requirement("PF-4")
def test_a_record_that_vanished_leaves_a_hole_in_its_series(scene):
    with behind(scene.url) as connection:
        for line in [row for row in rows_of(connection, LINES) if row["subject"] == f"record:{scene.first}"]:
            put(connection, LINES, line, subject="record:gone")

    assert scene.judged(scene.second)["PF-4"] == "FAIL"


@pytest.mark.requirement("PF-10", "PF-7")
def test_an_entry_that_was_put_in_later_with_a_time_of_its_own_is_in_no_line(scene):
    with behind(scene.url) as connection:
        entry = scene.row_of(connection, ENTRIES, record_id=scene.first, sequence=2)
        add(connection, ENTRIES, entry | {"sequence": 99, "recorded_at": "2020-01-01T00:00:00.000Z"})

    assert scene.judged()["PF-10"] == "FAIL"


@pytest.mark.requirement("PF-9")
def test_a_signature_moved_to_another_record_names_the_one_it_was_made_for(scene):
    with behind(scene.url) as connection:
        taken = scene.row_of(connection, SIGNATURES, subject=f"record:{scene.first}", meaning="APPROVED")
        put(connection, SIGNATURES, taken, subject=f"record:{scene.second}")
    found = scene.judged(scene.second)

    assert (found["PF-9"], found["PF-10"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("PF-8", "PF-9")
def test_another_meaning_in_a_manifest_breaks_its_signature(scene):
    with behind(scene.url) as connection:
        signed = scene.row_of(connection, SIGNATURES, subject=f"record:{scene.first}", meaning="REVIEWED")
        put(connection, SIGNATURES, signed, manifest=signed["manifest"].replace('"REVIEWED"', '"APPROVED"'))
    found = scene.judged()

    assert (found["PF-8"], found["PF-9"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("PF-8", "KM-1")
def test_a_key_swapped_for_the_attackers_own_is_certified_by_nobody(scene):
    forger = ec.generate_private_key(ec.SECP256R1())
    public = forger.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with behind(scene.url) as connection:
        signed = scene.row_of(connection, SIGNATURES, subject=f"record:{scene.first}", meaning="APPROVED")
        value = base64.b64encode(forger.sign(signed["manifest"].encode(), ec.ECDSA(SHA256()))).decode()
        put(connection, SIGNATURES, signed, value=value)
        put(connection, KEYS, scene.row_of(connection, KEYS, id=signed["key_id"]), public_key=public)

    assert scene.judged()["PF-8"] == "FAIL"


@pytest.mark.requirement("PF-9")
def test_a_limit_changed_under_a_signed_record_is_not_that_of_the_exercise_it_names(scene):
    with behind(scene.url) as connection:
        (exercise,) = rows_of(connection, EXERCISES)
        put(connection, EXERCISES, exercise, content=exercise["content"].replace("10.5", "15.5"))

    assert scene.judged()["PF-9"] == "FAIL"


@pytest.mark.requirement("PF-12")
def test_a_signer_renamed_afterwards_does_not_open_the_commitment(scene):
    """By somebody who holds the key store, too."""
    with opened(scene.url, scene.keys.parent) as storage, storage.reading() as session:
        printed = {
            kept.commitment: kept.salt or "" for kept in session.query(CommittedText) if kept.text == "Léa Martin"
        }
    vault = vault_in(scene.keys.parent)
    with behind(scene.url) as connection:
        for row in [row for row in rows_of(connection, TEXTS) if row["commitment"] in printed]:
            other = Opening("Lea Martens", printed[row["commitment"]])
            put(connection, TEXTS, row, sealed=seal_opening(vault, row["commitment"], row["person_id"], other))

    assert scene.judged()["PF-12"] == "FAIL"


@pytest.mark.requirement("PF-10")
def test_an_exception_taken_out_before_the_decision_is_missing(scene):
    with behind(scene.url) as connection:
        remove(connection, EXCEPTIONS, scene.row_of(connection, EXCEPTIONS, record_id=scene.first))
    found = scene.judged()

    assert (found["PF-10"], found["PF-9"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("PF-3")
def test_a_bundle_without_the_ugly_entry_has_a_hole_in_its_chain(scene):
    with behind(scene.url) as connection:
        ugly = scene.line_of(connection, "notebook:entry:correct")
        put(connection, LINES, ugly, subject="record:elsewhere")

    assert scene.judged()["PF-3"] == "FAIL"


def rewrite(scene: Scene) -> int:
    """Change a value in its table, in its line and in the tree above it; return the number of the log."""
    with behind(scene.url) as connection:
        put(connection, ENTRIES, scene.row_of(connection, ENTRIES, record_id=scene.first, sequence=2), value="9.9")
    with opened(scene.url, scene.keys.parent) as storage, storage.reading() as session:
        digest = describe_row(session.get_one(Entry, (scene.first, 2))).digest
    with behind(scene.url) as connection:
        stored = scene.line_of(connection, "notebook:entry:correct")
        rows = [[*row[:3], digest] if row[0] == "entry" else row for row in json.loads(stored["body"])["rows"]]
        forge(connection, stored["log_id"], stored["line_index"], rows=rows)
    return int(stored["log_id"])


def forget_what_was_signed(keys: Path, origin: str) -> None:
    """Have the signer of a log believe that it never signed anything, as a thief of its key can."""
    signer = CheckpointSigner(keys)
    key = load_pem_private_key(signer.key_path(origin).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    empty = sign_checkpoint(SignedHead(origin, 0, EMPTY_ROOT), Ed25519Signer(origin, key))
    signer.key_path(origin).with_suffix(".checkpoint").write_bytes(empty.to_bytes())


def rotate(scene: Scene) -> tuple[Ed25519Signer, dict[str, Any]]:
    """Let a new key sign the operator's log; return the old one, as a thief has it, and the trust file from then on."""
    signer = CheckpointSigner(scene.keys)
    stolen = signer.current_signer(ALPHA)
    with opened(scene.url, scene.keys.parent) as storage:
        actor = system_actor("command", Permission.OPERATOR_ADMINISTER)
        with signer.succeeding(ALPHA) as succession, storage.transaction() as session:
            rotate_key(session, succession, actor=actor)
        with storage.reading() as session:
            log_id = session.scalars(select(Log.id).where(Log.origin == ALPHA)).one()
        seal_log(storage, signer, log_id)
        with storage.reading() as session:
            keys = {origin: signer.history(origin).keys for origin in signer.origins()}
            return stolen, trust_facts(Trusted(keys, roots_of(session)))


def sign_fork(scene: Scene, thief: Ed25519Signer, log_id: int) -> None:
    """Put a checkpoint over the log as it is now, signed by somebody else, in place of the newest."""
    with opened(scene.url, scene.keys.parent) as storage, storage.reading() as session:
        log = session.get_one(Log, log_id)
        head = SignedHead(ALPHA, log.size, Frontier.from_bytes(log.size, log.frontier).root())
    with behind(scene.url) as connection:
        newest = scene.row_of(connection, CHECKPOINTS, log_id=log_id, size=head.size)
        put(connection, CHECKPOINTS, newest, note=sign_checkpoint(head, thief).to_bytes())


@pytest.mark.requirement("KM-5", "PF-1", "PF-2")
def test_evidence_that_spans_a_change_of_key_holds_for_whoever_has_the_new_trust_file(scene):
    _, trust = rotate(scene)
    old, new = scene.judged(), replace(scene, trust=trust).judged()

    assert {new[name] for name in trust["required"]} | {new["PF-2"]} == {"PASS"}
    assert old["PF-1"] == "FAIL"


@pytest.mark.requirement("KM-5", "PF-1", "PF-2")
def test_a_fork_that_the_old_key_signs_after_its_time_is_signed_by_nobody(scene):
    thief, trust = rotate(scene)
    log_id = rewrite(scene)
    sign_fork(scene, thief, log_id)
    found = replace(scene, trust=trust).judged()

    assert (found["PF-1"], found["PF-2"]) == ("FAIL", "FAIL")


@pytest.mark.requirement("KM-5", "PF-2")
def test_a_fork_that_the_old_key_signs_of_sizes_it_might_sign_contradicts_the_head_of_the_new_key(scene):
    thief, trust = rotate(scene)
    with behind(scene.url) as connection:
        log_id = scene.line_of(connection, "notebook:entry:correct")["log_id"]
        sizes = [row["size"] for row in rows_of(connection, CHECKPOINTS) if row["log_id"] == log_id]
    wrong = sign_checkpoint(SignedHead(ALPHA, sizes[0], bytes(32)), thief).to_bytes()
    with behind(scene.url) as connection:
        stored = scene.row_of(connection, CHECKPOINTS, log_id=log_id, size=sizes[0])
        put(connection, CHECKPOINTS, stored, note=wrong)
    found = replace(scene, trust=trust).judged()

    assert (found["PF-1"], found["PF-2"]) == ("PASS", "FAIL")
