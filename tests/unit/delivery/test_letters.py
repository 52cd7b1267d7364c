"""What a target refuses for good holds back what comes after it in its sequence, until somebody decides about it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.audit.models import Line
from app.audit.services import read_body
from app.delivery.errors import NoSuchTarget, NothingRefused, WhyNeeded
from app.delivery.rules import Fate, Halt, Receipt, Report
from app.delivery.services.letters import resend_letters, set_letter_aside
from app.delivery.services.standing import standings
from app.kernel import clock
from app.kernel.actors import Actor, NotPermitted
from tests.unit.delivery.conftest import COMMAND
from tests.unit.delivery.letters import refuse, take_all

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


def write_to(office, *people):
    """Write one letter to each of these people, in this order."""
    for person in people:
        office.write(1)
        office.box.people[len(office.box.letters)] = person


def refusing(*positions):
    """Return an answer that refuses these letters for good, and holds nothing back by itself."""

    def answer(carrier, parcels, keep_lease):
        report = take_all(carrier, [parcel for parcel in parcels if parcel.position not in positions], keep_lease)
        dead = [parcel for parcel in parcels if parcel.position in positions]
        return Report((*report.receipts, *(Receipt(parcel.position, Fate.DEAD, "400") for parcel in dead)))

    return answer


def fates(office):
    """Return what became of each letter."""
    return [row.fate.value for row in office.receipts()]


def resend(office, parcels=None, **more):
    """Have dead letters sent again."""
    with office.storage.transaction() as session:
        return resend_letters(session, "box", parcels, **{"actor": COMMAND} | more)


def last_line(office, action):
    """Return the last line of one kind of deed."""
    with office.storage.reading() as session:
        bodies = [read_body(body) for body in session.scalars(select(Line.body).order_by(Line.index))]
    return [line for line in bodies if line["action"] == action][-1]


def test_what_follows_a_refused_letter_in_its_sequence_is_held_and_nothing_else(office):
    office.add()
    write_to(office, "anna", "ben", "anna", "ben", "anna", None)
    office.box.answers = [refusing(1)]
    office.deliver_all()

    # Letter 3 was in the same round, so the carrier had to hold it back, which this box does not.
    assert fates(office) == ["dead", "sent", "sent", "sent", "held", "sent"]


def test_a_refused_letter_goes_out_again_with_all_that_it_held_back_in_order(office):
    office.add()
    write_to(office, "anna", "ben", "ben", "ben", "anna", "ben", "anna")
    office.box.answers = [refusing(1)]
    office.deliver_all()
    held = office.box.arrived[:]
    number = resend(office)
    write_to(office, "anna")
    office.deliver_all()

    assert (number, held) == (1, ["letter-2", "letter-3", "letter-4", "letter-6"])
    assert office.box.arrived[4:] == ["letter-1", "letter-5", "letter-7", "letter-8"]
    assert fates(office) == ["sent"] * 8
    assert [row.attempts for row in office.receipts()] == [2, 1, 1, 1, 1, 1, 1, 1]


def test_a_letter_that_is_refused_again_holds_back_again(office):
    office.add()
    write_to(office, "anna", *["ben"] * 3, *["anna"] * 5)
    office.box.answers = [refusing(1)]
    office.deliver_all()
    resend(office)
    office.box.answers = [refuse(Halt("500")), refusing(1)]
    with clock.simulated(MORNING) as time:
        office.deliver()
        time.advance(seconds=5)
        office.deliver_all()

    # The four of the round that refused it again, which this box does not hold back; then what came after.
    assert fates(office) == ["dead", *["sent"] * 6, "held", "held"]


def test_one_of_several_refused_letters_is_sent_again(office):
    office.add()
    write_to(office, "anna", "ben", None, None)
    office.box.answers = [refusing(1, 2)]
    office.deliver_all()
    resend(office, ["letter-2"])
    office.deliver_all()

    assert fates(office) == ["dead", "sent", "sent", "sent"]


def test_what_is_set_aside_lets_the_others_pass_and_is_not_sent(office):
    office.add()
    write_to(office, "anna", *["ben"] * 3, "anna", "anna")
    office.box.answers = [refusing(1)]
    office.deliver_all()
    with office.storage.transaction() as session:
        set_letter_aside(session, "box", "letter-1", actor=COMMAND, reason="of a trial")
    office.deliver_all()
    with office.storage.reading() as session:
        (standing,) = standings(session, COMMAND)

    assert fates(office) == ["set_aside", *["sent"] * 5]
    assert (standing.sent, standing.dead, standing.held, standing.set_aside) == (5, 0, 0, 1)


def test_each_decision_about_letters_is_one_line(office):
    office.add()
    write_to(office, "anna", "ben", None, None)
    office.box.answers = [refusing(1, 2)]
    office.deliver_all()
    resend(office, ["letter-1"], reason="repaired")
    with office.storage.transaction() as session:
        set_letter_aside(session, "box", "letter-2", actor=COMMAND, reason="of a trial")

    assert last_line(office, Action.LETTERS_RESENT)["after"] == {"letters": 1, "parcels": ["letter-1"]}
    assert last_line(office, Action.LETTER_SET_ASIDE)["after"] == {"parcel": "letter-2"}


def test_what_nobody_refused_is_neither_sent_again_nor_set_aside(office):
    office.add()
    office.write(1)
    office.deliver_all()
    with pytest.raises(NothingRefused):
        resend(office)
    with pytest.raises(NothingRefused), office.storage.transaction() as session:
        set_letter_aside(session, "box", "letter-1", actor=COMMAND, reason="of a trial")


def test_setting_aside_takes_a_reason_and_the_right(office):
    office.add()
    with pytest.raises(WhyNeeded), office.storage.transaction() as session:
        set_letter_aside(session, "box", "letter-1", actor=COMMAND, reason=" ")
    with pytest.raises(NotPermitted), office.storage.transaction() as session:
        set_letter_aside(session, "box", "letter-1", actor=Actor("person:1"), reason="because")
    here = Actor("person:1", dict(COMMAND.grants), COMMAND.roles, office.alpha)
    with pytest.raises(NoSuchTarget):
        resend(office, actor=here)


def test_a_decision_during_a_round_leaves_nothing_held(office):
    office.add()
    write_to(office, "anna", *["ben"] * 3, "anna", "ben")
    office.box.answers = [refusing(1)]
    office.deliver()

    def decide_meanwhile(carrier, parcels, keep_lease):
        with office.storage.transaction() as session:
            set_letter_aside(session, "box", "letter-1", actor=COMMAND, reason="of a trial")
        return take_all(carrier, parcels, keep_lease)

    office.box.answers = [decide_meanwhile]
    office.deliver_all()

    assert fates(office) == ["set_aside", *["sent"] * 5]


def test_after_many_failures_one_letter_alone_tries_whether_the_target_works_again(office):
    office.add()
    office.write(8)
    office.box.answers = [refuse(Halt("500"))] * 6
    circuits = []
    with clock.simulated(MORNING) as time:
        for _ in range(6):
            office.deliver()
            circuits.append(circuit(office))
            time.advance(hours=1)
        resting_is_over = circuit(office)
        office.deliver_all()

    assert circuits == ["closed"] * 4 + ["open"] * 2
    assert resting_is_over == "half-open"
    assert [len(batch) for batch in office.box.batches] == [4] * 5 + [1, 1, 4, 3]
    assert circuit(office) == "closed"


def circuit(office):
    """Return how far the only target is trusted."""
    with office.storage.reading() as session:
        return standings(session, COMMAND)[0].circuit
