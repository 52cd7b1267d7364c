"""Programs keep documents in the hub's LRS: state, and profiles of activities and agents."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.audit.actions import Action
from app.kernel import clock
from tests.flows.lrs import ACTIVITY_PROFILE, AGENT, AGENT_PROFILE, PARAMETERS, STATE, Program, basic, give_credential
from xapi.services.credentials import Scope

PLACES = [STATE, ACTIVITY_PROFILE, AGENT_PROFILE]
BYTES = bytes(range(256)) + b"\r\n\r\n"
NEW = {"If-None-Match": "*"}
SECOND = {"X-Experience-API-Version": "2.0.0"}


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


@pytest.mark.parametrize("where", PLACES)
def test_a_document_comes_back_byte_for_byte_with_its_type(program, where):
    kept = program.document("PUT", where, BYTES, content_type='image/x; a="b"', headers=NEW)
    found = program.document("GET", where)
    head = program.document("HEAD", where)

    assert (kept.status_code, kept.data) == (204, b"")
    assert (found.status_code, found.data, found.content_type) == (200, BYTES, 'image/x; a="b"')
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", found.headers["ETag"])
    assert "Last-Modified" in found.headers


@pytest.mark.parametrize("where", PLACES)
def test_a_document_lives_from_its_first_put_to_its_removal(program, where):
    steps = [
        program.document("GET", where).status_code,
        program.document("PUT", where, '{"a":1.0}', headers=NEW).status_code,
        program.document("POST", where, '{"b":2}').status_code,
        program.document("PUT", where, "{}", headers=NEW).status_code,
    ]
    found = program.document("GET", where)
    etag = found.headers["ETag"]

    assert steps == [404, 204, 204, 412]
    assert found.data == b'{"a":1.0,"b":2}'
    assert program.document("PUT", where, "{}", headers={"If-Match": etag}).status_code == 204
    assert program.document("DELETE", where, headers={"If-Match": etag}).status_code == 412
    assert program.document("DELETE", where).status_code == 204
    assert program.document("DELETE", where).status_code == 204
    assert program.document("GET", where).status_code == 404


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_the_etag_of_a_compressed_answer_replaces_the_document(program, where, encoding):
    program.document("PUT", where, json.dumps({"a": "b" * 5000}), headers=NEW)
    found = program.document("GET", where, headers={"Accept-Encoding": encoding})

    assert found.headers["Content-Encoding"] == encoding
    again = program.document("PUT", where, "{}", headers={"If-Match": found.headers["ETag"]})
    assert again.status_code == 204


@pytest.mark.parametrize("where", [ACTIVITY_PROFILE, AGENT_PROFILE])
def test_a_profile_is_not_replaced_unseen(program, where):
    program.document("PUT", where, "{}", headers=NEW)
    answers = [program.document("PUT", where, '{"b":1}', headers=more) for more in ({}, SECOND, {"If-Match": '"x"'})]

    assert [answer.status_code for answer in answers] == [409, 409, 412]
    assert program.document("GET", where).data == b"{}"


def test_state_is_guarded_by_the_second_edition_only(program):
    program.document("PUT", STATE, "{}")

    assert program.document("PUT", STATE, '{"a":1}').status_code == 204
    assert program.document("PUT", STATE, '{"a":2}', headers=SECOND).status_code == 409
    assert program.document("GET", STATE, headers=SECOND).data == b'{"a":1}'


@pytest.mark.parametrize("where", PLACES)
def test_names_are_listed_and_since_looks_at_the_time_of_storing(program, where):
    name = "stateId" if where == STATE else "profileId"
    program.document("PUT", where, "{}", query={name: "été"}, headers=NEW)
    between = clock.to_text(clock.now())
    program.document("PUT", where, "{}", query={name: "a/b?c"}, headers=NEW)

    assert program.names(where) == ["a/b?c", "été"]
    assert program.names(where, since=between) == ["a/b?c"]
    assert program.names(where, since="2100-01-01T00:00:00Z") == []


def test_state_of_a_registration_stands_apart(program):
    one, other = str(uuid4()), str(uuid4())
    for registration, data in ((one, '"one"'), (other, '"other"'), (None, '"none"')):
        program.document("PUT", STATE, data, query={"registration": registration, "stateId": f"in {data}"})
        program.document("PUT", STATE, data, query={"registration": registration})

    assert program.document("GET", STATE, query={"registration": one.upper()}).data == b'"one"'
    assert program.document("GET", STATE).data == b'"none"'
    assert program.names(STATE, registration=one) == ["bookmark", 'in "one"']
    gone = program.document("DELETE", STATE, query={"registration": one, "stateId": None})
    assert gone.status_code == 204
    assert program.names(STATE) == ["bookmark", 'in "none"', 'in "other"']
    program.document("DELETE", STATE, query={"stateId": None})
    assert program.names(STATE) == []


def test_profiles_are_removed_one_by_one(program):
    assert program.document("DELETE", AGENT_PROFILE, query={"profileId": None}).status_code == 400


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        (("text/plain", "a"), ("application/json", "{}")),
        (("application/json", "{}"), ("text/plain", "a")),
        (("application/json", "[]"), ("application/json", "{}")),
        (("application/json", "{}"), ("application/json", "[]")),
        (("application/json", "{}"), ("application/json", "")),
    ],
)
def test_only_an_object_is_added_to_an_object(program, kept, sent):
    program.document("PUT", STATE, kept[1], content_type=kept[0])
    answer = program.document("POST", STATE, sent[1], content_type=sent[0])

    assert answer.status_code == 400
    assert program.document("GET", STATE).data == kept[1].encode()


def test_a_first_post_keeps_any_document(program):
    assert program.document("POST", STATE, BYTES, content_type="application/octet-stream").status_code == 204
    assert program.document("GET", STATE).data == BYTES


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(
    "change",
    [
        {"agent": "{}", "activityId": "no IRI"},
        {"stateId": "a\0b", "profileId": "a\0b"},
        {"colour": "red"},
        {"stateId": None, "profileId": None},
        {"agent": "[" * 100_000, "activityId": "\0"},
    ],
    ids=["odd", "nul", "unknown", "unnamed", "deep"],
)
def test_what_names_no_document_is_refused(program, where, change):
    known = {name: value for name, value in change.items() if name in PARAMETERS[where] or name == "colour"}
    for method in ("PUT", "POST"):
        answer = program.document(method, where, "{}", query=known, headers=NEW)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_document_may_be_empty_and_say_no_type(program):
    program.document("PUT", STATE, b"", content_type="")
    found = program.document("GET", STATE)

    assert (found.status_code, found.data, found.mimetype) == (200, b"", "application/octet-stream")


def test_a_page_kept_as_a_document_runs_nothing_on_this_host(program):
    program.document("PUT", STATE, "<script>alert(1)</script>", content_type="text/html")
    found = program.document("GET", STATE)

    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("value", ['"x"', "*", '"x", "y"', 'W/"x"', "x", ""])
def test_if_none_match_on_a_put_counts_only_as_a_star(program, value):
    answer = program.document("PUT", AGENT_PROFILE, "{}", headers={"If-None-Match": value})

    assert answer.status_code == (204 if value == "*" else 400)


def test_each_change_is_a_line_and_reading_is_none(house, program):
    before = house.all_lines()
    program.document("PUT", STATE, "{}")
    program.document("GET", STATE)
    program.document("POST", STATE, '{"a":1}')
    program.document("DELETE", STATE)
    program.document("DELETE", STATE)

    assert house.all_lines() == before + 3
    assert [line["action"] for line in house.lines()][-3:] == [
        Action.XAPI_DOCUMENT_KEPT.value,
        Action.XAPI_DOCUMENT_KEPT.value,
        Action.XAPI_DOCUMENTS_DELETED.value,
    ]


def test_of_programs_that_write_at_once_one_is_first(house, program):
    client_headers = program.headers | NEW

    def put(number):
        return Program(house, client_headers).document("PUT", AGENT_PROFILE, str(number)).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(put, range(8)))

    assert sorted(answers) == [204] + [412] * 7


@pytest.mark.parametrize(
    ("scope", "state", "profile"),
    [
        (Scope.ALL, (200, 204), (200, 204)),
        (Scope.ALL_READ, (200, 403), (200, 403)),
        (Scope.STATE, (200, 204), (403, 403)),
        (Scope.PROFILE, (403, 403), (200, 204)),
        (Scope.STATEMENTS_READ, (403, 403), (403, 403)),
        (Scope.STATEMENTS_WRITE, (403, 403), (403, 403)),
    ],
)
def test_a_scope_opens_its_own_documents(house, program, scope, state, profile):
    limited = Program(house, program.headers | basic(*give_credential(house, name="limited", scopes=(scope,))))
    for where, expected in ((STATE, state), (AGENT_PROFILE, profile), (ACTIVITY_PROFILE, profile)):
        program.document("PUT", where, "{}", headers=NEW)
        answers = (limited.document("GET", where).status_code, limited.document("DELETE", where).status_code)

        assert answers == expected


def test_a_stranger_finds_no_door_to_documents(house):
    stranger = Program(house, {"X-Experience-API-Version": "1.0.3"})
    for where in PLACES:
        answers = [stranger.document(method, where, "{}").status_code for method in ("GET", "PUT", "POST", "DELETE")]

        assert answers == [401] * 4


def test_agents_are_compared_by_who_they_are(program):
    program.document("PUT", STATE, "{}")
    named = json.dumps(json.loads(AGENT) | {"name": "Anna", "objectType": "Agent"})

    assert program.document("GET", STATE, query={"agent": named}).data == b"{}"
