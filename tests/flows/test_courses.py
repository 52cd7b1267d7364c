"""Exercises launched by a course (cmi5): who is let in, what the course is told and when, and the way back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.assessment.rules import Judged
from app.competencies.rules.awarding import Outcome, Verdict
from app.factory import kept_by_lrs
from app.kernel import clock
from app.notebook.models import Record
from app.notebook.rules.words import Purpose
from app.privacy.queries.knowing import facts_of_person
from app.privacy.services.erasing import confirm_erasure
from app.signatures.rules import Meaning
from tests.benches import MET, a_bench, said, words
from tests.flows.course_lms import course_lms, verb_of
from tests.flows.courses import Course
from tests.flows.erasing import disable, propose
from xapi.models import CourseChannel, CourseSession, CourseStatement, LaunchActor
from xapi.rules.cmi5_reporting import Sending
from xapi.statements import registration_of

STILL_TO_DECIDE = (
    "An assessor has still to decide. If that is not done before you leave, open the exercise from the course again "
    "afterwards: the result is sent then."
)
ONLY_SHOWS = "The course only wants to show this exercise. Nothing that you do is reported as a result."
NOT_YET = {"verdict": Verdict.NOT_YET_COMPETENT, "grounds": "La balance dérive."}
HALF = {"tidy": Judged(Outcome.NOT_MET), "exact": Judged(Outcome.MET)}


@pytest.fixture
def course(house):
    """A course in an LMS that the hub knows."""
    with course_lms() as lms:
        yield Course.of(house, lms)
        assert lms.faults == []


def bench_of(house, **more):
    """Issue a record of the small exercise to the trainee."""
    return a_bench(house, **more)


def channel_of(house, session_id):
    """Return where a session's channel stands."""
    with house.storage.reading() as session:
        return session.get_one(CourseChannel, session_id)


def record_of(house, session_id):
    """Return the record of a session."""
    with house.storage.reading() as session:
        return session.get_one(CourseSession, session_id).record_id


def sendings(house, session_id):
    """Return what became of each statement of a session, by what it says."""
    with house.storage.reading() as session:
        query = select(CourseStatement).where(CourseStatement.session_id == session_id)
        return {item.said.value: item.sending for item in session.scalars(query)}


@pytest.mark.requirement("CM-1", "CM-2", "CM-3")
def test_a_session_from_launch_to_return_tells_each_thing_once_in_its_order(course, house):
    bench = bench_of(house)
    session = course.open()

    assert course.last.told == ["initialized"]
    assert record_of(house, session) == bench.record_id

    bench.perform()
    course.work()
    bench.review().conclude()
    course.work()
    course.work()
    answer = course.end(session)

    assert course.last.told == ["initialized", "completed", "passed", "terminated"]
    assert course.last.statements[2]["result"]["score"] == {"scaled": 1, "raw": 2, "min": 0, "max": 2}
    assert course.last.fetched == 1
    left = course.client.get(answer.headers["Location"])
    assert left.headers["Refresh"] == f"0; url={course.lms.address}/course"


@pytest.mark.requirement("CM-1")
def test_the_token_is_sealed_while_it_is_needed_and_destroyed_after(course, house):
    session = course.open()
    sealed = channel_of(house, session).sealed_token

    assert sealed
    assert course.last.token not in sealed

    course.end(session)

    assert channel_of(house, session).sealed_token is None
    assert course.last.token not in json.dumps(house.lines("ALPHA"))


@pytest.mark.requirement("CM-2")
def test_a_decision_that_comes_after_the_session_is_told_in_the_next_one_of_the_registration(course, house):
    bench = bench_of(house)
    first = course.open()
    bench.perform()
    page = course.page(first)
    course.end(first)
    bench.review().conclude()
    course.work()
    before = course.last
    registration = before.registration
    second = course.open(registration)
    course.work()
    course.end(second)

    assert said(STILL_TO_DECIDE) in words(page)
    assert before.told == ["initialized", "completed", "terminated"]
    assert course.last.told == ["initialized", "passed", "terminated"]
    assert record_of(house, second) == bench.record_id


