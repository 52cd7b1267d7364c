"""Documents: under which conditions they are kept, by which edition, and what is added to what."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import AlreadyThere, Malformed, PreconditionFailed
from xapi.rules.documents import Content, Resource, Stance, check_conditions, check_content, merge, read_context
from xapi.rules.editions import ADL, EARLY, IEEE
from xapi.rules.texts import members_of

KEPT = Content("application/json", b'{"a":1.0}')
AGENT = '{"mbox":"mailto:a@b.example"}'
PROFILE, STATE = Resource.ACTIVITY_PROFILE, Resource.STATE
EDITIONS = {"early": EARLY, "adl": ADL, "ieee": IEEE}
OK, THERE, FAILED, ASKED = None, AlreadyThere, PreconditionFailed, Malformed
CONDITIONS: dict[str, Any] = {
    "nothing": {},
    "same": {"matches": frozenset({KEPT.etag, "other"})},
    "other": {"matches": frozenset({"other"})},
    "any": {"must_exist": True},
    "none": {"must_not_exist": True},
}
OUTCOMES = [
    # resource, what the request says, is there?, outcome by edition: early, adl, ieee
    (STATE, "nothing", True, (OK, OK, THERE)),
    (STATE, "nothing", False, (OK, OK, OK)),
    (PROFILE, "nothing", True, (THERE, THERE, THERE)),
    (PROFILE, "nothing", False, (OK, ASKED, OK)),
    *((resource, "same", True, (OK, OK, OK)) for resource in (STATE, PROFILE)),
    *((resource, "same", False, (FAILED, FAILED, FAILED)) for resource in (STATE, PROFILE)),
    *((resource, "other", there, (FAILED, FAILED, FAILED)) for resource in (STATE, PROFILE) for there in (True, False)),
    *((resource, "any", True, (OK, OK, OK)) for resource in (STATE, PROFILE)),
    *((resource, "any", False, (FAILED, FAILED, FAILED)) for resource in (STATE, PROFILE)),
    *((resource, "none", True, (FAILED, FAILED, FAILED)) for resource in (STATE, PROFILE)),
    *((resource, "none", False, (OK, OK, OK)) for resource in (STATE, PROFILE)),
]


@pytest.mark.parametrize(("resource", "said", "is_there", "outcomes"), OUTCOMES)
@pytest.mark.parametrize("edition", EDITIONS)
def test_replacing_asks_what_its_edition_asks(resource, said, is_there, outcomes, edition):
    outcome = outcomes[list(EDITIONS).index(edition)]
    stance = Stance(EDITIONS[edition], **CONDITIONS[said])
    kept = KEPT if is_there else None
    if outcome is OK:
        check_conditions(resource, kept, stance, replaces=True)
        return

    with pytest.raises(outcome):
        check_conditions(resource, kept, stance, replaces=True)


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS)
@pytest.mark.parametrize("resource", Resource)
def test_adding_and_removing_need_no_condition_and_obey_one(resource, edition):
    for kept in (KEPT, None):
        check_conditions(resource, kept, Stance(edition), replaces=False)
    with pytest.raises(PreconditionFailed):
        check_conditions(resource, KEPT, Stance(edition, matches=frozenset({"other"})), replaces=False)


def test_members_sent_are_added_and_no_digit_changes():
    added = merge(Content("application/json", b'{"a":1.0,"b":{"x":1}}'), Content("application/json", b'{"b":2.50}'))

    assert members_of(added.data.decode()) == {"a": "1.0", "b": "2.50"}


@given(*[st.dictionaries(st.text(), st.integers()) for _ in range(2)])
def test_adding_is_what_it_is_in_a_dictionary(kept, sent):
    def content(value):
        return Content("application/json", json.dumps(value).encode())

    text = merge(content(kept), content(sent)).data.decode()

    assert {name: int(own) for name, own in members_of(text).items()} == kept | sent


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        (Content("text/plain", b"a"), KEPT),
        (KEPT, Content("text/plain", b"{}")),
        (Content("application/json", b"[1]"), KEPT),
        (KEPT, Content("application/json", b"[1]")),
        (KEPT, Content("application/json", b"{")),
    ],
)
def test_only_objects_are_added_to_objects(kept, sent):
    with pytest.raises(Malformed):
        merge(kept, sent)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"nul", b"{}{}", b'{"a":NaN}', b"[" * 100_000])
def test_what_says_it_is_json_is_json(data):
    check_content(Content("text/plain", data), must_be_object=False)
    with pytest.raises(Malformed):
        check_content(Content("application/json; charset=utf-8", data), must_be_object=False)


@pytest.mark.parametrize("media_type", ["", "text/plain\r\nX-Other: 1", "text/\0", "texte/été"])
def test_a_type_that_no_header_can_hold_is_refused(media_type):
    with pytest.raises(Malformed, match="Content-Type"):
        check_content(Content(media_type, b""), must_be_object=False)


@pytest.mark.parametrize(
    ("resource", "query", "place"),
    [
        (STATE, {"agent": AGENT, "stateId": "s"}, "activityId"),
        (STATE, {"activityId": "x:a", "stateId": "s"}, "agent"),
        (STATE, {"activityId": "x:a", "agent": AGENT}, "stateId"),
        (STATE, {"activityId": "a", "agent": AGENT, "stateId": "s"}, "activityId"),
        (STATE, {"activityId": "x:a", "agent": "{}", "stateId": "s"}, "agent"),
        (STATE, {"activityId": "x:a", "agent": AGENT, "stateId": "s", "registration": "7"}, "registration"),
        (STATE, {"activityId": "x:a", "agent": AGENT, "stateId": "a\0b"}, "stateId"),
        (STATE, {"activityId": "x:a", "agent": AGENT, "stateId": "s", "since": "2026-11-23T10:00:00Z"}, "since"),
        (PROFILE, {"activityId": "x:a", "profileId": "p", "agent": AGENT}, "agent"),
        (PROFILE, {"activityId": "x:a", "profileId": "p", "registration": "7"}, "registration"),
        (Resource.AGENT_PROFILE, {"agent": AGENT, "profileId": "p", "colour": "red"}, "colour"),
    ],
)
def test_a_request_names_what_its_resource_asks_for(resource, query, place):
    with pytest.raises(Malformed) as caught:
        read_context(resource, query, one=True)

    assert caught.value.place.startswith(place)


def test_every_part_of_an_address_makes_another_place():
    base = {"activityId": "x:a", "agent": AGENT, "stateId": "s"}
    registration = "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111"
    changes = [{}, {"activityId": "x:b"}, {"agent": '{"openid":"x:p"}'}, {"stateId": "t"}, {"stateId": "S"}]
    contexts = [read_context(STATE, base | change, one=True) for change in [*changes, {"registration": registration}]]
    places = [context.place(operator) for context in contexts for operator in (None, "alpha", "beta")]

    assert len(set(places)) == len(places)
    upper = read_context(STATE, base | {"registration": registration.upper()}, one=True)
    assert upper.place("alpha") == contexts[-1].place("alpha")
