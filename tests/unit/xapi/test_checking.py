"""The standard's rules for statements: each broken alone, and what must not be refused."""

import pytest

from tests.unit.xapi.trail import statement
from xapi.errors import Malformed
from xapi.rules.checking import check_statement

AGENT = {"mbox": "mailto:a@example.org"}
ACCOUNT = {"account": {"homePage": "https://lms.example", "name": "4711"}}
IRI = "https://example.org/thing"
UUID = "6fa459ea-ee8a-4ca4-894e-db77e160355e"
ATTACHMENT = {
    "usageType": IRI,
    "display": {"en": "A scan"},
    "contentType": "application/pdf",
    "length": 12,
    "sha2": "ab" * 32,
    "fileUrl": IRI,
}


def activity(**definition):
    """Return a statement about an activity with a definition."""
    return {"object": {"id": IRI, "definition": definition}}


def substatement(**changes):
    """Return a statement about a statement that is not made."""
    inner = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": IRI}, "object": {"id": IRI}}
    return {"object": inner | changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": AGENT},
        {"actor": AGENT | {"objectType": "Agent", "name": ""}},
        {"actor": {"mbox_sha1sum": "ab" * 20}},
        {"actor": {"openid": "https://id.example/a"}},
        {"actor": {"objectType": "Group", "member": [AGENT]}},
        {"actor": {"objectType": "Group"} | ACCOUNT},
        {"verb": {"id": IRI}},
        {"verb": {"id": "urn:oasis:names", "display": {"en-US": "", "fr": "a", "zh-Hans-CN": "b", "x-own": "c"}}},
        {"object": {"id": "tag:example.org,2026:thing"}},
        {"object": {"objectType": "Agent"} | AGENT},
        {"object": {"objectType": "Group", "member": [AGENT]}},
        {"object": {"objectType": "StatementRef", "id": UUID.upper()}},
        activity(name={"en": "A"}, description={}, type=IRI, moreInfo=IRI, extensions={IRI: None}),
        activity(
            interactionType="choice", choices=[{"id": "a", "description": {"en": "A"}}], correctResponsesPattern=[]
        ),
        activity(interactionType="matching", source=[{"id": "a"}], target=[{"id": "a"}]),
        activity(interactionType="other"),
        substatement(),
        substatement(object={"objectType": "StatementRef", "id": UUID}),
        {"result": {"score": {"scaled": -1, "raw": 3, "min": 0, "max": 10}, "success": True, "completion": False}},
        {"result": {"response": "", "duration": "PT1H30M0.5S", "extensions": {IRI: [None, {"a": None}]}}},
        {"result": {"duration": "P1Y2M3DT4H5M6S"}},
        {"result": {"duration": "P4W"}},
        {"context": {"registration": UUID, "instructor": AGENT, "team": {"objectType": "Group", "member": [AGENT]}}},
        {"context": {"contextActivities": {"parent": {"id": IRI}, "other": [{"id": IRI}], "grouping": []}}},
        {"context": {"revision": "1", "platform": "x", "language": "fr-BE", "extensions": {}}},
        {"context": {"statement": {"objectType": "StatementRef", "id": UUID}}},
        {"timestamp": "2026-11-23T09:05:00+01:00"},
        {"timestamp": "2026-11-23T09:05:00.123456789Z"},
        {"timestamp": "2026-11-23T09:05:00"},
        {"stored": "2026-11-23T09:05:00Z", "authority": AGENT, "version": "1.0.0"},
        {"version": "1.0"},
        {"attachments": [ATTACHMENT]},
    ],
)
def test_what_the_standard_allows_is_taken(changes):
    check_statement(statement(**changes))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"mood": "good"}, "mood"),
        ({"id": "1"}, "id"),
        ({"id": None}, "id"),
        ({"actor": None}, "actor"),
        ({"actor": {}}, "actor"),
        ({"actor": AGENT | ACCOUNT}, "actor"),
        ({"actor": {"name": "A"}}, "actor"),
        ({"actor": {"mbox": "a@example.org"}}, "actor.mbox"),
        ({"actor": {"mbox": "mailto:nobody"}}, "actor.mbox"),
        ({"actor": AGENT | {"name": 7}}, "actor.name"),
        ({"actor": AGENT | {"objectType": "agent"}}, "actor.objectType"),
        ({"actor": AGENT | {"member": []}}, "actor.member"),
        ({"actor": {"mbox_sha1sum": "ab"}}, "actor.mbox_sha1sum"),
        ({"actor": {"account": {"name": "a"}}}, "actor.account.homePage"),
        ({"actor": {"account": {"homePage": "lms", "name": "a"}}}, "actor.account.homePage"),
        ({"actor": {"account": {"homePage": IRI, "name": "a", "id": 1}}}, "actor.account.id"),
        ({"actor": {"objectType": "Group"}}, "actor.member"),
        (
            {"actor": {"objectType": "Group", "member": [{"objectType": "Group", "member": [AGENT]}]}},
            "actor.member[0].objectType",
        ),
        ({"verb": "passed"}, "verb"),
        ({"verb": {}}, "verb.id"),
        ({"verb": {"id": "passed"}}, "verb.id"),
        ({"verb": {"id": IRI, "display": "passed"}}, "verb.display"),
        ({"verb": {"id": IRI, "display": {"not a tag": "x"}}}, "verb.display.not a tag"),
        ({"verb": {"id": IRI, "display": {"en": None}}}, "verb.display.en"),
        ({"object": {}}, "object.id"),
        ({"object": {"id": "thing"}}, "object.id"),
        ({"object": {"objectType": "Thing", "id": IRI}}, "object.objectType"),
        ({"object": {"objectType": ["Activity"], "id": IRI}}, "object.objectType"),
        ({"object": {"objectType": "StatementRef", "id": "1"}}, "object.id"),
        (activity(title="x"), "object.definition.title"),
        (activity(extensions={"not an IRI": 1}), "object.definition.extensions.not an IRI"),
        (activity(correctResponsesPattern=["a"]), "object.definition.interactionType"),
        (activity(interactionType="guess"), "object.definition.interactionType"),
        (activity(interactionType="numeric", choices=[]), "object.definition.choices"),
        (activity(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]), "object.definition.choices"),
        (substatement(id=UUID), "object.id"),
        (substatement(stored="2026-11-23T09:05:00Z"), "object.stored"),
        (substatement(object=substatement()["object"]), "object.object.objectType"),
        (substatement(verb=None), "object.verb"),
        ({"result": {"score": {"scaled": 1.5}}}, "result.score.scaled"),
        ({"result": {"score": {"raw": 11, "min": 0, "max": 10}}}, "result.score.raw"),
        ({"result": {"score": {"min": 10, "max": 0}}}, "result.score.min"),
        ({"result": {"score": {"raw": "3"}}}, "result.score.raw"),
        ({"result": {"score": {"raw": True}}}, "result.score.raw"),
        ({"result": {"success": "true"}}, "result.success"),
        ({"result": {"duration": "1 hour"}}, "result.duration"),
        ({"result": {"duration": "P"}}, "result.duration"),
        ({"result": {"duration": "PT"}}, "result.duration"),
        ({"result": {"response": 5}}, "result.response"),
        ({"context": {"registration": "1"}}, "context.registration"),
        ({"context": {"team": AGENT}}, "context.team"),
        ({"context": {"language": "french language"}}, "context.language"),
        ({"context": {"contextActivities": {"parents": []}}}, "context.contextActivities.parents"),
        ({"context": {"contextActivities": {"parent": "x"}}}, "context.contextActivities.parent"),
        ({"context": {"statement": {"id": UUID}}}, "context.statement.objectType"),
        ({"object": {"objectType": "Agent"} | AGENT, "context": {"platform": "x"}}, "context.platform"),
        ({"object": {"objectType": "StatementRef", "id": UUID}, "context": {"revision": "1"}}, "context.revision"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": "2026-02-30T09:05:00Z"}, "timestamp"),
        ({"timestamp": "2026-11-23T09:05:00-00:00"}, "timestamp"),
        ({"timestamp": "2026-11-23T09:05:00-00"}, "timestamp"),
        ({"timestamp": "2026-11-23T09:05:00+25:00"}, "timestamp"),
        ({"timestamp": 1_700_000_000}, "timestamp"),
        ({"version": "0.9"}, "version"),
        ({"version": "1.1.0"}, "version"),
        ({"attachments": ATTACHMENT}, "attachments"),
        ({"attachments": [ATTACHMENT | {"length": -1}]}, "attachments[0].length"),
        ({"attachments": [{"usageType": IRI}]}, "attachments[0].display"),
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}, "object"),
    ],
)
def test_what_breaks_a_rule_is_refused_where_it_does(changes, place):
    with pytest.raises(Malformed) as refused:
        check_statement(statement(**changes))

    assert refused.value.place == f"statement.{place}"


@pytest.mark.parametrize("name", ["actor", "verb", "object"])
def test_what_every_statement_needs_is_asked_for(name):
    lacking = statement()
    del lacking[name]

    with pytest.raises(Malformed, match="is required"):
        check_statement(lacking)


@pytest.mark.parametrize("value", [None, [], "statement", 7])
def test_only_an_object_is_a_statement(value):
    with pytest.raises(Malformed):
        check_statement(value)
