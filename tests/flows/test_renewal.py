"""A year later: the certificate ended, the next key is confirmed anew, and what was signed before goes on verifying."""

from datetime import timedelta

import pytest

from app.evidence.services.trusting import hub_trust, means_of
from app.kernel import clock
from app.signatures.errors import CertificateOver, NotIndependent
from app.signatures.rules import Standing
from app.verifier import verify_bytes
from tests.flows.signing import make_key, opened, sign_something, standing_now
from tests.signers import confirm, give_key
from tests.unit.evidence.conftest import conclude, take_away


@pytest.mark.requirement("KM-4", "PF-8")
def test_a_bundle_made_after_400_days_and_a_renewal_verifies(house):
    with clock.simulated(clock.now()) as time:
        record = conclude(house).record
        time.advance(days=400)
        for login in ("trainee", "assessor"):
            make_key(house, login)
            confirm(house, login)
        taken = take_away(house, record, seal=lambda _keys: None)
        report = verify_bytes(taken.bundle, hub_trust(house.storage, means_of(house.settings)))

    answers = {one["id"]: one["answer"] for one in report["statements"]}
    assert [answers[one] for one in ("PF-1", "PF-3", "PF-8", "PF-9", "PF-10")] == ["PASS"] * 5


@pytest.mark.requirement("KM-2", "KM-4")
def test_the_next_key_is_no_ones_until_somebody_else_confirms_it_again(house):
    with clock.simulated(clock.now()) as time:
        give_key(house, "assessor")
        time.advance(days=400)
        make_key(house, "assessor")

        with pytest.raises(CertificateOver):
            opened(house, "assessor")
        with pytest.raises(NotIndependent):
            confirm(house, "assessor", by="assessor")
        confirm(house, "assessor")
        assert standing_now(house, sign_something(house, "assessor")) is Standing.VALID


@pytest.mark.requirement("KM-4")
def test_a_certificate_signs_to_its_last_moment_and_not_beyond(house):
    with clock.simulated(clock.now()) as time:
        give_key(house, "trainee")
        left = opened(house, "trainee").certified.not_after - clock.now()
        time.advance(seconds=left.total_seconds())
        last = sign_something(house, "trainee")
        time.advance(seconds=timedelta(seconds=1).total_seconds())

        with pytest.raises(CertificateOver):
            opened(house, "trainee")
        assert standing_now(house, last) is Standing.VALID
