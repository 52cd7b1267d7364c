"""Checkpoints and cosignatures against the specifications, real logs and witnesses, and sigstore's reader."""

import base64
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from app.audit.checkpoints import (
    MAX_NUMBER,
    Checkpoint,
    CheckpointMalformed,
    CosignatureMalformed,
    CosignatureVerifier,
    Cosigner,
    OriginMismatch,
    cosignature_time,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from app.audit.notes import (
    Algorithm,
    Ed25519Signer,
    Ed25519Verifier,
    KeyMalformed,
    NoteMalformed,
    NoteSignature,
    NoteUnverified,
    SignatureInvalid,
    VerifierKey,
    parse_note,
    parse_verifier_key,
    verify_note,
)
from app.audit.policies import parse_policy
from app.audit.tree import EMPTY_ROOT

# The example of c2sp.org/tlog-checkpoint is a real tree of the Go checksum database under an invented name; under its
# own name it verifies with the key that every Go installation has built in.
SUMDB_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SUMDB_NOTE = """\
go.sum database tree
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""

# A checkpoint of a Certificate Transparency log, cosigned by witnesses; two of its lines are of other algorithms.
CT_ORIGIN = "arche2025h1.staging.ct.transparency.dev"
CT_KEY = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
WITNESS_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
CT_NOTE = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwt\
EroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA2\
3oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v\
7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0t\
gh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWf\
Bw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/T\
mN9DAg==
"""

LOG = Ed25519Signer("hub.example/trail/1", Ed25519PrivateKey.from_private_bytes(b"l" * 32))
LOG_VERIFIER = Ed25519Verifier(LOG.key)
WITNESS = Cosigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
CHECKPOINT = Checkpoint("hub.example/trail/1", 1_234, bytes(range(32)))


def test_the_text_of_a_checkpoint_is_its_origin_size_and_root():
    assert CHECKPOINT.to_text() == "hub.example/trail/1\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_extension_lines_follow_the_root():
    checkpoint = Checkpoint("origin", 0, EMPTY_ROOT, ("heartbeat", "a line, with spaces +"))

    assert checkpoint.to_text().splitlines()[3:] == ["heartbeat", "a line, with spaces +"]
    assert parse_checkpoint(checkpoint.to_text()) == checkpoint


def test_a_checkpoint_of_the_go_checksum_database_is_opened():
    checkpoint = open_checkpoint(
        SUMDB_NOTE.encode(), "go.sum database tree", [Ed25519Verifier(parse_verifier_key(SUMDB_KEY))]
    )

    assert checkpoint.size == 20_852_163
    assert base64.b64encode(checkpoint.root) == b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


def test_a_checkpoint_of_another_log_is_refused_even_with_a_good_signature():
    with pytest.raises(OriginMismatch):
        open_checkpoint(SUMDB_NOTE.encode(), "go.sum", [Ed25519Verifier(parse_verifier_key(SUMDB_KEY))])


def test_our_own_checkpoint_comes_back_from_its_bytes():
    data = sign_checkpoint(CHECKPOINT, LOG).to_bytes()

    assert open_checkpoint(data, CHECKPOINT.origin, [LOG_VERIFIER]) == CHECKPOINT


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("1234", "1235", SignatureInvalid),
        ("AAEC", "AAED", SignatureInvalid),
        ("8=\n\n", "8=\nmore\n\n", SignatureInvalid),
        ("— hub.", "— hut.", NoteUnverified),
        ("\n\n— ", "\n— ", NoteMalformed),
    ],
)
def test_a_checkpoint_that_was_changed_is_refused(before, after, error):
    text = sign_checkpoint(CHECKPOINT, LOG).to_bytes().decode()

    assert before in text
    with pytest.raises(error):
        open_checkpoint(text.replace(before, after).encode(), CHECKPOINT.origin, [LOG_VERIFIER])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "origin\n",
        f"origin\n1\n{'A' * 43}=",  # no newline at the end
        f"origin\n1\n{'A' * 43}=\n\n",  # an empty extension line
        f"origin\n1\n{'A' * 43}=\na\n\nb\n",
        f"\n1\n{'A' * 43}=\n",  # no origin
        f"origin\n01\n{'A' * 43}=\n",
        f"origin\n00\n{'A' * 43}=\n",
        f"origin\n+1\n{'A' * 43}=\n",
        f"origin\n-1\n{'A' * 43}=\n",
        f"origin\n 1\n{'A' * 43}=\n",
        f"origin\n1_0\n{'A' * 43}=\n",
        f"origin\n\u0661\n{'A' * 43}=\n",  # a digit, but not one of these
        f"origin\n1.0\n{'A' * 43}=\n",
        f"origin\n\n{'A' * 43}=\n",
        f"origin\n{2**63}\n{'A' * 43}=\n",
        f"origin\n{'9' * 5_000}\n{'A' * 43}=\n",
        f"origin\n1\n{'A' * 43}\n",  # no padding
        f"origin\n1\n{'A' * 42}B=\n",  # bits that stand for nothing
        f"origin\n1\n{'A' * 40}\n",  # 30 bytes
        f"origin\n1\n{'A' * 44}\n",  # 33 bytes
        f"origin\n1\n{'-' * 43}=\n",
        f"origin\n1\n{'é' * 43}=\n",
        "origin\n1\n\n",
        f"or\x07igin\n1\n{'A' * 43}=\n",
        f"origin\r\n1\r\n{'A' * 43}=\r\n",
        f"origin\n1\n{'A' * 43}=\nmo\tre\n",
    ],
)
def test_a_text_of_any_other_form_is_no_checkpoint(text):
    with pytest.raises(CheckpointMalformed):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, bytes(32), ()),
        ("a\nb", 1, bytes(32), ()),
        ("a\tb", 1, bytes(32), ()),
        ("\udc80", 1, bytes(32), ()),
        ("a", -1, bytes(32), ()),
        ("a", 2**63, bytes(32), ()),
        ("a", 1, bytes(31), ()),
        ("a", 1, bytes(33), ()),
        ("a", 1, b"", ()),
        ("a", 1, bytes(32), ("",)),
        ("a", 1, bytes(32), ("b\n",)),
        ("a", 1, bytes(32), ("b\r",)),
    ],
)
def test_values_that_would_be_read_otherwise_make_no_checkpoint(origin, size, root, extensions):
    with pytest.raises(CheckpointMalformed):
        Checkpoint(origin, size, root, extensions)


