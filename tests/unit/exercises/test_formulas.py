"""Calculated fields: exact digits, order, missing inputs, repeated readings, durations, rounding for display."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from graphlib import CycleError

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.exercises.errors import DivisionByZero, NotComputable, OutOfRange, UnusableValue
from app.exercises.rules.formulas import (
    calculation_order,
    completed,
    dependants_of,
    evaluate,
    evaluate_all,
    inputs_of,
    order_of,
    shown_value,
)
from app.exercises.rules.master import Rounding
from tests.unit.exercises.masters import calculated, exercise, moment, number, shipped

ONE = Decimal(1)


def value_of(formula, **values):
    """Return what a formula yields; numbers are given as text."""
    numbers = {name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()}
    return evaluate(calculated("result", formula), numbers)


@pytest.mark.requirement("ER-04")
@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("0.1 + 0.2", "0.3"),
        ("0.999974950", "0.999974950"),  # as a binary fraction the last zero would be lost
        ("3.14159265358979323846264338327950", "3.14159265358979323846264338327950"),
        ("1.10 * 3", "3.30"),
        ("2 ** 10", "1024"),
        ("2 ** -2", "0.25"),
        ("-2 ** 2", "-4"),
        ("1 / 3", "0.3333333333333333333333333333333333"),
        ("10 - 4 - 3", "3"),
        ("+5.0", "5.0"),
        ("sqrt(2)", "1.414213562373095048801688724209698"),
        ("exp(1)", "2.718281828459045235360287471352662"),
        ("ln(10)", "2.302585092994045684017991454684364"),
        ("absolute(-0.50)", "0.50"),
        ("round_to(2.345, 2)", "2.35"),
        ("round_to(-2.345, 2)", "-2.35"),
        ("round_to(2, 3)", "2.000"),
        ("mean(1, 2, 4)", "2.333333333333333333333333333333333"),
        ("sum(0.10, 0.20)", "0.30"),
        ("minimum(3, 1.50, 2)", "1.50"),
        ("maximum(3, 1.50, 2)", "3"),
        ("count(3, 1, 2)", "3"),
        ("sample_stdev(2, 4, 4, 4, 5, 5, 7, 9)", "2.138089935299395077476427847038028"),  # √(32 / 7)
    ],
)
def test_a_formula_keeps_every_digit(formula, expected):
    assert str(value_of(formula)) == expected


def test_readings_given_as_a_list_and_one_by_one_come_to_the_same():
    readings = [Decimal("1.5"), Decimal("2.25"), Decimal(4)]

    assert value_of("mean(a)", a=readings) == value_of("mean(1.5, 2.25, 4)")
    assert value_of("sample_stdev(a)", a=readings) == value_of("sample_stdev(1.5, 2.25, 4)")


def test_whole_numbers_are_calculated_with_as_they_are():
    assert value_of("a / b", a=7, b=2) == Decimal("3.5")


@pytest.mark.parametrize(
    ("function", "expected"), [("minutes_between", "5415"), ("hours_between", "90.25"), ("days_between", "3.760416667")]
)
def test_durations_are_exact(function, expected):
    start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    end = start + timedelta(days=3, hours=18, minutes=15)

    assert round(value_of(f"{function}(a, b)", a=start, b=end), 9) == Decimal(expected)


def test_a_duration_over_the_change_to_summer_time_counts_hours_that_passed():
    before = datetime(2026, 3, 29, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    after = datetime(2026, 3, 29, 4, 0, tzinfo=timezone(timedelta(hours=2)))

    assert value_of("hours_between(a, b)", a=before, b=after) == 2


def test_an_end_before_the_start_is_a_negative_duration():
    start = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    assert value_of("hours_between(a, b)", a=start, b=start - timedelta(minutes=30)) == Decimal("-0.5")


def test_a_missing_input_is_named_and_is_no_fault():
    with pytest.raises(NotComputable) as state:
        value_of("a + b + c", a="1", b=None)

    assert state.value.missing == {"b", "c"}


def test_a_mean_waits_for_all_readings():
    with pytest.raises(NotComputable):
        value_of("mean(a)", a=[ONE, None, ONE])


@pytest.mark.parametrize("formula", ["1 / a", "0 / a", "a ** -1", "mean(1, 2) / a"])
def test_a_division_by_zero_says_so(formula):
    with pytest.raises(DivisionByZero):
        value_of(formula, a="0")


def test_the_spread_of_a_single_reading_is_a_division_by_zero():
    with pytest.raises(DivisionByZero):
        value_of("sample_stdev(a)", a="5.0")


@pytest.mark.parametrize("formula", ["sqrt(a)", "ln(a)", "ln(a + 1)", "a ** 0.5", "exp(ln(a + 1))", "(a + 1) ** 0"])
def test_a_result_that_does_not_exist_says_so(formula):
    with pytest.raises(OutOfRange):
        value_of(formula, a="-1")


@pytest.mark.parametrize("value", [True, "text", 1.5, datetime(2026, 3, 2)], ids=["tick", "text", "float", "naive"])  # noqa: DTZ001
def test_a_value_of_the_wrong_type_is_refused(value):
    formula = "hours_between(a, a)" if isinstance(value, datetime) else "a + 1"

    with pytest.raises(UnusableValue) as refusal:
        evaluate(calculated("result", formula), {"a": value})

    assert refusal.value.field == "a"


def test_the_order_of_calculation_puts_inputs_first():
    master = exercise(calculated("c", "b + 1"), calculated("b", "a * 2"), number("a"), calculated("d", "c + b"))

    order = [field.id for field in calculation_order(master)]

    assert sorted(order) == ["b", "c", "d"]
    assert order.index("b") < order.index("c") < order.index("d")


def test_the_order_of_calculation_is_the_same_in_every_process():
    """Names are kept in sets, whose order changes from process to process."""
    script = (
        "from app.exercises.rules.formulas import calculation_order; from tests.unit.exercises.masters import shipped;"
        "print([field.id for field in calculation_order(shipped('PIP-001'))])"
    )
    orders = {
        hashlib.sha256(subprocess.check_output([sys.executable, "-c", script], env={"PYTHONHASHSEED": seed})).digest()
        for seed in ("1", "2")
    }

    assert len(orders) == 1


def test_a_circle_is_found():
    with pytest.raises(CycleError):
        order_of({"a": frozenset({"b"}), "b": frozenset({"a"})})


@pytest.mark.requirement("ER-11")
def test_correcting_an_input_changes_all_that_follows_from_it():
    master = shipped("PIP-001")

    dependants = {field.id for field in dependants_of(master, "masses_500")}

    assert dependants == {
        "volumes_500", "mean_500", "systematic_error_500", "random_error_500", "relative_error_500"
    }  # fmt: skip


def test_inputs_are_the_names_of_a_formula_and_not_its_functions():
    assert inputs_of(calculated("result", "mean(a, b) / maximum(c)")) == {"a", "b", "c"}
    assert inputs_of(number("a")) == frozenset()


def test_a_repeated_calculation_uses_the_reading_of_the_same_number():
    master = exercise(
        number("a", repeat=3), number("b"), calculated("c", "a * b", repeat=3), calculated("d", "mean(c)")
    )

    found = evaluate_all(master, {"a": [Decimal(1), Decimal(2), Decimal(3)], "b": Decimal("1.5")})

    assert found["c"].value == (Decimal("1.5"), Decimal("3.0"), Decimal("4.5"))
    assert found["d"].value == 3


def test_readings_so_far_are_calculated_and_what_needs_all_of_them_waits():
    master = exercise(number("a", repeat=3), calculated("b", "a * 2", repeat=3), calculated("c", "mean(b)"))

    found = evaluate_all(master, {"a": [Decimal(1), Decimal(2)]})

    assert (found["b"].value, found["b"].missing) == ((Decimal(2), Decimal(4), None), frozenset({"a"}))
    assert (found["c"].value, found["c"].missing) == (None, frozenset({"b"}))


def test_a_fault_stays_with_its_field():
    master = exercise(number("a"), calculated("b", "1 / a"), calculated("c", "a + 1"), calculated("d", "b + 1"))

    found = evaluate_all(master, {"a": Decimal(0)})

    assert isinstance(found["b"].fault, DivisionByZero)
    assert found["c"].value == 1
    assert found["d"].missing == {"b"}


def test_a_typed_value_never_takes_the_place_of_a_calculated_one():
    master = exercise(number("a"), calculated("b", "a + 1"), calculated("c", "b + 1"))

    assert evaluate_all(master, {"a": ONE, "b": Decimal(100)})["c"].value == 3


def test_values_are_completed_to_the_readings_a_field_asks_for():
    master = exercise(number("a", repeat=3), number("b"), moment("c"))

    assert completed(master, {"a": [ONE], "unknown": ONE}) == {"a": [ONE, None, None], "b": None, "c": None}


@pytest.mark.parametrize(
    ("value", "decimals", "rounding", "shown"),
    [
        ("2.345", 2, Rounding.HALF_UP, "2.35"),
        ("-2.345", 2, Rounding.HALF_UP, "-2.35"),
        ("2.345", 2, Rounding.HALF_EVEN, "2.34"),
        ("2.355", 2, Rounding.HALF_EVEN, "2.36"),
        ("5", 1, Rounding.HALF_UP, "5.0"),
        ("0.5", 0, Rounding.HALF_UP, "1"),
        ("0.4999999999", 0, Rounding.HALF_UP, "0"),
        ("1.23456", None, Rounding.HALF_UP, "1.23456"),
    ],
)
def test_a_value_is_shown_by_the_rounding_of_its_field(value, decimals, rounding, shown):
    field = calculated("result", "1", decimals=decimals, rounding=rounding)

    assert str(shown_value(field, Decimal(value))) == shown


@given(some.lists(some.decimals(-(10**6), 10**6, places=4), min_size=2, max_size=20))
def test_mean_and_spread_are_those_of_exact_fractions(readings):
    mean, spread = value_of("mean(a)", a=readings), value_of("sample_stdev(a)", a=readings)
    as_integers = [int(reading * 10_000) for reading in readings]
    count, total = len(readings), sum(int(reading * 10_000) for reading in readings)

    # n²·(n − 1)·s² = n·(n·Σx² − (Σx)²), in whole numbers of ten-thousandths
    exact = count * (count * sum(x * x for x in as_integers) - total**2)
    with localcontext(prec=80):
        assert abs(mean * 10_000 * count - total) < Decimal("1e-18")
        assert abs(spread**2 * 10**8 * count**2 * (count - 1) - exact) < Decimal("1e-6")
