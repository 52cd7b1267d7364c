"""How much goes out at once, how long a failed target rests, and which names and addresses can be used."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.errors import BadTarget
from app.delivery.rules import (
    Circuit,
    Halt,
    Limits,
    Parcel,
    check_address,
    check_name,
    circuit_of,
    next_attempt,
    next_request,
    parcels_at_once,
    pause,
    travels_in_clear,
)

LIMITS = Limits()
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHANCE = st.floats(0, 1)


def parcels(*sizes):
    """Return parcels of these sizes."""
    return [Parcel(number, f"p{number}", b"x" * size) for number, size in enumerate(sizes, 1)]


def test_the_pause_doubles_until_it_is_long_enough():
    pauses = [pause(failures, 1, LIMITS).total_seconds() for failures in range(1, 13)]

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


@given(st.integers(0, 10_000), CHANCE)
def test_a_pause_is_spread_over_its_second_half(failures, chance):
    full = pause(failures, 1, LIMITS)

    assert full / 2 <= pause(failures, chance, LIMITS) <= full <= LIMITS.longest_pause


@given(st.integers(1, 20), CHANCE, st.integers(0, 86_400))
def test_a_wait_that_was_asked_for_is_never_cut_short(failures, chance, seconds):
    halt = Halt("later", wait=timedelta(seconds=seconds))

    assert next_attempt(NOW, failures, chance, halt, LIMITS) >= NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ((1, 1, 1), [3]),
        ((5, 5, 1), [2, 1]),
        ((11, 1), [1, 1]),
        ((10, 1), [1, 1]),
        ((3, 9, 2), [1, 1, 1]),
        ((1, 1, 1, 1, 1), [4, 1]),
        ((), []),
    ],
)
def test_requests_hold_what_fits_in_order_and_at_least_one(sizes, together):
    left, chosen = parcels(*sizes), []
    while left:
        chosen.append(next_request(left, 4, 10))
        left = left[len(chosen[-1]) :]

    assert [len(request) for request in chosen] == together
    assert [parcel for request in chosen for parcel in request] == parcels(*sizes)


def test_a_target_that_failed_often_rests_and_then_tries_one_parcel():
    soon, limits = NOW + timedelta(minutes=1), Limits(failures=3)
    found = [circuit_of(failures, soon, NOW, limits) for failures in (0, 2, 3, 9)]
    after_the_rest = circuit_of(3, soon, soon, limits)

    assert found == [Circuit.CLOSED, Circuit.CLOSED, Circuit.OPEN, Circuit.OPEN]
    assert after_the_rest is Circuit.HALF_OPEN
    assert [parcels_at_once(circuit, limits) for circuit in Circuit] == [1000, 1, 1]


@pytest.mark.parametrize("address", ["https://lrs.example/xapi", "http://127.0.0.1:8000/xapi/", "https://lrs.example"])
def test_an_address_is_kept_without_its_last_slash(address):
    assert check_address(address) == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lrs.example",
        "ftp://lrs.example",
        "https://",
        "https://name:word@lrs.example/xapi",
        "https://lrs.example/xapi?tenant=1",
        "https://lrs.example/#a",
        "https://lrs.example/" + "a" * 500,
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address):
    with pytest.raises(BadTarget):
        check_address(address)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "x" * 61])
def test_a_name_that_cannot_be_typed_is_refused(name):
    with pytest.raises(BadTarget):
        check_name(name)


@pytest.mark.parametrize(
    ("address", "in_clear"),
    [("http://lrs.example", True), ("https://lrs.example", False), ("http://localhost:8000", False)],
)
def test_a_password_on_an_open_network_is_noticed(address, in_clear):
    assert travels_in_clear(address) == in_clear
