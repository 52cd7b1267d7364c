"""How the LRS answers: forms and languages, headers, related things, voiding, pages while others send, odd requests."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.kernel import clock
from tests.flows.lrs import AGENT_PROFILE, STATE, VERSION, Program, basic
from tests.unit.xapi.programs import about, activity, agent, group, within
from tests.unit.xapi.trail import statement
from xapi.vocabulary import PROFILE

SECOND = {"X-Experience-API-Version": "2.0.0"}
NAMES = {"en": "Weigh", "fr": "Peser", "nl-BE": "Wegen"}
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}
THROUGH = "X-Experience-API-Consistent-Through"


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


def test_exact_is_what_was_sent_and_ids_only_identifiers(program):
    sent = statement(actor=agent("a") | {"name": "Anna"}, object=activity("x", definition={"name": NAMES}))
    program.post(sent)
    exact = program.get(statementId=sent["id"], format="exact").get_json()
    ids = program.get(statementId=sent["id"], format="ids").get_json()

    assert {name: exact[name] for name in sent} == sent
    assert (ids["actor"], ids["object"], ids["verb"]) == (
        agent("a"),
        {"id": activity("x")["id"]},
        {"id": sent["verb"]["id"]},
    )
    assert {"stored", "authority"} <= set(ids)


@pytest.mark.parametrize(
    ("wanted", "text"),
    [("fr", "Peser"), ("de, fr;q=0.5", "Peser"), ("nl-BE", "Wegen"), ("fr;q=0.2, en;q=0.8", "Weigh"), ("*", "Weigh")],
)
def test_canonical_is_in_the_language_that_is_wanted(program, wanted, text):
    program.post(statement(object=activity("x", definition={"name": NAMES})))
    answer = program.ask("GET", query_string={"format": "canonical"}, headers={"Accept-Language": wanted})
    (found,) = answer.get_json()["statements"]

    assert list(found["object"]["definition"]["name"].values()) == [text]


def test_canonical_shows_all_that_is_known_by_now(program):
    first = statement(object=activity("x", definition={"name": {"fr": "Peser"}, "type": "x:t"}))
    program.post(first)
    program.post(statement(object=activity("x", definition={"name": {"nl": "Wegen"}})))
    answer = program.ask(
        "GET",
        query_string={"statementId": first["id"], "format": "canonical"},
        headers={"Accept-Language": "nl"},
    )

    assert answer.get_json()["object"]["definition"] == {"name": {"nl": "Wegen"}, "type": "x:t"}
    assert program.get(statementId=first["id"]).get_json()["object"] == first["object"]


def test_related_ones_are_found_only_where_they_are_asked_for(program):
    inner = within(actor=agent("inner"), object=activity("inner"))
    parent = {"parent": [activity("parent")]}
    sent = statement(context={"instructor": agent("i"), "contextActivities": parent}, object=inner)
    program.post(sent)
    expected = [sent["id"]]

    for name in ("i", "inner"):
        assert program.ids(agent=json.dumps(agent(name))) == []
        assert program.ids(agent=json.dumps(agent(name)), related_agents="true") == expected
    for name in ("parent", "inner"):
        assert program.ids(activity=activity(name)["id"]) == []
        assert program.ids(activity=activity(name)["id"], related_activities="true") == expected
    both = {"agent": json.dumps(agent("i")), "activity": activity("parent")["id"]}
    assert program.ids(**both, related_agents="true", related_activities="true") == expected


def test_who_vouches_for_a_statement_is_related_to_it(program):
    sent = statement()
    program.post(sent)
    authority = program.get(statementId=sent["id"]).get_json()["authority"]

    assert program.ids(agent=json.dumps(authority), related_agents="true") == [sent["id"]]
    assert program.ids(agent=json.dumps(authority)) == []


def test_members_of_a_group_that_acts_are_found(program):
    sent = statement(actor=group(agent("m"), agent("n")))
    hidden = statement(object=within(actor=group(agent("m"))))
    program.post([sent, hidden])

    assert program.ids(agent=json.dumps(agent("m"))) == [sent["id"]]
    assert set(program.ids(agent=json.dumps(agent("m")), related_agents="true")) == {sent["id"], hidden["id"]}


def test_remarks_are_found_by_what_they_are_about_page_by_page(program):
    target = statement(verb={"id": "x:target"})
    program.post(target)
    between = clock.to_text(clock.now())
    remarks = [about(target["id"]) for _ in range(5)]
    for remark in remarks:
        program.post(remark)
    ids = [item["id"] for item in remarks]

    assert program.walk(verb="x:target", limit=2, ascending="true") == [
        [target["id"], ids[0]],
        ids[1:3],
        ids[3:],
    ]
    assert program.ids(verb="x:target", since=between, ascending="true") == ids
    assert program.ids(verb="x:target", until=between) == [target["id"]]


def test_what_is_voided_is_gone_and_remarks_about_it_stay(program):
    target = statement(verb={"id": "x:target"})
    remark, voiding = about(target["id"]), about(target["id"], verb=VOIDED)
    program.post([voiding, target, remark])

    assert set(program.ids(verb="x:target")) == {voiding["id"], remark["id"]}
    assert program.get(statementId=target["id"]).status_code == 404
    assert program.get(voidedStatementId=target["id"]).get_json()["id"] == target["id"]
    assert program.get(voidedStatementId=remark["id"]).status_code == 404


def test_pages_hold_still_while_others_send(program):
    sent = [statement() for _ in range(7)]
    program.post(sent)
    page = program.get(limit=3).get_json()
    seen = [item["id"] for item in page["statements"]]
    while "more" in page:
        program.post(statement())
        page = program.ask("GET", page["more"]).get_json()
        seen += [item["id"] for item in page["statements"]]

    assert seen == [item["id"] for item in reversed(sent)]


def test_nothing_appears_at_or_before_the_time_that_an_answer_names(house, program):
    def send(_):
        return Program(house, program.headers).post([statement() for _ in range(3)]).status_code

    answers = []
    with ThreadPoolExecutor(3) as pool:
        sending = [pool.submit(send, number) for number in range(12)]
        while not all(one.done() for one in sending):
            answers.append(program.get())
    final = [(item["id"], item["stored"]) for item in program.get().get_json()["statements"]]

    assert {one.result() for one in sending} == {200}
    for answer in answers:
        shown = {item["id"] for item in answer.get_json()["statements"]}
        assert {name for name, stored in final if stored <= answer.headers[THROUGH]} <= shown


@pytest.mark.parametrize("headers", [VERSION, SECOND])
def test_what_one_edition_stored_the_other_reads(program, headers):
    sent = statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": agent("a")}]})
    program.post(sent, headers=SECOND)
    answer = program.ask("GET", query_string={"statementId": sent["id"]}, headers=headers)

    assert answer.get_json()["version"] == "2.0.0"
    assert answer.headers["X-Experience-API-Version"] == headers["X-Experience-API-Version"].replace("2.0.0", "2.0.0")


@pytest.mark.parametrize("path", ["statements", "agents", "activities", "about", "activities/state", "agents/profile"])
def test_head_says_what_get_says(program, path):
    program.document("PUT", STATE, "{}")
    program.document("PUT", AGENT_PROFILE, "{}")
    query = {
        "agents": {"agent": json.dumps(agent("a"))},
        "activities": {"activityId": "x:a"},
        "activities/state": {"activityId": "x:a", "agent": json.dumps(agent("a"))},
        "agents/profile": {"agent": json.dumps(agent("a"))},
    }.get(path, {})
    get, head = (program.ask(method, f"/xapi/{path}", query_string=query) for method in ("GET", "HEAD"))

    assert (head.status_code, head.data) == (get.status_code, b"") == (200, b"")
    for name in ("Content-Type", "Content-Length", "X-Experience-API-Version"):
        assert head.headers.get(name) == get.headers.get(name)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "statements", "limit=1&limit=2"),
        ("GET", "statements", "agent=%7B%7D&agent=%7B%7D"),
        ("GET", "statements", "verb=x%3Aa%00"),
        ("GET", "statements", "registration=%00"),
        ("GET", "statements", "limit=99999999999999999999"),
        ("GET", "statements", "position=%D9%A1"),
        ("GET", "statements", "since=0001-01-01T00:00:00%2B14:00"),
        ("GET", "agents", "agent=%5B%5D"),
        ("GET", "agents", ""),
        ("GET", "activities", "activityId=a"),
        ("GET", "activities", "activityId=x:a&colour=red"),
        ("PUT", "statements", ""),
        ("POST", "statements", "statementId=x"),
    ],
)
def test_an_odd_request_is_answered_in_words(program, method, path, query):
    answer = program.ask(method, f"/xapi/{path}?{query}", data=b"{}", content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"


@pytest.mark.parametrize(
    "value",
    [
        statement(object=activity("x", definition={"name": {"fr": "a\0b"}, "extensions": {"x:\ud800": "\ud800\0"}})),
        statement(actor={"account": {"homePage": "https://a.example", "name": "a\0\ud800"}, "name": "\0"}),
        statement(verb={"id": "x:\udfff"}),
        statement(result={"response": "\0\ud800", "score": {"raw": 10**300}}),
    ],
)
def test_half_a_character_and_a_nul_come_back_as_they_were_sent(program, value):
    stored = program.post(value)
    found = [program.get(statementId=value["id"], format=form) for form in ("exact", "canonical", "ids")]

    assert stored.status_code == 200
    assert [answer.status_code for answer in found] == [200] * 3
    assert {name: found[0].get_json()[name] for name in value} == value
    assert program.ask("GET", "/xapi/agents", query_string={"agent": json.dumps(value["actor"])}).status_code == 200


@pytest.mark.parametrize("name", ["a\0", "é", "\ud7ff", ""])
def test_a_name_that_nobody_has_is_a_stranger(house, name):
    answer = house.client().get("/xapi/statements", headers=VERSION | basic(name, "x"))

    assert answer.status_code == 401


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=x"])
def test_json_is_utf_8_whatever_is_said_of_it(program, kind):
    value = statement(result={"response": "été"})
    data = json.dumps(value, ensure_ascii=False).encode()

    assert program.ask("POST", data=data, content_type=kind).status_code == 200
    assert program.get(statementId=value["id"]).get_json()["result"] == {"response": "été"}


@pytest.mark.parametrize(
    "data", [json.dumps(statement(actor=agent("é")), ensure_ascii=False).encode("latin-1"), b"\xff"]
)
def test_what_is_not_utf_8_is_refused(program, data):
    assert program.ask("POST", data=data, content_type="application/json").status_code == 400


def test_an_activity_is_given_with_all_that_is_known(program):
    program.post(statement(object=activity("x", definition={"name": NAMES, "extensions": {"x:n": 1.5}})))
    answer = program.ask("GET", "/xapi/activities", query_string={"activityId": activity("x")["id"]})

    assert answer.get_json() == activity("x", definition={"name": NAMES, "extensions": {"x:n": 1.5}})


def test_a_person_has_the_names_that_statements_gave(program):
    for name in ("Anna", "Annie"):
        program.post(statement(actor=agent("a") | {"name": name}))
    answer = program.ask("GET", "/xapi/agents", query_string={"agent": json.dumps(agent("a"))})

    assert answer.get_json() == {"objectType": "Person", "name": ["Anna", "Annie"], "account": [agent("a")["account"]]}


def test_a_request_without_a_version_is_refused_as_one_of_an_old_edition(program):
    del program.headers["X-Experience-API-Version"]
    answer = program.ask("GET")

    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (400, "0.95")


def test_anybody_may_read_the_profile_of_what_the_hub_says(house):
    answer = house.app.test_client().get("/xapi/profile")

    assert answer.mimetype == "application/ld+json"
    assert answer.get_json()["id"] == PROFILE
