"""The next key of a log: announced by both keys, used from the line after, and known outside the database (KM-5)."""

import json
import shutil

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from app.audit.cosigning import cosign_due_logs
from app.audit.errors import SignerKeyMissing, SignerRefuses
from app.audit.models import HUB_LOG, Cosignature, Log
from app.audit.models import Checkpoint as Stored
from app.audit.notes import Ed25519Signer, Ed25519Verifier, NoteError, parse_note, parse_verifier_key, verify_note
from app.audit.policies import parse_policy
from app.audit.proofs import consistency_proof
from app.audit.publishing import write_tiles
from app.audit.rotating import Outside, announced_keys, rotate_key, vouched_outside
from app.audit.sealing import seal_log
from app.audit.services import Subject, note
from app.audit.signer import CheckpointSigner
from app.audit.succession import Announcement, open_announcement
from app.audit.tiles import StoredTiles
from app.audit.timestamping import Authorities, anchor_due_logs, open_client
from app.audit.verification import Code, verify
from app.audit.witness import open_witness, write_submission
from app.installation.inventory import list_keys, unlisted_files
from app.kernel.actors import Permission, system_actor
from app.storage.tables import table_of
from app.trail.cli import read_trust, rotate
from app.web.console import House
from tests.attacks import add, behind, judged, named, rows_of, trust_of, url_of
from tests.installation import ORIGIN
from tests.tsa import running_authority
from tests.witnesses import running_witness

pytestmark = pytest.mark.requirement("KM-5")
HUB = f"{ORIGIN}/hub"
ACTOR = system_actor("command", Permission.OPERATOR_ADMINISTER)


@pytest.fixture
def signer(house):
    """The signer of a house whose hub has a checkpoint."""
    signer = CheckpointSigner(house.settings.keys)
    seal_log(house.storage, signer, HUB_LOG)
    return signer


def typed(house, *words, fails=False):
    """Type `cahier audit key rotate`, and return what it says as JSON, or as text where it is to fail."""
    opened = House(house.settings)
    done = CliRunner().invoke(rotate, [HUB, *words, *(() if fails else ("--json",))], obj=opened)
    opened.close()
    assert bool(done.exit_code) == fails, done.output
    return done.output if fails else json.loads(done.output)


def beat(house, times=1):
    """Let the hub's log grow."""
    for _ in range(times):
        with house.storage.transaction() as session:
            note(session, Action.LOG_HEARTBEAT, Subject("log", HUB), actor=system_actor("worker"))


def notes_of(house):
    """Return the stored checkpoints of the hub by size."""
    with house.storage.reading() as session:
        query = select(Stored.size, Stored.note).where(Stored.log_id == HUB_LOG).order_by(Stored.size)
        return dict(map(tuple, session.execute(query)))


def keys_folder(house):
    """Return where the files of the hub's key are, without their ending."""
    return CheckpointSigner(house.settings.keys).key_path(HUB)


def test_the_new_key_alone_signs_after_the_line_that_both_keys_announce(house, signer):
    old = signer.key(HUB)

    said = typed(house, "--reason", "Every two years.")
    beat(house)
    seal_log(house.storage, signer, HUB_LOG)

    new = parse_verifier_key(said["new"])
    lines = house.lines(None)
    (announcing,) = [line for line in lines if line["action"] == "audit:key:rotate"]
    announcement = open_announcement(announcing["after"]["announcement"].encode())
    assert announcement == Announcement(HUB, old, announcing["index"] + 1, new, announcing["index"] + 1)
    for key in (old, new):
        verify_note(parse_note(announcing["after"]["announcement"].encode()), [Ed25519Verifier(key)])
    assert announcing["reason"]
    assert signer.key(HUB) == new != old
    for size, data in notes_of(house).items():
        assert open_checkpoint(data, HUB, [Ed25519Verifier(new if size >= said["new_from"] else old)]).size == size
    assert judged(house).findings == ()


def test_the_trust_file_lists_which_sizes_each_key_may_sign(house, signer):
    first = trust_of(house)
    said = typed(house)
    second = trust_of(house)
    typed(house)
    third = trust_of(house)

    ranges = [(one["from"], one["to"]) for one in third["logs"] if one["origin"] == HUB]
    assert [one["version"] for one in (first, second, third)] == [1, 2, 3]
    assert ranges[0] == (0, said["new_from"])
    assert ranges[0][1] == ranges[1][0]
    assert ranges[1][1] == ranges[2][0]
    assert ranges[2][1] is None


