"""The start of a practical: a whole class launches the same activity at the same moment, which nobody opened before."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from app.identity.queries import actor_of
from app.lms.models import Launch, ResourceLink
from app.notebook.models import Record
from app.notebook.queries import access_record
from tests.lms.platform import Activity, User
from tests.lms.rounds import Course

pytestmark = pytest.mark.requirement("LT-1")
PEOPLE = 10


@pytest.fixture
def learners(course):
    """The ids of a class whose people the hub does not know yet."""
    users = [User(str(100 + number), f"Élève {number}", f"eleve{number}") for number in range(PEOPLE)]
    course.platform.users |= {user.id: user for user in users}
    return [user.id for user in users]


def launch_at_once(course, users):
    """Let each user click, and all of them come back to the hub in the same moment; return the answers."""
    together = Barrier(len(users))

    def come(user):
        own = Course(course.house, course.platform, course.house.client())
        form = own.form(user)
        together.wait(60)
        return own.client.post("/lti/launch", data=form)

    with ThreadPoolExecutor(len(users)) as everybody:
        return list(everybody.map(come, users))


def test_everybody_stands_at_a_record_of_their_own(course, learners):
    answers = launch_at_once(course, learners)

    assert [answer.status_code for answer in answers] == [303] * PEOPLE
    assert len({answer.headers["Location"] for answer in answers}) == PEOPLE
    with course.house.storage.reading() as session:
        numbers = session.scalars(select(Record.number).order_by(Record.number)).all()
        assert len(session.scalars(select(ResourceLink)).all()) == 1
    assert [number.rsplit("-", 1)[1] for number in numbers] == [f"{place:04d}" for place in range(1, PEOPLE + 1)]


def test_a_class_that_is_known_and_comes_again_stands_at_the_same_records(course, learners):
    first = launch_at_once(course, learners)
    again = launch_at_once(course, learners)

    assert [answer.headers["Location"] for answer in again] == [answer.headers["Location"] for answer in first]
    with course.house.storage.reading() as session:
        assert len(session.scalars(select(Launch)).all()) == 2 * PEOPLE


def test_somebody_who_clicks_many_times_at_once_gets_one_record(course, learners):
    course.launch(learners[0], Activity(id="8"))
    answers = launch_at_once(course, [learners[0]] * PEOPLE)
    person = course.person(learners[0])

    with course.house.storage.reading() as session:
        records = session.scalars(select(Record.id).where(Record.performer_id == person.id)).all()
    assert {answer.status_code for answer in answers} == {303}
    assert len(records) == 2
    assert len({answer.headers["Location"] for answer in answers}) == 1


def test_a_launch_waits_for_no_act_on_its_record(course):
    if course.house.storage.is_sqlite:
        return  # which writes one act at a time
    record_id = course.launch().headers["Location"].rsplit("/", 1)[1]
    with ThreadPoolExecutor(1) as elsewhere, course.house.acting() as session:
        actor = actor_of(session, course.person(), course.house.operator_id("ALPHA"))
        access_record(session, record_id, actor, for_act=True)
        again = elsewhere.submit(course.launch).result(60)

    assert again.headers["Location"].endswith(record_id)
