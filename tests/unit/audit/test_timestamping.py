"""Anchoring checkpoints with a real authority (openssl): what is asked, what is taken, what while it is down."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from sqlalchemy import select

from app.audit.anchors import imprint_of, latest_token
from app.audit.models import HUB_LOG, Checkpoint, Log, OutsideParty, TimestampToken
from app.audit.sealing import seal_due_logs, seal_log
from app.audit.signer import CheckpointSigner
from app.audit.standing import standing_of
from app.audit.timestamping import (
    Authorities,
    StampRefused,
    anchor_due_logs,
    check_reply,
    is_pending,
    newest_checkpoint,
    obtain_stamp,
    open_client,
)
from app.kernel import clock
from tests.tsa import running_authority

DATA = b"a checkpoint"


@pytest.fixture
def authority(tmp_path):
    """A running authority."""
    with running_authority(tmp_path / "tsa") as running:
        yield running


@pytest.fixture
def client():
    """What asks."""
    with open_client() as opened:
        yield opened


def roots_of(*authorities):
    """Return the roots of authorities."""
    return [root for one in authorities for root in load_pem_x509_certificates(one.root.read_bytes())]


def trusting(tmp_path, *authorities):
    """Return the settings that ask these authorities and trust their roots."""
    folder = tmp_path / "roots"
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(authorities):
        (folder / f"{number}.pem").write_bytes(one.root.read_bytes())
    return Authorities(tuple(one.address for one in authorities), folder)


@pytest.fixture
def sealed(house):
    """A house whose hub's log has a checkpoint."""
    seal_log(house.storage, CheckpointSigner(house.settings.keys), HUB_LOG)
    return house


def tokens(house):
    """Return the tokens that are kept."""
    with house.storage.reading() as session:
        return session.scalars(select(TimestampToken).order_by(TimestampToken.line_index)).all()


@pytest.mark.requirement("TSP-1", "TSP-2", "TSP-3")
def test_only_a_hash_leaves_with_a_fresh_nonce_each_time(authority, client):
    stamps = [obtain_stamp(client, authority.address, roots_of(authority), DATA) for _ in range(2)]

    assert imprint_of(DATA) in authority.asked[0]
    assert DATA not in authority.asked[0]
    assert len(authority.asked[0]) < 100
    assert authority.asked[0] != authority.asked[1]
    assert abs(clock.now() - stamps[0].generated_at) < timedelta(minutes=5)


@pytest.mark.requirement("TSP-2")
def test_an_old_reply_is_refused(authority, client):
    obtain_stamp(client, authority.address, roots_of(authority), DATA)
    authority.fault = "replay"

    with pytest.raises(StampRefused, match="Nonce"):
        obtain_stamp(client, authority.address, roots_of(authority), DATA)


@pytest.mark.requirement("TSP-4")
def test_a_token_over_other_bytes_is_refused(authority):
    request = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    reply = authority.stamp(request.as_bytes())

    assert check_reply("x", roots_of(authority), request, DATA, reply).token in reply
    with pytest.raises(StampRefused, match="Mismatch"):
        check_reply("x", roots_of(authority), request, b"other bytes", reply)


@pytest.mark.requirement("TSP-4")
def test_a_token_over_another_kind_of_hash_is_refused(authority):
    request = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA512).build()

    with pytest.raises(StampRefused):
        check_reply("x", roots_of(authority), request, DATA, authority.stamp(request.as_bytes()))


