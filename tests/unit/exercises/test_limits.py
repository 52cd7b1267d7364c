"""Limits: on the value as recorded, boundaries in or out as the master says, with the bounds that were used."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.exercises.rules.limits import (
    RULE_VERSION,
    Outcome,
    evaluate_limits,
    inputs_of_limits,
    limited_by,
    readings_agree,
)
from app.exercises.rules.master import (
    Choice,
    Field,
    FieldType,
    ItemKind,
    Limit,
    LimitKind,
    SecondReading,
    Validity,
)
from app.exercises.rules.values import EquipmentUsed, LotUsed
from tests.unit.exercises.masters import exercise, limit, number, shipped, words

BRUSSELS = ZoneInfo("Europe/Brussels")


def outcomes(field, value, at=None, **values):
    """Return the outcome of each limit of a field for a value; numbers are given as text."""
    known = {name: Decimal(text) for name, text in values.items()}
    value = Decimal(value) if isinstance(value, str) and field.type is FieldType.DECIMAL else value
    return [result.outcome for result in evaluate_limits(field, value, known, at=at)]


def outcome(field, value, **values):
    """Return the outcome of the one limit of a field."""
    (only,) = outcomes(field, value, **values)
    return only


@pytest.mark.requirement("ER-06")
@pytest.mark.parametrize(
    ("inclusive", "value", "expected"),
    [
        (True, "7.34999999999999999999999999999", Outcome.OUTSIDE),
        (True, "7.349", Outcome.OUTSIDE),  # would be 7.35 with two decimals: compared before rounding
        (True, "7.35", Outcome.WITHIN),
        (True, "7.350", Outcome.WITHIN),
        (True, "7.40", Outcome.WITHIN),
        (True, "7.45", Outcome.WITHIN),
        (True, "7.4500000000000000000000000001", Outcome.OUTSIDE),
        (True, "7.454", Outcome.OUTSIDE),  # would be 7.45 with two decimals
        (False, "7.35", Outcome.OUTSIDE),
        (False, "7.3500000000000000000000000001", Outcome.WITHIN),
        (False, "7.4499", Outcome.WITHIN),
        (False, "7.45", Outcome.OUTSIDE),
        (False, "7.450", Outcome.OUTSIDE),
    ],
)
def test_boundaries_belong_or_do_not_belong_as_the_master_says(inclusive, value, expected):
    field = number("ph", limits=(limit("7.35", "7.45", minimum_inclusive=inclusive, maximum_inclusive=inclusive),))

    assert outcome(field, value) is expected


@pytest.mark.parametrize(
    ("minimum", "maximum", "value", "expected"),
    [
        ("50", None, "50", Outcome.WITHIN),
        ("50", None, "49.9", Outcome.OUTSIDE),
        ("50", None, "1000000", Outcome.WITHIN),
        (None, "3.0", "3.0", Outcome.WITHIN),
        (None, "3.0", "3.01", Outcome.OUTSIDE),
        (None, "3.0", "-5", Outcome.WITHIN),
        ("-8.0", "8.0", "-8.0", Outcome.WITHIN),
        ("-8.0", "8.0", "-8.01", Outcome.OUTSIDE),
        ("0", "0", "0", Outcome.WITHIN),
        ("0", "0", "1", Outcome.OUTSIDE),
        ("0", "0", "-1", Outcome.OUTSIDE),
    ],
)
def test_a_limit_may_have_one_end_or_two_or_be_a_point(minimum, maximum, value, expected):
    assert outcome(number("a", limits=(limit(minimum, maximum),)), value) is expected


def test_a_limit_may_follow_from_other_fields():
    field = number("mass", limits=(limit("target * 0.99", "target * 1.01"),))

    # 6.057 g ± 1 %: 5.99643 g to 6.11757 g
    assert outcome(field, "5.99643", target="6.057") is Outcome.WITHIN
    assert outcome(field, "5.99642", target="6.057") is Outcome.OUTSIDE
    assert outcome(field, "6.11757", target="6.057") is Outcome.WITHIN
    assert outcome(field, "6.11758", target="6.057") is Outcome.OUTSIDE


def test_a_bubble_point_must_reach_the_certificate():
    field = shipped("BUF-001").field("bubble_point")

    assert outcome(field, "3.45", bubble_point_certificate="3.45") is Outcome.WITHIN
    assert outcome(field, "3.44", bubble_point_certificate="3.45") is Outcome.OUTSIDE


def test_a_bound_that_waits_for_a_value_is_pending_and_not_within():
    field = number("a", limits=(limit("other"),))

    (result,) = evaluate_limits(field, Decimal(1), {})

    assert (result.outcome, result.within, result.exceeded) == (Outcome.PENDING, False, False)
    assert result.missing == {"other"}


def test_a_bound_that_cannot_be_calculated_is_not_kept():
    field = number("a", limits=(limit("1 / other"),))

    assert outcome(field, "1", other="0") is Outcome.OUTSIDE


def test_fields_whose_limits_refer_to_another_are_found():
    master = exercise(number("a"), number("b", limits=(limit("a"),)), number("c", limits=(limit(None, "2 * a + b"),)))

    assert [field.id for field in limited_by(master, "a")] == ["b", "c"]
    assert inputs_of_limits(master.field("c")) == {"a", "b"}


def test_every_limit_of_a_field_is_told_with_its_kind():
    action = Limit(LimitKind.ACTION, "7.38", "7.42")
    field = number("ph", limits=(limit("7.35", "7.45"), action))

    results = evaluate_limits(field, Decimal("7.44"), {})

    assert [(result.limit.kind, result.outcome) for result in results] == [
        (LimitKind.SPECIFICATION, Outcome.WITHIN),
        (LimitKind.ACTION, Outcome.OUTSIDE),
    ]


def test_each_reading_is_held_against_the_limit_and_keeps_its_number():
    field = number("mass", repeat=4, limits=(limit("990", "1010"),))

    results = evaluate_limits(field, [Decimal(995), Decimal(1011), None, Decimal("989.9")], {})

    assert [(result.reading, result.within) for result in results] == [(1, True), (2, False), (4, False)]


def test_the_bounds_used_are_kept_as_text_with_their_digits():
    field = number("mass", limits=(limit("target * 0.990", "8.0", maximum_inclusive=False),))

    (result,) = evaluate_limits(field, Decimal("5.9"), {"target": Decimal("6.057")})

    assert json.loads(json.dumps(result.bounds)) == {
        "rule": RULE_VERSION,
        "kind": "specification",
        "type": "range",
        "minimum": "5.996430",
        "minimum_inclusive": True,
        "minimum_formula": "target * 0.990",
        "maximum": "8.0",
        "maximum_inclusive": False,
        "maximum_formula": "8.0",
        "rounding": "none",
    }


@pytest.mark.parametrize(("value", "expected"), [("growth", Outcome.WITHIN), ("no_growth", Outcome.OUTSIDE)])
def test_a_choice_is_within_when_its_code_is_allowed(value, expected):
    choices = (Choice("growth", words()), Choice("no_growth", words()))
    field = Field(
        "control", words(), FieldType.CHOICE, choices=choices, limits=(Limit(LimitKind.ACTION, allowed=("growth",)),)
    )

    (result,) = evaluate_limits(field, value, {})

    assert result.outcome is expected
    assert result.bounds == {"rule": RULE_VERSION, "kind": "action", "type": "allowed", "allowed": ["growth"]}


@pytest.mark.parametrize(("ticked", "expected"), [(True, Outcome.WITHIN), (False, Outcome.OUTSIDE)])
def test_a_checkbox_is_within_when_its_answer_is_allowed(ticked, expected):
    field = Field("done", words(), FieldType.CHECKBOX, limits=(Limit(LimitKind.ACTION, allowed=("true",)),))

    assert outcomes(field, ticked) == [expected]


def equipment(validity=Validity.REQUIRED):
    """Return an equipment field."""
    return Field("balance", words(), FieldType.EQUIPMENT, kind=ItemKind("balance", words()), validity=validity)


@pytest.mark.requirement("ER-08")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-06-30T09:59:00+00:00", Outcome.WITHIN),
        ("2026-06-30T10:00:00+00:00", Outcome.WITHIN),
        ("2026-06-30T10:00:00.001+00:00", Outcome.EXPIRED),
        ("2026-06-30T10:01:00+00:00", Outcome.EXPIRED),
        ("2026-06-30T12:00:00+02:00", Outcome.WITHIN),
    ],
)
def test_a_calibration_ends_at_its_moment(at, expected):
    balance = EquipmentUsed("BAL-1", "SN 1", datetime(2026, 6, 30, 10, 0, tzinfo=UTC))

    assert outcomes(equipment(), balance, at=datetime.fromisoformat(at)) == [expected]


@pytest.mark.requirement("ER-09")
@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=BRUSSELS), Outcome.WITHIN),
        (datetime(2026, 7, 1, 0, 0, 0, tzinfo=BRUSSELS), Outcome.EXPIRED),
        # The same moment as the one above, seen from Greenwich, is still 30 June there: the zone of the site decides.
        (datetime(2026, 6, 30, 22, 0, 0, tzinfo=UTC), Outcome.WITHIN),
    ],
)
def test_an_expiry_given_as_a_date_lasts_to_the_end_of_that_day_at_the_site(at, expected):
    field = Field("tips", words(), FieldType.LOT, kind=ItemKind("tips", words()))

    assert outcomes(field, LotUsed("L-1", date(2026, 6, 30)), at=at) == [expected]


def test_an_expired_item_tells_the_date_and_the_moment():
    at = datetime(2026, 7, 2, 8, 0, tzinfo=timezone(timedelta(hours=2)))

    (result,) = evaluate_limits(equipment(), EquipmentUsed("BAL-1", "SN 1", date(2026, 7, 1)), {}, at=at)

    assert result.exceeded
    assert result.bounds == {
        "rule": RULE_VERSION,
        "kind": "action",
        "type": "expired",
        "due": "2026-07-01",
        "at": "2026-07-02T08:00:00+02:00",
    }


@pytest.mark.parametrize(
    ("validity", "due", "expected"),
    [
        (Validity.REQUIRED, None, [Outcome.OUTSIDE]),
        (Validity.OPTIONAL, None, []),
        (Validity.OPTIONAL, date(2020, 1, 1), [Outcome.EXPIRED]),
        (Validity.NONE, date(2020, 1, 1), []),
    ],
)
def test_whether_a_due_date_counts_is_for_the_master_to_say(validity, due, expected):
    at = datetime(2026, 7, 2, 8, 0, tzinfo=UTC)

    assert outcomes(equipment(validity), EquipmentUsed("BAL-1", "SN 1", due), at=at) == expected


def test_a_date_is_never_held_against_an_unknown_moment():
    with pytest.raises(ValueError, match="moment"):
        evaluate_limits(equipment(), EquipmentUsed("BAL-1", "SN 1", date(2026, 7, 1)), {})


def test_a_missing_value_has_no_limits_to_keep():
    assert evaluate_limits(number("a", limits=(limit("1", "2"),)), None, {}) == ()


@pytest.mark.requirement("ER-13")
@pytest.mark.parametrize(
    ("agreement", "first", "second", "agree"),
    [
        ("0.1", "997.3", "997.4", True),
        ("0.1", "997.3", "997.2", True),
        ("0.1", "997.3", "997.41", False),
        (None, "5", "5.0", True),
        (None, "5", "6", False),
    ],
)
def test_two_people_agree_within_what_the_master_allows(agreement, first, second, agree):
    reading = SecondReading("mass", agreement=agreement)

    assert readings_agree(reading, Decimal(first), Decimal(second)) is agree


def test_two_people_agree_on_a_choice_when_it_is_the_same():
    assert readings_agree(SecondReading("order_kept"), "kept", "kept")
    assert not readings_agree(SecondReading("order_kept"), "kept", "broken")


@given(some.decimals(-(10**9), 10**9, places=5), some.decimals(-(10**9), 10**9, places=5), some.booleans())
def test_a_value_at_the_bound_is_within_exactly_when_the_bound_is_inclusive(bound, away, inclusive):
    field = number("a", limits=(limit(None, format(bound, "f"), maximum_inclusive=inclusive),))

    assert outcome(field, format(bound, "f")) is (Outcome.WITHIN if inclusive else Outcome.OUTSIDE)
    assert outcome(field, format(bound + abs(away) + 1, "f")) is Outcome.OUTSIDE
    assert outcome(field, format(bound - abs(away) - 1, "f")) is Outcome.WITHIN
