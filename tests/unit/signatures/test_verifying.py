"""What a stored signature is worth: any change to it, to its key or to what it covers shows (PF-8, PF-9)."""

import json
from datetime import timedelta

import pytest

from app.kernel import canonical
from app.signatures.models import KeyState
from app.signatures.rules import Coverage, Meaning, coverage
from app.signatures.services.verifying import CHECKS, examine, is_genuine


def test_a_signature_as_it_was_made_is_genuine(signature, key):
    assert is_genuine(signature, key)
    assert examine(signature, key) == (True,) * len(CHECKS)


@pytest.mark.requirement("PF-8", "PF-9")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("subject", "record:2"),
        ("part", "step:weighing"),
        ("subject_digest", "e" * 64),
        ("meaning", Meaning.APPROVED),
        ("signer_id", "somebody-else"),
        ("signer_name", "c" * 64),
        ("signer_login", "c" * 64),
        ("role", "assessor"),
        ("key_id", "another-key"),
        ("zone", "America/New_York"),
        ("manifest_digest", "f" * 64),
        ("value", "bm90IGEgc2lnbmF0dXJl"),
        ("value", "not base64 at all"),
        ("manifest", "not a manifest"),
        ("manifest", "[]"),
    ],
)
def test_a_changed_column_makes_it_not_genuine(signature, key, column, value):
    setattr(signature, column, value)

    assert not is_genuine(signature, key)


@pytest.mark.requirement("PF-9")
def test_a_changed_time_makes_it_not_genuine(signature, key):
    signature.signed_at += timedelta(milliseconds=1)

    assert not is_genuine(signature, key)


@pytest.mark.requirement("PF-9", "P11.70")
def test_a_signature_moved_to_another_record_with_a_manifest_to_match_is_not_genuine(signature, key):
    stated = json.loads(signature.manifest)
    stated["subject"] = signature.subject = "record:2"
    signature.manifest = canonical.canonical_bytes(stated).decode()
    signature.manifest_digest = canonical.digest(signature.manifest.encode())

    assert examine(signature, key) == (False, True, True, True)


@pytest.mark.requirement("PF-9")
def test_a_manifest_with_one_fact_changed_is_not_what_was_signed(signature, key):
    stated = json.loads(signature.manifest)
    stated["facts"]["entries"] = 2
    signature.manifest = canonical.canonical_bytes(stated).decode()
    signature.manifest_digest = canonical.digest(signature.manifest.encode())

    assert not examine(signature, key)[0]


def test_the_public_half_of_another_key_does_not_pass_for_the_signers(signature, key, other_public_key):
    key.public_key = other_public_key

    assert examine(signature, key) == (False, True, False, True)


@pytest.mark.parametrize("public_key", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_key_makes_it_not_genuine_and_raises_nothing(signature, key, public_key):
    key.public_key = public_key

    assert not is_genuine(signature, key)


@pytest.mark.requirement("ES-6")
def test_the_key_of_another_person_does_not_pass_for_the_signers(signature, key):
    key.person_id = "somebody-else"

    assert not is_genuine(signature, key)


@pytest.mark.requirement("KM-7")
def test_a_signature_stays_genuine_when_its_key_ends_later(signature, key):
    key.state, key.ended_at, key.wrapped = KeyState.SUPERSEDED, signature.signed_at + timedelta(days=1), None

    assert is_genuine(signature, key)


@pytest.mark.parametrize("ended", [timedelta(seconds=-1), timedelta(days=-30)])
def test_a_signature_said_to_be_made_after_its_key_ended_is_not_genuine(signature, key, ended):
    key.ended_at = signature.signed_at + ended

    assert examine(signature, key) == (True, True, True, False)


def test_a_signature_said_to_be_older_than_its_key_is_not_genuine(signature, key):
    key.made_at = signature.signed_at + timedelta(seconds=1)

    assert not is_genuine(signature, key)


@pytest.mark.requirement("A11d-13.8", "ES-8")
@pytest.mark.parametrize(
    ("valid", "present", "worth"),
    [
        (True, "same", Coverage.COVERS),
        (True, "other", Coverage.NO_LONGER_COVERS),
        (False, "same", Coverage.INVALID),
        (False, "other", Coverage.INVALID),
    ],
)
def test_a_genuine_signature_covers_its_subject_only_as_it_was(valid, present, worth):
    assert coverage(valid, "same", present) is worth
