"""Programs send statements to the hub's LRS and find them again, as xAPI 1.0.3 asks."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.audit.actions import Action
from app.kernel import clock
from tests.flows.lrs import COMMAND, VERSION, Program, basic, give_credential
from tests.unit.xapi.trail import HUB, STATEMENTS_OF_A_RECORD, statement, write_record
from xapi.feed import derive_once
from xapi.services.credentials import Scope, revoke_credential
from xapi.statements import registration_of
from xapi.vocabulary import Verb

SOMEBODY = {"account": {"homePage": "https://lms.example", "name": "4711"}}


def moment(text):
    """Read a time from a statement or a header."""
    return clock.from_text(text)


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


def test_a_statement_comes_back_as_it_was_sent(program):
    sent = statement(result={"score": {"raw": 3.50}, "extensions": {"https://a.example/x": [None, 1.0, "é"]}})
    answer = program.post(sent)
    found = program.get(statementId=sent["id"]).get_json()

    assert (answer.status_code, answer.get_json()) == (200, [sent["id"]])
    assert {name: found[name] for name in sent} == sent
    assert set(found) - set(sent) == {"stored", "authority", "version"}
    assert found["authority"]["account"]["name"].startswith("credential:")


def test_the_bytes_of_a_statement_stay_as_they_were_sent(program):
    identifier = str(uuid4())
    sent = json.dumps(statement(id=identifier, result={"score": {"raw": "NUMBER"}})).replace('"NUMBER"', "1.50")
    program.ask("POST", data=sent, content_type="application/json; charset=utf-8")

    assert b'{"raw": 1.50}' in program.get(statementId=identifier).data


def test_an_array_is_answered_with_its_ids_in_order(program):
    sent = [statement() for _ in range(3)]
    answer = program.post(sent)

    assert answer.get_json() == [item["id"] for item in sent]
    assert program.ids(ascending="true") == [item["id"] for item in sent]


def test_what_has_no_id_or_time_gets_them(program):
    sent = statement()
    del sent["id"], sent["timestamp"]
    (identifier,) = program.post(sent).get_json()
    found = program.get(statementId=identifier).get_json()

    assert found["actor"] == sent["actor"]
    assert abs(moment(found["stored"]) - moment(found["timestamp"])).total_seconds() < 60


def test_a_statement_is_put_under_its_id(program):
    sent = statement()
    identifier = sent.pop("id")

    assert program.put(sent, identifier).status_code == 204
    assert program.put(sent, identifier).status_code == 204
    assert program.put(statement(), identifier).status_code == 400
    assert program.put([sent], identifier).status_code == 400
    assert program.put(sent, "7").status_code == 400
    assert program.ask("PUT", data=json.dumps(sent), content_type="application/json").status_code == 400
    assert program.ids() == [identifier]


@pytest.mark.requirement("XA-1")
def test_the_same_statement_again_is_accepted_and_stored_once(program):
    sent = statement()
    answers = [program.post(sent).status_code, program.post([sent]).status_code]

    assert answers == [200, 200]
    assert program.ids() == [sent["id"]]


@pytest.mark.requirement("XA-1")
def test_another_statement_of_a_known_id_is_a_conflict_and_changes_nothing(program):
    sent = statement()
    program.post(sent)
    answer = program.post(sent | {"verb": {"id": "https://a.example/other"}})

    assert (answer.status_code, answer.get_json()["code"]) == (409, "differs")
    assert program.get(statementId=sent["id"]).get_json()["verb"] == sent["verb"]


@pytest.mark.parametrize("fault", [{"verb": {"id": "no IRI"}}, {"mood": "good"}])
def test_a_request_is_taken_whole_or_not_at_all(program, fault):
    answer = program.post([statement(), statement(**fault), statement()])

    assert answer.status_code == 400
    assert answer.get_json()["place"].startswith("[1].")
    assert program.ids() == []


def test_a_conflict_in_a_batch_refuses_the_whole_batch(program):
    sent = statement()
    program.post(sent)

    assert program.post([statement(), sent | {"result": {"success": True}}]).status_code == 409
    assert program.ids() == [sent["id"]]


def test_one_id_twice_in_a_request_is_refused(program):
    sent = statement()

    assert program.post([sent, sent]).status_code == 400
    assert program.ids() == []


@pytest.mark.parametrize("data", [b"", b"{", b"null", b"[1]", b"\xff", b'{"a":1}{"a":1}'])
def test_a_body_that_is_no_statement_is_refused(program, data):
    answer = program.ask("POST", data=data, content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_body_of_another_kind_is_refused(program):
    assert program.ask("POST", data="x", content_type="text/plain").status_code == 400
    assert program.ask("POST", data="x", content_type="multipart/mixed; boundary=a").status_code == 400


@pytest.mark.requirement("XA-3")
@pytest.mark.parametrize(
    ("version", "status"), [("1.0.3", 200), ("1.0.0", 200), ("1.0", 200), ("2.0.0", 200), ("0.9", 400), ("", 400)]
)
def test_every_request_names_the_version_it_speaks(program, version, status):
    answer = program.ask("GET", headers={"X-Experience-API-Version": version})

    assert answer.status_code == status
    assert answer.headers["X-Experience-API-Version"] == ("2.0.0" if version == "2.0.0" else "1.0.3")


def test_about_needs_no_credential_and_no_version(house):
    answer = house.client().get("/xapi/about")

    assert "1.0.3" in answer.get_json()["version"]


@pytest.mark.parametrize("query", [{}, {"limit": "1"}, {"statementId": str(uuid4())}])
def test_a_stranger_reads_and_writes_nothing(house, query):
    client = house.client()
    headers = VERSION | basic("nobody", "nothing")

    for answer in (
        client.get("/xapi/statements", query_string=query, headers=VERSION),
        client.get("/xapi/statements", query_string=query, headers=headers),
        client.post("/xapi/statements", json=statement(), headers=headers),
        house.signed_in("administrator").get("/xapi/statements", query_string=query, headers=VERSION),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("scope", "reads", "writes"), [(Scope.STATEMENTS_READ, 200, 403), (Scope.STATEMENTS_WRITE, 403, 200)]
)
def test_a_credential_does_what_its_scope_says_and_each_refusal_is_a_line(house, scope, reads, writes):
    program = Program.of(house, scopes=(scope,))
    answers = program.get().status_code, program.post(statement()).status_code
    refusals = [line for line in house.lines() if line["action"] == Action.REQUEST_REFUSED]

    assert answers == (reads, writes)
    assert [line["after"]["code"] for line in refusals] == ["xapi-scope-missing"]
    assert refusals[0]["actor"].startswith("credential:")


def test_a_revoked_credential_opens_nothing_any_more(house, program):
    with house.storage.transaction() as session:
        revoke_credential(session, "program", actor=COMMAND)

    assert program.get().status_code == 401


def test_what_was_stored_is_one_line_a_request_and_a_repeat_is_none(house, program):
    sent = [statement(), statement()]
    program.post(sent)
    program.post(sent)
    (line,) = [line for line in house.lines() if line["action"] == Action.XAPI_STATEMENTS_RECEIVED]

    assert (line["after"]["stored"], line["after"]["last"]) == (2, 2)
    assert len(line["after"]["digest"]) == 64


def test_statements_are_found_by_agent_verb_activity_and_registration(program):
    registration = str(uuid4())
    one = statement(context={"registration": registration})
    other = statement(
        actor={"mbox": "mailto:a@example.org"},
        verb={"id": "https://a.example/verb"},
        object={"id": "https://a.example/activity"},
    )
    program.post([one, other])

    assert program.ids(agent=json.dumps(SOMEBODY)) == [one["id"]]
    assert program.ids(agent=json.dumps(SOMEBODY | {"name": "shown", "objectType": "Agent"})) == [one["id"]]
    assert program.ids(agent='{"mbox":"mailto:a@example.org"}') == [other["id"]]
    assert program.ids(verb="https://a.example/verb") == [other["id"]]
    assert program.ids(activity="https://a.example/activity") == [other["id"]]
    assert program.ids(activity="https://a.example/Activity") == []
    assert program.ids(registration=registration.upper()) == [one["id"]]
    assert program.ids(agent=json.dumps(SOMEBODY), verb="https://a.example/verb") == []


def test_an_agent_is_found_as_actor_and_as_object_once(program):
    about = statement(actor={"mbox": "mailto:a@example.org"}, object={"objectType": "Agent"} | SOMEBODY)
    oneself = statement(object={"objectType": "Agent"} | SOMEBODY)
    program.post([about, oneself, statement(actor={"mbox": "mailto:a@example.org"})])

    assert program.ids(agent=json.dumps(SOMEBODY)) == [oneself["id"], about["id"]]


@pytest.mark.parametrize("ascending", ["true", "false"])
@pytest.mark.parametrize("filters", [{}, {"agent": json.dumps(SOMEBODY)}, {"verb": statement()["verb"]["id"]}])
def test_more_leads_through_all_pages_in_order(program, ascending, filters):
    sent = [statement() for _ in range(7)]
    program.post(sent)
    pages = program.walk(limit=3, ascending=ascending, **filters)
    expected = [item["id"] for item in (sent if ascending == "true" else sent[::-1])]

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [identifier for page in pages for identifier in page] == expected


def test_a_page_that_is_just_full_is_the_last(program):
    program.post([statement() for _ in range(3)])

    assert "more" not in program.get(limit=3).get_json()


def test_since_and_until_look_at_the_time_of_storing(program):
    first, second = statement(timestamp="2030-01-01T00:00:00Z"), statement(timestamp="2001-01-01T00:00:00Z")
    program.post(first)
    program.post(second)
    stored = program.get(statementId=first["id"]).get_json()["stored"]

    assert program.ids(since=stored) == [second["id"]]
    assert program.ids(until=stored) == [first["id"]]
    assert program.ids(since="2001-01-01T00:00:00+01:00") == [second["id"], first["id"]]
    assert program.ids(until="2001-01-01T00:00:00Z") == []


def test_what_is_stored_later_has_a_later_time(program):
    sent = [statement() for _ in range(4)]
    for item in sent:
        program.post(item)
    found = program.get(ascending="true").get_json()["statements"]

    assert len({item["stored"] for item in found}) == 4
    assert [item["stored"] for item in found] == sorted(item["stored"] for item in found)


def test_who_asks_for_what_is_new_misses_nothing_while_others_send(house, program):
    sent = [[statement() for _ in range(3)] for _ in range(24)]
    found: list[str] = []
    with ThreadPoolExecutor(4) as senders:
        sending = [senders.submit(Program(house, program.headers).post, batch) for batch in sent]
        since = "2001-01-01T00:00:00Z"
        while True:
            over = all(future.done() for future in sending)
            page = program.get(since=since, ascending="true").get_json()["statements"]
            found += [item["id"] for item in page]
            since = page[-1]["stored"] if page else since
            if over:
                break

    assert [future.result().status_code for future in sending] == [200] * len(sent)
    assert len(found) == len(set(found))
    assert set(found) == {item["id"] for batch in sent for item in batch}


def test_an_answer_says_up_to_when_it_is_complete(program):
    sent = statement()
    program.post(sent)
    answer = program.get()
    stored = answer.get_json()["statements"][0]["stored"]

    assert moment(answer.headers["X-Experience-API-Consistent-Through"]) >= moment(stored)


@pytest.mark.parametrize(
    "query",
    [
        {"colour": "red"},
        {"statementId": "7"},
        {"statementId": str(uuid4()), "verb": "https://a.example/verb"},
        {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
        {"agent": "nobody"},
        {"agent": "{}"},
        {"agent": '{"objectType":"Group","member":[{"mbox":"mailto:a@b.c"}]}'},
        {"verb": "passed"},
        {"activity": "course"},
        {"registration": "7"},
        {"since": "yesterday"},
        {"until": "2026-13-01T00:00:00Z"},
        {"limit": "-1"},
        {"limit": "many"},
        {"ascending": "up"},
        {"format": "pretty"},
        {"related_agents": "yes"},
        {"attachments": "yes"},
        {"agent": "[" * 100_000},
        {"since": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(program, query):
    assert program.get(**query).status_code == 400


def test_limit_nought_and_what_tincan_sends_are_understood(program):
    sent = statement()
    program.post(sent)

    assert program.ids(limit=0, ascending="False", related_agents="False", format="exact") == [sent["id"]]


def test_an_unknown_statement_is_not_found(program):
    assert program.get(statementId=str(uuid4())).status_code == 404


def test_head_answers_like_get_without_a_body(program):
    answer = program.ask("HEAD")

    assert (answer.status_code, answer.data) == (200, b"")
    assert "X-Experience-API-Consistent-Through" in answer.headers


@pytest.mark.requirement("XA-1")
def test_a_voided_statement_is_found_only_as_voided(program):
    sent = statement()
    voiding = statement(verb={"id": Verb.VOIDED}, object={"objectType": "StatementRef", "id": sent["id"]})
    program.post([sent, voiding])

    assert program.ids() == [voiding["id"]]
    assert program.get(statementId=sent["id"]).status_code == 404
    assert program.get(voidedStatementId=sent["id"]).get_json()["id"] == sent["id"]
    assert program.get(voidedStatementId=voiding["id"]).status_code == 404


@pytest.mark.requirement("XA-1")
def test_a_voiding_statement_cannot_be_voided(program):
    voiding = statement(verb={"id": Verb.VOIDED}, object={"objectType": "StatementRef", "id": str(uuid4())})
    program.post(voiding)
    again = statement(verb={"id": Verb.VOIDED}, object={"objectType": "StatementRef", "id": voiding["id"]})

    assert program.post(again).status_code == 400
    assert program.ids() == [voiding["id"]]


def test_a_request_may_be_larger_than_a_form_but_not_without_end(program):
    large = statement(result={"response": "x" * (3 * 1024 * 1024)})
    endless = statement(result={"response": "x" * (33 * 1024 * 1024)})

    assert program.post(large).status_code == 200
    assert program.post(endless).status_code == 413


def test_operators_do_not_see_each_others_statements(house):
    programs = {code: Program.of(house, name=code.lower(), operator=code) for code in ("ALPHA", "BETA")}
    sent = {code: statement() for code in programs}
    for code, program in programs.items():
        program.post(sent[code])

    assert programs["ALPHA"].ids() == [sent["ALPHA"]["id"]]
    assert programs["BETA"].get(statementId=sent["ALPHA"]["id"]).status_code == 404
    assert len(Program.of(house).ids()) == 2


def test_a_records_statements_are_there_for_an_lms_to_ask(house, program):
    record = write_record(house.storage, operator_id=house.operator_id("ALPHA"))
    while derive_once(house.storage, HUB):
        pass
    passed = program.get(verb=Verb.PASSED.value, activity="https://hub.example/xapi/activities/exercises/PIP-001")

    assert len(program.ids(registration=str(registration_of(record)))) == STATEMENTS_OF_A_RECORD
    assert passed.get_json()["statements"][0]["result"]["score"]["scaled"] == 0.6667


def test_a_wrong_password_is_counted_with_the_strangers(house, program):
    username, _ = give_credential(house, name="other")
    before = house.all_lines()
    house.client().get("/xapi/statements", headers=VERSION | basic(username, "wrong"))

    assert house.all_lines() == before
