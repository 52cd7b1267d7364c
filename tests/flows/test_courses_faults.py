"""What befalls the line to a course: nothing is told twice, nothing is lost, nobody is kept waiting."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.kernel import clock
from app.storage.tables import new_id
from config.secrets import DELIVERY, read_secret
from tests.benches import a_bench
from tests.flows.course_lms import VERBS, course_lms
from tests.flows.courses import Course
from tests.flows.test_courses import channel_of, sendings
from xapi.models import CourseChannel
from xapi.rules.cmi5_reporting import Sending
from xapi.services.cmi5_sending import send_waiting

LATER = timedelta(minutes=1)


@pytest.fixture
def course(house):
    """A course in an LMS that the hub knows."""
    with course_lms() as lms:
        yield Course.of(house, lms)


@pytest.mark.requirement("CM-2")
def test_an_lms_that_is_down_at_the_end_is_told_later_and_the_person_may_go(course, house):
    session = course.open()
    course.lms.status = 503
    answer = course.end(session)
    page = course.client.get(answer.headers["Location"])
    course.lms.status = None
    course.work()  # it waits a moment before it tries again
    with clock.simulated(clock.now() + LATER):
        course.work()

    assert "Refresh" not in page.headers
    assert f"{course.lms.address}/course" in page.text
    assert course.last.told == ["initialized", "terminated"]
    assert channel_of(house, session).sealed_token is None


@pytest.mark.requirement("CM-2")
def test_a_lost_answer_is_read_back_when_the_repeat_is_refused(course, house):
    bench = a_bench(house)
    session = course.open()
    bench.perform()
    course.lms.cuts = 1
    course.work()

    assert sendings(house, session) == {"initialized": Sending.SENT, "completed": Sending.WAITING}

    with clock.simulated(clock.now() + LATER):
        course.work()

    assert sendings(house, session) == {"initialized": Sending.SENT, "completed": Sending.SENT}
    assert course.last.told == ["initialized", "completed"]


@pytest.mark.requirement("CM-1", "CM-2")
def test_a_token_that_ends_in_the_middle_ends_the_line_and_the_next_session_tells_it(course, house):
    bench = a_bench(house)
    session = course.open()
    registration = course.last.registration
    course.last.is_over = True
    bench.perform()
    course.work()
    page = course.page(session)

    assert sendings(house, session) == {"initialized": Sending.SENT, "completed": Sending.UNSENT}
    assert channel_of(house, session).sealed_token is None
    assert page.status_code == 200

    course.end(session)
    next_one = course.open(registration)
    course.end(next_one)

    assert course.last.told == ["initialized", "completed", "terminated"]


@pytest.mark.requirement("CM-2")
def test_a_statement_that_the_course_refuses_holds_up_no_other_and_is_shown(course, house):
    bench = a_bench(house)
    session = course.open()
    course.last.statements.append(course.last.statements[0] | {"verb": {"id": f"{VERBS}completed"}})
    bench.perform()
    course.work()
    page = course.page(session)
    course.end(session)

    assert sendings(house, session)["completed"] is Sending.REFUSED
    assert sendings(house, session)["terminated"] is Sending.SENT
    assert 'data-state="dead"' in page.text


@pytest.mark.requirement("CM-2")
def test_two_who_send_at_once_tell_each_thing_once(course, house):
    bench = a_bench(house)
    session = course.open()
    bench.perform()
    key = read_secret(house.settings.keys, DELIVERY)
    course.lms.status = 503
    course.work()
    course.lms.status = None
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: send_waiting(house.storage, key, session), range(4)))

    assert course.last.told == ["initialized", "completed"]
    assert course.lms.faults == []


@pytest.mark.requirement("CM-2")
def test_what_a_killed_worker_left_is_sent_by_the_next(course, house):
    bench = a_bench(house)
    session = course.open()
    bench.perform()
    with house.storage.transaction() as writing:
        channel = writing.get_one(CourseChannel, session)
        channel.lease, channel.leased_until = new_id(), clock.now() + timedelta(seconds=30)
    course.work()
    held = list(course.last.told)
    with clock.simulated(clock.now() + LATER):
        course.work()

    assert held == ["initialized"]
    assert course.last.told == ["initialized", "completed"]
