"""Bundles that left the house at each state of the format go on saying what they said then (A11-8.1, A11-17).

A folder is never changed: a new state of the format adds one (`cahier record export --all-demo`), with the answers of
the verifier of its day beside each bundle.
"""

import json
from pathlib import Path

import pytest

from app.verifier import verify_bytes

CORPUS = Path(__file__).parents[2] / "corpus"
BUNDLES = sorted(CORPUS.glob("*/*.eln"))


def test_every_folder_holds_bundles_with_their_trust_and_their_answers():
    assert {path.parent.name for path in BUNDLES} == {path.name for path in CORPUS.iterdir()}
    assert [path for path in BUNDLES if not path.with_suffix(".json").exists()] == []


@pytest.mark.requirement("A11-17", "A11-8.1")
@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_what_was_signed_stays_provable(bundle):
    trust = json.loads(bundle.with_name("trust.json").read_text("utf-8"))
    report = verify_bytes(bundle.read_bytes(), trust)

    assert {one["id"]: one["answer"] for one in report["statements"]} == json.loads(
        bundle.with_suffix(".json").read_text("utf-8")
    )
    assert report["exit"] == 0
