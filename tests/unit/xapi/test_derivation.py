"""Which line becomes which statements, and that none of them says more than it may."""

import json

import pytest

from app.audit.actions import Action
from tests.unit.xapi.trail import ASSESSOR, CHECKER, HUB, SIGNATURE, TRAINEE, approved, line, told
from xapi.derivation import derive, read_line
from xapi.rules.checking import check_statement
from xapi.rules.texts import read_value
from xapi.statements import build_statement, registration_of
from xapi.vocabulary import PROFILE_VERSION, ActivityType, Extension, Verb

TITLES = {None: {"en": "Verify a pipette", "fr": "Vérifier une pipette"}, "weigh": {"fr": "Peser"}}


def derived(action, titles=None, before=(), **facts):
    """Return the statements of one line, as programs read them; `before` are lines about the same record."""
    body, leaf = line(action, **facts)
    found = derive(body, leaf, HUB, lambda code, version, step: (titles or {}).get(step, {}), told(*before))
    return [json.loads(build_statement(HUB, each).body) for each in found]


def said(statements):
    """Return who did what in each statement."""
    return [(item["actor"]["account"]["name"], item["verb"]["id"]) for item in statements]


@pytest.mark.parametrize(
    ("action", "facts", "expected"),
    [
        (Action.RECORD_ISSUED, {"actor": ASSESSOR}, []),
        (Action.ENTRY_RECORDED, {"step": "weigh", "field": "mass"}, []),
        (Action.ENTRY_RECORDED, {"step": "weigh", "first": True}, [(TRAINEE, Verb.INITIALIZED)]),
        (Action.ENTRY_RECORDED, {"step": "weigh", "out_of_limit": True}, [(TRAINEE, Verb.OUT_OF_LIMIT)]),
        (
            Action.ENTRY_RECORDED,
            {"step": "weigh", "first": True, "out_of_limit": True},
            [(TRAINEE, Verb.INITIALIZED), (TRAINEE, Verb.OUT_OF_LIMIT)],
        ),
        (Action.ENTRY_CORRECTED, {"step": "weigh", "field": "mass"}, [(TRAINEE, Verb.CORRECTED)]),
        (
            Action.ENTRY_CORRECTED,
            {"step": "weigh", "out_of_limit": True},
            [(TRAINEE, Verb.OUT_OF_LIMIT), (TRAINEE, Verb.CORRECTED)],
        ),
        (Action.STEP_COMPLETED, {"step": "weigh"}, [(TRAINEE, Verb.COMPLETED)]),
        (Action.STEP_VERIFIED, {"step": "weigh", "actor": CHECKER}, [(CHECKER, Verb.VERIFIED)]),
        (Action.RECORD_COMPLETED, {}, [(TRAINEE, Verb.SIGNED), (TRAINEE, Verb.SUBMITTED)]),
        (Action.RECORD_REVIEWED, {"actor": ASSESSOR}, [(ASSESSOR, Verb.SIGNED)]),
        (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved(award={"awards": False}), [(TRAINEE, Verb.PASSED)]),
        (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved(), [(TRAINEE, Verb.PASSED), (TRAINEE, Verb.EARNED)]),
        (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved("not-yet-competent"), [(TRAINEE, Verb.FAILED)]),
        (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved(counts=False), []),
        (Action.RECORD_REJECTED, {"actor": ASSESSOR} | approved(), [(TRAINEE, Verb.FAILED)]),
        (Action.RECORD_ABORTED, {}, []),
        (Action.TARGET_ADDED, {"subject": "target:1"}, []),
    ],
)
def test_a_line_becomes_the_statements_it_means(action, facts, expected):
    found = derived(action, **facts)

    assert said(found) == [(f"person:{person}", verb.value) for person, verb in expected]


@pytest.mark.parametrize("action", list(Action))
def test_whatever_a_line_becomes_keeps_the_standards_rules(action):
    body, leaf = line(action, step="weigh", field="mass", first=True, out_of_limit=True, exceptions=[1], **approved())

    for facts in derive(body, leaf, HUB, lambda code, version, step: TITLES.get(step, {}), told()):
        check_statement(read_value(build_statement(HUB, facts).body))
        assert facts.registration == registration_of("0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111")


