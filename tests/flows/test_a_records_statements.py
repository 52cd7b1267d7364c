"""A record executed, checked, signed and decided through the API becomes its statements, and they name nobody."""

import json
from collections import Counter

import pytest

from app.audit.actions import Action
from app.exercises.queries import current_version
from config.settings import CONFIG
from tests.flows.lrs import Program as Reader
from tests.flows.test_a_record_through_the_api import Program, execute, judgements, review, signing
from tests.installation import PEOPLE
from tests.profiles import bad_extensions, faults, follows_pattern, matching
from tests.signers import give_key, load_library
from xapi.feed import derive_once
from xapi.statements import Hub, registration_of
from xapi.vocabulary import Extension, Verb


@pytest.fixture
def record(house):
    """A record that went from issue to decision, as its number of steps, and the statements of the hub's LRS."""
    load_library(house, "PIP-001")
    give_key(house, "trainee", "trainee2", "assessor")
    trainee, assessor = Program(house, "trainee"), Program(house, "assessor")
    asked = {"exercise": "PIP-001", "performer": house.person("trainee").id, "purpose": "assessment"}
    identifier = assessor.act("/records", asked)["id"]
    path = f"/records/{identifier}"
    execute(house, trainee, path)
    trainee.act(f"{path}/signature", signing("trainee", trainee.get(path)["digest"]))
    review(assessor, path)
    decision = {"verdict": "competent", "judgements": judgements(house), "scope": "Pipettes, Léa Martin"}
    answer = assessor.client.post(f"/api/v1{path}/decision/preview", json=decision, headers=assessor.headers)
    shown = answer.get_json()
    signed = {"meaning": "APPROVED", "salt": shown["salt"], **signing("assessor", shown["digest"])}
    assessor.act(f"{path}/decision", decision | signed)
    while derive_once(house.storage, Hub(house.settings.statement_home)):
        pass
    return identifier


def said(house):
    """Return every statement of the hub's LRS, oldest first."""
    found = Reader.of(house).get(ascending="true").get_json()
    assert "more" not in found
    return found["statements"]


def test_each_act_of_a_record_is_told_once(house, record):
    verbs = Counter(item["verb"]["id"] for item in said(house))
    with house.storage.reading() as session:
        steps = list(current_version(session, "PIP-001").exercise.steps())
    out_of_limit = [line for line in house.lines("ALPHA") if line["after"].get("out_of_limit")]

    assert verbs == {
        Verb.INITIALIZED: 1,
        Verb.COMPLETED: len(steps),
        Verb.VERIFIED: sum(step.check is not None for step in steps),
        Verb.OUT_OF_LIMIT: len(out_of_limit),
        Verb.SIGNED: 2,
        Verb.SUBMITTED: 1,
        Verb.PASSED: 1,
        Verb.EARNED: 1,
    }


@pytest.mark.requirement("XA-2", "XA-4")
def test_no_statement_of_a_record_names_a_person_or_repeats_what_was_typed(house, record):
    whole = json.dumps(said(house), ensure_ascii=False)
    typed = ["Rien à signaler", "Seen and noted", "No bearing", "996.8", "4402187", "Pipettes, "]
    names = [word for name, _, _ in PEOPLE.values() for word in name.split()]

    assert [text for text in [*typed, *names] if text in whole] == []


def test_a_completed_step_names_the_equipment_that_was_read_for_it(house, record):
    named = [item["context"]["extensions"].get(Extension.EQUIPMENT) for item in said(house)]

    assert ["BAL-07"] in named
    assert [codes for codes in named if codes not in (None, ["BAL-07"])] == []


def test_a_records_statements_hang_together(house, record):
    statements = said(house)
    passed = next(item for item in statements if item["verb"]["id"] == Verb.PASSED)
    lines = {line["action"]: line for line in house.lines("ALPHA")}

    assert {item["context"]["registration"] for item in statements} == {str(registration_of(record))}
    assert passed["actor"]["account"]["name"] == f"person:{house.person('trainee').id}"
    assert passed["context"]["instructor"]["account"]["name"] == f"person:{house.person('assessor').id}"
    assert passed["timestamp"] == lines[Action.RECORD_APPROVED]["time"]
    assert passed["result"]["score"]["scaled"] == 1
    assert set(passed["object"]["definition"]["name"]) == {"en", "fr"}


def test_what_is_told_follows_the_published_profile(house, record):
    profile = json.loads((CONFIG / "xapi" / "profile.jsonld").read_text())
    statements = said(house)
    followed = [matching(profile, statement) for statement in statements]

    assert [len(templates) for templates in followed] == [1] * len(statements)
    assert [found for (item,), each in zip(followed, statements, strict=True) for found in faults(item, each)] == []
    assert [found for statement in statements for found in bad_extensions(profile, statement)] == []
    assert follows_pattern(profile, [template["id"] for (template,) in followed])
