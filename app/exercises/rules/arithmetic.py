"""Exact decimal arithmetic for formulas: 34 digits (IEEE 754 decimal128), bounded, and never a binary fraction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import (
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    InvalidOperation,
    Overflow,
    Underflow,
)
from enum import StrEnum
from functools import reduce
from itertools import chain
from typing import Any

from app.exercises.errors import DivisionByZero, OutOfRange

DIGITS = 34
MOST_DECIMALS = 12
_LARGEST_POWER = 100
_LARGEST_EXPONENT = 200  # of ten; whatever is measured at a bench is far within
_CONTEXT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    capitals=1,
    clamp=0,
    traps=[InvalidOperation, Overflow, Underflow],
)
_WIDE = Context(prec=3 * _LARGEST_EXPONENT)


class Kind(StrEnum):
    """What stands in a place of a formula, so that a master is refused before a trainee meets a type error."""

    NUMBER = "one number"
    READINGS = "repeated readings"
    EACH = "each reading"
    MOMENT = "a date-time"
    OTHER = "something that is not calculated with"


@dataclass(frozen=True)
class Function:
    """A function of the formulas: how it is computed, the kind of its arguments, and how many (None: one or more)."""

    compute: Callable[..., Decimal]
    takes: frozenset[Kind]
    arguments: int | None


def exact(number: int | str | Decimal) -> Decimal:
    """Return a number within the range of the formulas; raise OutOfRange. A float is never accepted."""
    value = Decimal(number)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -2 * _LARGEST_EXPONENT or value.adjusted() > _LARGEST_EXPONENT:
        raise OutOfRange
    return value


def _guarded(operation: Callable[..., Decimal]) -> Callable[..., Decimal]:
    def guarded(*arguments: Any) -> Decimal:
        try:
            result = operation(*arguments)
        except DecimalException:
            raise OutOfRange from None
        if not result.is_finite():  # the logarithm of zero is minus infinity, without a signal
            raise OutOfRange
        return result

    return guarded


def divided(left: Decimal, right: Decimal) -> Decimal:
    """Divide; raise DivisionByZero, which 0/0 is too."""
    if not right:
        raise DivisionByZero
    return _CONTEXT.divide(left, right)


def raised(base: Decimal, exponent: Decimal) -> Decimal:
    """Raise to a power of at most 100 in size; raise DivisionByZero for a negative power of zero."""
    if abs(exponent) > _LARGEST_POWER:
        raise OutOfRange
    if not base and exponent < 0:
        raise DivisionByZero
    return _CONTEXT.power(base, exponent)


def _flat(arguments: tuple[Decimal | Sequence[Decimal], ...]) -> list[Decimal]:
    return list(chain.from_iterable([part] if isinstance(part, Decimal) else part for part in arguments))


def total(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    """Add all numbers and readings."""
    return reduce(_CONTEXT.add, _flat(arguments), Decimal(0))


def mean(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    """Return the arithmetic mean of all numbers and readings."""
    return divided(total(*arguments), Decimal(len(_flat(arguments))))


def sample_stdev(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    """Return the standard deviation of a sample (divisor n - 1); one reading alone raises DivisionByZero."""
    numbers = _flat(arguments)
    middle = mean(numbers)
    squares = [_CONTEXT.power(_CONTEXT.subtract(number, middle), 2) for number in numbers]
    return _CONTEXT.sqrt(divided(total(squares), Decimal(len(numbers) - 1)))


def _minimum(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    return min(_flat(arguments))


def _maximum(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    return max(_flat(arguments))


def _count(*arguments: Decimal | Sequence[Decimal]) -> Decimal:
    return Decimal(len(_flat(arguments)))


def rounded(value: Decimal, decimals: int | Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to a number of decimals, a five upwards (away from zero) unless told otherwise."""
    return value.quantize(Decimal(1).scaleb(-int(decimals)), rounding=rounding, context=_WIDE)


def _apart(seconds: int) -> Callable[[datetime, datetime], Decimal]:
    def between(start: datetime, end: datetime) -> Decimal:
        span = end - start
        microseconds = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
        return divided(Decimal(microseconds), Decimal(seconds * 1_000_000))

    return between


_NUMBERS = frozenset({Kind.NUMBER, Kind.READINGS})
_ONE = frozenset({Kind.NUMBER, Kind.EACH})
_MOMENTS = frozenset({Kind.MOMENT})

FUNCTIONS: Mapping[str, Function] = {
    "mean": Function(_guarded(mean), _NUMBERS, None),
    "sample_stdev": Function(_guarded(sample_stdev), _NUMBERS, None),
    "sum": Function(_guarded(total), _NUMBERS, None),
    "minimum": Function(_guarded(_minimum), _NUMBERS, None),
    "maximum": Function(_guarded(_maximum), _NUMBERS, None),
    "count": Function(_guarded(_count), _NUMBERS, None),
    "absolute": Function(_guarded(_CONTEXT.abs), _ONE, 1),
    "sqrt": Function(_guarded(_CONTEXT.sqrt), _ONE, 1),
    "exp": Function(_guarded(_CONTEXT.exp), _ONE, 1),
    "ln": Function(_guarded(_CONTEXT.ln), _ONE, 1),
    "round_to": Function(_guarded(rounded), _ONE, 2),
    "minutes_between": Function(_guarded(_apart(60)), _MOMENTS, 2),
    "hours_between": Function(_guarded(_apart(3_600)), _MOMENTS, 2),
    "days_between": Function(_guarded(_apart(86_400)), _MOMENTS, 2),
}

add = _guarded(_CONTEXT.add)
subtract = _guarded(_CONTEXT.subtract)
multiply = _guarded(_CONTEXT.multiply)
divide = _guarded(divided)
power = _guarded(raised)
negate = _guarded(_CONTEXT.minus)
affirm = _guarded(_CONTEXT.plus)
