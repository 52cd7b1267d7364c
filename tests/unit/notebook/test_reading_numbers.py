"""Numbers as people type them: each language its decimal sign, every digit kept, nothing guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exercises.rules.master import Field, FieldType
from app.kernel.text import Text
from app.notebook.errors import UnreadableValue
from app.notebook.rules.reading import DECIMAL_SIGN, LONGEST_NUMBER, read_decimal, read_typed, stored_reading

NAME = Text.of({"fr": "x", "en": "x"})
MASS = Field("mass", NAME, FieldType.DECIMAL)
COUNT = Field("count", NAME, FieldType.INTEGER)
ZONE = "Europe/Brussels"

languages = st.sampled_from(sorted(DECIMAL_SIGN))
signs = st.sampled_from(["", "-", "\u2212"])
digits = st.text("0123456789", min_size=1, max_size=12)


@pytest.mark.requirement("ER-04")
@pytest.mark.parametrize(
    ("typed", "language", "read"),
    [
        ("5,0", "fr", "5.0"),
        ("5.0", "fr", "5.0"),
        ("5.0", "en", "5.0"),
        ("5,0", "en", "5.0"),
        ("0,100", "fr", "0.100"),
        ("0.100", "nl", "0.100"),  # a thousand never begins with 0
        ("1,234", "fr", "1.234"),
        ("1.234", "en", "1.234"),
        ("1234.567", "de", "1234.567"),  # a thousands separator stands after three digits at most
        ("007", "fr", "007"),
        ("+3,5", "de", "3.5"),
        (" 12,5 ", "fr", "12.5"),
        ("\u22124,20", "fr", "-4.20"),
    ],
)
def test_a_decimal_comma_and_a_decimal_point_are_read_where_they_mean_one_thing(
    typed: str, language: str, read: str
) -> None:
    assert read_decimal(typed, language) == read


@pytest.mark.requirement("ER-04")
@given(sign=signs, whole=digits, parts=digits, language=languages)
def test_a_number_in_ones_own_writing_keeps_every_digit(sign: str, whole: str, parts: str, language: str) -> None:
    read = read_decimal(f"{sign}{whole}{DECIMAL_SIGN[language]}{parts}", language)

    assert read == f"{'-' if sign else ''}{whole}.{parts}"


@pytest.mark.requirement("ER-04")
@given(whole=st.integers(1, 999), parts=st.text("0123456789", min_size=3, max_size=3), language=languages)
def test_a_number_that_could_have_thousands_is_refused_with_both_readings(
    whole: int, parts: str, language: str
) -> None:
    own = DECIMAL_SIGN[language]
    foreign = "." if own == "," else ","

    with pytest.raises(UnreadableValue) as refused:
        read_decimal(f"{whole}{foreign}{parts}", language)

    assert refused.value.values["decimal"] == f"{whole}{own}{parts}"
    assert refused.value.values["whole"] == f"{whole}{parts}"
    assert f"{whole}{own}{parts}" in str(refused.value)


@pytest.mark.requirement("ER-04")
@given(sign=signs, whole=digits, parts=digits, written=languages, reader=languages)
def test_no_number_is_ever_read_as_another(sign: str, whole: str, parts: str, written: str, reader: str) -> None:
    try:
        read = read_decimal(f"{sign}{whole}{DECIMAL_SIGN[written]}{parts}", reader)
    except UnreadableValue:
        read = None

    assert read in (None, f"{'-' if sign else ''}{whole}.{parts}")


@pytest.mark.parametrize(
    "typed",
    ["1 000", "1'000", "1.000,5", "1,000.5", "1e3", "NaN", "Infinity", "0x10", "--1", "1,", ",5", "٣", "½", "", "5 g"],
)
def test_what_is_no_plain_number_is_refused(typed: str) -> None:
    with pytest.raises(UnreadableValue):
        read_decimal(typed, "fr")


@given(st.text(max_size=30), languages)
def test_whatever_is_typed_is_read_as_a_finite_number_or_refused(typed: str, language: str) -> None:
    try:
        read = read_decimal(typed, language)
    except UnreadableValue:
        return

    assert Decimal(read).is_finite()


def test_a_number_longer_than_any_measurement_is_refused() -> None:
    assert read_decimal("1" * LONGEST_NUMBER, "fr") == "1" * LONGEST_NUMBER

    with pytest.raises(UnreadableValue):
        read_decimal("1" * (LONGEST_NUMBER + 1), "fr")


@pytest.mark.requirement("ER-04")
def test_what_was_typed_is_kept_beside_what_was_read() -> None:
    typed = read_typed(MASS, {"value": " 5,0 "}, "fr", ZONE)

    assert (typed.raw, typed.text, typed.reading) == ("5,0", "5.0", Decimal("5.0"))
    assert str(stored_reading(MASS, typed.text)) == "5.0"


@pytest.mark.parametrize("typed", ["3,5", "3.0", "three", "1" * 16, ""])
def test_a_count_is_digits_only(typed: str) -> None:
    with pytest.raises(UnreadableValue):
        read_typed(COUNT, {"value": typed}, "fr", ZONE)


def test_a_count_with_a_leading_zero_is_the_count() -> None:
    assert read_typed(COUNT, {"value": "007"}, "fr", ZONE).reading == 7