LINES = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1)


@given(LINES, st.integers(0, MAX_NUMBER), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3))
def test_every_checkpoint_comes_back_as_it_was_written(origin, size, root, extensions):
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))

    assert parse_checkpoint(checkpoint.to_text()) == checkpoint


def test_sigstore_reads_our_checkpoints():
    theirs = SignedCheckpoint.from_text(sign_checkpoint(CHECKPOINT, LOG).to_bytes().decode()).checkpoint

    assert (theirs.origin, theirs.log_size, theirs.log_hash) == (
        CHECKPOINT.origin,
        CHECKPOINT.size,
        CHECKPOINT.root.hex(),
    )
    assert theirs.other_content == []


# Cosignatures


@pytest.mark.requirement("PF-11")
def test_a_cosignature_of_a_witness_at_work_is_verified():
    log, witness = parse_verifier_key(CT_KEY), parse_verifier_key(WITNESS_KEY)
    verified = verify_note(parse_note(CT_NOTE.encode()), [Ed25519Verifier(log), CosignatureVerifier(witness)])

    assert open_checkpoint(CT_NOTE.encode(), CT_ORIGIN, [Ed25519Verifier(log)]).size == 1_432_088_532
    assert [signature.name for signature in verified] == [CT_ORIGIN, "remora.n621.de"]
    assert cosignature_time(verified[1].signature) == 1_779_573_024  # 23 May 2026, 21:50:24 UTC


@pytest.mark.requirement("PF-11")
@pytest.mark.parametrize(
    ("before", "after"), [("1432088532", "1432088533"), ("U7WM", "U7WN"), ("5wAAAABqEiEg", "5wAAAABqEiEh")]
)
def test_a_cosignature_covers_size_root_and_time(before, after):
    witness = CosignatureVerifier(parse_verifier_key(WITNESS_KEY))

    with pytest.raises(SignatureInvalid):
        verify_note(parse_note(CT_NOTE.replace(before, after).encode()), [witness])


