"""Where a person stands, who may see it, and what they may perform."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.competencies import queries
from app.competencies.rules.awarding import State
from app.competencies.services import load_framework
from app.kernel import clock
from app.kernel.actors import NotPermitted, Permission, Role, system_actor
from app.kernel.errors import NotFound

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)


def standing(people, name="tom", actor=None, code="GOW-B", at=None):
    with people.storage.reading() as session:
        found = queries.standing_of(session, people.ids[name], actor or people.actor("tom", Role.TRAINEE), at=at)
    return {one.competency.code: one for one in found}[code]


@pytest.mark.requirement("CO-1")
def test_a_person_sees_what_they_hold_until_when_and_the_record_behind_it(people):
    with clock.simulated(MONDAY):
        decision = people.decide(1, code="PIP-VER")
        found = standing(people, code="PIP-VER")

    assert found.state is State.HELD
    assert found.standing.valid_until == decision.valid_until
    assert (found.behind.record_number, found.behind.record_digest) == ("GOW-2026-0001", "a" * 64)
    assert found.assessors[found.behind.assessor_id] == "Anna"


def test_every_competency_of_the_framework_is_listed_also_without_a_decision(people, framework):
    with people.storage.reading() as session:
        found = queries.standing_of(session, people.ids["tom"], people.actor("tom", Role.TRAINEE))

    assert {one.competency.code for one in found} == {one.code for one in framework.competencies}
    assert {one.state for one in found} == {State.NOT_YET}


@pytest.mark.requirement("CO-3")
def test_passes_on_the_way_are_counted_and_named(people):
    with clock.simulated(MONDAY) as time:
        people.decide(1)
        time.advance(days=1)
        people.decide(2)
        found = standing(people)

    assert (found.state, found.standing.passes, found.standing.needed) == (State.IN_PROGRESS, 2, 3)
    assert [decision.record_number for decision in found.run] == ["GOW-2026-0001", "GOW-2026-0002"]


def test_grounds_are_shown_to_whoever_may_see_the_decision(people):
    people.decide(1, passed=False)
    found = standing(people)

    assert found.texts[found.behind.grounds] == "touched the outside of the hood"


def test_a_person_may_always_see_their_own(people):
    assert standing(people).state is State.NOT_YET


def test_an_assessor_sees_the_people_of_their_operator(people):
    assert standing(people, actor=people.actor("anna")).state is State.NOT_YET


def test_a_trainee_does_not_see_another(people):
    with pytest.raises(NotPermitted):
        standing(people, "anna")


def test_an_administrator_has_no_right_over_content(people):
    with pytest.raises(NotPermitted):
        standing(people, actor=people.actor("anna", Role.ADMINISTRATOR))


def test_a_person_of_another_operator_is_as_unknown_as_nobody(people):
    people.ids["nobody"] = "00000000-0000-4000-8000-999999999999"

    for name in ("ines", "nobody"):
        with pytest.raises(NotFound):
            standing(people, name, people.actor("anna"))


def test_those_who_act_for_the_hub_see_each_operators_decisions_apart(people):
    with people.storage.reading() as session:
        auditor = people.actor("anna", Role.AUDITOR, operator=None)
        found = queries.standing_of(session, people.ids["tom"], auditor)
        with pytest.raises(NotFound):
            queries.standing_of(session, "00000000-0000-4000-8000-999999999999", auditor)

    assert {one.operator_name for one in found} == {"Alpha"}


def test_a_competency_that_left_the_framework_stays_on_the_page_of_who_holds_it(people, framework):
    people.decide(1, code="PIP-VER")
    loader = system_actor("command", Permission.EXERCISE_LOAD)
    rest = tuple(one for one in framework.competencies if one.code != "PIP-VER")
    with people.storage.transaction() as session:
        load_framework(session, replace(framework, version=framework.version + 1, competencies=rest), actor=loader)

    assert standing(people, code="PIP-VER").state is State.HELD


@pytest.mark.requirement("CO-3")
def test_what_is_past_its_validity_may_not_be_performed(people):
    with clock.simulated(MONDAY):
        decision = people.decide(1, code="PIP-VER")

    with people.storage.reading() as session:
        tom, end = people.ids["tom"], decision.valid_until
        assert queries.may_perform(session, tom, "PIP-VER", end)
        assert not queries.may_perform(session, tom, "PIP-VER", end + timedelta(milliseconds=1))
        assert not queries.may_perform(session, tom, "GOW-B", end)


def test_what_one_operator_signed_off_is_told_apart_from_another(people):
    people.decide(1, code="PIP-VER")

    with people.storage.reading() as session:
        tom, now = people.ids["tom"], clock.now()
        assert queries.may_perform(session, tom, "PIP-VER", now, operator_id=people.operators["ALPHA"])
        assert not queries.may_perform(session, tom, "PIP-VER", now, operator_id=people.operators["BETA"])
