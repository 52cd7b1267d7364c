"""By which keys a statement is found."""

import pytest

from tests.unit.xapi.programs import about, activity, agent, group, key_of, within
from tests.unit.xapi.trail import statement
from xapi.rules.keys import concern_key, iri_key, keys_of, member_key, party_key

ANNA, BERT, CARL = (agent(name) for name in ("anna", "bert", "carl"))


def test_every_kind_of_identifier_has_a_key_of_its_own():
    text = "mailto:a@b.example"
    keys = {
        key_of({"mbox": text}),
        key_of({"openid": text}),
        key_of({"mbox_sha1sum": text}),
        key_of({"account": {"homePage": text, "name": ""}}),
        key_of({"account": {"homePage": "", "name": text}}),
        iri_key(text),
    }

    assert len(keys) == 6
    assert {len(key) for key in keys} == {32}


def test_an_anonymous_group_has_no_key_and_its_members_have():
    keys = keys_of(statement(actor=group(ANNA, BERT)))

    assert keys.agent is None
    assert keys.related == {member_key(key_of(ANNA)), member_key(key_of(BERT))}


@pytest.mark.parametrize("name", ["instructor", "team"])
def test_who_stands_in_the_context_is_a_party_with_its_members(name):
    named = group(BERT, account={"homePage": "https://lms.example", "name": "class"})
    keys = keys_of(statement(context={name: named}))

    assert keys.related == {party_key(key_of(named)), party_key(key_of(BERT))}


def test_agents_and_groups_of_the_second_edition_are_parties():
    context = {
        "contextAgents": [{"objectType": "contextAgent", "agent": ANNA}],
        "contextGroups": [{"objectType": "contextGroup", "group": group(BERT)}],
    }
    keys = keys_of(statement(context=context))

    assert keys.related == {party_key(key_of(ANNA)), party_key(key_of(BERT))}


@pytest.mark.parametrize("role", ["parent", "grouping", "category", "other"])
def test_activities_of_the_context_are_concerns_in_a_list_or_alone(role):
    one = activity("one")

    for given in (one, [one]):
        keys = keys_of(statement(context={"contextActivities": {role: given}}))
        assert keys.related == {concern_key(iri_key(one["id"]))}


def test_whoever_a_statement_within_names_is_beside_the_statement():
    inner = within(actor=group(ANNA), object=activity("inner"), context={"instructor": BERT})
    keys = keys_of(statement(object=inner))
    expected = {party_key(key_of(ANNA)), party_key(key_of(BERT)), concern_key(iri_key(activity("inner")["id"]))}

    assert keys.related == expected
    assert (keys.activity, keys.object_agent) == (None, None)


@pytest.mark.parametrize("kind", ["agent", "group"])
def test_whom_a_statement_within_is_about_is_beside_too(kind):
    keys = keys_of(statement(object=within(actor=ANNA, object=CARL if kind == "agent" else group(CARL))))

    assert party_key(key_of(CARL)) in keys.related
    assert member_key(key_of(CARL)) not in keys.related


def test_ids_are_compared_in_lower_case():
    target = "0D2CD3CC-9F5B-4F6C-8A59-0D5B6ED0A111"
    keys = keys_of(about(target, context={"registration": target}))

    assert keys.refers_to == keys.registration == target.lower()


def test_only_the_verb_voided_voids():
    target = statement()["id"]
    voids = keys_of(about(target, verb={"id": "http://adlnet.gov/expapi/verbs/voided"}))

    assert voids.voids == voids.refers_to == target
    assert keys_of(about(target)).voids is None


def test_an_iri_with_half_a_character_has_a_key():
    assert iri_key("x:\ud800") != iri_key("x:?")
