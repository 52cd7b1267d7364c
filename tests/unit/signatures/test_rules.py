"""Who may sign under which meaning, and what the signed bytes hold."""

import json

import pytest

from app.kernel import canonical
from app.signatures.errors import SignerExcluded
from app.signatures.rules import EXCLUDED_BY, LABELS, MEANINGS, Meaning, exclude

CHECKING = [Meaning.VERIFIED, Meaning.REVIEWED, Meaning.APPROVED, Meaning.REJECTED]


@pytest.mark.requirement("CO-2", "A11-6")
@pytest.mark.parametrize("meaning", CHECKING)
def test_whoever_performed_neither_checks_nor_judges(meaning):
    with pytest.raises(SignerExcluded):
        exclude(meaning, {Meaning.PERFORMED}, "record:1")


@pytest.mark.requirement("CO-2")
@pytest.mark.parametrize("meaning", [Meaning.REVIEWED, Meaning.APPROVED, Meaning.REJECTED])
def test_whoever_checked_does_not_judge(meaning):
    with pytest.raises(SignerExcluded):
        exclude(meaning, {Meaning.VERIFIED}, "record:1")


@pytest.mark.parametrize(
    ("meaning", "parts"),
    [
        (Meaning.PERFORMED, {Meaning.PERFORMED}),
        (Meaning.VERIFIED, {Meaning.VERIFIED}),
        (Meaning.APPROVED, {Meaning.REVIEWED}),
        (Meaning.REJECTED, set()),
    ],
)
def test_the_same_part_twice_and_the_parts_of_an_assessor_go_together(meaning, parts):
    exclude(meaning, parts, "record:1")

    assert not parts & EXCLUDED_BY[meaning]


@pytest.mark.requirement("P11.50", "ES-2")
def test_every_meaning_has_its_word_and_its_sentence():
    assert set(MEANINGS) == set(LABELS) == set(Meaning)


@pytest.mark.requirement("A11d-13.6")
def test_the_manifest_holds_what_a_signature_needs_and_no_personal_value(signature):
    stated = json.loads(signature.manifest)

    assert stated["meaning"]["label_digest"] == canonical.digest(LABELS[Meaning.PERFORMED].encode())
    assert stated["signer"].keys() == {"pseudonym", "name", "login", "role", "key"}
    assert stated["factors"] == ["password"]
    assert (stated["time"], stated["zone"]) == ("2026-11-23T09:05:00.000Z", "Europe/Brussels")
    assert canonical.canonical_bytes(stated).decode() == signature.manifest
