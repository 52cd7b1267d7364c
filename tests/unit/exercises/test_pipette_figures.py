"""The figures of PIP-001, to the digit, against values worked out by hand and with another program (bc, 40 digits)."""

from decimal import Decimal

import pytest

from app.exercises.rules.formulas import evaluate_all, shown_value
from app.exercises.rules.limits import evaluate_limits
from tests.unit.exercises.masters import shipped

# Temperature 20.0 °C, pressure 1013 hPa, humidity 50 %, before and after alike:
#   water  (20.0 − 3.983035)² · (20.0 + 301.797) = 256.543167811225 · 321.797
#          522528.9 · (20.0 + 69.34881)          = 46687335.405609
#          ρw = 0.999974950 · (1 − 82554.5217… / 46687335.405609) = 0.99820674555961667668 g/mL
#   air    e^(0.061 · 20.0) = e^1.22             = 3.38718773362133463387
#          (0.34848 · 1013 − 0.009 · 50 · 3.38718773…) / 293.15 / 1000
#          = (353.01024 − 1.52423448013) / 293150 = 0.00119899711929002354 g/mL
#   Z      1/ρw · (1 − ρa/8.0) / (1 − ρa/ρw)
#          = 1/0.998206745… · (1 − 0.000149874639911…) / (1 − 0.001201151088813…)
#          = 1.00285090755233204399339500085427
Z_AT_20 = Decimal("1.00285090755233204399339500085427")

# Ten masses in mg; their sum is 9970.0, so the mean is 997.00. Differences from it: −0.9 0.4 −1.2 1.2 −0.1 0.1 −0.6
# 0.8 −0.4 0.7; squares: 0.81 + 0.16 + 1.44 + 1.44 + 0.01 + 0.01 + 0.36 + 0.64 + 0.16 + 0.49 = 5.52.
MASSES_1000 = "996.1 997.4 995.8 998.2 996.9 997.1 996.4 997.8 996.6 997.7"
# Sum 4980.0, mean 498.00; squares 0.09 + 0.09 + 0.01 + 0.01 + 0.16 + 0.16 + 0.04 + 0.04 + 0 + 0 = 0.60.
MASSES_500 = "498.3 497.7 498.1 497.9 498.4 497.6 498.2 497.8 498.0 498.0"
# Sum 995.0, mean 99.50; squares 0 + 0.04 + 0.04 + 0.01 + 0.01 + 0 + 0 + 0.09 + 0.09 + 0 = 0.28.
MASSES_100 = "99.5 99.3 99.7 99.4 99.6 99.5 99.5 99.2 99.8 99.5"


def recorded(temperature="20.0", pressure="1013", humidity="50", **masses):
    """Return what a record of PIP-001 holds when room conditions do not change."""
    conditions = {"temperature": temperature, "pressure": pressure, "humidity": humidity}
    values = {f"{name}_{when}": Decimal(value) for name, value in conditions.items() for when in ("before", "after")}
    return values | {name: [Decimal(mass) for mass in listed.split()] for name, listed in masses.items()}


@pytest.fixture(scope="module")
def pipetting():
    """The exercise PIP-001 of the library."""
    return shipped("PIP-001")


@pytest.fixture(scope="module")
def results(pipetting):
    """What is calculated from the thirty masses above at 20.0 °C."""
    values = recorded(masses_1000=MASSES_1000, masses_500=MASSES_500, masses_100=MASSES_100)
    return {name: calculation.value for name, calculation in evaluate_all(pipetting, values).items()}


def to_digits(value, digits):
    """Return a value cut down to a number of significant digits, rounded."""
    return Decimal(f"{value:.{digits - 1}e}")


@pytest.mark.parametrize(
    ("temperature", "shown"), [("20.0", "1.0029"), ("22.0", "1.0033"), ("25.0", "1.0040")], ids=["20", "22", "25"]
)
def test_the_z_factor_is_that_of_the_published_table(pipetting, temperature, shown):
    calculation = evaluate_all(pipetting, recorded(temperature))["z_factor"]

    assert str(shown_value(calculation.field, to_digits(calculation.value, 30))) == shown


def test_densities_and_z_factor_are_right_to_thirty_digits(results):
    assert to_digits(results["water_density"], 30) == Decimal("0.998206745559616676682469904927")
    assert to_digits(results["air_density"], 30) == Decimal("0.00119899711929002353544175604525")
    assert to_digits(results["z_factor"], 30) == to_digits(Z_AT_20, 30)


