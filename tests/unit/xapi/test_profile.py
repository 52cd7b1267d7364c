"""The profile that our statements follow: it is as the specification asks, and they do follow it."""

import json
import re

import pytest

from app.audit.actions import Action
from config.settings import CONFIG
from tests.profiles import bad_extensions, faults, follows_pattern, matching
from tests.unit.xapi.trail import ASSESSOR, CHECKER, HUB, SIGNATURE, approved, line, told
from xapi.derivation import derive
from xapi.statements import build_statement
from xapi.vocabulary import DISPLAY, PROFILE, PROFILE_VERSION, ActivityType, Extension, Verb

FOUND = json.loads((CONFIG / "xapi" / "profile.jsonld").read_text())
DOCUMENT = (CONFIG.parent / "docs" / "xapi.md").read_text()
LANGUAGES = {"en", "fr", "nl", "de"}
SIGNED = {"signature": SIGNATURE}
HANDED_IN = ("record-signed", "record-submitted")
LINES = {
    "exercise-started": (Action.ENTRY_RECORDED, {"first": True, "step": "weigh", "field": "mass"}),
    "step-completed": (Action.STEP_COMPLETED, {"step": "weigh", "equipment": ["BAL-01", "PIP-07"]}),
    "value-out-of-limit": (
        Action.ENTRY_RECORDED,
        {"step": "weigh", "field": "mass", "out_of_limit": True, "exceptions": [1, 2]},
    ),
    "value-corrected": (Action.ENTRY_CORRECTED, {"step": "weigh", "field": "mass"}),
    "step-verified": (Action.STEP_VERIFIED, {"step": "weigh", "actor": CHECKER} | SIGNED),
    "record-signed": (Action.RECORD_REVIEWED, {"actor": ASSESSOR} | SIGNED),
    "record-submitted": (Action.RECORD_COMPLETED, SIGNED),
    "statement-voided": (Action.RECORD_RETURNED, {"actor": ASSESSOR}),
    "exercise-passed": (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved(award=None)),
    "exercise-failed": (Action.RECORD_REJECTED, {"actor": ASSESSOR} | approved()),
    "competency-earned": (Action.RECORD_APPROVED, {"actor": ASSESSOR} | approved()),
}


def statements_of(action, facts):
    """Return the statements of one line, as programs read them."""
    body, leaf = line(action, purpose="assessment", **facts)
    found = derive(body, leaf, HUB, lambda code, version, step: {}, told(line(Action.RECORD_COMPLETED, index=3)))
    return [json.loads(build_statement(HUB, each).body) for each in found]


def template(name):
    """Return a template by the last part of its id."""
    (found,) = [each for each in FOUND["templates"] if each["id"].endswith(f"/{name}")]
    return found


def following(name):
    """Return the statement that follows a template."""
    (found,) = [item for item in statements_of(*LINES[name]) if template(name) in matching(FOUND, item)]
    return found


