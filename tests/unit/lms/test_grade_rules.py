"""Which score a signed decision becomes, where it goes, and what a platform's answer says about it."""

import json
from datetime import UTC, datetime

import pytest

from app.audit.actions import Action
from app.lms.rules.grades import (
    Score,
    comment_on,
    decision_in,
    next_stamp,
    results_address,
    says_the_same,
    scores_address,
    write_score,
)
from tests.unit.xapi.trail import RECORD, approved, line

SIGNED = datetime(2026, 11, 23, 9, 5, 0, 400_000, tzinfo=UTC)
MOODLE = "https://moodle.example/mod/lti/services.php/2/lineitems/5/lineitem?type_id=1"


@pytest.mark.requirement("LT-3")
@pytest.mark.parametrize(
    ("action", "more", "points"),
    [
        (Action.RECORD_APPROVED, {}, (4, 6)),
        (Action.RECORD_APPROVED, {"decision": "not-yet-competent"}, (0, 6)),
        (Action.RECORD_REJECTED, {"decision": "not-yet-competent"}, (0, 6)),
        (Action.RECORD_APPROVED, {"score": {"achieved": 0, "possible": 0}}, (1, 1)),
    ],
)
def test_points_are_what_was_met_by_whoever_is_competent(action, more, points):
    decision = decision_in(*line(action, **approved(**more)))

    assert decision is not None
    assert (decision.record_id, decision.given, decision.maximum) == (RECORD, *points)


@pytest.mark.requirement("LT-3")
@pytest.mark.parametrize("action", sorted(set(Action) - {Action.RECORD_APPROVED, Action.RECORD_REJECTED}))
def test_no_other_act_becomes_a_score(action):
    assert decision_in(*line(action, **approved())) is None


def test_practice_becomes_no_score():
    assert decision_in(*line(Action.RECORD_APPROVED, **approved(counts=False))) is None


def test_a_score_bears_whole_seconds_and_is_later_than_the_one_before():
    first = next_stamp(SIGNED, None)

    assert first == SIGNED.replace(microsecond=0)
    assert next_stamp(SIGNED, first) == first.replace(second=1)
    assert next_stamp(SIGNED.replace(minute=9), first) == first.replace(minute=9)


def test_a_score_is_final_and_completed():
    frozen = json.loads(write_score(Score(MOODLE, "4", 4, 6, next_stamp(SIGNED, None), "PIP-2026-0001")))

    assert frozen["lineItem"] == MOODLE
    assert frozen["score"] == {
        "userId": "4",
        "scoreGiven": 4,
        "scoreMaximum": 6,
        "comment": "PIP-2026-0001",
        "timestamp": "2026-11-23T09:05:00Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }


def test_addresses_keep_the_query_of_their_line_item():
    item = "https://moodle.example/mod/lti/services.php/2/lineitems/5/lineitem"

    assert scores_address(MOODLE) == f"{item}/scores?type_id=1"
    assert scores_address(item) == f"{item}/scores"
    assert results_address(MOODLE, "a b") == f"{item}/results?type_id=1&user_id=a+b"


@pytest.mark.parametrize(
    ("result", "same"),
    [
        ({"userId": "4", "resultScore": 80, "resultMaximum": 100}, True),
        ({"userId": "4", "resultScore": "8.00000", "resultMaximum": 10}, True),
        ({"userId": "4", "resultScore": 0.8}, True),
        ({"userId": 4, "resultScore": 80, "resultMaximum": 100}, True),
        ({"userId": "4", "resultScore": 79, "resultMaximum": 100}, False),
        ({"userId": "5", "resultScore": 80, "resultMaximum": 100}, False),
        ({"userId": "4", "resultScore": None, "resultMaximum": 100}, False),
        ({"userId": "4"}, False),
        ({"userId": "4", "resultScore": "NaN"}, False),
        ("80", False),
    ],
)
def test_a_result_says_the_same_on_whatever_scale(result, same):
    assert says_the_same(result, {"userId": "4", "scoreGiven": 8, "scoreMaximum": 10}) is same


def test_what_stands_beside_the_grade_is_in_the_language_of_the_record():
    decision = decision_in(*line(Action.RECORD_APPROVED, **approved()))
    assert decision is not None
    said = comment_on(decision, "PIP-2026-0001", "https://hub.example/records/1", "fr")

    assert said == "Compétent – 4 critères sur 6 satisfaits. PIP-2026-0001: https://hub.example/records/1"
