"""The forms in which statements are given, and that no form changes what was sent."""

import json
from decimal import Decimal

import pytest

from tests.unit.xapi.programs import activity, agent, group, within
from tests.unit.xapi.trail import statement
from xapi.rules.presenting import activities_in, by_identifiers, in_one_language, merge_definitions
from xapi.rules.texts import value_of

NUMBERS = '{"raw":5.0,"min":-0.50,"max":1E+2,"scaled":0.10}'


def prefers(*wanted):
    """Return a choice as a browser's header makes it."""
    return lambda offered: next((tag for tag in wanted if tag in offered), None)


def as_sent(value):
    """Return the text of a value, with the numbers of a score as only some programs write them."""
    return json.dumps(value).replace('"NUMBERS"', NUMBERS)


def test_no_form_changes_a_digit():
    text = as_sent(statement(result={"score": "NUMBERS"}))

    for given in (by_identifiers(text), in_one_language(text, {}, prefers("fr"))):
        assert NUMBERS in given


def test_identifiers_alone_leave_out_what_describes():
    named = agent("a") | {"name": "Anna"}
    sent = statement(
        actor=named,
        object=activity("x", definition={"name": {"fr": "X"}}),
        context={"instructor": named, "contextActivities": {"parent": [activity("p", definition={"type": "x:t"})]}},
    )
    given = json.loads(by_identifiers(json.dumps(sent)))

    assert given["actor"] == given["context"]["instructor"] == agent("a")
    assert given["verb"] == {"id": sent["verb"]["id"]}
    assert given["object"] == {"id": activity("x")["id"]}
    assert given["context"]["contextActivities"] == {"parent": [{"id": activity("p")["id"]}]}
    assert {name: given[name] for name in ("id", "timestamp")} == {name: sent[name] for name in ("id", "timestamp")}


def test_an_anonymous_group_keeps_its_members_by_identifiers():
    members = [agent("a") | {"name": "Anna"}, agent("b")]
    sent = json.dumps(statement(actor=group(*members, name="Les deux")))
    known = json.dumps(statement(actor=group(*members, mbox="mailto:g@b.example")))

    assert json.loads(by_identifiers(sent))["actor"] == group(agent("a"), agent("b"))
    assert json.loads(by_identifiers(known))["actor"] == {"objectType": "Group", "mbox": "mailto:g@b.example"}


def test_a_statement_within_is_presented_too():
    inner = within(actor=agent("a") | {"name": "Anna"}, object=activity("x", definition={"name": {"fr": "X"}}))
    text = json.dumps(statement(object=inner))
    given = json.loads(by_identifiers(text))["object"]

    assert (given["actor"], given["object"]) == (agent("a"), {"id": activity("x")["id"]})
    assert [iri for iri, _ in activities_in(text)] == [activity("x")["id"]]


@pytest.mark.parametrize(
    ("wanted", "text"), [(["nl"], "Wegen"), (["de", "fr"], "Peser"), ([], "Weigh"), (["de"], "Weigh")]
)
def test_the_canonical_form_has_one_language(wanted, text):
    names = {"en": "Weigh", "fr": "Peser", "nl": "Wegen"}
    sent = statement(object=activity("x", definition={"name": names}), verb={"id": "x:v", "display": names})
    given = json.loads(in_one_language(json.dumps(sent), {}, prefers(*wanted)))

    assert list(given["object"]["definition"]["name"].values()) == [text]
    assert list(given["verb"]["display"].values()) == [text]


def test_without_a_wish_a_text_of_unknown_language_comes_last():
    sent = json.dumps(statement(verb={"id": "x:v", "display": {"und": "?", "fr": "pesa"}}))
    empty = json.dumps(statement(verb={"id": "x:v", "display": {}}))

    assert json.loads(in_one_language(sent, {}, prefers()))["verb"]["display"] == {"fr": "pesa"}
    assert json.loads(in_one_language(empty, {}, prefers("fr")))["verb"]["display"] == {}


def test_the_canonical_form_takes_the_definition_that_is_known():
    known = {activity("x")["id"]: '{"name":{"fr":"Connu"},"extensions":{"x:n":1.50}}'}
    given = in_one_language(json.dumps(statement(object=activity("x"))), known, prefers("fr"))

    assert json.loads(given)["object"]["definition"]["name"] == {"fr": "Connu"}
    assert '"x:n":1.50' in given


@pytest.mark.parametrize(("kind", "parts"), [("choice", "choices"), ("likert", "scale"), ("performance", "steps")])
def test_parts_of_an_interaction_have_one_language_too(kind, parts):
    definition = {"interactionType": kind, parts: [{"id": "a", "description": {"en": "A", "fr": "À"}}]}
    sent = json.dumps(statement(object=activity("x", definition=definition)))
    given = json.loads(in_one_language(sent, {}, prefers("fr")))

    assert given["object"]["definition"][parts] == [{"id": "a", "description": {"fr": "À"}}]


def test_what_is_known_of_an_activity_adds_up():
    merged = merge_definitions(
        '{"name":{"fr":"Vieux","nl":"Oud"},"type":"x:a","extensions":{"x:n":1}}',
        '{"name":{"fr":"Neuf"},"extensions":{"x:n":2.0}}',
    )

    assert value_of(merged) == {
        "name": {"fr": "Neuf", "nl": "Oud"},
        "type": "x:a",
        "extensions": {"x:n": Decimal("2.0")},
    }
