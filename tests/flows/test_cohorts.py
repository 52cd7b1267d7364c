"""Cohorts: trainees of one operator, who join and leave; another operator's cohort does not exist."""

import html

import pytest
from sqlalchemy import select

from app.identity.models import Cohort

NOBODY = "00000000-0000-4000-8000-000000000000"


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


@pytest.fixture
def cohort(house):
    """The id of a cohort of the operator Alpha."""
    house.signed_in("assessor").act("/cohorts", {"name": "Promotion 2026-B", "operator": house.operator_id("ALPHA")})
    with house.storage.reading() as session:
        return session.scalars(select(Cohort.id)).one()


def test_an_assessor_adds_a_cohort_and_puts_trainees_in_and_out(house, cohort):
    client, trainee = house.signed_in("assessor"), house.person("trainee").id

    joined = client.act(f"/cohorts/{cohort}/people", {"person": trainee})
    inside = html.unescape(client.get(f"/cohorts/{cohort}").text)
    left = client.act(f"/cohorts/{cohort}/people/{trainee}/leave")
    outside = html.unescape(client.get(f"/cohorts/{cohort}").text)
    back = client.act(f"/cohorts/{cohort}/people", {"person": trainee})

    assert joined.status_code == left.status_code == back.status_code == 303
    assert "Retirer Léa Martin du groupe" in inside
    assert "Retirer Léa Martin du groupe" not in outside
    assert actions(house.lines("ALPHA")) == [
        "identity:cohort:add",
        "identity:cohort:join",
        "identity:cohort:leave",
        "identity:cohort:join",
    ]


def test_nobody_joins_twice_or_leaves_from_outside(house, cohort):
    client, trainee = house.signed_in("assessor"), house.person("trainee").id
    client.act(f"/cohorts/{cohort}/people", {"person": trainee})

    assert client.act(f"/cohorts/{cohort}/people", {"person": trainee}).status_code == 409
    assert client.act(f"/cohorts/{cohort}/people/{house.person('trainee2').id}/leave").status_code == 404


@pytest.mark.requirement("AS-8.4.1")
def test_people_of_another_operator_join_like_people_who_are_not(house, cohort):
    client, hub = house.signed_in("assessor"), house.signed_in("hub_administrator")
    stranger = house.person("beta_trainee").id

    for browser in (client, hub):
        for person in (stranger, NOBODY, ""):
            assert browser.act(f"/cohorts/{cohort}/people", {"person": person}).status_code == 404


@pytest.mark.requirement("AS-8.4.1")
def test_the_cohort_of_another_operator_is_answered_like_none(house, cohort):
    client, trainee = house.signed_in("beta_assessor"), house.person("beta_trainee").id

    for identifier in (cohort, NOBODY):
        assert client.get(f"/cohorts/{identifier}").status_code == 404
        assert client.act(f"/cohorts/{identifier}/people", {"person": trainee}).status_code == 404
        assert client.act(f"/cohorts/{identifier}/people/{trainee}/leave").status_code == 404
    assert "Promotion 2026-B" not in client.get("/cohorts").text


def test_a_cohort_is_added_to_ones_own_operator_only(house):
    client = house.signed_in("assessor")

    for operator in ("", NOBODY, house.operator_id("BETA")):
        assert client.act("/cohorts", {"name": "Elsewhere", "operator": operator}).status_code == 422


def test_the_hub_adds_a_cohort_for_an_operator(house):
    client = house.signed_in("hub_administrator")

    answer = client.act("/cohorts", {"name": "Beta 1", "operator": house.operator_id("BETA")})

    assert answer.status_code == 303
    assert actions(house.lines("BETA")) == ["identity:cohort:add"]


def test_an_empty_name_is_no_name(house):
    answer = house.signed_in("assessor").act("/cohorts", {"name": "  ", "operator": house.operator_id("ALPHA")})

    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text


def test_quality_sees_cohorts_and_changes_none(house, cohort):
    client = house.signed_in("quality")
    page = client.get("/cohorts").text

    assert "Promotion 2026-B" in page
    assert "Ajouter un groupe" not in page
    assert client.act("/cohorts", {"name": "x", "operator": house.operator_id("ALPHA")}).status_code == 403
