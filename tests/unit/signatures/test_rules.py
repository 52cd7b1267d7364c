"""Who may sign under which meaning, and what the signed bytes hold."""

import json

import pytest

from app.kernel import canonical
from app.signatures.errors import SignerExcluded
from app.signatures.rules import CLOSED_TO_REQUESTER, EXCLUDED_BY, LABELS, MEANINGS, Meaning, exclude

# §13.5, written down once more by hand: who signs what is on the left, and what on the right that closes to them.
CLOSED: dict[Meaning, set[Meaning]] = {
    Meaning.AUTHORED: {Meaning.APPROVED},
    Meaning.PERFORMED: {Meaning.VERIFIED, Meaning.WITNESSED},
    Meaning.VERIFIED: {Meaning.PERFORMED},
    Meaning.WITNESSED: {Meaning.PERFORMED},
    Meaning.REVIEWED: {Meaning.PERFORMED, Meaning.VERIFIED},
    Meaning.APPROVED: {Meaning.AUTHORED, Meaning.PERFORMED, Meaning.VERIFIED},
    Meaning.REJECTED: {Meaning.PERFORMED, Meaning.VERIFIED},
    Meaning.ACKNOWLEDGED: set(),
    Meaning.AUTHORISED: set(),
    Meaning.CORRECTED: set(),
}


@pytest.mark.requirement("CO-2", "A11-6")
@pytest.mark.parametrize("taken", Meaning)
@pytest.mark.parametrize("meaning", Meaning)
def test_a_part_taken_closes_what_the_table_says_and_nothing_else(meaning, taken):
    if taken in CLOSED[meaning]:
        with pytest.raises(SignerExcluded):
            exclude(meaning, {taken}, "record:1")
    else:
        exclude(meaning, {taken}, "record:1")

    assert EXCLUDED_BY[meaning] == CLOSED[meaning]


@pytest.mark.requirement("CO-2")
@pytest.mark.parametrize("meaning", Meaning)
def test_nobody_authorises_their_own_request(meaning):
    if meaning is Meaning.AUTHORISED:
        with pytest.raises(SignerExcluded):
            exclude(meaning, (), "record:1", requested=True)
    else:
        exclude(meaning, (), "record:1", requested=True)

    assert {Meaning.AUTHORISED} == CLOSED_TO_REQUESTER


@pytest.mark.requirement("P11.50", "ES-2")
def test_every_meaning_has_its_word_and_its_sentence():
    assert set(MEANINGS) == set(LABELS) == set(Meaning)


@pytest.mark.requirement("A11d-13.6")
def test_the_manifest_holds_what_a_signature_needs_and_no_personal_value(signature):
    stated = json.loads(signature.manifest)

    assert stated["meaning"]["label_digest"] == canonical.digest(LABELS[Meaning.PERFORMED].encode())
    claimed = {"certificate", "enrolment", "custody", "level"}
    assert stated["signer"].keys() == {"pseudonym", "name", "login", "role", "key"} | claimed
    assert stated["factors"] == ["password"]
    assert (stated["time"], stated["zone"]) == ("2026-11-23T09:05:00.000Z", "Europe/Brussels")
    assert canonical.canonical_bytes(stated).decode() == signature.manifest
