"""Our use of witnesses: what is asked, what is kept, when a quorum is missed, and a witness that remembers more."""

import shutil
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.audit.actions import Action
from app.audit.checkpoints import Cosigner, parse_checkpoint
from app.audit.cosigning import NotCosigned, cosign_due_logs, find_cosignature
from app.audit.models import HUB_LOG, Checkpoint, Cosignature, OutsideParty
from app.audit.policies import parse_policy
from app.audit.sealing import seal_log
from app.audit.services import Subject, note
from app.audit.signer import CheckpointSigner
from app.audit.standing import standings, troubles
from app.audit.timestamping import open_client
from app.audit.verification import Code, verify
from app.kernel import clock
from app.kernel.actors import system_actor
from app.storage.tables import table_of
from tests.attacks import behind, put, remove, rows_of, url_of
from tests.installation import ORIGIN, open_installation
from tests.witnesses import running_witness

HUB = f"{ORIGIN}/hub"
COSIGNATURES = table_of(Cosignature)


@pytest.fixture
def client():
    """What asks."""
    with open_client() as opened:
        yield opened


@pytest.fixture
def key(house):
    """The key of the hub's log, which has a checkpoint."""
    return grow(house)


@pytest.fixture
def witness(key, tmp_path):
    """A running witness that knows the hub's log."""
    with running_witness(tmp_path / "w1", "w1.example", [key]) as running:
        yield running


def grow(house):
    """Add a line to the hub's log and seal it; return the log's key."""
    signer = CheckpointSigner(house.settings.keys)
    with house.acting() as session:
        note(session, Action.REQUEST_REFUSED, Subject("route", "x"), actor=system_actor("test"))
    seal_log(house.storage, signer, HUB_LOG)
    return signer.key(HUB)


def policy_of(*running, quorum="any", log=None):
    """Return a policy over running witnesses."""
    lines = [one.policy_line(f"W{number}") for number, one in enumerate(running, 1)]
    members = " ".join(f"W{number}" for number in range(1, len(running) + 1))
    named = [f"log {log.to_text()}\n"] if log else []
    return parse_policy("".join([*named, *lines, f"group G {quorum} {members}\nquorum G\n"]).encode())


def judged(house, policy, **how):
    """Return the verdict under a policy."""
    signer = CheckpointSigner(house.settings.keys)
    return verify(house.storage, replace(signer.trust(*signer.origins()), policy=policy), origin=HUB, **how)


def codes(verdict):
    """Return the kinds of what was found."""
    return [finding.code for finding in verdict.findings]


def kept(house):
    """Return the sizes that were cosigned."""
    with house.storage.reading() as session:
        return session.scalars(select(Cosignature.size).order_by(Cosignature.size)).all()


@pytest.mark.requirement("PF-11", "PF-2")
def test_each_newest_checkpoint_is_cosigned_once(house, witness, client):
    policy = policy_of(witness)
    first = [cosign_due_logs(house.storage, client, policy) for _ in range(2)]
    grow(house)
    second = [cosign_due_logs(house.storage, client, policy) for _ in range(2)]

    verdict = judged(house, policy)
    assert (first, second) == ([1, 0], [1, 0])
    assert len(kept(house)) == 2
    assert verdict.findings == ()
    assert (verdict.logs[0].cosigned, verdict.logs[0].cosigning) == (verdict.logs[0].size, False)


@pytest.mark.requirement("PF-11")
def test_a_size_that_we_forgot_is_learned_from_the_witness(house, witness, client):
    policy = policy_of(witness)
    cosign_due_logs(house.storage, client, policy)
    with house.storage.transaction() as session:
        session.delete(session.scalars(select(OutsideParty)).one())
    grow(house)

    assert cosign_due_logs(house.storage, client, policy) == 1
    assert witness.witness.remembered(HUB).size == kept(house)[-1]


@pytest.mark.requirement("PF-11")
def test_a_missing_quorum_is_pending_at_first_and_then_a_finding(house, witness, client, tmp_path):
    with clock.simulated(clock.now()) as simulation:
        key = grow(house)
        with running_witness(tmp_path / "w2", "w2.example", [key]) as second:
            policy = policy_of(witness, second, quorum="all")
        cosign_due_logs(house.storage, client, policy)  # the second is gone
        fresh = judged(house, policy)
        simulation.advance(hours=2)
        late, without = judged(house, policy), judged(house, None)

    assert (codes(fresh), fresh.logs[0].cosigning) == ([], True)
    assert (codes(late), late.logs[0].cosigning) == ([Code.COSIGNATURES_MISSING], False)
    assert (codes(without), without.logs[0].cosigned) == ([], None)


@pytest.mark.requirement("PF-11")
def test_a_later_quorum_vouches_for_what_came_before(house, witness, client):
    policy = policy_of(witness)
    with clock.simulated(clock.now()) as simulation:
        grow(house)
        simulation.advance(hours=2)
        before = judged(house, policy)
        grow(house)
        cosign_due_logs(house.storage, client, policy)
        after = judged(house, policy)

    assert codes(before) == [Code.COSIGNATURES_MISSING]
    assert codes(after) == []


