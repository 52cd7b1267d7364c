"""What an operator's programs keep in the LRS stays with that operator, whatever another's programs try."""

import json

import pytest

from tests.flows.lrs import ACTIVITY_PROFILE, AGENT, AGENT_PROFILE, STATE, Program
from tests.unit.xapi.programs import about
from tests.unit.xapi.trail import statement
from xapi.services.credentials import Scope

ANNA = json.loads(AGENT)
COURSE = "https://lms.example/course/7"
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}
NEW = {"If-None-Match": "*"}


@pytest.fixture
def alpha(house):
    """A program of one operator, which keeps a statement of Anna."""
    return Program.of(house, name="alpha", operator="ALPHA")


@pytest.fixture
def beta(house):
    """A program of another operator."""
    return Program.of(house, name="beta", operator="BETA")


@pytest.fixture
def kept(alpha):
    """What the first operator's program sent."""
    definition = {"name": {"fr": "Secret"}, "type": "x:secret"}
    value = statement(actor=ANNA | {"name": "Anna"}, object={"id": COURSE, "definition": definition})
    alpha.post(value)
    return value


@pytest.mark.requirement("XA-1")
def test_a_known_id_opens_nothing(beta, kept):
    queries = [{"statementId": kept["id"]}, {"voidedStatementId": kept["id"]}]

    assert [beta.get(**query).status_code for query in queries] == [404, 404]
    assert beta.ids(agent=AGENT) == beta.ids(agent=AGENT, related_agents="true") == []


def test_nobody_voids_the_statement_of_another_operator(house, alpha, beta, kept):
    voiding = about(kept["id"], verb=VOIDED)

    assert beta.post(voiding).status_code == 200
    assert alpha.ids() == [kept["id"]]
    assert alpha.get(statementId=kept["id"]).status_code == 200
    assert Program.of(house).get(statementId=kept["id"]).status_code == 200


def test_the_hub_voids_the_statement_of_an_operator_and_not_the_other_way(house, alpha, kept):
    hub = Program.of(house)
    own = statement()
    hub.post(own)
    hub.post(about(kept["id"], verb=VOIDED))
    alpha.post(about(own["id"], verb=VOIDED))

    assert alpha.get(statementId=kept["id"]).status_code == 404
    assert alpha.get(voidedStatementId=kept["id"]).status_code == 200
    assert hub.get(statementId=own["id"]).status_code == 200


def test_voiding_anothers_voiding_says_nothing_about_it(alpha, beta, kept):
    voiding = about(kept["id"], verb=VOIDED)
    alpha.post(voiding)

    assert beta.post(about(voiding["id"], verb=VOIDED)).status_code == 200
    assert alpha.post(about(voiding["id"], verb=VOIDED)).status_code == 400
    assert alpha.get(voidedStatementId=kept["id"]).status_code == 200


def test_sending_anothers_statement_again_is_never_the_same_one(alpha, beta, kept):
    other = kept | {"verb": {"id": "x:other"}}

    assert alpha.post(kept).status_code == 200
    assert [beta.post(kept).status_code, beta.post(other).status_code] == [409, 409]
    assert beta.ids() == []


def test_a_remark_about_anothers_statement_finds_out_nothing(beta, kept):
    remark = about(kept["id"])
    beta.post(remark)
    queries = [{"activity": COURSE}, {"verb": kept["verb"]["id"], "agent": AGENT}, {"agent": AGENT}]

    assert [beta.ids(**query) for query in queries] == [[], [], []]


def test_what_is_known_of_people_and_activities_stays(beta, kept):
    person = beta.ask("GET", "/xapi/agents", query_string={"agent": AGENT}).get_json()
    activity = beta.ask("GET", "/xapi/activities", query_string={"activityId": COURSE}).get_json()
    beta.post(statement(object={"id": COURSE}))
    (canonical,) = beta.get(format="canonical").get_json()["statements"]

    assert "name" not in person
    assert activity == {"objectType": "Activity", "id": COURSE}
    assert canonical["object"] == {"id": COURSE}


@pytest.mark.parametrize("where", [STATE, ACTIVITY_PROFILE, AGENT_PROFILE])
def test_documents_of_the_same_name_stand_apart(house, alpha, beta, where):
    hub = Program.of(house)
    alpha.document("PUT", where, '"alpha"', headers=NEW)

    for other in (beta, hub):
        assert other.document("GET", where).status_code == 404
        assert other.names(where) == []
        assert other.document("PUT", where, '"x"', headers={"If-Match": "*"}).status_code == 412
        assert other.document("DELETE", where).status_code == 204
        assert other.document("PUT", where, '"other"', headers=NEW).status_code == 204
    assert alpha.document("GET", where).data == b'"alpha"'
    beta.document("DELETE", STATE, query={"stateId": None})
    assert alpha.document("GET", where).data == b'"alpha"'


def test_a_token_sees_what_its_credential_sees(house, beta, kept):
    answer = beta.ask("POST", "/xapi/oauth/token", data={"grant_type": "client_credentials", "scope": Scope.ALL})
    bearer = Program(house, beta.headers | {"Authorization": f"Bearer {answer.get_json()['access_token']}"})

    assert bearer.ids() == []
    assert bearer.get(statementId=kept["id"]).status_code == 404


def test_a_page_position_of_another_operator_shows_only_ones_own(alpha, beta, kept):
    own = statement()
    beta.post(own)

    assert beta.ids(position=0, ascending="true") == [own["id"]]
    assert beta.ids(position=10**17) == [own["id"]]