def naming_another(reply, authority):
    """Return a reply whose signed attributes name another certificate, signed anew with the authority's own key."""
    answer = tsp.TimeStampResp.load(reply)
    (signer,) = answer["time_stamp_token"]["content"]["signer_infos"]
    for attribute in signer["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            attribute["values"][0]["certs"][0]["cert_hash"] = bytes(32)
    key = load_pem_private_key((authority.folder / "signer.key").read_bytes(), None)
    signed = signer["signed_attrs"].untag().dump(force=True)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signer["signature"] = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    return answer.dump(force=True)


@pytest.mark.requirement("TSP-4")
def test_a_token_whose_signed_attributes_name_another_certificate_is_refused(authority):
    request = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    reply = authority.stamp(request.as_bytes())

    with pytest.raises(StampRefused, match="another certificate"):
        check_reply("x", roots_of(authority), request, DATA, naming_another(reply, authority))


@pytest.mark.requirement("TSP-4")
def test_every_changed_byte_of_a_reply_is_refused_or_changes_nothing_that_counts(authority):
    request = TimestampRequestBuilder().data(DATA).hash_algorithm(HashAlgorithm.SHA256).build()
    reply = authority.stamp(request.as_bytes())
    whole, roots = check_reply("x", roots_of(authority), request, DATA, reply), roots_of(authority)
    taken = []
    for place in range(0, len(reply), 7):
        changed = reply[:place] + bytes([reply[place] ^ 1]) + reply[place + 1 :]
        try:
            taken.append(check_reply("x", roots, request, DATA, changed))
        except StampRefused:
            continue

    assert {stamp.generated_at for stamp in taken} <= {whole.generated_at}
    assert len(taken) < len(reply) // 7 // 4


@pytest.mark.requirement("TSP-4")
def test_an_authority_under_an_unknown_root_is_refused(authority, client, tmp_path):
    with running_authority(tmp_path / "other") as other, pytest.raises(StampRefused, match="not a token"):
        obtain_stamp(client, authority.address, roots_of(other), DATA)
    with pytest.raises(StampRefused, match="no root"):
        obtain_stamp(client, authority.address, [], DATA)


@pytest.mark.requirement("PF-5", "TSP-3")
def test_the_newest_checkpoint_is_anchored_by_one_line_of_its_log(sealed, authority, client, tmp_path):
    before = len(sealed.lines())
    anchored = anchor_due_logs(sealed.storage, client, trusting(tmp_path, authority))

    (token,) = tokens(sealed)
    (line,) = sealed.lines()[before:]
    with sealed.storage.reading() as session:
        checkpoint = session.get_one(Checkpoint, (HUB_LOG, token.size))
        pending = is_pending(session, HUB_LOG)
    assert (anchored, pending) == (1, False)
    assert (line["action"], line["subject"]) == ("audit:timestamp:log", f"timestamp:{token.id}")
    assert line["after"]["token"] == token.token_digest
    assert token.imprint == imprint_of(checkpoint.note).hex()


@pytest.mark.requirement("TSP-5")
def test_while_an_authority_is_down_the_anchor_is_pending_and_nothing_is_lost(sealed, authority, client, tmp_path):
    settings = trusting(tmp_path, authority)
    authority.fault = "down"
    with clock.simulated(clock.now()) as simulation:
        first = anchor_due_logs(sealed.storage, client, settings)
        again = anchor_due_logs(sealed.storage, client, settings)
        asked = len(authority.asked)
        with sealed.storage.reading() as session:
            party = session.scalars(select(OutsideParty)).one()
            pending = is_pending(session, HUB_LOG)
        authority.fault = ""
        simulation.advance(minutes=2)
        at_last = anchor_due_logs(sealed.storage, client, settings)

    assert (first, again, asked, pending) == (0, 0, 1, True)
    assert (party.failures, party.last_answer) == (1, "answered 503")
    assert at_last == 1
    assert len(tokens(sealed)) == 1


@pytest.mark.requirement("TSP-7")
def test_authorities_take_turns_and_stand_in_for_each_other(sealed, tmp_path, client):
    signer = CheckpointSigner(sealed.settings.keys)
    with running_authority(tmp_path / "one") as one, running_authority(tmp_path / "two") as two:
        settings = trusting(tmp_path, one, two)
        with clock.simulated(clock.now()) as simulation:
            for fault in ("", "", "down"):
                one.fault = fault
                anchor_due_logs(sealed.storage, client, settings)
                simulation.advance(hours=1)
                seal_log(sealed.storage, signer, HUB_LOG)

        assert [token.authority for token in tokens(sealed)] == [one.address, two.address, two.address]


def test_a_checkpoint_is_not_stamped_again_before_its_time(sealed, authority, client, tmp_path):
    settings = trusting(tmp_path, authority)
    signer = CheckpointSigner(sealed.settings.keys)
    with clock.simulated(clock.now()) as simulation:
        came = []
        for _ in range(3):
            came.append(anchor_due_logs(sealed.storage, client, settings))
            seal_log(sealed.storage, signer, HUB_LOG)
            simulation.advance(minutes=6)

    assert came == [1, 0, 1]


def test_without_authorities_nobody_is_asked(sealed, client, tmp_path):
    assert anchor_due_logs(sealed.storage, client, Authorities((), tmp_path)) == 0


@pytest.mark.requirement("TSP-6", "CI-Q14")
def test_a_clock_that_differs_is_said(sealed, authority, client, tmp_path):
    with clock.simulated(clock.now() - timedelta(hours=3)):
        anchor_due_logs(sealed.storage, client, trusting(tmp_path, authority))

    with sealed.storage.reading() as session:
        answer = session.scalars(select(OutsideParty.last_answer)).one()
        token, newest = latest_token(session, HUB_LOG), newest_checkpoint(session, HUB_LOG)
        standing = standing_of(session, session.get_one(Log, HUB_LOG), None, ())
    assert standing.drift is not None
    assert standing.drift < -7000
    assert re.search("its clock and ours differ by [23]:", answer or "")
    assert token is not None
    assert newest is not None
    assert (token.size, token.generated_at > token.obtained_at) == (newest.size, True)


def test_a_root_that_cannot_be_read_is_said(sealed, authority, client, tmp_path):
    settings = trusting(tmp_path, authority)
    (settings.roots / "broken.pem").write_text("nothing of the kind")

    assert anchor_due_logs(sealed.storage, client, settings) == 0
    with sealed.storage.reading() as session:
        assert "broken.pem" in (session.scalars(select(OutsideParty.last_answer)).one() or "")
    assert replace(settings, roots=tmp_path / "nowhere").trusted() == []


@pytest.mark.requirement("TSP-8")
def test_before_a_certificate_ends_another_authority_renews_what_it_stamped(sealed, tmp_path, client):
    signer, month = CheckpointSigner(sealed.settings.keys), timedelta(days=40)
    with running_authority(tmp_path / "one", month) as one, running_authority(tmp_path / "two") as two:
        settings = trusting(tmp_path, one)
        with clock.simulated(clock.now()) as simulation:
            anchor_due_logs(sealed.storage, client, settings)
            settings = trusting(tmp_path, one, two)
            with sealed.storage.reading() as session:
                early = standing_of(session, session.get_one(Log, HUB_LOG), None, settings.addresses)
            simulation.advance(days=15)
            with sealed.storage.reading() as session:
                due = standing_of(session, session.get_one(Log, HUB_LOG), None, settings.addresses)
            for _ in range(2):  # without anybody doing anything: the sign of life is sealed and stamped
                seal_due_logs(sealed.storage, signer)
                anchor_due_logs(sealed.storage, client, settings)
                simulation.advance(days=1)
            with sealed.storage.reading() as session:
                done = standing_of(session, session.get_one(Log, HUB_LOG), None, settings.addresses)

    first, *renewing = tokens(sealed)
    assert (early.renewal_due, due.renewal_due, done.renewal_due) == (False, True, False)
    assert first.authority == one.address
    assert {token.authority for token in renewing} == {two.address}
    assert renewing[0].size > first.line_index
