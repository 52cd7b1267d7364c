"""From a launch to the first signature: a password of one's own, a key, an instructor who confirms, a cohort."""

import pytest

from app.identity.services.operators import add_cohort, join_cohort
from app.kernel import clock
from app.signatures.services.keys import pending_key, valid_key
from tests.lms.platform import Activity

PASSWORD = "vier andere woorden erbij"


def arrive(course, user):
    """Let somebody come in and read the notice; return their browser and their person."""
    course.client = course.house.client()
    course.launch(user)
    page = course.client.get("/privacy/notice").text
    digest = page.split('name="notice" type="hidden" value="')[1].split('"')[0]
    course.client.act("/privacy/notice", {"notice": digest, "next": "/account"})
    return course.client, course.person(user)


def make_key(client):
    """Choose a password and accept the statement."""
    chosen = client.act("/account/first-password", {"password": PASSWORD, "repeated": PASSWORD})
    page = client.get("/account/statement").text
    shown = page.split('name="shown" type="hidden" value="')[1].split('"')[0]
    accepted = client.act("/account/statement", {"password": PASSWORD, "shown": shown})
    return chosen, accepted


@pytest.mark.requirement("LT-4", "KM-2")
def test_a_cohort_that_came_from_a_course_is_confirmed_on_one_page(course):
    house, assessor = course.house, course.house.actor("assessor")
    with house.acting() as session:
        cohort = add_cohort(session, "Automne", operator_id=house.operator_id("ALPHA"), actor=assessor)
    people = []
    for user in ("4", "5"):
        client, person = arrive(course, user)
        assert [answer.status_code for answer in make_key(client)] == [303, 303]
        people.append(person.id)
        with house.acting() as session:
            join_cohort(session, cohort.id, person.id, actor=assessor)
    desk = house.signed_in("assessor")
    before = len(house.lines())
    page = desk.get(f"/cohorts/{cohort.id}/identities")
    done = desk.act(f"/cohorts/{cohort.id}/identities", {"people": people, "how": "identity-document"})

    assert "Zoé Lambert" in page.text
    assert done.status_code == 303, done.text
    assert [line["action"] for line in house.lines()[before:]] == ["signatures:identity:confirm"] * 2
    with house.storage.reading() as session:
        assert all(valid_key(session, person) and not pending_key(session, person) for person in people)


@pytest.mark.requirement("LT-4")
def test_before_a_password_there_is_no_key_and_the_statement_leads_to_it(course):
    client, person = arrive(course, "4")
    answer = client.get("/account/statement")

    assert answer.headers["Location"].startswith("/account/first-password")
    assert "Choisir mon mot de passe de signature" in client.get("/account").text
    with course.house.storage.reading() as session:
        assert pending_key(session, person.id) is None


@pytest.mark.requirement("LT-4")
def test_a_password_is_chosen_once_and_not_by_who_has_one(course):
    client, _ = arrive(course, "4")
    weak = client.act("/account/first-password", {"password": "kort", "repeated": "kort"})
    make_key(client)

    assert weak.status_code == 422
    assert client.get("/account/first-password").status_code == 404
    assert course.house.signed_in("trainee").get("/account/first-password").status_code == 404


@pytest.mark.requirement("LT-4")
def test_an_assessor_who_comes_from_a_course_assesses_after_giving_their_password(course):
    link = course.launch("9").headers["Location"]
    course.client.act(link, {"login": "assessor", "password": "vier losse woorden van assessor"})
    course.launch("9", Activity(id="8"))
    refused = course.client.get("/people")
    wrong = course.client.act("/account/confirm-session", {"password": "not mine"})
    given = course.client.act("/account/confirm-session", {"password": "vier losse woorden van assessor"})

    assert refused.status_code == 403
    assert wrong.status_code in (401, 403)
    assert given.status_code == 303
    assert course.client.get("/people").status_code == 200
    assert course.house.lines()[-1]["action"] == "identity:session:confirm"


def test_a_session_of_a_launch_that_stood_idle_says_how_to_come_in_again(course):
    with clock.simulated(clock.now()) as now:
        client, _ = arrive(course, "4")
        now.advance(hours=1)
        locked = client.get("/account")
        back = course.launch("4")

        assert "Ouvrez à nouveau l’activité dans votre cours" in locked.text
        assert back.status_code == 303
        assert client.get("/account").status_code == 200
