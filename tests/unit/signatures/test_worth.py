"""Where a signature stands by its certificate, and what may be claimed of it: the rules alone (PF-8, KM-6, KM-14)."""

from datetime import UTC, datetime, timedelta

import pytest

from app.signatures.rules import (
    LEVELS,
    STANDINGS,
    Custody,
    Enrolment,
    Level,
    Path,
    RevocationReason,
    Revoked,
    Standing,
    is_due,
    level_claimed,
    standing,
)

SIGNED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEFT, LOST, COMPROMISED = RevocationReason.CESSATION, RevocationReason.SUPERSEDED, RevocationReason.COMPROMISE


@pytest.mark.requirement("PF-8", "KM-6")
@pytest.mark.parametrize(
    ("genuine", "path", "expected"),
    [
        (True, Path(True, True), Standing.VALID),
        (False, Path(True, True), Standing.INVALID),
        (True, Path(False, True), Standing.INVALID),
        (True, Path(None), Standing.INDETERMINATE),
        (False, Path(None), Standing.INVALID),
        (True, Path(True, False), Standing.INDETERMINATE),
        (True, Path(True, True, Revoked(SIGNED + HOUR, LEFT)), Standing.VALID),
        (True, Path(True, True, Revoked(SIGNED + HOUR, LOST)), Standing.VALID),
        (True, Path(True, True, Revoked(SIGNED - HOUR, LEFT)), Standing.INVALID),
        (True, Path(True, True, Revoked(SIGNED + HOUR, COMPROMISED, SIGNED - HOUR)), Standing.CONTESTED),
        (True, Path(True, True, Revoked(SIGNED + HOUR, COMPROMISED, SIGNED)), Standing.CONTESTED),
        (True, Path(True, True, Revoked(SIGNED + 2 * HOUR, COMPROMISED, SIGNED + HOUR)), Standing.VALID),
        (True, Path(True, True, Revoked(SIGNED - HOUR, COMPROMISED, SIGNED - 2 * HOUR)), Standing.INVALID),
        (True, Path(True, False, Revoked(SIGNED + HOUR, COMPROMISED, SIGNED - HOUR)), Standing.CONTESTED),
    ],
)
def test_a_signature_stands_where_its_certificate_leaves_it(genuine, path, expected):
    assert standing(genuine, path, SIGNED) is expected


@pytest.mark.requirement("KM-14")
@pytest.mark.parametrize(
    ("chosen", "enrolment", "custody", "claimed"),
    [
        (Level.ADVANCED, Enrolment.IN_PERSON, Custody.WRAPPED, Level.ADVANCED),
        (Level.SIMPLE, Enrolment.IN_PERSON, Custody.WRAPPED, Level.SIMPLE),
        (Level.ADVANCED, None, Custody.WRAPPED, Level.SIMPLE),
        (Level.ADVANCED, Enrolment.IN_PERSON, None, Level.SIMPLE),
        (Level.SIMPLE, None, None, Level.SIMPLE),
    ],
)
def test_a_level_never_exceeds_what_enrolment_and_custody_carry(chosen, enrolment, custody, claimed):
    assert level_claimed(chosen, enrolment, custody) is claimed


@pytest.mark.requirement("KM-14")
def test_the_printed_claim_names_the_stored_level_and_none_above():
    assert [level for level, text in LEVELS.items() if level.value not in text.lower()] == []
    assert not any("qualified" in text.lower() for text in LEVELS.values())


@pytest.mark.requirement("KM-4")
@pytest.mark.parametrize(("days", "due"), [(61, False), (60, True), (0, True), (-35, True)])
def test_the_next_key_is_due_two_months_before_the_certificate_ends(days, due):
    assert is_due(SIGNED + timedelta(days=days), SIGNED) is due


def test_every_standing_has_its_word():
    assert set(STANDINGS) == set(Standing)