@pytest.mark.requirement("CM-2", "XA-4")
def test_failed_is_told_once_for_a_record_and_passed_after_it_on_the_next(course, house):
    bench_of(house).perform().review().conclude(**NOT_YET, judgements=HALF)
    session = course.open()
    with house.storage.reading() as reading:
        assert reading.get_one(CourseSession, session).record_id is None  # a closed record is taken up by no course
    course.end(session)
    registration = course.last.registration
    failed = bench_of(house)
    second = course.open(registration)
    failed.perform().review().conclude(**NOT_YET, judgements=HALF)
    course.end(second)
    third = course.open(registration)
    course.end(third)
    passed = bench_of(house)
    fourth = course.open(registration)
    passed.perform().review().conclude()
    course.end(fourth)

    assert [item.told for item in course.lms.sessions] == [
        ["initialized", "terminated"],
        ["initialized", "completed", "failed", "terminated"],
        ["initialized", "terminated"],
        ["initialized", "passed", "terminated"],
    ]


@pytest.mark.requirement("CM-3", "XA-4")
@pytest.mark.parametrize(
    ("decided", "verb", "score"),
    [
        ({}, "passed", 1),
        ({"judgements": HALF}, "passed", None),
        (NOT_YET | {"judgements": HALF}, "failed", 0.5),
        (NOT_YET | {"judgements": MET}, "failed", None),
    ],
)
def test_the_assessor_decides_and_a_score_that_would_contradict_is_left_out(course, house, decided, verb, score):
    bench = bench_of(house)
    session = course.open(masteryScore=0.75)
    bench.perform().review().conclude(**decided)
    course.end(session)

    told = course.last.statements[2]
    assert verb_of(told) == verb
    assert told["result"].get("score", {}).get("scaled") == score


@pytest.mark.requirement("CM-3")
def test_practice_is_completed_and_never_passed(course, house):
    session = course.open()
    practised = course.client.act(f"/cmi5/sessions/{session}/record", {"practise": "1"})
    record_id = practised.headers["Location"].rsplit("/", 1)[-1]
    with house.storage.reading() as reading:
        assert reading.get_one(Record, record_id).purpose is Purpose.PRACTICE
    bench = bench_of(house, purpose=Purpose.PRACTICE)
    bench.record_id = record_id
    bench.perform().review().conclude()
    course.work()
    course.end(session)

    assert course.last.told == ["initialized", "completed", "terminated"]


@pytest.mark.requirement("CM-3")
@pytest.mark.parametrize("mode", ["Browse", "Review"])
def test_a_course_that_only_shows_is_told_the_begin_and_the_end(course, house, mode):
    bench = bench_of(house)
    first = course.open()
    course.end(first)
    bench.perform().review().conclude()
    session = course.open(course.last.registration, launchMode=mode)
    page = course.page(session)
    course.work()
    course.end(session)

    assert course.last.told == ["initialized", "terminated"]
    assert said(ONLY_SHOWS) in words(page)


@pytest.mark.requirement("CM-3")
def test_a_course_that_only_shows_takes_up_no_record(course, house):
    bench_of(house)
    session = course.open(launchMode="Browse")

    assert record_of(house, session) is None


@pytest.mark.requirement("CM-2")
def test_opening_again_ends_the_session_that_was_left_open(course, house):
    bench_of(house)
    left = course.open()
    second = course.open(course.last.registration)
    course.work()

    assert channel_of(house, left).sealed_token is None
    assert record_of(house, left) == record_of(house, second)
    assert course.end(left).status_code == 403


def test_a_record_is_of_one_registration(course, house):
    bench = bench_of(house)
    first = course.open()
    other = course.open()

    assert record_of(house, first) == bench.record_id
    assert record_of(house, other) is None


def test_a_record_that_is_issued_meanwhile_can_be_taken_up(course, house):
    session = course.open()
    bench = bench_of(house)
    page = course.page(session)
    answer = course.client.act(f"/cmi5/sessions/{session}/record")

    assert bench.record.number in words(page)
    assert answer.headers["Location"] == bench.path
    assert record_of(house, session) == bench.record_id
    assert course.client.act(f"/cmi5/sessions/{session}/record").status_code == 409


