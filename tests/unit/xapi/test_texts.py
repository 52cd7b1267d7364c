"""JSON as texts: any JSON is taken apart and put together without a change."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi.errors import Malformed
from xapi.rules.texts import items_of, list_of_texts, members_of, object_of, value_of, with_items, with_members

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
WRITINGS = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])
NUMBER = st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


def test_nothing_is_in_an_empty_object_or_list():
    assert (members_of(" { } "), items_of(" [ ] ")) == ({}, [])


@given(st.dictionaries(st.text(), VALUES, max_size=5), WRITINGS)
def test_any_object_is_the_same_after_it_was_taken_apart(value, how):
    text = json.dumps(value, **how)
    members = members_of(text)

    assert {name: json.loads(own) for name, own in members.items()} == value
    assert json.loads(object_of(members)) == value


@given(st.lists(VALUES, max_size=5), WRITINGS)
def test_any_list_is_the_same_after_it_was_taken_apart(value, how):
    items = items_of(json.dumps(value, **how))

    assert [json.loads(item) for item in items] == value
    assert json.loads(list_of_texts(items)) == value


@given(st.dictionaries(st.text(min_size=1), NUMBER, min_size=1, max_size=5))
def test_changing_one_member_leaves_every_digit_of_the_others(numbers):
    text = object_of(numbers)
    changed = next(iter(numbers))
    after = members_of(with_members(text, {changed: lambda own: f"[{own}]"}))

    assert after == numbers | {changed: f"[{numbers[changed]}]"}


@given(st.lists(NUMBER, max_size=5))
def test_changing_items_leaves_every_digit(numbers):
    assert with_items(list_of_texts(numbers), lambda own: own) == list_of_texts(numbers)


@given(NUMBER)
def test_a_number_keeps_its_digits(text):
    value = value_of(text)

    assert str(value) == (str(Decimal(text)) if isinstance(value, Decimal) else str(int(text)))


@given(st.text(alphabet='{}[]",:0123456789.eE+-\\ntrufals u', max_size=40))
def test_what_is_no_json_is_refused_and_breaks_nothing(text):
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011
            value_of(text)
        return
    try:
        value = value_of(text)
    except Malformed:
        return  # a name twice, or a number beyond measure

    assert json.loads(json.dumps(value, default=float)) == expected


@pytest.mark.parametrize(
    "text", ['{"a":1,"a":2}', '[{"a":1,"a":2}]', "NaN", "Infinity", "-Infinity", "1e9999999999999999999", "9" * 5000]
)
def test_what_json_does_not_allow_or_nobody_can_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"twice|no JSON number|beyond all measure|Exceeds the limit"):
        value_of(text)


@pytest.mark.parametrize("text", ['{"a":1,}', '{"a" 1}', '{"a":}', "{a:1}", "[1]", '{"a":1', '{"a":1;"b":2}'])
def test_what_is_no_object_has_no_members(text):
    with pytest.raises(ValueError):  # noqa: PT011
        members_of(text)