@pytest.mark.requirement("PF-11")
def test_our_witness_cosigns_as_the_specification_says():
    cosignature = WITNESS.cosign(CHECKPOINT, 1_679_315_147)
    message = (
        b"cosignature/v1\ntime 1679315147\nhub.example/trail/1\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    )

    assert cosignature.signature[:8] == bytes.fromhex("00000000641850cb")  # the time of the specification's example
    WITNESS.private_key.public_key().verify(cosignature.signature[8:], message)
    with pytest.raises(InvalidSignature):
        WITNESS.private_key.public_key().verify(cosignature.signature[8:], message + b"extension\n")


@pytest.mark.requirement("PF-11")
def test_a_checkpoint_carries_the_log_and_its_witness():
    note = sign_checkpoint(CHECKPOINT, LOG).with_signatures(WITNESS.cosign(CHECKPOINT, 1_700_000_000))
    note = parse_note(note.to_bytes())
    witness = CosignatureVerifier(parse_verifier_key(WITNESS.key.to_text()))

    assert len(verify_note(note, [LOG_VERIFIER, witness])) == 2
    assert len(verify_note(note, [LOG_VERIFIER])) == 1
    with pytest.raises(SignatureInvalid):
        verify_note(parse_note(note.to_bytes().replace(b"1234", b"1233")), [witness])


@pytest.mark.requirement("PF-11")
def test_a_witness_that_cosigned_twice_counts_once():
    first, second = WITNESS.cosign(CHECKPOINT, 1_700_000_000), WITNESS.cosign(CHECKPOINT, 1_700_000_060)
    note = replace(sign_checkpoint(CHECKPOINT, LOG), signatures=(first, second))

    assert verify_note(note, [CosignatureVerifier(WITNESS.key)]) == [first]


@pytest.mark.requirement("PF-11")
def test_the_same_key_under_both_algorithms_has_two_ids():
    plain = Ed25519Signer(WITNESS.name, WITNESS.private_key)

    assert plain.key.key_id != WITNESS.key.key_id
    with pytest.raises(NoteUnverified):
        verify_note(sign_checkpoint(CHECKPOINT, plain), [CosignatureVerifier(WITNESS.key)])


def test_a_key_for_plain_signatures_does_not_verify_cosignatures():
    with pytest.raises(KeyMalformed):
        CosignatureVerifier(LOG.key)


@pytest.mark.parametrize("time", [-1, 2**63])
def test_a_time_that_readers_cannot_hold_is_not_cosigned(time):
    with pytest.raises(CosignatureMalformed):
        WITNESS.cosign(CHECKPOINT, time)


@pytest.mark.parametrize("signature", [b"", bytes(8), bytes(64), bytes(71), bytes(73), b"\xff" * 72])
def test_a_cosignature_of_any_other_form_is_refused(signature):
    with pytest.raises(CosignatureMalformed):
        CosignatureVerifier(WITNESS.key).verify(CHECKPOINT.to_text().encode(), signature)
    with pytest.raises(CosignatureMalformed):
        cosignature_time(signature)


# ML-DSA-44, which others' witnesses may use

MLDSA = MLDSA44PrivateKey.from_seed_bytes(b"m" * 32)
MLDSA_WITNESS = VerifierKey("witness.example/w2", Algorithm.MLDSA_COSIGNATURE, MLDSA.public_key().public_bytes_raw())


def mldsa_cosignature(checkpoint, *, time=1_679_315_147, name=b"witness.example/w2", end=None):
    """Return a cosignature put together from the words of the specification, field by field."""
    origin = checkpoint.origin.encode()
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name + time.to_bytes(8, "big")
    message += bytes([len(origin)]) + origin + bytes(8)
    message += (checkpoint.size if end is None else end).to_bytes(8, "big") + checkpoint.root
    signature = time.to_bytes(8, "big") + MLDSA.sign(message)
    return NoteSignature(MLDSA_WITNESS.name, MLDSA_WITNESS.key_id, signature)


@pytest.mark.requirement("PF-11", "KM-3")
def test_a_cosignature_with_ml_dsa_is_verified_and_its_key_can_be_written_and_read():
    cosignature = mldsa_cosignature(CHECKPOINT)
    note = sign_checkpoint(CHECKPOINT, LOG).with_signatures(cosignature)

    verified = verify_note(parse_note(note.to_bytes()), [CosignatureVerifier(MLDSA_WITNESS)])
    assert verified == [cosignature]
    assert parse_verifier_key(MLDSA_WITNESS.to_text()) == MLDSA_WITNESS
    identity = sha256(b"witness.example/w2\n\x06" + MLDSA_WITNESS.public_key).digest()[:4]
    assert MLDSA_WITNESS.key_id == identity


@pytest.mark.requirement("PF-11")
@pytest.mark.parametrize("change", [{"name": b"witness.example/w3"}, {"end": 1235}])
def test_a_cosignature_with_ml_dsa_over_anything_else_is_refused(change):
    wrong = mldsa_cosignature(CHECKPOINT, **change)
    later = mldsa_cosignature(CHECKPOINT)
    for signature in (wrong.signature, later.signature[:7] + b"\x00" + later.signature[8:], later.signature[:-1]):
        with pytest.raises(SignatureInvalid):
            CosignatureVerifier(MLDSA_WITNESS).verify(CHECKPOINT.to_text().encode(), signature)


def test_a_policy_may_name_a_witness_with_ml_dsa():
    policy = parse_policy(f"witness w {MLDSA_WITNESS.to_text()}\nquorum w\n".encode())

    assert policy.witnesses["w"].key == MLDSA_WITNESS
