"""Bundles that left the house at each state of the format go on saying what they said then (A11-8.1, A11-17).

A folder is never changed: a new state of the format adds one (`cahier record export --all-demo`; the anchored one is of
a hub with two authorities and a witness), with the answers of the verifier of its day beside each bundle.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.verifier import verify_bytes

CORPUS = Path(__file__).parents[2] / "corpus"
BUNDLES = sorted(CORPUS.glob("*/*.eln"))


def test_every_folder_holds_bundles_with_their_trust_and_their_answers():
    assert {path.parent.name for path in BUNDLES} == {path.name for path in CORPUS.iterdir()}
    assert [path for path in BUNDLES if not path.with_suffix(".json").exists()] == []


@pytest.mark.requirement("TSP-8", "PF-5", "PF-6", "PF-11")
def test_what_a_second_authority_stamped_again_and_a_witness_cosigned_holds_after_the_first_certificate_ended():
    (bundle,) = [path for path in BUNDLES if path.parent.name.endswith("-anchored")]
    trust = json.loads(bundle.with_name("trust.json").read_text("utf-8"))
    report = verify_bytes(bundle.read_bytes(), trust, at=datetime.now(UTC) + timedelta(days=365))

    assert {one["id"] for one in report["statements"] if one["answer"] == "PASS"} >= {"PF-5", "PF-6", "PF-11"}
    assert report["exit"] == 0
    assert len(trust["timestamp_roots"]) == 2


@pytest.mark.requirement("A11-17", "A11-8.1")
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_what_was_signed_stays_provable(bundle):
    trust = json.loads(bundle.with_name("trust.json").read_text("utf-8"))
    report = verify_bytes(bundle.read_bytes(), trust)

    assert {one["id"]: one["answer"] for one in report["statements"]} == json.loads(
        bundle.with_suffix(".json").read_text("utf-8")
    )
    assert report["exit"] == 0
