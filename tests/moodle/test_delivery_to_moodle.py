"""Statements arrive at a Moodle each once and in order; what it refuses is shown; without the plug-in it is rated."""

import pytest

from app.delivery.rules import Fate
from app.delivery.services import letters, targets
from app.delivery.services.couriers import deliver_once
from app.kernel import clock
from tests.flows.lrs import COMMAND, Program
from tests.moodle.bridge import ASSESSOR, STUDENT, verbs
from tests.moodle.moodle import COMPETENCY, COURSE, TOKEN, Complaint
from tests.unit.xapi.trail import statement
from xapi.moodle import KIND, POST
from xapi.moodle_rating import RATE
from xapi.rules.moodle import SETTING, Fallback


@pytest.mark.requirement("XA-2")
def test_everything_about_people_of_the_moodle_arrives_once_in_order_under_their_numbers(bridge):
    bridge.happen()
    bridge.add()
    bridge.deliver()
    told = list(bridge.moodle.taken.values())

    assert verbs(bridge.moodle)[:3] == ["initialized", "completed", "signed"]
    assert verbs(bridge.moodle)[-2:] == ["passed", "earned"]
    assert {one["actor"]["account"]["name"] for one in told} == {STUDENT}
    assert told[-1]["context"]["instructor"]["account"]["name"] == ASSESSOR
    assert bridge.moodle.repeated == 0
    assert (bridge.standing().sent, bridge.standing().pending) == (len(told), 0)


def test_people_whom_the_moodle_does_not_know_are_not_told(bridge):
    bridge.add()
    bridge.happen(performer="trainee2")
    bridge.deliver()

    assert bridge.moodle.taken == {}
    assert bridge.moodle.requests == []
    assert (bridge.standing().pending, bridge.standing().dead) == (0, 0)
    assert set(bridge.answers(Fate.SET_ASIDE)) == {"not about a person of this Moodle"}


def test_what_the_moodle_itself_stored_here_does_not_go_back(bridge):
    account = {"homePage": bridge.moodle.address, "name": STUDENT}
    sent = statement(actor={"objectType": "Agent", "account": account})
    Program.of(bridge.house, name="outside").post(sent)
    bridge.add()
    bridge.deliver()

    assert bridge.answers(Fate.SET_ASIDE) == ["not about an exercise of the hub"]


@pytest.mark.requirement("XA-1")
def test_what_is_withdrawn_is_told_whoever_withdrew_it_and_only_where_it_had_been_told(bridge):
    bridge.add()
    bridge.happen()
    bridge.deliver()
    bridge.withdraw()
    bridge.deliver()
    told = verbs(bridge.moodle)
    bridge.moodle.taken.clear()
    bridge.withdraw()
    bridge.deliver()

    assert told[-2:] == ["earned", "voided"]
    assert bridge.moodle.taken == {}
    assert bridge.answers(Fate.SET_ASIDE) == ["unknownstatement It was never taken here."]


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_that_is_lost_doubles_nothing(bridge, times):
    bridge.add()
    bridge.happen()
    bridge.moodle.cuts = [POST] * times
    bridge.deliver()

    assert bridge.moodle.repeated > 0
    assert len(bridge.moodle.bodies) == len(bridge.moodle.taken) == bridge.standing().sent