@pytest.mark.requirement("KM-12")
def test_the_inventory_shows_both_keys_with_their_dates(house, signer):
    old = signer.key(HUB).to_text()
    typed(house)

    with house.storage.reading() as session:
        listed = list_keys(session, house.settings)

    (earlier,) = [key for key in listed if old in key.location]
    assert (bool(earlier.created), bool(earlier.expires)) == (True, True)
    assert [path for path in unlisted_files(house.settings) if "log-" in path.name] == []


def test_a_checkpoint_by_the_old_key_after_its_range_is_found(house, signer):
    thief = Ed25519Signer(HUB, signer.current_signer(HUB).private_key)
    typed(house)
    beat(house)
    with house.storage.reading() as session:
        log = session.get_one(Log, HUB_LOG)
        head = signer.remembered(HUB)
    forged = sign_checkpoint(Checkpoint(HUB, log.size, head.root), thief)
    with behind(url_of(house)) as connection:
        row = rows_of(connection, table_of(Stored))[-1]
        add(connection, table_of(Stored), row | {"log_id": HUB_LOG, "size": log.size, "note": forged.to_bytes()})

    (finding,) = named(judged(house), Code.CHECKPOINT_INVALID)
    assert finding.index == log.size


def test_the_signer_does_not_sign_with_an_old_key_that_was_put_back(house, signer):
    stolen = keys_folder(house).read_bytes()
    typed(house)
    keys_folder(house).write_bytes(stolen)

    with pytest.raises(SignerKeyMissing, match="which is the one in use"):
        seal_log(house.storage, signer, HUB_LOG)


def test_a_signer_from_an_old_copy_is_told_by_the_log_that_its_key_was_succeeded(house, signer, tmp_path):
    shutil.copytree(house.settings.keys, tmp_path / "old")
    typed(house)

    with pytest.raises(SignerRefuses, match="was succeeded by"):
        seal_log(house.storage, CheckpointSigner(tmp_path / "old"), HUB_LOG)


def test_an_announcement_that_was_rolled_back_leaves_the_old_key_in_use(house, signer):
    old = signer.key(HUB)
    with signer.succeeding(HUB) as succession, house.storage.reading() as session:
        rotate_key(session, succession, actor=ACTOR)
        session.rollback()
    beat(house, 2)
    seal_log(house.storage, signer, HUB_LOG)

    assert signer.key(HUB) == old
    assert not list(house.settings.keys.glob("*.next"))
    assert judged(house).findings == ()


def test_a_crash_after_the_announcement_loses_nothing(house, signer):
    with signer.succeeding(HUB) as succession, house.storage.transaction() as session:
        announced = rotate_key(session, succession, actor=ACTOR)
    assert list(house.settings.keys.glob("*.next"))
    again = CheckpointSigner(house.settings.keys)
    seal_log(house.storage, again, HUB_LOG)

    assert again.key(HUB) == announced.new
    assert not list(house.settings.keys.glob("*.next"))
    assert judged(house).findings == ()


def test_whoever_kept_only_the_first_key_or_only_the_last_follows_the_announcements(house, signer):
    kept = [signer.key(HUB).to_text()]
    for _ in range(2):
        typed(house)
    kept.append(signer.key(HUB).to_text())

    for one in kept:
        trust = read_trust(House(house.settings), [one])
        assert verify(house.storage, trust).findings == ()


@pytest.mark.requirement("PF-11")
def test_a_witness_that_knows_both_keys_goes_on_and_takes_the_old_key_no_more(house, signer, tmp_path):
    thief = Ed25519Signer(HUB, signer.current_signer(HUB).private_key)
    old = signer.key(HUB)
    before = signer.remembered(HUB)
    said = typed(house)
    new = parse_verifier_key(said["new"])
    witness = open_witness(tmp_path / "w", "w.example", [old, new])
    first = max(size for size in notes_of(house) if size < said["new_from"])
    answers = [witness.add_checkpoint(write_submission(0, (), notes_of(house)[first])).status]
    with house.storage.reading() as session:
        proof = consistency_proof(StoredTiles(session, HUB_LOG), first, said["new_from"])
    answers.append(witness.add_checkpoint(write_submission(first, proof, notes_of(house)[said["new_from"]])).status)
    same = parse_checkpoint(parse_note(notes_of(house)[said["new_from"]]).text)
    forged = sign_checkpoint(same, thief).to_bytes()
    answers.append(witness.add_checkpoint(write_submission(said["new_from"], (), forged)).status)
    only_old = open_witness(tmp_path / "v", "v.example", [old])
    answers.append(only_old.add_checkpoint(write_submission(0, (), notes_of(house)[said["new_from"]])).status)

    assert before.size <= first
    assert answers == [200, 200, 403, 403]