def test_the_page_of_the_record_leads_back_to_the_course(course, house):
    bench = bench_of(house)
    session = course.open()
    page = course.client.get(bench.path)

    assert f"/cmi5/sessions/{session}" in page.text
    assert f"/cmi5/sessions/{session}" not in house.signed_in("assessor").get(bench.path).text


@pytest.mark.requirement("AS-8.4.1")
def test_a_session_is_its_persons_alone(course, house):
    session = course.open()
    other = house.signed_in("trainee2")

    assert other.get(f"/cmi5/sessions/{session}").status_code == 404
    assert other.act(f"/cmi5/sessions/{session}/end").status_code == 404
    assert other.act(f"/cmi5/sessions/{session}/record", {"practise": "1"}).status_code == 404


def test_a_session_speaks_the_language_that_the_course_knows_the_person_likes(course):
    course.lms.preferences = {"languagePreference": "zh-CN,nl-BE,fr"}
    session = course.open()
    course.lms.preferences = None
    other = course.open()

    assert '<html lang="nl"' in course.page(session).text
    assert '<html lang="fr"' in course.page(other).text


@pytest.mark.requirement("GD-18", "GD-15")
def test_what_the_course_calls_a_person_is_handed_out_and_erased_with_them(course, house):
    session = course.open()
    course.end(session)
    with house.storage.reading() as reading:
        known = facts_of_person(reading, house.person("trainee"))
    person = disable(house, "trainee")
    propose(house, person)
    with house.acting() as writing:
        forget, pepper = kept_by_lrs(house.settings.statement_home).forget, house.settings.pepper
        confirm_erasure(writing, person, pepper=pepper, actor=house.actor("administrator"), forget=forget)

    assert "1625378" in known["cmi5_channel"][0]["actor"]
    with house.storage.reading() as reading:
        assert reading.get(CourseChannel, session) is None
        assert reading.scalars(select(CourseStatement)).all() == []
        assert reading.scalars(select(LaunchActor)).all() == []
        assert reading.get_one(CourseSession, session).registration == course.last.registration


def test_targets_that_name_people_as_launched_are_told_how(course, house):
    bench = bench_of(house)
    course.open()

    with house.storage.reading() as reading:
        kept = reading.scalars(select(LaunchActor)).one()
    assert (kept.registration, kept.person_id) == (str(registration_of(bench.record_id)), house.person("trainee").id)
    assert json.loads(kept.agent) == course.last.actor


@pytest.mark.requirement("CM-3")
def test_each_deed_writes_one_line_and_no_line_says_what_the_course_calls_the_person(course, house):
    bench_of(house)
    before = house.all_lines()
    session = course.open()
    course.end(session)

    lines = house.lines("ALPHA")[-2:]
    assert [line["action"] for line in lines] == ["xapi:course_session:open", "xapi:course_session:end"]
    assert house.all_lines() == before + 2
    assert "1625378" not in json.dumps(lines)


def test_statements_are_frozen_once_in_bytes_that_survive_reserialising(course, house):
    bench_of(house).perform()
    session = course.open(masteryScore=1.0)
    course.work()

    with house.storage.reading() as reading:
        said = reading.scalars(select(CourseStatement).where(CourseStatement.session_id == session)).all()
    bodies = [statement.body for statement in said]
    again = [json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")) for body in bodies]
    assert again == bodies


def test_what_nobody_ended_is_given_up_after_a_week(course, house):
    session = course.open()
    with clock.simulated(clock.now() + timedelta(days=8)):
        course.work()
        page = course.page(session)

    assert channel_of(house, session).sealed_token is None
    assert sendings(house, session) == {"initialized": Sending.SENT}
    assert page.status_code in (200, 303)  # the tablet's own session has ended meanwhile


@pytest.mark.requirement("CM-2")
def test_a_rejected_record_is_failed(course, house):
    bench = bench_of(house)
    session = course.open()
    bench.perform().review().conclude(Meaning.REJECTED, **NOT_YET, judgements=HALF)
    course.end(session)

    assert course.last.told == ["initialized", "completed", "failed", "terminated"]
