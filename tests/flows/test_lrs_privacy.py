"""Documents that programs keep about the hub's own people: handed out with their data, and gone with an erasure."""

import json

import pytest

from tests.flows.erasing import concluded, disable, propose
from tests.flows.lrs import AGENT_PROFILE, STATE, Program
from tests.flows.test_taking_ones_data import unpacked


def agent_of(house, login):
    """Return a person as statements name them."""
    account = {"homePage": house.settings.statement_home, "name": f"person:{house.person(login).id}"}
    return json.dumps({"objectType": "Agent", "account": account})


def keep_documents(house):
    """Let programs keep documents about the trainee, one of them for an operator, and one about somebody else."""
    hub, alpha = Program.of(house), Program.of(house, name="alpha", operator="ALPHA")
    own, new = {"agent": agent_of(house, "trainee")}, {"If-None-Match": "*"}
    hub.document("PUT", STATE, '{"page":1.0}', query=own)
    alpha.document("PUT", AGENT_PROFILE, b"\xff\x00", query=own, headers=new, content_type="image/x")
    hub.document("PUT", STATE, '"other"', query={"agent": agent_of(house, "trainee2")})
    return hub, alpha


@pytest.mark.requirement("GD-15")
def test_documents_about_a_person_are_among_their_data(house):
    keep_documents(house)
    package = unpacked(house.signed_in("trainee").act("/account/export").data)
    documents = json.loads(package["documents.json"])

    assert [(one["resource"], one["name"], one["type"]) for one in documents] == [
        ("state", "bookmark", "application/json"),
        ("agent-profile", "colours", "image/x"),
    ]
    assert (documents[0]["text"], documents[1]["base64"]) == ('{"page":1.0}', "/wA=")


@pytest.mark.requirement("GD-25-2", "GD-17(1),(3)")
def test_documents_about_a_person_go_with_their_erasure(house):
    concluded(house)
    hub, alpha = keep_documents(house)
    own = {"agent": agent_of(house, "trainee")}
    person = disable(house)
    propose(house, person)
    client = house.signed_in("administrator")
    before = house.all_lines()
    answer = client.act(f"/people/{person}/erasure/confirm")

    assert answer.status_code == 303
    assert house.all_lines() == before + 1
    assert hub.document("GET", STATE, query=own).status_code == 404
    assert alpha.document("GET", AGENT_PROFILE, query=own).status_code == 404
    assert hub.document("GET", STATE, query={"agent": agent_of(house, "trainee2")}).status_code == 200