def test_a_passed_statement_says_how_well_and_who_decided():
    passed, _ = derived(Action.RECORD_APPROVED, actor=ASSESSOR, **approved())

    assert passed["result"] == {"success": True, "score": {"scaled": 0.6667, "raw": 4, "min": 0, "max": 6}}
    assert passed["context"]["instructor"]["account"]["name"] == f"person:{ASSESSOR}"
    assert passed["object"]["id"] == "https://hub.example/xapi/activities/exercises/PIP-001"
    assert passed["context"]["revision"] == "2"


def test_a_failed_statement_is_no_success():
    (failed,) = derived(Action.RECORD_REJECTED, actor=ASSESSOR, **approved())

    assert failed["result"]["success"] is False


@pytest.mark.parametrize(
    "score",
    [
        None,
        {"achieved": 0, "possible": 0},
        {"achieved": 7, "possible": 6},
        {"achieved": -1, "possible": 6},
        {"achieved": "4", "possible": 6},
    ],
)
def test_a_score_that_makes_no_sense_is_left_out(score):
    passed, _ = derived(Action.RECORD_APPROVED, actor=ASSESSOR, **approved(score=score))

    assert passed["result"] == {"success": True}


def test_a_sign_off_is_about_the_competency():
    _, earned = derived(Action.RECORD_APPROVED, actor=ASSESSOR, **approved())

    assert earned["object"]["id"] == "https://hub.example/xapi/activities/competencies/PIP-VER"
    assert earned["object"]["definition"]["type"] == ActivityType.COMPETENCY.value
    assert earned["context"]["contextActivities"]["parent"][0]["id"].endswith("/exercises/PIP-001")


PLACE = {"step": "weigh", "field": "mass", "position": 1}


def told_by(written, part):
    """Return the id of the statement that a part of a line became."""
    read = read_line(*written)
    assert read is not None
    return read.statement(part).id


def value(action, index, *, out_of_limit=False, **place):
    """Return the line that put a value in a place."""
    return line(action, index=index, out_of_limit=out_of_limit, **(PLACE | place))


OUTSIDE = value(Action.ENTRY_RECORDED, 1, out_of_limit=True)


@pytest.mark.requirement("XA-1")
@pytest.mark.parametrize(
    ("before", "superseded"),
    [
        ([], None),
        ([value(Action.ENTRY_RECORDED, 1)], None),
        ([OUTSIDE], (0, "out-of-limit")),
        ([value(Action.ENTRY_RECORDED, 1, out_of_limit=True, position=2)], None),
        ([OUTSIDE, value(Action.ENTRY_REPEATED, 2)], None),
        ([OUTSIDE, value(Action.ENTRY_CORRECTED, 2)], (1, "corrected")),
    ],
)
def test_a_correction_supersedes_what_was_told_of_the_value_before(before, superseded):
    (corrected,) = derived(Action.ENTRY_CORRECTED, before=before, **PLACE)
    named = corrected["context"].get("statement")

    expected = superseded and told_by(before[superseded[0]], superseded[1])
    assert (named and named["id"]) == expected


@pytest.mark.requirement("XA-1")
def test_a_record_that_goes_back_voids_its_last_submission_and_no_other():
    first, second = (line(Action.RECORD_COMPLETED, index=index) for index in (3, 5))
    (voiding,) = derived(Action.RECORD_RETURNED, actor=ASSESSOR, before=[first, second])

    assert said([voiding]) == [(f"person:{ASSESSOR}", Verb.VOIDED.value)]
    assert voiding["object"] == {"objectType": "StatementRef", "id": told_by(second, "submitted")}
    assert derived(Action.RECORD_RETURNED, actor=ASSESSOR) == []