def test_the_log_is_published_on_with_checkpoints_of_the_new_key(house, signer, tmp_path):
    said = typed(house)
    with house.storage.reading() as session:
        write_tiles(session, session.get_one(Log, HUB_LOG), tmp_path)

    verifier = Ed25519Verifier(parse_verifier_key(said["new"]))
    assert open_checkpoint((tmp_path / "checkpoint").read_bytes(), HUB, [verifier]).size == said["new_from"]


def test_a_lost_key_is_replaced_in_an_emergency_up_to_what_others_vouch_for(house, signer, tmp_path):
    old, vouched = signer.key(HUB), signer.remembered(HUB)
    (tmp_path / "kept").write_bytes(notes_of(house)[vouched.size])
    beat(house, 2)
    seal_log(house.storage, signer, HUB_LOG)
    for ending in ("key", "keys", "checkpoint"):
        keys_folder(house).with_suffix(f".{ending}").unlink()

    refused = typed(house, "--emergency", "--reason", "The disk of the keys is gone.", fails=True)
    words = ("--emergency", "--reason", "The disk of the keys is gone.", "--old-key", old.to_text())
    said = typed(house, *words, "--checkpoint", str(tmp_path / "kept"))
    beat(house)
    seal_log(house.storage, signer, HUB_LOG)

    (line,) = [line for line in house.lines(None) if line["action"] == "audit:key:replace"]
    assert "no key for the log" in refused
    assert (said["old_end"], said["emergency"]) == (vouched.size + 1, True)
    assert (line["after"]["vouched"], line["after"]["vouched_by"]) == (vouched.size, "checkpoint kept elsewhere")
    assert trust_of(house)["version"] == 2
    assert judged(house).findings == ()
    with house.storage.reading() as session:
        (announced,) = announced_keys(session, HUB_LOG)
    with pytest.raises(NoteError):
        verify_note(parse_note(line["after"]["announcement"].encode()), [Ed25519Verifier(announced.old)])


def test_in_an_emergency_the_signer_keeps_to_what_it_remembers(house, signer):
    remembered = signer.remembered(HUB)
    typed(house, "--emergency", "--reason", "A copy of the key was found on a laptop.")

    assert signer.remembered(HUB).size > remembered.size
    assert [one["to"] for one in trust_of(house)["logs"] if one["origin"] == HUB] == [0, None]


def test_an_emergency_is_refused_where_the_log_is_shorter_than_what_others_vouch_for(house, signer, tmp_path):
    key = signer.current_signer(HUB)
    (tmp_path / "kept").write_bytes(sign_checkpoint(Checkpoint(HUB, 10_000, bytes(32)), key).to_bytes())

    said = typed(house, "--emergency", "--reason", "Lost.", "--checkpoint", str(tmp_path / "kept"), fails=True)
    assert "lines are gone" in said
    assert signer.key(HUB) == key.key


def test_an_emergency_needs_a_reason(house, signer):
    assert "needs a reason" in typed(house, "--emergency", fails=True)
    assert "--emergency" in typed(house, "--old-key", "x", fails=True)


@pytest.mark.requirement("TSP-5", "PF-11")
def test_witness_and_authority_vouch_in_an_emergency_and_rows_that_nobody_signed_do_not(house, signer, tmp_path):
    folder = house.settings.timestamp_roots
    folder.mkdir()
    with (
        running_authority(tmp_path / "tsa") as tsa,
        running_witness(tmp_path / "w", "w.example", [signer.key(HUB)]) as witness,
        open_client() as client,
    ):
        (folder / "tsa.pem").write_bytes(tsa.root.read_bytes())
        anchor_due_logs(house.storage, client, Authorities((tsa.address,), folder))
        stamped = signer.remembered(HUB).size
        beat(house)
        seal_log(house.storage, signer, HUB_LOG)
        policy = parse_policy(f"{witness.policy_line('W')}quorum W\n".encode())
        cosign_due_logs(house.storage, client, policy)
    cosigned = signer.remembered(HUB).size
    beat(house)
    longest = seal_log(house.storage, signer, HUB_LOG).size
    with behind(url_of(house)) as connection:
        row = rows_of(connection, table_of(Cosignature))[-1]
        add(connection, table_of(Cosignature), row | {"size": longest})
    roots = Authorities((), folder).trusted()
    with signer.succeeding(HUB) as succession, house.storage.reading() as session:
        found = [
            vouched_outside(session, succession, outside)
            for outside in (Outside(policy, roots), Outside(None, roots), Outside(policy), Outside())
        ]

    assert [one.checkpoint.size for one in found] == [cosigned, stamped, cosigned, 0]
    assert [one.by.split()[0] for one in found] == ["witness", "authority", "witness", "nobody"]
