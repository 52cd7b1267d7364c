"""Personal keys: what opens one, what does not, and what a change of password leaves as it was (§14.7)."""

import base64

import pytest

from app.identity.errors import WrongPassword
from app.signatures.errors import NoSigningKey
from app.signatures.models import KeyState
from app.signatures.services.keys import end_key, make_key, rewrapped, unlock_key
from app.signatures.services.verifying import examine
from tests.unit.signatures.signing import PASSWORD, PEPPER, SIGNER


def public_half(opened, key, signature):
    """Say whether what an opened key signs verifies with a stored key."""
    signature.value = base64.b64encode(opened.sign(signature.manifest.encode())).decode()
    return examine(signature, key)[0]


@pytest.mark.requirement("KM-2", "ES-6")
def test_a_key_opens_for_its_owners_password_and_signs(key, signature):
    opened = unlock_key(key, PASSWORD, PEPPER)

    assert (opened.person_id, opened.key_id, opened.fingerprint) == (SIGNER, key.id, key.fingerprint)
    assert public_half(opened, key, signature)


@pytest.mark.requirement("P11.200(a)(2)")
def test_a_wrong_password_opens_nothing(key):
    with pytest.raises(WrongPassword):
        unlock_key(key, PASSWORD + " ", PEPPER)


@pytest.mark.requirement("KM-11")
def test_the_password_without_the_pepper_opens_nothing(key):
    with pytest.raises(WrongPassword):
        unlock_key(key, PASSWORD, b"q" * 32)


def test_a_password_typed_on_another_keyboard_opens_the_key():
    composed, decomposed = "forêt-piéton-éclair", "fore\u0302t-pie\u0301ton-e\u0301clair"
    key = make_key(SIGNER, composed, PEPPER)

    assert unlock_key(key, decomposed, PEPPER).key_id == key.id


@pytest.mark.requirement("ES-6", "P11.100(a)")
def test_a_wrapped_key_moved_to_another_person_does_not_open(key):
    key.person_id = "somebody-else"

    with pytest.raises(WrongPassword):
        unlock_key(key, PASSWORD, PEPPER)


@pytest.mark.requirement("AS-11.3.3")
def test_a_wrapped_key_that_was_changed_does_not_open(key):
    wrapped = bytearray(base64.b64decode(key.wrapped))
    wrapped[-1] ^= 1
    key.wrapped = base64.b64encode(wrapped).decode()

    with pytest.raises(WrongPassword):
        unlock_key(key, PASSWORD, PEPPER)


@pytest.mark.requirement("KM-4")
def test_a_new_password_wraps_the_same_key_anew(key, signature):
    before = key.public_key, key.fingerprint, key.wrapped

    key.wrapped, key.wrapping = rewrapped(key, PASSWORD, "cinq mots tout à fait différents", PEPPER)

    opened = unlock_key(key, "cinq mots tout à fait différents", PEPPER)
    assert (key.public_key, key.fingerprint) == before[:2]
    assert key.wrapped != before[2]
    assert public_half(opened, key, signature)
    with pytest.raises(WrongPassword):
        unlock_key(key, PASSWORD, PEPPER)


@pytest.mark.requirement("KM-7", "KM-8")
def test_an_ended_key_loses_its_private_half_and_keeps_its_public_one(key):
    public = key.public_key

    end_key(key)

    assert (key.state, key.wrapped, key.public_key) == (KeyState.SUPERSEDED, None, public)
    with pytest.raises(NoSigningKey):
        unlock_key(key, PASSWORD, PEPPER)


@pytest.mark.requirement("AS-11.4.2", "AS-11.2.2")
@pytest.mark.usefixtures("usual_cost")
def test_a_key_names_its_algorithms_and_stretches_the_password_enough():
    key = make_key(SIGNER, PASSWORD, PEPPER)

    assert key.algorithm == "ecdsa-p256-sha256"
    assert key.wrapping["cipher"] == "aes-256-gcm"
    assert key.wrapping["kdf"] == {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 1}


def test_nothing_of_a_stored_key_is_the_private_key_itself(key):
    stored = base64.b64decode(key.wrapped)

    # A private key in DER begins as a SEQUENCE; what is stored is noise of the same length and a tag.
    assert b"\x2a\x86\x48\xce\x3d\x02\x01" not in stored
    assert "PRIVATE" not in key.public_key
