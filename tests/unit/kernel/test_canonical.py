"""Canonical bytes are those of RFC 8785, as another implementation gives them; commitments open only with their
salt.
"""

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import canonical

KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(VALUES)
def test_the_bytes_are_those_of_another_implementation(value):
    assert canonical.canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, {"a": 0.1}, 2**53, {"é": 1}, {1: 2}, {"a": {3, 4}}, [object()]])
def test_what_has_no_canonical_form_here_is_refused(value):
    with pytest.raises(canonical.NotCanonical):
        canonical.canonical_bytes(value)


def test_a_number_with_digits_after_the_point_travels_as_text():
    assert canonical.canonical_bytes({"value": "5.0"}) != canonical.canonical_bytes({"value": "5"})


@pytest.mark.requirement("C8")
def test_a_commitment_is_the_hash_of_tag_salt_and_text():
    salt = "00112233445566778899aabbccddeeff"

    expected = hashlib.sha256(b"cahier.commitment.v1\x00" + bytes.fromhex(salt) + b"goutte perdue").hexdigest()

    assert canonical.commitment("goutte perdue", salt) == expected


@given(TEXTS, TEXTS)
def test_a_commitment_opens_for_its_own_text_alone(text, other):
    salt = canonical.new_salt()

    assert (canonical.commitment(text, salt) == canonical.commitment(other, salt)) == (text == other)
    assert canonical.commitment(text, salt) != canonical.commitment(text, canonical.new_salt())
