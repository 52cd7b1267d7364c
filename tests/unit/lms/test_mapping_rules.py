"""What is proposed for what: by id first, then by a similar name in any language; what names itself is left alone."""

import pytest

from app.lms.rules.mapping import (
    Ground,
    Ours,
    Standing,
    Suggestion,
    Thing,
    ThingKind,
    merge,
    named_by_itself,
    overview,
    suggest,
)

PIPETTES = Ours("PIP-001", ("Vérifier une pipette", "Verify a pipette", "Een pipet verifiëren", "Eine Pipette prüfen"))
BUFFER = Ours("BUF-002", ("Préparer un tampon phosphate", "Prepare a phosphate buffer"))
VERIFYING = Ours("PIP-VER", ("Vérification des pipettes", "Verification of pipettes"), is_competency=True)
OURS = [PIPETTES, BUFFER, VERIFYING]


def link(name, **more):
    """Return an activity that launches."""
    return Thing(ThingKind.LINK, "7", name, **more)


def module(name, **more):
    """Return another activity of a Moodle."""
    return Thing(ThingKind.MODULE, "12", name, **more)


def proposed(thing):
    """Return code and ground of what is proposed for a thing."""
    return next(((one.code, one.ground) for one in suggest([thing], OURS)), None)


@pytest.mark.parametrize("named", ["pip-001", "PIP 001", "PIP001", " Pip_001 "])
def test_a_parameter_that_is_nearly_a_code_is_proposed(named):
    assert proposed(link("Week 3", named=named)) == ("PIP-001", Ground.PARAMETER)


def test_an_id_number_is_proposed_whatever_the_activity_is_called():
    thing = link("Préparer un tampon phosphate", id_number="pip001")

    assert proposed(thing) == ("PIP-001", Ground.ID_NUMBER)


def test_a_code_that_stands_in_the_name_is_proposed():
    assert proposed(module("TP 4 – BUF 002 (groupe B)")) == ("BUF-002", Ground.CODE_IN_NAME)


@pytest.mark.parametrize(
    "name",
    [
        "Vérifier une pipette",
        "VERIFIER UNE PIPETTE !",
        "Verify the pipette",
        "Een pipet verifieren",
        "Eine Pipette pruefen",
    ],
)
def test_a_similar_name_in_any_language_is_proposed(name):
    assert proposed(link(name)) == ("PIP-001", Ground.SIMILAR_NAME)


@pytest.mark.parametrize("name", ["Forum", "Quiz de chimie", "", "¡!"])
def test_nothing_is_proposed_where_nothing_is_alike(name):
    assert proposed(link(name)) is None


def test_two_that_are_as_much_alike_are_both_left_to_somebody():
    twins = [Ours("AAA-001", ("Filtration stérile",)), Ours("AAA-002", ("Filtration stérile",))]

    assert suggest([link("Filtration sterile")], twins) == []


def test_competencies_are_proposed_for_competencies_alone():
    there = Thing(ThingKind.COMPETENCY, "4", "Vérification des pipettes")

    assert proposed(there) == ("PIP-VER", Ground.SIMILAR_NAME)
    assert proposed(link("PIP-VER")) is None


def test_what_names_its_exercise_itself_needs_no_proposal():
    assert named_by_itself(link("x", named="PIP-001"), OURS) == "PIP-001"
    assert named_by_itself(module("x", id_number="PIP-001"), OURS) == "PIP-001"
    assert named_by_itself(link("x", id_number="PIP-001"), OURS) is None
    assert suggest([link("Vérifier une pipette", named="PIP-001")], OURS) == []


def test_a_thing_that_is_mapped_stands_for_that_and_for_what_it_names_itself():
    thing = link("x", named="PIP-001")
    seen = overview([thing], OURS, {thing.key: ("BUF-002", "m")})

    assert seen.standing == {"BUF-002": [Standing(thing, "m")], "PIP-001": [Standing(thing, None)]}
    assert (list(seen.left), list(seen.proposals)) == ([], [])


def test_what_stands_for_nothing_is_left_and_proposed():
    thing, other = link("PIP-001"), module("Forum")
    seen = overview([thing, other], OURS, {})

    assert list(seen.left) == [thing, other]
    assert seen.proposals == [Suggestion(thing, "PIP-001", Ground.CODE_IN_NAME)]


def test_what_the_platform_says_now_counts_and_keeps_what_a_launch_named():
    known, said = link("Old", named="PIP-01"), link("New", course="Biotech", id_number="PIP-001")

    assert merge([known], [said]) == [link("New", course="Biotech", id_number="PIP-001", named="PIP-01")]
