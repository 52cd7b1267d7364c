"""A decision on a record that a course launched becomes a grade there: after the signature, once, in order (LT-3)."""

from collections.abc import Iterator

import pytest

from app.competencies.rules.awarding import Verdict
from app.delivery.services.reporting import reports_about
from app.kernel import clock
from app.lms.services.grading import derive_grades, forget_grades
from app.notebook.rules.words import Purpose
from app.signatures.rules import Meaning
from tests.benches import a_bench
from tests.lms.classroom import Classroom, in_class
from tests.lms.course_services import INSTRUCTOR, Exchange, Grade

pytestmark = pytest.mark.requirement("LT-3")
NOT_YET = {"verdict": Verdict.NOT_YET_COMPETENT, "grounds": "La masse est fausse."}


@pytest.fixture
def room(house) -> Iterator[Classroom]:
    """A course whose grades are sent, with one enrolled person."""
    with in_class(house, Classroom) as made:
        made.course.enrol("4")
        made.send_grades()
        yield made


def answering(status, *, after=0, times=1000, behind="/scores", then=None):
    """Return a fault: so many requests of a kind are answered with a status, after some that pass."""
    left = [after, times]

    def fault(exchange: Exchange) -> bool:
        if not exchange.path.split("?")[0].endswith(behind) or left[1] == 0:
            return False
        if left[0]:
            left[0] -= 1
            return False
        left[1] -= 1
        if then:
            then(exchange)
        exchange.answer(status)
        return True

    return fault


def cut_after_taking(exchange: Exchange) -> bool:
    """Take a score and hang up without a word, once."""
    if not exchange.path.split("?")[0].endswith("/scores"):
        return False
    exchange.server.fault = None
    exchange.answer = lambda *_, **__: None  # type: ignore[method-assign]
    exchange.serve(exchange.path.split("?")[0])
    exchange.close_connection = True
    return True


def test_nothing_is_sent_before_the_assessor_signed(room: Classroom):
    bench = room.launched(a_bench(room.house), room.link()).perform().review()
    room.deliver_in_the_end()

    assert room.course.taken == []
    bench.conclude()
    room.deliver_in_the_end()
    assert room.points() == 100


def test_a_grade_bears_the_decision_and_a_link_to_the_record(room: Classroom):
    bench = room.concluded(room.link())
    room.deliver_in_the_end()

    (item, user, score) = room.course.taken[0]
    assert (item, user) == ("5", "4")
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert score["comment"].startswith("Compétent – 2 critères sur 2 satisfaits.")
    assert score["comment"].endswith(f"https://hub.example{bench.path}")
    assert "Léa" not in str(room.course.taken)


def test_whoever_is_not_yet_competent_has_no_points(room: Classroom):
    room.concluded(room.link(), meaning=Meaning.REJECTED, **NOT_YET)
    room.deliver_in_the_end()

    assert room.points() == 0


def test_a_reassessment_changes_the_grade_whatever_second_it_was_signed_in(room: Classroom):
    link = room.link()
    with clock.simulated(clock.now()):
        room.concluded(link, **NOT_YET)
        room.concluded(link)
    room.deliver_in_the_end()
    stamps = [score["timestamp"] for _, _, score in room.course.taken]

    assert room.points() == 100
    assert len(stamps) == 2
    assert stamps[0] < stamps[1]
    assert room.standing().sent == 2


def test_what_was_not_launched_by_a_course_goes_to_none(room: Classroom):
    room.link()
    a_bench(room.house).perform().review().conclude()
    room.deliver_in_the_end()

    assert room.course.taken == []


def test_practice_gives_no_grade(room: Classroom):
    bench = room.launched(a_bench(room.house, purpose=Purpose.PRACTICE), room.link())
    bench.perform().review().conclude()
    room.deliver_in_the_end()

    assert room.course.taken == []


def test_a_score_that_was_taken_without_an_answer_is_read_back_and_not_doubled(room: Classroom):
    room.services.fault = cut_after_taking
    room.concluded(room.link())
    room.deliver_in_the_end()

    assert len(room.course.taken) == 1
    assert room.standing().sent == 1
    assert room.standing().last_answer == "409, read back: the same score is there"


def test_a_later_grade_by_hand_is_not_overwritten(room: Classroom):
    room.concluded(room.link())
    room.course.grades["5", "4"] = by_hand(42)
    room.deliver_in_the_end()

    assert room.points() == 42
    assert (room.standing().dead, room.standing().sent) == (1, 0)


def by_hand(score):
    """Return a grade that a teacher gave a moment in the future of every score."""
    return Grade(score, "par le professeur", int(clock.now().timestamp()) + 3600)


@pytest.mark.parametrize("who", ["nobody", "teacher"])
def test_whoever_cannot_be_graded_is_a_dead_letter_with_its_reason(room: Classroom, who):
    if who == "teacher":
        room.course.enrol("4", role=INSTRUCTOR)
    else:
        room.course.people.clear()
    room.concluded(room.link())
    room.deliver_in_the_end()

    assert room.standing().dead == 1
    assert (room.standing().last_answer or "").startswith("400 ")


def test_a_line_item_that_is_gone_holds_up_nobody_else(room: Classroom):
    gone = room.link("9", "8")
    room.concluded(gone)
    room.concluded(room.link())
    room.deliver_in_the_end()

    assert (room.standing().dead, room.standing().sent) == (1, 1)
    assert room.points() == 100


@pytest.mark.requirement("LT-2")
def test_a_token_that_is_no_longer_good_is_replaced_once(room: Classroom):
    room.concluded(link := room.link())
    room.deliver_in_the_end()
    room.services.tokens.clear()
    room.concluded(link)
    room.deliver_in_the_end()

    assert room.standing().sent == 2
    assert [path for _, path in room.services.requests].count("/mod/lti/token.php") == 2


@pytest.mark.requirement("LT-2")
def test_a_platform_that_knows_us_no_more_is_left_in_peace(room: Classroom):
    room.services.client_id = "another"
    room.concluded(room.link())
    room.deliver()

    assert room.standing().stopped == "credentials"
    assert (room.standing().last_answer or "").startswith("no access token: 400")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_grades_wait_for_a_platform_that_is_down(room: Classroom, status):
    link = room.link()
    room.services.fault = answering(status, after=1, times=7)
    for number in range(6):
        room.course.enrol(str(10 + number))
        room.concluded(link, sub=str(10 + number))
        room.concluded(link, sub=str(10 + number), **NOT_YET)
    room.deliver_in_the_end()
    given = [(user, score["timestamp"]) for _, user, score in room.course.taken]

    assert room.standing().sent == len(set(given)) == len(given) == 12
    assert all(room.points(str(10 + number)) == 0 for number in range(6))


def test_what_a_course_was_told_stands_with_the_record(room: Classroom):
    bench = room.concluded(room.link())
    room.deliver_in_the_end()
    with room.house.storage.reading() as session:
        reports = {report.target.name: report.result for report in reports_about(session, bench.record)}

    assert (told := reports["moodle-grades"]) is not None
    assert (told.tiding.event, told.fate) == ("passed", "sent")


def test_nothing_is_sent_of_who_was_erased_meanwhile(room: Classroom):
    bench = room.concluded(room.link())
    while derive_grades(room.house.storage, "https://hub.example"):
        pass
    with room.house.acting() as session:
        forget_grades(session, f"person:{bench.record.performer_id}")
    room.deliver_in_the_end()

    assert room.course.taken == []
    assert room.standing().dead == 1