TROUBLES = {
    "500": (500, b"<html>Error</html>"),
    "429": (429, b""),
    "502 in HTML": (502, b"<html>Bad gateway</html>"),
    "200 in HTML": (200, b"<html>Maintenance</html>"),
    "200 with too little": (200, b"[]"),
    "200 with nonsense": (200, b'{"odd": true}'),
    "413": (413, b""),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_a_fault_in_between_loses_nothing_and_doubles_nothing(bridge, trouble):
    bridge.add()
    bridge.happen()
    bridge.moodle.answers = [trouble]
    bridge.deliver()

    assert verbs(bridge.moodle)[-1] == "earned"
    assert bridge.moodle.repeated == 0
    assert (bridge.standing().dead, bridge.standing().pending) == (0, 0)


def test_an_error_with_status_200_is_an_error(bridge):
    bridge.add()
    bridge.happen()
    bridge.moodle.complaints = [Complaint("moodle_exception", "sitemaintenance", "The site is undergoing maintenance")]
    with clock.simulated(bridge.time):
        progress = deliver_once(bridge.house.storage, bridge.couriers)
    bridge.deliver()

    assert (progress.sent, progress.answer) == (0, "sitemaintenance: The site is undergoing maintenance")
    assert verbs(bridge.moodle)[-1] == "earned"


def test_a_refused_statement_holds_its_record_and_goes_out_after_a_fix(bridge):
    bridge.add()
    bridge.happen()
    bridge.moodle.people.remove(STUDENT)
    bridge.deliver()
    before = bridge.standing()
    said = bridge.letters()
    bridge.moodle.people.add(STUDENT)
    with bridge.house.storage.transaction() as session:
        letters.resend_letters(session, "moodle", None, actor=COMMAND)
    bridge.deliver()

    assert said == ["notenrolled The person is in no course with it."]
    assert (before.sent, before.dead) == (0, 1)
    assert before.held > 0
    assert verbs(bridge.moodle)[:3] == ["initialized", "completed", "signed"]
    assert bridge.standing().dead == 0


def test_a_refusal_in_the_middle_of_a_record_lets_nothing_of_it_overtake(bridge):
    bridge.add()
    bridge.moodle.refuses = lambda one: "failed" if one["verb"]["id"].endswith("/signed") else None
    bridge.happen()
    bridge.deliver()

    assert verbs(bridge.moodle) == ["initialized", "completed"]
    assert bridge.standing().dead == 1


@pytest.mark.parametrize(("token", "right"), [("wrong", True), (TOKEN, False)], ids=["a wrong token", "no right"])
def test_a_token_that_may_not_stops_the_target_until_somebody_looks(bridge, token, right):
    bridge.add(token=token)
    bridge.moodle.has_right = right
    bridge.happen()
    bridge.deliver()
    stopped, asked = bridge.standing().stopped, len(bridge.moodle.requests)
    bridge.moodle.has_right = True
    with bridge.house.storage.transaction() as session:
        targets.renew_secret(session, bridge.key, "moodle", TOKEN, {}, actor=COMMAND)
    bridge.deliver()

    assert (stopped, asked) == ("credentials", 1)
    assert verbs(bridge.moodle)[-1] == "earned"


def test_the_token_never_stands_in_an_address(bridge):
    bridge.add()
    bridge.happen()
    bridge.deliver()

    assert bridge.moodle.paths == {"/webservice/rest/server.php"}


def test_without_the_plugin_and_without_courses_everything_waits(bridge):
    bridge.add()
    bridge.moodle.has_plugin = False
    bridge.happen()
    with clock.simulated(bridge.time):
        progress = deliver_once(bridge.house.storage, bridge.couriers)
    probe = bridge.try_it()
    bridge.moodle.has_plugin = True
    bridge.deliver()

    assert (progress.sent, progress.answer) == (0, "Cahier's plug-in is not installed there")
    assert (probe.works, probe.answer) == (False, "Cahier's plug-in is not installed there")
    assert verbs(bridge.moodle)[-1] == "earned"


def test_without_the_plugin_what_was_earned_is_rated_in_a_course_of_the_target(bridge):
    bridge.add(**{SETTING: Fallback((9, COURSE)).to_settings()})
    bridge.moodle.has_plugin = False
    bridge.happen()
    probe = bridge.try_it()
    bridge.deliver()
    (rating,) = bridge.moodle.ratings

    assert (rating["courseid"], rating["userid"]) == (str(COURSE), STUDENT)
    assert (rating["competencyid"], rating["grade"]) == (str(COMPETENCY), "2")
    assert "PIP-2026-0001" in rating["note"]
    assert probe.answer == "without the plug-in: 2 competencies can be rated"
    assert (bridge.standing().sent, bridge.standing().dead, bridge.standing().pending) == (1, 0, 0)


def test_a_rating_whose_answer_was_lost_is_not_made_again(bridge):
    bridge.add(**{SETTING: Fallback((COURSE,)).to_settings()})
    bridge.moodle.has_plugin = False
    bridge.happen()
    bridge.moodle.cuts = [RATE]
    bridge.deliver()

    assert bridge.moodle.cuts == []
    assert len(bridge.moodle.ratings) == 1
    assert bridge.answers(Fate.SENT) == ["rated before"]


@pytest.mark.parametrize(("deleted", "said"), [(False, "codingerror: "), (True, "invaliduser: Invalid user")])
def test_somebody_who_is_not_rated_there_becomes_a_dead_letter(bridge, deleted, said):
    bridge.add(**{SETTING: Fallback((COURSE,)).to_settings()})
    bridge.moodle.has_plugin = False
    bridge.moodle.people.clear()
    bridge.moodle.deleted |= {STUDENT} if deleted else set()
    bridge.happen()
    bridge.deliver()
    (letter,) = bridge.letters()

    assert letter.startswith(said)


def test_a_rating_that_the_scale_has_not_makes_everything_wait(bridge):
    bridge.add(**{SETTING: Fallback((COURSE,), rating=9).to_settings()})
    bridge.moodle.has_plugin = False
    bridge.happen()
    with clock.simulated(bridge.time):
        progress = deliver_once(bridge.house.storage, bridge.couriers)

    assert (progress.sent, progress.dead) == (0, 0)
    assert progress.answer == "invalidpersistenterror: Error: Invalid rating"


def test_a_trial_tells_a_working_target_from_others_and_takes_nothing(bridge):
    bridge.add()
    right, sent = bridge.try_it(), bridge.try_it(sending=True)
    bridge.moodle.has_right = False
    without_right = bridge.try_it()

    assert (right.works, right.answer) == (True, "Moodle 4.5.5+, plug-in 2026112400")
    assert (sent.works, bridge.moodle.events) == (True, 1)
    assert without_right.answer.startswith("nopermissions: ")
    assert bridge.moodle.taken == {}


def test_a_moodle_under_another_name_is_not_taken_for_this_one(bridge):
    with bridge.house.storage.transaction() as session:
        address = bridge.moodle.address.replace("127.0.0.1", "localhost")
        new = targets.NewTarget(KIND, "moodle", address, TOKEN)
        targets.add_target(session, bridge.key, new, actor=COMMAND)
    probe = bridge.try_it()

    assert not probe.works
    assert bridge.moodle.address in probe.answer