def test_the_z_factor_away_from_the_table_is_right_to_thirty_digits(pipetting):
    calculation = evaluate_all(pipetting, recorded("21.35", "1008.5", "54"))["z_factor"]

    # ρw = 0.99791846662515260049, e^(0.061 · 21.35) = 3.67792965457485010845,
    # ρa = (0.34848 · 1008.5 − 0.009 · 54 · 3.677929654…) / 294.50 / 1000 = 0.00118728219418633828
    assert to_digits(calculation.value, 30) == Decimal("1.00313063877553092169959488975")


def test_each_mass_becomes_a_volume(results):
    # 996.1 mg · 1.00285090755… µL/mg = 998.939789012877949 µL
    assert len(results["volumes_1000"]) == 10
    assert to_digits(results["volumes_1000"][0], 28) == Decimal("998.9397890128779490218207604")


@pytest.mark.parametrize(
    ("volume", "mean", "systematic", "random"),
    [
        # 997.00 · Z = 999.842354829…; − 1000 = −0.157645170…; √(5.52 / 9) · Z = 0.783156008… · Z = 0.785388713…
        ("1000", "999.8423548296750478614148159", "-0.1576451703249521385851841483", "0.7853887136767598297685700574"),
        # 498.00 · Z = 499.419751961…; − 500 = −0.580248038…; √(0.60 / 9) · Z = 0.258198889… · Z = 0.258934990…
        ("500", "499.4197519610613579087107104", "-0.5802480389386420912892895746", "0.2589349909119450560928174885"),
        # 99.50 · Z = 99.783665301…; − 100 = −0.216334698…; √(0.28 / 9) · Z = 0.176383420… · Z = 0.176886273…
        ("100", "99.78366530145703837734280258", "-0.2163346985429616226571974150", "0.1768862735639264692537813930"),
    ],
    ids=["1000", "500", "100"],
)
def test_mean_systematic_and_random_error_are_right(results, volume, mean, systematic, random):
    assert to_digits(results[f"mean_{volume}"], 28) == Decimal(mean)
    assert to_digits(results[f"systematic_error_{volume}"], 28) == Decimal(systematic)
    assert to_digits(results[f"random_error_{volume}"], 28) == Decimal(random)


def test_results_are_shown_with_the_decimals_the_master_asks_for(pipetting, results):
    shown = {
        name: str(shown_value(pipetting.field(name), results[name]))
        for name in ("mean_1000", "systematic_error_1000", "random_error_1000", "relative_error_1000", "air_pressure")
    }

    # −0.157645 % of nominal is −0.0157645…, a hundredth of e; 1013 hPa has one decimal in the master
    assert shown == {
        "mean_1000": "999.84",
        "systematic_error_1000": "-0.16",
        "random_error_1000": "0.79",
        "relative_error_1000": "-0.02",
        "air_pressure": "1013.0",
    }


@pytest.mark.requirement("ER-06")
@pytest.mark.parametrize(
    ("name", "value", "within"),
    [
        ("systematic_error_1000", "8.0", True),
        ("systematic_error_1000", "8.0000000001", False),
        ("systematic_error_500", "-8.0", True),
        ("systematic_error_100", "-8.004", False),  # shown as −8.00, and outside all the same
        ("random_error_1000", "3.0", True),
        ("random_error_1000", "3.001", False),
        ("temperature_drift", "0.5", True),
        ("temperature_drift", "0.51", False),
        ("temperature_before", "15", True),
        ("temperature_before", "14.9", False),
        ("temperature_after", "30.0", True),
        ("temperature_after", "30.1", False),
        ("humidity_before", "50", True),
        ("humidity_before", "49.9", False),
        ("balance_readability", "0.1", True),
        ("balance_readability", "0.11", False),
        ("balance_readability", "0", False),
    ],
)
def test_limits_of_the_verification_hold_to_the_last_digit(pipetting, name, value, within):
    (result,) = evaluate_limits(pipetting.field(name), Decimal(value), {})

    assert result.within is within


def test_the_second_person_reads_one_mass_in_ten_at_each_volume(pipetting):
    read_again = {
        reading.field: (reading.count, reading.blind, pipetting.field(reading.field).repeat)
        for step in pipetting.steps()
        if step.check
        for reading in step.check.readings
    }

    assert read_again == dict.fromkeys(("masses_1000", "masses_500", "masses_100"), (1, True, 10))
