"""Documents that programs keep about the hub's own people: handed out with their data, and gone with an erasure."""

import json

import pytest
from sqlalchemy import select

from app.installation.backing_up import back_up
from app.installation.founding import FOUNDER
from app.storage.errors import KeyDestroyed
from tests.flows.copies import elsewhere_of, everything_in
from tests.flows.erasing import concluded, disable, erase, propose
from tests.flows.lrs import AGENT_PROFILE, STATE, Program
from tests.flows.test_taking_ones_data import unpacked
from xapi.models import Document
from xapi.queries.resources import content_of
from xapi.services.documents import seal_documents


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


@pytest.mark.requirement("GD-25-1")
def test_documents_about_a_person_stand_sealed_and_open_with_their_key_alone(house, request, tmp_path):
    hub, _ = keep_documents(house)
    own, stranger = {"agent": agent_of(house, "trainee")}, {"agent": '{"mbox":"mailto:x@y.example"}'}
    hub.document("POST", STATE, '{"diary":"Secret de Léa"}'.encode(), query=own)
    hub.document("PUT", STATE, '"Anybody at all"', query=stranger)
    read = hub.document("GET", STATE, query=own)
    stolen = everything_in(house, house.settings.files)
    made = back_up(house.settings, tmp_path / "copies")
    erase(house)
    old = elsewhere_of(house, made, request, tmp_path)
    with old.storage.reading() as session:
        kept = session.scalars(select(Document).where(Document.person_id.is_not(None))).all()
        opened = [_opened(session, one) for one in kept]
    old.storage.close()

    assert read.json == {"page": 1.0, "diary": "Secret de Léa"}
    assert "Secret de Léa".encode() not in stolen
    assert b"Anybody at all" in stolen
    assert sorted(map(str, opened)) == ["None", "None", "b'\"other\"'"]


def _opened(session, document):
    try:
        return content_of(session, document).data
    except KeyDestroyed:
        return None


@pytest.mark.requirement("GD-25-1", "A11-4.8")
def test_documents_of_a_release_before_are_sealed_where_they_are_about_somebody_of_the_hub(house):
    hub, _ = keep_documents(house)
    own = {"agent": agent_of(house, "trainee")}
    with house.storage.transaction() as session:
        for one in session.scalars(select(Document)):
            one.kept, one.person_id = content_of(session, one).data, None
    with house.storage.transaction() as session:
        sealed = seal_documents(session, house.settings.statement_home, "cahier.test", actor=FOUNDER)
    stolen = everything_in(house, house.settings.files)

    assert sealed == 3
    assert house.lines()[-1]["after"] == {"documents": 3}
    assert b'"page"' not in stolen
    assert hub.document("GET", STATE, query=own).json == {"page": 1.0}
