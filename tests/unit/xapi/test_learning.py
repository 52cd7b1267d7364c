"""What the LRS learns of activities from statements."""

import json

import pytest

from tests.unit.xapi.programs import activity, give_credential, key_of, send, within
from tests.unit.xapi.trail import statement
from xapi.queries.resources import definitions_of, names_of

IRI = activity("x")["id"]


def known(lrs, operator_id=None):
    """Return what is known of the activity."""
    with lrs.storage.reading() as session:
        return {iri: json.loads(text) for iri, text in definitions_of(session, [IRI], operator_id).items()}.get(IRI)


def of(**definition):
    """Return an activity with a definition."""
    return activity("x", definition=definition)


@pytest.fixture
def credential(lrs):
    """A credential of the hub."""
    return give_credential(lrs.storage)


@pytest.mark.parametrize("together", [True, False], ids=["one request", "one by one"])
def test_languages_add_up_and_the_rest_is_renewed(lrs, credential, together):
    sent = [
        statement(object=of(name={"fr": "Vieux"}, type="x:old", moreInfo="x:info")),
        statement(object=of(name={"nl": "Nieuw"}, type="x:new")),
    ]
    for part in [sent] if together else [[item] for item in sent]:
        send(lrs.storage, credential, *part)

    assert known(lrs) == {"name": {"fr": "Vieux", "nl": "Nieuw"}, "type": "x:new", "moreInfo": "x:info"}


@pytest.mark.parametrize(
    "sent",
    [
        statement(context={"contextActivities": {"parent": [of(type="x:t")]}}),
        statement(context={"contextActivities": {"parent": of(type="x:t")}}),
        statement(object=within(object=of(type="x:t"))),
    ],
    ids=["context", "alone in a context", "statement within"],
)
def test_a_definition_counts_wherever_it_stands(lrs, credential, sent):
    send(lrs.storage, credential, sent)

    assert known(lrs) == {"type": "x:t"}


def test_a_statement_without_a_definition_changes_nothing(lrs, credential):
    send(lrs.storage, credential, statement(object=of(type="x:t")))
    send(lrs.storage, credential, statement(object=activity("x")))

    assert known(lrs) == {"type": "x:t"}


def test_a_repeated_statement_teaches_nothing(lrs, credential):
    sent = statement(object=of(type="x:t"))
    send(lrs.storage, credential, sent)
    send(lrs.storage, credential, sent | {"object": of(type="x:other")})

    assert known(lrs) == {"type": "x:t"}


def test_an_operator_knows_what_its_own_programs_said_and_the_hub_all(lrs):
    for operator, language in ((lrs.alpha, "fr"), (lrs.beta, "nl")):
        send(lrs.storage, give_credential(lrs.storage, operator), statement(object=of(name={language: "Nom"})))

    assert known(lrs, lrs.alpha) == {"name": {"fr": "Nom"}}
    assert known(lrs, lrs.beta) == {"name": {"nl": "Nom"}}
    assert known(lrs) == {"name": {"fr": "Nom", "nl": "Nom"}}


def test_names_of_an_agent_are_those_of_its_own_operators_statements(lrs):
    anna = {"mbox": "mailto:a@b.example"}
    for operator, name in ((lrs.alpha, "Anna"), (lrs.beta, "Annie")):
        send(lrs.storage, give_credential(lrs.storage, operator), statement(actor=anna | {"name": name}))

    with lrs.storage.reading() as session:
        assert names_of(session, key_of(anna), lrs.alpha) == ["Anna"]
        assert names_of(session, key_of(anna), None) == ["Anna", "Annie"]


def test_half_a_character_and_a_nul_in_a_definition_come_back(lrs, credential):
    send(lrs.storage, credential, statement(object=of(name={"fr": "a\0b"}, extensions={"x:\ud800": "\udfff\0"})))

    assert known(lrs) == {"name": {"fr": "a\0b"}, "extensions": {"x:\ud800": "\udfff\0"}}