def test_the_profile_says_what_every_profile_must():
    required = {"id", "@context", "type", "conformsTo", "prefLabel", "definition", "author", "versions"}

    assert required <= FOUND.keys()
    assert FOUND["id"] == PROFILE
    assert [version["id"] for version in FOUND["versions"]] == [PROFILE_VERSION]
    assert FOUND["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"


def test_each_part_names_its_version_and_is_told_in_four_languages():
    parts = FOUND["concepts"] + FOUND["templates"]

    assert {part["inScheme"] for part in parts + FOUND["patterns"]} == {PROFILE_VERSION}
    assert [part["id"] for part in parts if part["prefLabel"].keys() != LANGUAGES] == []
    assert len({part["id"] for part in parts + FOUND["patterns"]}) == len(parts) + len(FOUND["patterns"])


def test_our_own_words_are_the_concepts_of_the_profile():
    concepts = {concept["id"]: concept["type"] for concept in FOUND["concepts"]}
    own_verbs = {verb.value for verb in Verb if verb.value.startswith(PROFILE)}

    assert {name for name, kind in concepts.items() if kind == "Verb"} == own_verbs
    assert {name for name, kind in concepts.items() if kind == "ContextExtension"} == {each.value for each in Extension}


def test_verbs_are_shown_as_the_profile_shows_them():
    shown = {concept["id"]: concept["prefLabel"] for concept in FOUND["concepts"] if concept["type"] == "Verb"}

    assert {verb: shown[verb].items() >= DISPLAY[verb].items() for verb in Verb if verb in shown} == dict.fromkeys(
        shown, True
    )


def test_templates_speak_of_known_verbs_and_kinds():
    verbs, kinds = {verb.value for verb in Verb}, {kind.value for kind in ActivityType}

    assert {each["verb"] for each in FOUND["templates"]} == verbs
    assert {each["objectActivityType"] for each in FOUND["templates"] if "objectActivityType" in each} <= kinds


@pytest.mark.parametrize("name", LINES)
def test_a_statement_follows_one_template_and_breaks_none_of_its_rules(name):
    statement = following(name)

    assert [each["id"] for each in matching(FOUND, statement)] == [template(name)["id"]]
    assert faults(template(name), statement) == []
    assert bad_extensions(FOUND, statement) == []


def test_each_template_is_followed_by_some_statement():
    assert {f"{PROFILE}/templates/{name}" for name in LINES} == {each["id"] for each in FOUND["templates"]}


@pytest.mark.parametrize("action", list(Action))
def test_whatever_a_line_becomes_follows_a_template(action):
    facts = {"step": "weigh", "field": "mass", "first": True, "out_of_limit": True, "exceptions": [1]}
    for statement in statements_of(action, facts | approved()):
        (found,) = matching(FOUND, statement)

        assert faults(found, statement) == []


@pytest.mark.requirement("XA-2", "XA-4")
def test_a_statement_with_a_name_or_a_mailbox_breaks_the_rules():
    statement = following("step-completed")
    statement["actor"] |= {"name": "Léa Martin", "mbox": "mailto:lea@hub.example"}

    assert faults(template("step-completed"), statement) == ["$.actor.name", "$.actor.mbox"]


def test_a_statement_without_its_line_breaks_the_rules():
    statement = following("exercise-passed")
    del statement["context"]["extensions"][Extension.LINE]

    assert faults(template("exercise-passed"), statement) == [f"$.context.extensions['{Extension.LINE}']"]


def test_a_signature_of_another_meaning_breaks_the_rules():
    statement = following("step-verified")
    statement["context"]["extensions"][Extension.MEANING] = "APPROVED"

    assert faults(template("step-verified"), statement) == [f"$.context.extensions['{Extension.MEANING}']"]


def test_equipment_is_named_by_its_codes_alone():
    statement = statements_of(Action.STEP_COMPLETED, {"step": "weigh", "equipment": ["BAL-01", "a note of mine", 7]})[0]

    assert statement["context"]["extensions"][Extension.EQUIPMENT] == ["BAL-01"]


@pytest.mark.parametrize(
    ("names", "follows"),
    [
        (["exercise-started"], True),
        (["exercise-started", "step-completed", "value-corrected"], True),
        (["exercise-started", "step-completed", "record-signed", "record-submitted"], True),
        (["exercise-started", "record-signed", "record-submitted", "record-signed", "exercise-passed"], True),
        (["exercise-started", "record-signed", "record-submitted", "exercise-failed"], True),
        (["exercise-started", *HANDED_IN, "value-corrected", *HANDED_IN, "record-signed", "exercise-passed"], True),
        (["exercise-started", *HANDED_IN, "exercise-passed", "competency-earned"], True),
        (["exercise-started", *HANDED_IN, "statement-voided", *HANDED_IN, "exercise-passed"], True),
        (["exercise-started", *HANDED_IN, "exercise-passed", "statement-voided", "statement-voided"], True),
        (["step-completed"], False),
        (["exercise-started", "record-submitted"], False),
        (["exercise-started", "exercise-passed", "step-completed"], False),
        (["exercise-started", "exercise-passed", "exercise-failed"], False),
    ],
)
def test_the_order_of_a_record_is_that_of_the_pattern(names, follows):
    assert follows_pattern(FOUND, [template(name)["id"] for name in names]) is follows


EXAMPLE = re.compile(r"^### (\S+)\n.*?```json\n(.*?)```", re.MULTILINE | re.DOTALL)
DOCUMENTED = EXAMPLE.findall(DOCUMENT.partition("## What the hub says itself")[2])


def test_the_page_shows_a_statement_for_each_template():
    assert [name for name, _ in DOCUMENTED] == [each["id"].rpartition("/")[2] for each in FOUND["templates"]]


@pytest.mark.parametrize(("name", "text"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_the_statement_on_the_page_follows_its_template(name, text):
    statement = json.loads(text)

    assert matching(FOUND, statement) == [template(name)]
    assert faults(template(name), statement) + bad_extensions(FOUND, statement) == []