@pytest.mark.requirement("XA-1", "GD-5(1)(d),16")
def test_what_was_told_of_the_wrong_person_is_voided_once_and_of_others_stays():
    before = [
        line(Action.ENTRY_RECORDED, index=1, first=True, **PLACE),
        line(Action.STEP_VERIFIED, index=2, actor=CHECKER, step="weigh"),
        line(Action.RECORD_COMPLETED, index=3),
        line(Action.RECORD_RETURNED, index=4, actor=ASSESSOR),
        line(Action.RECORD_COMPLETED, index=5),
        line(Action.RECORD_APPROVED, index=6, actor=ASSESSOR, **approved()),
    ]
    found = derived(Action.RECORD_REATTRIBUTED, actor=CHECKER, before=before)
    of_trainee = [(0, "initialized"), (2, "signed"), (4, "signed"), (4, "submitted")]
    of_trainee += [(5, "concluded"), (5, "earned/PIP-VER")]

    assert [item["object"]["id"] for item in found] == [told_by(before[place], part) for place, part in of_trainee]
    assert {item["actor"]["account"]["name"] for item in found} == {f"person:{CHECKER}"}


def test_a_decision_names_the_submission_that_it_judges():
    handed_in = line(Action.RECORD_COMPLETED, index=3)
    passed, earned = derived(Action.RECORD_APPROVED, actor=ASSESSOR, before=[handed_in], **approved())

    assert passed["context"]["statement"]["id"] == told_by(handed_in, "submitted")
    assert "statement" not in earned["context"]


@pytest.mark.requirement("XA-4")
def test_a_statement_names_record_line_and_signature_by_digest():
    _, leaf = line(Action.RECORD_COMPLETED, signature=SIGNATURE)
    signed, submitted = derived(Action.RECORD_COMPLETED, signature=SIGNATURE)

    assert signed["context"]["extensions"] == {
        Extension.LINE.value: leaf,
        Extension.RECORD.value: "PIP-2026-0001",
        Extension.MEANING.value: "PERFORMED",
        Extension.MANIFEST.value: SIGNATURE,
    }
    assert Extension.MANIFEST.value not in submitted["context"]["extensions"]


@pytest.mark.requirement("XA-2")
@pytest.mark.parametrize("action", list(Action))
def test_no_statement_holds_a_name_or_a_text_that_a_person_wrote(action):
    typed = {
        "value": "Léa Martin spilled it",
        "field": "Léa Martin spilled it",
        "exceptions": ["Léa Martin spilled it"],
        "purpose": "Léa Martin spilled it",
        "grounds": "Léa Martin spilled it",
        "comment": "Léa Martin spilled it",
        "signature": "Léa Martin spilled it",
        "name": "Léa Martin",
    }
    made = derived(action, step="weigh", first=True, out_of_limit=True, **(approved() | typed))
    agents = [item["actor"] for item in made] + [item["context"].get("instructor", item["actor"]) for item in made]

    assert "Martin" not in json.dumps(made, ensure_ascii=False)
    assert all(set(agent) == {"objectType", "account"} for agent in agents)


def test_titles_are_said_in_the_languages_they_have():
    (completed,) = derived(Action.STEP_COMPLETED, TITLES, step="weigh")
    step, exercise = completed["object"], completed["context"]["contextActivities"]["parent"][0]

    assert step["definition"] == {"type": ActivityType.STEP.value, "name": {"fr": "Peser"}}
    assert exercise["definition"]["name"] == TITLES[None]
    assert completed["context"]["contextActivities"]["category"][0]["id"] == PROFILE_VERSION


def test_an_activity_without_a_known_title_has_no_name():
    (completed,) = derived(Action.STEP_COMPLETED, step="weigh")

    assert completed["object"]["definition"] == {"type": ActivityType.STEP.value}


def test_the_same_line_makes_the_same_bytes_and_another_line_another_id():
    first, again = derived(Action.RECORD_COMPLETED), derived(Action.RECORD_COMPLETED)
    other = derived(Action.RECORD_COMPLETED, index=8)

    assert first == again
    assert len({item["id"] for item in first + other}) == 4


def test_a_line_that_lacks_its_exercise_becomes_nothing():
    assert derived(Action.STEP_COMPLETED, step="weigh", exercise=None) == []
    assert derived(Action.STEP_COMPLETED, step="weigh", version="2") == []
