"""Rounds of delivery: everything arrives once and in order, whatever a target answers and whenever a worker dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.delivery.rules import Fate, Halt, Limits, Receipt, Report, StopReason
from app.delivery.services.couriers import Couriers, deliver_once
from app.delivery.services.standing import standings
from app.kernel import clock
from tests.unit.delivery.conftest import COMMAND, KEY
from tests.unit.delivery.letters import refuse, take_all

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Killed(Exception):
    """The worker is killed here."""


def die_before(carrier, parcels, keep_lease):
    """Die before anything went out."""
    raise Killed


def die_after(carrier, parcels, keep_lease):
    """Die after the target took everything and before that was written down."""
    take_all(carrier, parcels, keep_lease)
    raise Killed


def names(first, last):
    """Return the names of letters."""
    return [f"letter-{number}" for number in range(first, last + 1)]


def test_letters_arrive_in_order_in_batches(office):
    office.add()
    office.write(10)
    office.deliver_all()

    assert office.box.batches == [names(1, 4), names(5, 8), names(9, 10)]
    assert [row.fate for row in office.receipts()] == [Fate.SENT] * 10
    assert {row.answer for row in office.receipts()} == {"taken"}


def test_a_target_receives_also_what_was_there_before_it(office):
    office.write(3)
    office.add()
    office.write(2)
    office.deliver_all()

    assert office.box.arrived == names(1, 5)


def test_nothing_to_do_is_said(office):
    assert office.deliver().idle
    office.add()
    assert office.deliver().idle


def test_one_round_says_what_it_did(office):
    office.add()
    office.write(5)
    progress = office.deliver()

    assert (progress.target, progress.sent, progress.dead, progress.left) == ("box", 4, 0, 0)


def test_a_connection_is_kept_from_round_to_round(office):
    office.add()
    office.write(10)
    office.deliver_all()

    assert (office.box.opened, office.box.closed) == (1, 0)
    assert office.box.secrets == ["geheim"]


def test_a_target_that_fails_rests_longer_each_time_and_loses_nothing(office):
    office.add()
    office.write(6)
    office.box.answers = [refuse(Halt("503")) for _ in range(3)]
    with clock.simulated(MORNING) as time:
        rests = []
        for _ in range(3):
            office.deliver()
            rests.append((office.state().not_before - clock.now()).total_seconds())
            resting = office.deliver().idle
            time.advance(seconds=rests[-1])
            assert resting
        office.deliver_all()

    assert [0.5 <= rests[0] <= 1, 1 <= rests[1] <= 2, 2 <= rests[2] <= 4] == [True] * 3
    assert office.box.arrived == names(1, 6)
    assert office.state().failures == 0


def test_a_target_is_not_asked_before_the_time_it_named(office):
    office.add()
    office.write(1)
    office.box.answers = [refuse(Halt("429", wait=timedelta(minutes=7)))]
    with clock.simulated(MORNING) as time:
        office.deliver()
        time.advance(minutes=6, seconds=59)
        too_early = office.deliver().idle
        time.advance(seconds=1)
        office.deliver_all()

    assert too_early
    assert office.box.arrived == names(1, 1)


def test_a_stopped_target_waits_for_a_person_and_says_why(office):
    office.add()
    office.write(1)
    office.box.answers = [refuse(Halt("401 Unauthorized", stop=StopReason.CREDENTIALS))]
    with clock.simulated(MORNING) as time:
        office.deliver()
        time.advance(days=30)
        still_stopped = office.deliver().idle
    with office.storage.reading() as session:
        (standing,) = standings(session, COMMAND)

    assert still_stopped
    assert (standing.stopped, standing.last_answer, standing.pending) == ("credentials", "401 Unauthorized", 1)


def test_what_is_refused_for_good_is_kept_with_the_reason_and_holds_up_nothing(office):
    office.add()
    office.write(6)

    def refuse_the_second(carrier, parcels, keep_lease):
        report = take_all(carrier, [parcel for parcel in parcels if parcel.position != 2], keep_lease)
        return Report((*report.receipts, Receipt(2, Fate.DEAD, "400 Bad Request")))

    office.box.answers = [refuse_the_second]
    office.deliver_all()
    with office.storage.reading() as session:
        (standing,) = standings(session, COMMAND)

    assert office.box.arrived == ["letter-1", *names(3, 6)]
    assert (standing.pending, standing.sent, standing.dead) == (0, 5, 1)
    assert office.receipts()[1].answer == "400 Bad Request"


def test_what_a_halt_left_over_goes_out_first(office):
    office.add()
    office.write(7)

    def take_one(carrier, parcels, keep_lease):
        return Report(take_all(carrier, parcels[:1], keep_lease).receipts, Halt("cut"))

    office.box.answers = [take_one]
    with clock.simulated(MORNING) as time:
        progress = office.deliver()
        time.advance(seconds=2)
        office.deliver_all()

    assert (progress.sent, progress.left) == (1, 3)
    assert office.box.batches == [names(1, 4), names(2, 5), names(6, 7)]
    assert [row.attempts for row in office.receipts()] == [1, 2, 2, 2, 1, 1, 1]


@pytest.mark.parametrize(("death", "sent_twice"), [(die_before, False), (die_after, True)])
def test_what_a_killed_worker_left_is_taken_up_when_its_lease_is_over(office, death, sent_twice):
    office.add()
    office.write(6)
    office.box.answers = [death]
    with clock.simulated(MORNING) as time:
        with pytest.raises(Killed):
            office.deliver()
        before_the_lease_is_over = office.deliver().idle
        time.advance(seconds=91)
        office.deliver_all()

    assert before_the_lease_is_over
    # The same letters with the same names: a target that knows names stores them once.
    assert office.box.arrived == (names(1, 4) if sent_twice else []) + names(1, 6)
    assert len(office.receipts()) == 6


def test_a_worker_that_lost_its_lease_writes_nothing_down(office):
    office.add()
    office.write(4)
    other = Couriers(KEY, Limits(requests=1, parcels=4))

    def sleep_too_long(carrier, parcels, keep_lease):
        report = take_all(carrier, parcels, keep_lease)
        time.advance(seconds=91)
        deliver_once(office.storage, other)
        return report

    office.box.answers = [sleep_too_long]
    with clock.simulated(MORNING) as time:
        progress = office.deliver()
    other.close()

    assert progress.answer == "another worker took over"
    assert [row.attempts for row in office.receipts()] == [1, 1, 1, 1]


def test_a_worker_that_lost_its_lease_sends_nothing_more(office):
    office.add()
    office.write(4)

    def lose_it(carrier, parcels, keep_lease):
        time.advance(seconds=91)
        deliver_once(office.storage, other)
        keep_lease()
        raise AssertionError("went on without a lease")

    other = Couriers(KEY, Limits(requests=1, parcels=4))
    office.box.answers = [lose_it]
    with clock.simulated(MORNING) as time:
        office.deliver()
    other.close()

    assert office.box.arrived == names(1, 4)


def test_a_long_round_keeps_its_lease(office):
    office.add()
    office.write(1)

    def take_minutes(carrier, parcels, keep_lease):
        for _ in range(5):
            time.advance(seconds=50)
            keep_lease()
        assert deliver_once(office.storage, other).idle
        return take_all(carrier, parcels, keep_lease)

    other = Couriers(KEY, Limits(requests=1, parcels=4))
    office.box.answers = [take_minutes]
    with clock.simulated(MORNING) as time:
        progress = office.deliver()
    other.close()

    assert progress.sent == 1


def test_several_workers_at_once_double_nothing_and_keep_the_order(office):
    office.add()
    office.write(60)

    def work(_):
        couriers = Couriers(KEY, Limits(requests=1, parcels=4))
        for _ in range(40):
            deliver_once(office.storage, couriers)
        couriers.close()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))
    office.deliver_all()

    assert office.box.arrived == names(1, 60)


def test_targets_take_turns_so_that_one_that_hangs_holds_up_no_other(office):
    office.add("first")
    office.add("second")
    office.write(8)
    served = [office.deliver().target for _ in range(4)]

    assert served == ["first", "second", "first", "second"]


def test_a_target_that_cannot_be_opened_today_is_opened_later(office):
    office.add()
    office.write(1)
    office.box.faults = [FileNotFoundError("ca.pem")]
    with clock.simulated(MORNING) as time:
        progress = office.deliver()
        time.advance(seconds=2)
        office.deliver_all()

    assert progress.answer == "cannot be opened: ca.pem"
    assert office.box.arrived == names(1, 1)


def test_a_lost_key_stops_one_target_and_not_the_others(office):
    office.add("with-secret")
    office.add("without-secret", secret="")
    office.write(2)
    strangers = Couriers(bytes(32), Limits())
    rounds = {deliver_once(office.storage, strangers).target for _ in range(2)}
    strangers.close()
    with office.storage.reading() as session:
        found = {standing.name: standing.stopped for standing in standings(session, COMMAND)}

    assert rounds == {"with-secret", "without-secret"}
    assert found == {"with-secret": "secret", "without-secret": None}
