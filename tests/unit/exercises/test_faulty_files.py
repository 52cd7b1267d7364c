"""A faulty exercise file is refused whole, and every fault is told with file, line and what to do."""

import pytest

from app.exercises.errors import FaultyExercise
from app.exercises.rules.parsing import parse_exercise
from tests.unit.exercises.masters import source_of

GOOD = """\
format: 1
code: TST-001
version: 1
series: TST
title: {fr: Essai, en: Test}
summary: {fr: Un essai, en: A test}
source: Hub procedure
licence: Apache-2.0
hands_on_minutes: 10
competency: TST
criteria:
  - {id: crit_one, text: {fr: Juge, en: Judge}}
sections:
  - id: section_one
    title: {fr: Partie, en: Part}
    steps:
      - id: step_one
        title: {fr: Étape, en: Step}
        instruction: {fr: Faire, en: Do}
        fields:
          - {id: mass, type: decimal, label: {fr: Masse, en: Mass}, unit: {code: g, display: g}, repeat: 3}
          - id: mean_mass
            type: calculated
            label: {fr: Moyenne, en: Mean}
            unit: {code: g, display: g}
            formula: "mean(mass)"
            decimals: 2
            limits:
              - {kind: action, minimum: "1.0", maximum: "2.0"}
          - id: colour
            type: choice
            label: {fr: Couleur, en: Colour}
            choices:
              - {code: red, label: {fr: Rouge, en: Red}}
              - {code: blue, label: {fr: Bleu, en: Blue}}
            limits: [{kind: action, allowed: [red]}]
        check:
          statement: {fr: J'ai lu, en: I read}
          readings: [{field: mass, count: 1, agreement: "0.1"}]
"""


def faults_of(text, filename="TST-001.yaml"):
    """Return what a faulty file is refused with."""
    with pytest.raises(FaultyExercise) as refusal:
        parse_exercise(text, filename)
    return list(refusal.value.faults)


def changed(old, new):
    """Return the good file with one thing changed; it must be there."""
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_the_good_file_is_good():
    assert parse_exercise(GOOD, "TST-001.yaml").code == "TST-001"


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("format: 1\n", "format: 2\n", 1, "'2' must be 1"),
        ("format: 1\n", "", 1, "'format' is missing: add it"),
        ("code: TST-001", "code: TST-1", 2, "does not have the right form (series, hyphen, three digits"),
        ("series: TST", "series: TSU", 2, "must begin with its series: 'TSU-…'"),
        ("version: 1\n", "version: 1.0\n", 3, "a whole number without quotes is needed"),
        ("version: 1\n", 'version: "1"\n', 3, "a whole number without quotes is needed"),
        ("version: 1\n", "version: 0\n", 3, "must be at least 1"),
        ("{fr: Essai, en: Test}", "{fr: Essai}", 5, "'en' is missing: add it"),
        ("{fr: Essai, en: Test}", '{fr: Essai, en: " "}', 5, "does not have the right form (not empty)"),
        ("{fr: Essai, en: Test}", "{fr: Essai, en: Test, it: Prova}", 5, "'it' is not known here; known are fr, en"),
        ("{fr: Essai, en: Test}", "{fr: Essai, en: Test, fr: Encore}", 5, "'fr' is given a second time"),
        ("summary: {fr: Un essai, en: A test}", "summary: [a]", 6, "a list stands where a mapping (key: value)"),
        ("licence: Apache-2.0", "licence: free of charge", 8, "an SPDX identifier"),
        ("hands_on_minutes: 10", "hands_on_minutes: ten", 9, "'ten' stands where a whole number"),
        ("hands_on_minutes: 10", "hands_on_minutes:", 9, "nothing stands where a whole number"),
        ("{id: crit_one,", "{id: mass,", 12, "the id 'mass' is used before"),
        ("{id: crit_one,", "{id: Crit,", 12, "small letters, digits and _"),
        ("    title: {fr: Partie, en: Part}", "    heading: {fr: Partie, en: Part}", 14, "'title' is missing"),
        ("    title: {fr: Partie, en: Part}", "    heading: {fr: Partie, en: Part}", 15, "'heading' is not known here"),
        ("id: step_one", "id: mean", 17, "the id 'mean' is a word of the formulas"),
        ("type: decimal,", "type: float,", 21, "'float' is not one of decimal, integer"),
        (", unit: {code: g, display: g}, repeat: 3}", ", repeat: 3}", 21, "of type decimal needs 'unit'"),
        ("repeat: 3}", "repeat: 1}", 21, "must be at least 2"),
        ("repeat: 3}", "formula: mass}", 21, "'formula' does not belong to a field of type decimal"),
        ('            formula: "mean(mass)"\n', "", 22, "of type calculated needs 'formula'"),
        ("            decimals: 2\n", "", 22, "of type calculated needs 'decimals'"),
        ('"mean(mass)"', '"mean(masss)"', 26, "no field is called 'masss'; check the spelling"),
        ('"mean(mass)"', '"mass * 2"', 26, "repeated readings must go through mean"),
        ('"mean(mass)"', '"mass"', 26, "the formula yields repeated readings"),
        ('"mean(mass)"', '"mean_mass + 1"', 26, "calculated from itself: mean_mass → mean_mass"),
        ('"mean(mass)"', '"__import__(1)"', 26, "no function is called '__import__'"),
        ('"mean(mass)"', '"mean(colour)"', 26, "mean takes"),
        ('minimum: "1.0"', "minimum: 1.0", 29, "'1.0' stands where text (a number in quotes) is needed"),
        ('minimum: "1.0"', 'minimum: "3"', 29, "the minimum is above the maximum"),
        ('minimum: "1.0"', 'minimum: "1,0"', 29, "write decimals with a point"),
        ('minimum: "1.0"', 'minimum: "mass"', 29, "a bound must be one number"),
        ('minimum: "1.0"', 'minimum: "1 / 0"', 29, "division by zero"),
        (', minimum: "1.0", maximum: "2.0"}', "}", 29, "needs 'minimum', 'maximum' or both"),
        (', minimum: "1.0", maximum', ", minimum_inclusive: false, maximum", 29, "says nothing without 'minimum'"),
        (', minimum: "1.0", maximum: "2.0"}', ", allowed: [red]}", 29, "'allowed' is for choices"),
        ("code: blue", "code: red", 33, "the choice 'red' is given twice"),
        ("allowed: [red]", "allowed: [green]", 36, "'green' is not one of blue, red"),
        ("allowed: [red]", 'maximum: "1"', 36, "needs 'allowed'"),
        ("field: mass", "field: weight", 39, "has no field 'weight' for the second person"),
        ("field: mass, count: 1", "field: mass, count: 4", 39, "has 3 reading(s)"),
        ("field: mass, count: 1, agree", "field: colour, agree", 39, "'agreement' is a difference of numbers"),
        ("field: mass, count: 1, agree", "field: mean_mass, agree", 39, "is calculated; a person reads"),
        ('agreement: "0.1"', 'agreement: "-0.1"', 39, "not negative"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_to_do(old, new, line, told):
    faults = faults_of(changed(old, new))

    assert any(fault.startswith(f"TST-001.yaml:{line}: ") and told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "nothing stands where a mapping"),
        ("- a\n- b\n", 1, "a list stands where a mapping"),
        ("a: 1\n b: 2\n", 2, "not YAML"),
        ("a: [1,\n", 2, "not YAML"),
        ("a: 1\nb: \x07\n", 2, "a character that may not stand in YAML"),
        ('a: 1\nb: "\\u0007"\n', 2, "holds a control character"),
        ('a: "\\ud800"\n', 1, "holds a control character"),
        ("a: &x 1\nb: *x\n", 2, "aliases (*name) are not used here"),
        ("a: !!python/object/apply:os.system [true]\n", 1, "the tag"),
        ("a: !!int yes\n", 1, "the tag"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: " + "[" * 5000, 1, "nested too deeply"),
        ("a" * 1_000_001, 1, "too long"),
    ],
    ids=range(13),
)
def test_what_is_no_plain_document_is_refused(text, line, told):
    faults = faults_of(text)

    assert any(fault.startswith(f"TST-001.yaml:{line}: ") and told in fault for fault in faults), faults


def test_aliases_that_would_grow_without_end_are_refused_at_once():
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))

    assert any("aliases" in fault for fault in faults_of("l0: &l0 [ha]\n" + laughs))


