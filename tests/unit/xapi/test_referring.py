"""Statements about statements are found by what those say, in whichever order they came."""

from itertools import permutations
from uuid import uuid4

import pytest

from tests.unit.xapi.programs import about, found, give_credential, group, send
from tests.unit.xapi.trail import statement

VERB = {"id": "https://a.example/verbs/only-of-the-target"}


@pytest.fixture
def credential(lrs):
    """A credential of the hub."""
    return give_credential(lrs.storage)


def chain_of(length):
    """Return statements of which each is about the one before, and the first has a verb of its own."""
    made = [statement(verb=VERB)]
    for _ in range(length - 1):
        made.append(about(made[-1]["id"]))
    return made


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("together", [True, False], ids=["one request", "one by one"])
def test_a_chain_is_found_by_its_end_in_any_order(lrs, credential, order, together):
    chain = chain_of(3)
    sent = [chain[place] for place in order]
    for part in [sent] if together else [[item] for item in sent]:
        send(lrs.storage, credential, *part)

    assert found(lrs.storage, verb=VERB["id"]) == [item["id"] for item in sent]


def test_several_statements_about_one_that_comes_last_are_all_found(lrs, credential):
    target = statement(verb=VERB)
    early = [about(target["id"]) for _ in range(5)]
    send(lrs.storage, credential, *early)

    assert found(lrs.storage, verb=VERB["id"]) == []
    send(lrs.storage, credential, target)
    assert found(lrs.storage, verb=VERB["id"]) == [item["id"] for item in [*early, target]]


def test_all_filters_must_fit_the_same_statement(lrs, credential):
    target = statement(verb=VERB)
    send(lrs.storage, credential, target, about(target["id"], verb={"id": "x:commented"}))
    course = target["object"]["id"]

    assert len(found(lrs.storage, verb=VERB["id"], activity=course)) == 2
    assert found(lrs.storage, verb="x:commented", activity=course) == []


def test_members_and_related_things_of_a_target_are_found_through_it(lrs, credential):
    target = statement(
        actor=group({"mbox": "mailto:m@b.example"}),
        context={"contextActivities": {"parent": [{"id": "https://lms.example/parent"}]}},
    )
    referring = about(target["id"])
    send(lrs.storage, credential, target, referring)
    both = [target["id"], referring["id"]]

    assert found(lrs.storage, agent='{"mbox":"mailto:m@b.example"}') == both
    assert found(lrs.storage, activity="https://lms.example/parent", related_activities="true") == both
    assert found(lrs.storage, activity="https://lms.example/parent") == []


@pytest.mark.parametrize("together", [True, False], ids=["one request", "one by one"])
def test_statements_that_are_about_each_other_are_stored_and_found(lrs, credential, together):
    first, second, third = (str(uuid4()) for _ in range(3))
    circle = [about(second, id=first), about(third, id=second), about(first, id=third, verb=VERB)]
    for part in [circle] if together else [[item] for item in circle]:
        send(lrs.storage, credential, *part)

    assert set(found(lrs.storage, verb=VERB["id"])) == {first, second, third}


def test_a_statement_about_itself_is_stored(lrs, credential):
    own = str(uuid4())
    send(lrs.storage, credential, about(own, id=own, verb=VERB))

    assert found(lrs.storage, verb=VERB["id"]) == [own]


@pytest.mark.parametrize("target_first", [True, False])
def test_what_an_operators_statement_is_about_is_found_out_by_nobody_else(lrs, target_first):
    alpha, beta = give_credential(lrs.storage, lrs.alpha), give_credential(lrs.storage, lrs.beta)
    target = statement(verb=VERB)
    spying = about(target["id"])
    for credential, sent in [(alpha, target), (beta, spying)][:: 1 if target_first else -1]:
        send(lrs.storage, credential, sent)

    assert found(lrs.storage, lrs.beta, verb=VERB["id"]) == []
    assert found(lrs.storage, lrs.alpha, verb=VERB["id"]) == [target["id"]]
    assert found(lrs.storage, None, verb=VERB["id"]) == [target["id"]]


@pytest.mark.parametrize("target_first", [True, False])
def test_the_hub_may_refer_to_an_operators_statements(lrs, target_first):
    hub, alpha = give_credential(lrs.storage), give_credential(lrs.storage, lrs.alpha)
    target = statement(verb=VERB)
    remark = about(target["id"])
    for credential, sent in [(alpha, target), (hub, remark)][:: 1 if target_first else -1]:
        send(lrs.storage, credential, sent)

    assert set(found(lrs.storage, None, verb=VERB["id"])) == {target["id"], remark["id"]}
    assert found(lrs.storage, lrs.alpha, verb=VERB["id"]) == [target["id"]]
