"""Formulas as text: what may be written, what it needs, and its value. Never Python's own evaluation.

The text is parsed once and walked by simpleeval with nothing switched on but numbers, names, + - * / **, and the
functions of the house. Size and depth are bounded, and so are all numbers, so a hostile formula cannot hang.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from keyword import iskeyword

from simpleeval import SimpleEval

from app.exercises.errors import FaultyFormula
from app.exercises.rules.arithmetic import (
    DIGITS,
    FUNCTIONS,
    MOST_DECIMALS,
    Kind,
    add,
    affirm,
    divide,
    exact,
    multiply,
    negate,
    power,
    subtract,
)

LONGEST_FORMULA = 500  # characters
_STRANGERS = re.compile(r"[^A-Za-z0-9_ .,+*/()\n-]")
_MOST_PARTS = 200
_DEEPEST = 30

_OPERATORS = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
    ast.Pow: power,
    ast.USub: negate,
    ast.UAdd: affirm,
}
_FUNCTIONS = {name: function.compute for name, function in FUNCTIONS.items()}

Operand = Decimal | Sequence[Decimal] | datetime


@dataclass(frozen=True)
class Expression:
    """A formula that was found to be well formed; `names` are the fields it needs."""

    text: str
    tree: ast.expr
    names: frozenset[str]


def is_usable_name(name: str) -> bool:
    """Whether a field of this id can be named in a formula without being taken for something else."""
    return name not in FUNCTIONS and not iskeyword(name)


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expression:
    """Read a formula; raise FaultyFormula for what is not an expression of the house."""
    if len(text) > LONGEST_FORMULA:
        raise FaultyFormula(f"longer than {LONGEST_FORMULA} characters; use intermediate calculated fields")
    if stranger := _STRANGERS.search(text):
        raise FaultyFormula(f"may not hold {stranger[0]!r}; write * for times, - for minus, ** for powers")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FaultyFormula("not an expression; check brackets and operators") from None
    _check_part(tree, 1)
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS:
        raise FaultyFormula("too long; use intermediate calculated fields")
    _make_exact(tree, text.strip())
    return Expression(text, tree, frozenset(_names(tree)))


def kind_of(expression: Expression, kinds: Mapping[str, Kind]) -> Kind:
    """Return what a formula yields, from what its names hold; raise FaultyFormula where the two do not fit."""
    unknown = sorted(expression.names - set(kinds))
    if unknown:
        raise FaultyFormula(f"no field is called {', '.join(map(repr, unknown))}; check the spelling")
    return _kind(expression.tree, kinds)


def compute(expression: Expression, operands: Mapping[str, Operand]) -> Decimal:
    """Return the value of a formula, unrounded to 34 digits; raise DivisionByZero, OutOfRange or FaultyFormula."""
    evaluator = SimpleEval(operators=_OPERATORS, functions=_FUNCTIONS, names=dict(operands))
    known = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)
    evaluator.nodes = {node: evaluator.nodes[node] for node in known} | {ast.Constant: lambda node: node.value}
    result = evaluator.eval(expression.text, previously_parsed=expression.tree)
    if not isinstance(result, Decimal):
        raise FaultyFormula("does not yield a number")
    return exact(result)


def _check_part(node: ast.expr, depth: int) -> None:
    if depth > _DEEPEST:
        raise FaultyFormula("nested too deeply; use intermediate calculated fields")
    match node:
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATORS:
            parts = [left, right]
        case ast.UnaryOp(op=operator, operand=operand) if type(operator) in _OPERATORS:
            parts = [operand]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]):
            _check_call(name, parts)
        case ast.Name() | ast.Constant(value=int() | float()) if not isinstance(getattr(node, "value", 0), bool):
            parts = []
        case ast.Tuple():
            raise FaultyFormula("a comma stands where none may; write decimals with a point")
        case _:
            raise FaultyFormula("only numbers, names of fields, + - * / **, brackets and the functions may be used")
    for part in parts:
        _check_part(part, depth + 1)


def _check_call(name: str, arguments: list[ast.expr]) -> None:
    if name not in FUNCTIONS:
        raise FaultyFormula(f"no function is called '{name}'; there are {', '.join(FUNCTIONS)}")
    wanted = FUNCTIONS[name].arguments
    if wanted is None and not arguments:
        raise FaultyFormula(f"{name} needs at least one argument")
    if wanted is not None and len(arguments) != wanted:
        raise FaultyFormula(f"{name} needs {wanted} argument{'s' if wanted > 1 else ''}, not {len(arguments)}")
    if name == "round_to":
        match arguments[1]:
            case ast.Constant(value=int(decimals)) if not isinstance(decimals, bool) and decimals <= MOST_DECIMALS:
                return
        raise FaultyFormula(f"round_to needs a whole number of decimals, 0 to {MOST_DECIMALS}, as its second argument")


def _make_exact(tree: ast.expr, text: str) -> None:
    """Put in place of every literal the decimal of its very digits, which a binary fraction would have lost."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            digits = text[node.col_offset : node.end_col_offset]
            if not digits.replace(".", "", 1).isdecimal():
                raise FaultyFormula(f"write the number {digits} with digits and a point only")
            if len(digits) > DIGITS:
                raise FaultyFormula(f"the number {digits[:20]}… has more than {DIGITS} digits")
            node.value = Decimal(digits)  # type: ignore[assignment]  # only our own walk reads this tree


def _names(tree: ast.expr) -> Iterator[str]:
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return (node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


def _kind(node: ast.expr, kinds: Mapping[str, Kind]) -> Kind:
    match node:
        case ast.Name(id=name):
            return kinds[name]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            _check_arguments(name, [_kind(argument, kinds) for argument in arguments])
        case ast.BinOp(left=left, right=right):
            for part in (left, right):
                _check_number(_kind(part, kinds))
        case ast.UnaryOp(operand=operand):
            _check_number(_kind(operand, kinds))
    return Kind.NUMBER


def _check_arguments(name: str, given: list[Kind]) -> None:
    for kind in given:
        if kind not in FUNCTIONS[name].takes:
            wanted = " or ".join(sorted(FUNCTIONS[name].takes - {Kind.EACH}))
            raise FaultyFormula(f"{name} takes {wanted}, not {kind}")


def _check_number(kind: Kind) -> None:
    if kind is Kind.READINGS:
        raise FaultyFormula("repeated readings must go through mean, sum, sample_stdev, minimum, maximum or count")
    if kind not in (Kind.NUMBER, Kind.EACH):
        raise FaultyFormula(f"cannot calculate with {kind}")
