"""The exercises that are shipped: complete, in French and English, and calculable from beginning to end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files

import pytest

from app.competencies.rules import parse_framework
from app.exercises.rules.formulas import calculation_order, evaluate_all
from app.exercises.rules.limits import Outcome, evaluate_limits
from app.exercises.rules.master import FieldType, LimitKind
from app.exercises.rules.values import Value
from tests.unit.exercises.masters import LIBRARY, shipped

SAME_IN_BOTH = {
    "Aspergillus brasiliensis ATCC 16404",
    "Bacillus subtilis ATCC 6633",
    "Balance",
    "Candida albicans ATCC 10231",
    "Conclusion",
    "Culture",
    "Dissolution",
    "Incubation",
    "Instruments",
    "Lots",
    "Microscope",
    "Pipette",
    "Pseudomonas aeruginosa ATCC 9027",
    "Staphylococcus aureus ATCC 6538",
    "Vi-CELL BLU",
}
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module", params=LIBRARY)
def master(request):
    """Each shipped exercise in turn."""
    return shipped(request.param)


def calculated(code, **values):
    """Return what an exercise calculates from values; numbers are given as text."""
    numbers = {name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()}
    return {name: calculation.value for name, calculation in evaluate_all(shipped(code), numbers).items()}


def outcome(code, name, value, **values):
    """Return the outcomes of the limits of a field."""
    return {result.outcome for result in evaluate_limits(shipped(code).field(name), value, values, at=START)}


def test_the_library_holds_these_exercises_and_no_other_file():
    found = {path.name for path in (files("config") / "exercises").iterdir()}

    assert found == {f"{code}.yaml" for code in LIBRARY} | {"exercise.schema.json"}


def test_every_text_is_there_in_french_and_english(master):
    assert {"fr", "en"} <= set(master.languages)


def test_only_words_that_are_the_same_in_both_languages_are_the_same(master):
    same = {text.in_language("en") for text in master.texts() if text.in_language("en") == text.in_language("fr")}

    assert same <= SAME_IN_BOTH


def test_an_exercise_goes_from_preparation_to_closing(master):
    assert master.sections[0].id == "preparation"
    assert master.sections[-1].id == "closing"
    assert any(section.ordered for section in master.sections)


def test_an_exercise_records_equipment_lots_and_room_conditions(master):
    types = {field.type for field in master.fields()}

    assert {FieldType.EQUIPMENT, FieldType.LOT, FieldType.CALCULATED, FieldType.DATETIME} <= types
    assert any(field.unit and field.unit.code == "Cel" for field in master.fields())


def test_an_exercise_asks_for_second_persons_and_for_limits_of_both_kinds(master):
    kinds = {limit.kind for field in master.fields() for limit in field.limits}

    assert kinds == {LimitKind.ACTION, LimitKind.SPECIFICATION}
    assert sum(1 for step in master.steps() if step.check) >= 3
    assert any(step.check and step.check.readings for step in master.steps())


def test_five_to_eight_criteria_some_critical(master):
    assert 5 <= len(master.criteria) <= 8
    assert 0 < sum(criterion.critical for criterion in master.criteria) < len(master.criteria)


def test_the_competency_of_an_exercise_is_in_the_framework_and_counts_it(master):
    source = files("config") / "competencies" / "framework.yaml"
    framework = parse_framework(source.read_text(encoding="utf-8"), "framework.yaml")

    assert master.code in framework.competency(master.competency).exercises


def test_everything_is_calculable_when_everything_is_recorded(master):
    values: dict[str, Value] = {}
    moment = START
    for field in master.fields():
        moment += timedelta(hours=1)
        if field.type is FieldType.DATETIME:
            values[field.id] = moment
        elif field.type in (FieldType.DECIMAL, FieldType.INTEGER):
            values[field.id] = [Decimal(5)] * field.repeat if field.repeat > 1 else Decimal(5)

    calculations = evaluate_all(master, values)

    assert set(calculations) == {field.id for field in calculation_order(master)}
    assert [name for name, calculation in calculations.items() if calculation.value is None] == []


def test_the_mass_of_tris_is_concentration_times_volume_times_molar_mass():
    # 0.050 mol/L · 1.000 L · 121.14 g/mol = 6.057 g; ± 1 % is 5.99643 g to 6.11757 g
    found = calculated("BUF-001", tris_mass="6.061", final_volume="1000.0")

    assert found["tris_mass_target"] == Decimal("6.057")
    # 6.061 / 121.14 / 1000.0 · 10⁶ = 50.03301…
    assert round(found["tris_concentration"], 5) == Decimal("50.03302")
    assert outcome("BUF-001", "tris_mass", Decimal("5.996"), **found) == {Outcome.OUTSIDE}
    assert outcome("BUF-001", "tris_mass", Decimal("5.997"), **found) == {Outcome.WITHIN}


def test_the_ph_of_tris_is_brought_to_25_degrees():
    # 7.43 at 24.2 °C: Tris loses 0.028 per kelvin, so at 25.0 °C it is 7.43 + 0.028 · (24.2 − 25.0) = 7.4076
    assert calculated("BUF-001", ph_adjusted="7.43", temperature_at_ph="24.2")["ph_adjusted_at_25"] == Decimal("7.4076")


def test_a_label_too_few_is_found():
    found = calculated("BUF-001", labels_printed="4", labels_attached="2", labels_destroyed="1")

    assert found["labels_unaccounted"] == 1
    assert outcome("BUF-001", "labels_unaccounted", found["labels_unaccounted"]) == {Outcome.OUTSIDE}


def test_cells_are_counted_to_density_and_viability():
    # live 52 + 47 + 55 + 50 = 204, mean 51; dead 3 + 2 + 4 + 3 = 12; dilution (100 + 100) / 100 = 2
    # density 51 · 2 · 10⁴ = 1.02 · 10⁶ per mL; viability 100 · 204 / 216 = 94.44…; to 0.95: 100 · 0.07 / 0.95 = 7.368…
    found = calculated(
        "CEL-001",
        live_cells=[Decimal(count) for count in (52, 47, 55, 50)],
        dead_cells=[Decimal(count) for count in (3, 2, 4, 3)],
        sample_volume="100",
        stain_volume="100",
        instrument_density="0.95",
        instrument_viability="95.0",
    )

    assert found["manual_density"] == Decimal("1.02")
    assert round(found["manual_viability"], 10) == Decimal("94.4444444444")
    assert round(found["density_difference"], 10) == Decimal("7.3684210526")
    assert found["cells_counted"] == 216


@pytest.mark.parametrize(
    ("difference", "expected"),
    [("-20", Outcome.WITHIN), ("20", Outcome.WITHIN), ("20.01", Outcome.OUTSIDE), ("-20.01", Outcome.OUTSIDE)],
)
def test_manual_and_automatic_count_agree_within_twenty_percent(difference, expected):
    assert outcome("CEL-001", "density_difference", Decimal(difference)) == {expected}


@pytest.mark.parametrize(
    ("site", "count", "expected"),
    [
        ("glove_left", 5, Outcome.WITHIN),
        ("glove_right", 6, Outcome.OUTSIDE),
        ("forearm_left", 10, Outcome.WITHIN),
        ("chest", 11, Outcome.OUTSIDE),
        ("negative_control", 1, Outcome.OUTSIDE),
    ],
)
def test_gloves_and_other_sites_have_their_own_limits(site, count, expected):
    assert outcome("GOW-001", site, count) == {expected}


def test_gowning_is_done_in_its_order_and_a_broken_order_is_outside():
    gowning = shipped("GOW-001").section_of("mirror")

    assert gowning.ordered
    assert [step.id for step in gowning.steps][:2] == ["hands", "first_gloves"]
    assert outcome("GOW-001", "order_kept", "broken") == {Outcome.OUTSIDE}


def test_incubation_is_counted_in_hours():
    found = calculated(
        "GOW-001", incubation_started_at=START, incubation_ended_at=START + timedelta(hours=72, minutes=30)
    )

    assert found["incubation_time"] == Decimal("72.5")


@pytest.mark.parametrize(("incubated", "difference"), [("180", 0), ("179", 1), ("181", -1)])
def test_a_media_fill_reconciles_to_the_unit(incubated, difference):
    # filled 203 = incubated 180 + rejected (2 + 1 + 3 + 4 + 1 + 2 + 0 = 13) + sampled 10
    rejects = dict(
        zip(
            ["intervention_1", "intervention_2", "intervention_3", "intervention_4"],
            ["2", "1", "3", "4"],
            strict=True,
        )
    )
    found = calculated(
        "MED-001",
        **{f"{name}_removed": count for name, count in rejects.items()},
        rejected_volume="1",
        rejected_closure="2",
        rejected_glass="0",
        units_filled="203",
        units_sampled="10",
        units_incubated=incubated,
    )

    assert found["units_unaccounted"] == difference
    assert outcome("MED-001", "units_unaccounted", found["units_unaccounted"]) == {
        Outcome.OUTSIDE if difference else Outcome.WITHIN
    }


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (timedelta(days=7), {Outcome.WITHIN}),
        (timedelta(days=7) - timedelta(minutes=1), {Outcome.WITHIN, Outcome.OUTSIDE}),
        (timedelta(days=8, minutes=1), {Outcome.WITHIN, Outcome.OUTSIDE}),
    ],
)
def test_both_incubations_last_seven_days(days, expected):
    found = calculated("MED-001", low_started_at=START, low_ended_at=START + days)

    assert outcome("MED-001", "low_time", found["low_time"]) == expected


def test_a_media_fill_is_read_blind_by_a_second_person_and_one_unit_is_too_many():
    check = shipped("MED-001").step("final_reading").check

    assert {(reading.field, reading.blind) for reading in check.readings} == {
        ("units_read", True),
        ("units_contaminated", True),
    }
    assert outcome("MED-001", "units_contaminated", 1) == {Outcome.OUTSIDE}
