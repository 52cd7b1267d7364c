"""A formula can neither reach Python, nor hang the program, nor use what it was not given."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.exercises.errors import FaultyFormula, FormulaError, OutOfRange
from app.exercises.rules.arithmetic import FUNCTIONS, Kind
from app.exercises.rules.expressions import compute, is_usable_name, kind_of, parse_expression
from app.exercises.rules.formulas import evaluate
from tests.unit.exercises.masters import calculated

KINDS = {"a": Kind.NUMBER, "readings": Kind.READINGS, "each": Kind.EACH, "when": Kind.MOMENT, "note": Kind.OTHER}


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "().__class__.__bases__[0].__subclasses__()",
        "(lambda: 1)()",
        "[x for x in (1, 2)]",
        "{1: 2}",
        "a[0]",
        "f'{a}'",
        "'text'",
        "b'bytes'",
        "True",
        "None",
        "...",
        "1j",
        "a if a else 1",
        "a and 1",
        "a < 1",
        "not a",
        "~a",
        "a // 2",
        "a % 2",
        "a << 9",
        "a @ 2",
        "a := 2",
        "a; 1",
        "a = 1",
        "import os",
        "yield a",
        "await a",
        "mean(*a)",
        "mean(a=1)",
        "mean",
        "exec(a)",
        "open(a)",
        "mean(a)(a)",
        "a\x00",
        "a #",
        "0x10",
        "1e5",
        "1_000",
        "1e999999999",
        "²",
        "a × 2",
        "",
        "   ",
        "(",
        "a b",
        "sqrt()",
        "sqrt(a, a)",
        "mean()",
        "hours_between(when)",
        "round_to(a, a)",
        "round_to(a, 13)",
        "round_to(a, -1)",
        "round_to(a, 1.5)",
        "1" * 35,
        "0." + "1" * 40,
        "-" * 200 + "1",
        "(" * 220 + "1" + ")" * 220,
        "sqrt(" * 40 + "1" + ")" * 40,
        "+".join("1" * 200),
        "a" * 501,
    ],
)
def test_what_is_no_formula_of_the_house_is_refused(formula):
    with pytest.raises(FaultyFormula):
        kind_of(parse_expression(formula), KINDS)


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("a + vlaue", "'vlaue'"),
        ("average(a)", "no function is called 'average'"),
        ("readings + 1", "must go through mean"),
        ("sqrt(readings)", "not repeated readings"),
        ("mean(each)", "not each reading"),
        ("when - when", "cannot calculate with a date-time"),
        ("mean(when)", "not a date-time"),
        ("hours_between(a, when)", "not one number"),
        ("note + 1", "cannot calculate with something"),
    ],
)
def test_a_formula_that_does_not_fit_its_fields_is_refused_with_the_reason(formula, told):
    with pytest.raises(FaultyFormula, match=told):
        kind_of(parse_expression(formula), KINDS)


@pytest.mark.parametrize(
    "formula",
    [
        "9 ** 9 ** 9",
        "9 ** 101",
        "(9 ** 100) ** 100",
        "exp(99999999)",
        "exp(exp(exp(9)))",
        "10 ** 100 ** 1 * (10 ** 100) ** 99",
        "1 / 10 ** -99 ** 1 * exp(9000)",
    ],
)
def test_a_number_beyond_all_sense_is_refused_and_not_waited_for(formula):
    with pytest.raises(OutOfRange):
        evaluate(calculated("result", formula), {})


@pytest.mark.parametrize("value", ["1E+999999", "-1E+999999", "1E-999999", "NaN", "sNaN", "Infinity"])
@pytest.mark.parametrize("formula", ["a", "a * 2", "mean(a)", "exp(a)", "round_to(a, 2)", "maximum(a, 1) * 2"])
def test_a_monstrous_value_yields_a_usable_number_or_a_refusal(formula, value):
    try:
        result = evaluate(calculated("result", formula), {"a": Decimal(value)})
    except OutOfRange:
        return

    assert len(format(result, "f")) < 40


@pytest.mark.parametrize("name", [*FUNCTIONS, "lambda", "in", "is", "None", "True"])
def test_words_of_the_formulas_are_no_names_of_fields(name):
    assert not is_usable_name(name)


@given(some.text(alphabet="ab1+-*/(). ,_[]'%=<e", max_size=40))
def test_any_text_is_a_number_or_a_refusal(text):
    try:
        expression = parse_expression(text)
        kind_of(expression, {"a": Kind.NUMBER, "b": Kind.NUMBER})
        result = compute(expression, {"a": Decimal("2.5"), "b": Decimal(0)})
    except FormulaError:
        return

    assert result.is_finite()


@given(some.decimals(0, 10**12, places=6))
def test_a_literal_is_the_decimal_it_is_written_as(number):
    written = format(number, "f")

    assert str(evaluate(calculated("result", written), {})) == str(Decimal(written))
