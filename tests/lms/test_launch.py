"""A launch from a course: who is let in, where they stand, what the trail says of it."""

import pytest
from sqlalchemy import select

from app.identity.models import PersonState
from app.identity.queries import accounts_of, current_memberships
from app.lms.models import Launch, Newcomers, ResourceLink
from app.notebook.models import Record
from tests.lms.platform import Activity, listening
from tests.lms.rounds import course_of
from xapi.models import LaunchActor

pytestmark = pytest.mark.requirement("LT-1")


def test_somebody_unknown_stands_at_their_record_after_one_click(course):
    answer = course.launch()
    page = course.client.get(answer.headers["Location"], follow_redirects=True)

    assert answer.status_code == 303
    assert "/records/" in answer.headers["Location"]
    assert page.status_code == 200
    person = course.person()
    assert (person.name, person.state, person.email) == ("Zoé Lambert", PersonState.ACTIVE, None)
    with course.house.storage.reading() as session:
        held = current_memberships(session, person.id)
        record = session.scalars(select(Record).where(Record.performer_id == person.id)).one()
    assert [(item.role.value, item.operator_id) for item in held] == [("trainee", course.house.operator_id("ALPHA"))]
    assert (record.exercise_code, record.issued_by) == ("TST-001", "system:lms")


def test_each_thing_that_happened_has_one_line(course):
    hub, alpha = len(course.house.lines()), len(course.house.lines("ALPHA"))
    course.launch()

    assert [line["action"] for line in course.house.lines()[hub:]] == ["lms:person:make"]
    assert [line["action"] for line in course.house.lines("ALPHA")[alpha:]] == [
        "lms:launch:open",
        "notebook:record:issue",
    ]


def test_who_comes_again_stands_at_the_same_record(course):
    first, again = course.launch(), course.launch()

    assert first.headers["Location"] == again.headers["Location"]
    with course.house.storage.reading() as session:
        assert len(session.scalars(select(Launch)).all()) == 2
        assert len(session.scalars(select(ResourceLink)).all()) == 1


def test_a_record_that_waits_is_taken_up(course):
    course.launch()
    person = course.person()
    other = course.launch(activity=Activity(id="8"))

    with course.house.storage.reading() as session:
        records = session.scalars(select(Record).where(Record.performer_id == person.id)).all()
        links = session.scalars(select(Launch.record_id)).all()
    assert len(records) == 2
    assert set(links) == {record.id for record in records}
    assert other.status_code == 303


def test_learning_statements_know_the_actor_of_the_launch(course):
    course.launch()

    with course.house.storage.reading() as session:
        agent = session.scalars(select(LaunchActor)).one().agent
    assert agent == (f'{{"objectType":"Agent","account":{{"homePage":"{course.platform.issuer}","name":"4"}}}}')


def test_the_activity_is_remembered_with_its_services(course):
    course.launch()

    with course.house.storage.reading() as session:
        link = session.scalars(select(ResourceLink)).one()
    assert (link.resource_link_id, link.context_id, link.exercise_code) == ("7", "2", "TST-001")
    assert link.lineitem_url.endswith("/2/lineitems/7/lineitem")
    assert link.memberships_url.endswith("/2/bindings/1/memberships")


def test_the_exercise_may_stand_in_the_address(course):
    activity = Activity(target="http://localhost:8000/lti/launch?exercise=TST-001", custom={})

    assert "/records/" in course.launch(activity=activity).headers["Location"]


@pytest.mark.requirement("LT-5")
def test_nobody_is_found_by_their_mail_address(course):
    trainee = course.house.person("trainee")
    course.launch(email="trainee@example.org", name=trainee.name)

    assert course.person().id != trainee.id


@pytest.mark.requirement("LT-4")
@pytest.mark.parametrize("role", ["Instructor", "Administrator"])
def test_a_teacher_gets_no_rights_by_a_launch(course, role):
    course.platform.users["9"].roles = (role,)
    answer = course.launch("9")

    assert answer.headers["Location"].startswith("/lti/link/")
    assert course.person("9") is None


@pytest.mark.requirement("LT-5")
def test_linking_takes_the_launch_and_ones_own_password(course):
    address = course.launch("9").headers["Location"]
    wrong = course.client.act(address, {"login": "assessor", "password": "not this one"})
    right = course.client.act(address, {"login": "assessor", "password": "vier losse woorden van assessor"})

    assert wrong.status_code in (401, 403)
    assert right.status_code == 303
    assert course.person("9").id == course.house.person("assessor").id
    assert [line["action"] for line in course.house.lines()].count("identity:account:link") == 1
    again = course.launch("9")
    assert again.headers["Location"] == "/exercises/TST-001"


@pytest.mark.requirement("LT-5")
def test_another_browser_cannot_use_what_a_launch_proved(course):
    address = course.launch("9").headers["Location"]
    thief = course.house.client()
    answer = thief.act(address, {"login": "trainee", "password": "vier losse woorden van trainee"})

    assert answer.status_code == 403
    with course.house.storage.reading() as session:
        assert accounts_of(session, course.house.person("trainee").id) == []


@pytest.mark.requirement("LT-5")
def test_a_hub_may_let_nobody_in_whom_it_does_not_know(house):
    with listening(lambda: house.client().get("/lti/jwks").get_json()) as platform:
        course = course_of(house, platform, newcomers=Newcomers.LINKED)

        assert course.launch().headers["Location"].startswith("/lti/link/")
        assert course.person() is None


@pytest.mark.requirement("LT-4")
def test_a_session_of_a_launch_neither_assesses_nor_administers(course):
    address = course.launch("9").headers["Location"]
    course.client.act(address, {"login": "assessor", "password": "vier losse woorden van assessor"})
    course.launch("9")

    assert course.client.get("/people").status_code == 403
    assert course.house.signed_in("assessor").get("/people").status_code == 200


def test_the_page_speaks_the_language_of_the_course(course):
    course.platform.users["4"].locale = "nl_BE"
    course.launch()
    course.platform.users["4"].locale = "de"
    again = course.client.get(course.launch().headers["Location"], follow_redirects=True)

    assert '<html lang="de"' in again.text
    assert course.person().language == "nl"
