"""Whatever JSON comes in place of a statement, or of any part of one, is taken or refused, and breaks nothing."""

import json
import random
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.xapi.test_filtering import any_statement
from tests.unit.xapi.trail import statement
from xapi.errors import Malformed
from xapi.rules.checking import check_agent, check_statement
from xapi.rules.comparing import say_the_same
from xapi.rules.editions import ADL, IEEE
from xapi.rules.forms import DEEPEST
from xapi.rules.keys import keys_of
from xapi.rules.presenting import activities_in, by_identifiers, in_one_language
from xapi.rules.reading import freeze, read_statements

PLAIN = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(str)
NAMES = st.sampled_from(
    ["id", "objectType", "actor", "verb", "object", "mbox", "account", "member", "name", "definition", "scaled", "min"]
) | st.text(max_size=5)
TEXTS = st.sampled_from(["Group", "Agent", "SubStatement", "StatementRef", "Activity", "x:y", "\ud800", "a\0b"])
ODD = st.recursive(
    PLAIN | TEXTS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)


def whole(seed):
    """Return a statement with many parts."""
    made = any_statement(random.Random(seed), [])
    definition = {"interactionType": "choice", "choices": [{"id": "a"}], "name": {"fr": "x"}, "extensions": {"x:y": 1}}
    attachment = {"usageType": "x:u", "display": {"fr": "x"}, "contentType": "a/b", "length": 1, "sha2": "ab" * 32}
    return made | {
        "context": made["context"] | {"contextActivities": {"other": [{"id": "x:o", "definition": definition}]}},
        "result": {"score": {"raw": 1, "min": 0, "max": 2, "scaled": 1}, "duration": "PT1S", "extensions": {"x:y": []}},
        "attachments": [attachment | {"fileUrl": "x:f"}],
        "version": "1.0.0",
    }


def places_in(value, path=()):
    """Yield the way to every part of a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places_in(inner, (*path, name))


def with_odd(value, path, odd):
    """Return a value with something else in one place."""
    changed = deepcopy(value)
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = odd
    return changed


def take(data):
    """Do with a request's bytes all that the LRS does, and return the statements."""
    given, _ = read_statements(data)
    for item in given:
        check_statement(item.value, edition=IEEE)
        frozen = freeze(item, identifier="i", timestamp="2026-11-23T10:00:00Z", version="2.0.0")
        keys_of(frozen.value)
        text = frozen.body.decode()
        by_identifiers(text).encode()
        in_one_language(text, {}, lambda _: None).encode()
        activities_in(text)
        assert say_the_same(frozen.value, item.value)
    return given


@given(ODD)
def test_anything_in_place_of_a_statement_is_refused(odd):
    for edition in (ADL, IEEE):
        with pytest.raises(Malformed):
            check_statement(odd, edition=edition)


@given(ODD)
def test_anything_in_place_of_an_agent_is_taken_or_refused(odd):
    try:
        check_agent(odd, "agent")
    except Malformed as error:
        assert error.place.startswith("agent")  # noqa: PT017


@given(st.integers(0, 20), st.data())
def test_anything_in_any_place_of_a_statement_is_taken_or_refused(seed, data):
    value = whole(seed)
    path = data.draw(st.sampled_from(sorted(places_in(value), key=str)))
    changed = with_odd(value, path, data.draw(ODD))
    try:
        take(json.dumps(changed).encode())
    except Malformed as error:
        assert error.why  # noqa: PT017


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE \\u', max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_refused(data):
    with pytest.raises(Malformed):
        take(data)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, "9" * 100_000, "1e99999999999999999999"]
)
@pytest.mark.parametrize("frame", ["%s", '{"actor":%s}', '{"result":{"score":{"raw":%s}}}', "[%s"])
def test_what_is_too_deep_or_too_large_is_refused(text, frame):
    with pytest.raises(Malformed):
        take((frame % text).encode())


@pytest.mark.parametrize(("depth", "is_taken"), [(DEEPEST, True), (DEEPEST + 1, False)])
@pytest.mark.parametrize("pair", ["[]", '{"a":}'])
def test_an_extension_may_be_nested_only_so_deep(depth, is_taken, pair):
    begin, end = pair[:-1] * depth, pair[-1] * depth
    text = json.dumps(statement(result={"extensions": {"x:y": "DEEP"}})).replace('"DEEP"', f"{begin}1{end}")
    if is_taken:
        assert len(take(text.encode())) == 1
        return

    with pytest.raises(Malformed, match="in each other"):
        take(text.encode())


@pytest.mark.parametrize("content_type", ["text/plain\r\nX-Experience-API-Hash: 00", "a\0b", "", "texte/été"])
def test_an_attachments_type_cannot_bring_headers_of_its_own(content_type):
    value = whole(1)
    value["attachments"][0]["contentType"] = content_type

    with pytest.raises(Malformed, match="contentType"):
        check_statement(value, edition=IEEE)