def test_all_faults_are_told_at_once_and_in_the_order_of_the_file():
    text = (
        changed("licence: Apache-2.0\n", "").replace("mean(mass)", "mean(mas)").replace("allowed: [red]", "allowed: []")
    )

    assert faults_of(text) == [
        "TST-001.yaml:1: 'licence' is missing: add it",
        "TST-001.yaml:25: no field is called 'mas'; check the spelling",
        "TST-001.yaml:35: a list is too short: at least 1 needed",
    ]


def test_every_circle_is_told():
    field = "          - {{id: {0}, type: calculated, label: {{fr: a, en: a}}, decimals: 0, formula: {1}}}\n"
    text = GOOD.replace(
        "        check:\n",
        field.format("p", "q") + field.format("q", "p") + field.format("r", "r") + "        check:\n",
    )

    assert [fault.partition(": ")[2] for fault in faults_of(text)] == [
        "calculated from itself: p → q → p",
        "calculated from itself: r → r",
    ]


def test_a_language_begun_is_a_language_finished():
    faults = faults_of(GOOD.replace("{fr: Essai, en: Test}", "{fr: Essai, en: Test, nl: Proef}"))

    assert "TST-001.yaml:6: 'nl' is given for other texts and missing here: add it" in faults
    assert len(faults) == GOOD.count("{fr:") - 1


def test_the_message_lists_every_fault_and_says_that_nothing_was_loaded():
    with pytest.raises(FaultyExercise) as refusal:
        parse_exercise(changed("series: TST", "series: TSU"), "library/TST-001.yaml")

    assert "nothing of it was loaded" in str(refusal.value)
    assert "library/TST-001.yaml:2: " in str(refusal.value)


def test_a_no_in_a_text_is_the_word_and_not_a_false():
    master = parse_exercise(changed("{fr: Essai, en: Test}", "{fr: non, en: no}"), "TST-001.yaml")

    assert master.title.in_language("en") == "no"


@pytest.mark.parametrize("position", range(0, 26_000, 650))
def test_a_damaged_file_of_the_library_is_loaded_or_refused_and_never_breaks_the_program(position):
    text = source_of("PIP-001")
    damaged = text[:position] + text[position + 7 :]

    try:
        parse_exercise(damaged, "PIP-001.yaml")
    except FaultyExercise as refusal:
        told = refusal.faults
    else:
        told = ("PIP-001.yaml:1: harmless",)

    assert all(fault.startswith("PIP-001.yaml:") for fault in told)