def test_a_log_that_the_policy_does_not_name_is_not_asked_about(house, witness, client, key):
    other = replace(key, name="log.example/other")

    assert cosign_due_logs(house.storage, client, policy_of(witness, log=other)) == 0
    assert cosign_due_logs(house.storage, client, policy_of(witness, log=key)) == 1


@pytest.mark.requirement("PF-11")
def test_a_cosignature_that_was_altered_is_a_finding_and_counts_for_nothing(house, witness, client):
    policy = policy_of(witness)
    with clock.simulated(clock.now()) as simulation:
        cosign_due_logs(house.storage, client, policy)
        with behind(url_of(house)) as connection:
            (row,) = rows_of(connection, COSIGNATURES)
            put(connection, COSIGNATURES, row, line=row["line"][:-20] + "AAAA" + row["line"][-16:])
        simulation.advance(hours=2)
        altered = codes(judged(house, policy))
        with behind(url_of(house)) as connection:
            remove(connection, COSIGNATURES, row)
        removed = codes(judged(house, policy))

    assert altered == [Code.COSIGNATURE_INVALID, Code.COSIGNATURES_MISSING]
    assert removed == [Code.COSIGNATURES_MISSING]


@pytest.mark.requirement("PF-11", "VAL-6")
def test_a_witness_that_is_down_is_asked_more_and_more_rarely_and_loses_nothing(house, key, client, tmp_path):
    with running_witness(tmp_path / "w1", "w1.example", [key]) as running:
        policy, port = policy_of(running), int(running.address.rsplit(":", 1)[1])
    with clock.simulated(clock.now()) as simulation:
        came = [cosign_due_logs(house.storage, client, policy) for _ in range(2)]
        with house.storage.reading() as session:
            (trouble,) = troubles(session)
            (hub, *_) = standings(session, policy, ())
        simulation.advance(minutes=2)
        with running_witness(tmp_path / "w1", "w1.example", [key], port):
            came.append(cosign_due_logs(house.storage, client, policy))

    assert came == [0, 0, 1]
    assert (trouble.origin, trouble.failures) == (HUB, 1)
    assert (hub.quorum, hub.cosigners) == (False, ())


@pytest.mark.requirement("PF-11")
def test_an_old_copy_of_the_database_that_goes_on_meets_a_witness_that_remembers_more(house, witness, client, tmp_path):
    if not house.storage.is_sqlite:
        return  # a file is the easiest database to set back; the protocol is the same
    policy = policy_of(witness)
    database, keys = make_url(house.settings.database_url).database or "", house.settings.keys
    house.storage.close()
    shutil.copy(database, tmp_path / "old.sqlite")
    shutil.copytree(keys, tmp_path / "old-var" / "keys")
    shutil.copytree(house.settings.vault, tmp_path / "old-var" / "vault")
    for _ in range(3):
        grow(house)
    cosign_due_logs(house.storage, client, policy)

    # Somebody with the whole machine sets back database, keys and the signer's memory together.
    old = open_installation(f"sqlite:///{tmp_path / 'old.sqlite'}", tmp_path / "old-var")
    grow(old)
    came = cosign_due_logs(old.storage, client, policy)
    with old.storage.reading() as session:
        (hub, *_) = standings(session, policy, ())
    shorter = codes(judged(old, policy))
    with clock.simulated(clock.now()) as simulation:
        for _ in range(4):  # and goes on until it is longer
            grow(old)
        simulation.advance(minutes=5)
        later = cosign_due_logs(old.storage, client, policy)
        forked = judged(old, policy)
    old.storage.close()

    assert (came, later) == (0, 0)
    assert len(hub.conflicts) == 1
    assert "remembers" in hub.conflicts[0]
    assert shorter == [Code.WITNESS_CONFLICT]
    assert Code.WITNESS_CONFLICT in codes(forked)
    assert any("refuses" in finding.found for finding in forked.findings)


@pytest.mark.requirement("PF-11")
def test_a_conflict_is_over_when_the_witness_cosigns_again(house, witness, client):
    policy = policy_of(witness)
    with house.storage.transaction() as session:
        name = f"w1.example+{witness.witness.key.key_id.hex()}"
        row = OutsideParty(kind="witness", name=name, origin=HUB, failures=1, conflict="x", conflict_at=clock.now())
        session.add(row)
    before = codes(judged(house, policy))
    cosign_due_logs(house.storage, client, policy)

    assert before == [Code.WITNESS_CONFLICT]
    assert codes(judged(house, policy)) == []


@pytest.mark.requirement("PF-11")
def test_only_a_cosignature_by_the_key_of_the_policy_is_taken(house, key):
    with house.storage.reading() as session:
        note_bytes = session.scalars(select(Checkpoint.note)).first()
    assert note_bytes is not None
    ours = Cosigner("w.example", Ed25519PrivateKey.generate())
    others = Cosigner("w.example", Ed25519PrivateKey.generate())
    text = note_bytes.split(b"\n\n")[0].decode() + "\n"
    good = ours.cosign(parse_checkpoint(text), 1).line()
    foreign = others.cosign(parse_checkpoint(text), 1).line()

    assert find_cosignature(note_bytes, (foreign + good).encode(), ours.key).line() == good
    for body in (foreign, "", "nothing\n", good.replace("w.example", "v.example"), good[:-8] + good[-4:]):
        with pytest.raises(NotCosigned):
            find_cosignature(note_bytes, body.encode(), ours.key)
