"""What the hub's LRS holds arrives at a second LRS, each statement once and in order, whatever befalls the line."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.delivery.rules import Destination, Limits
from app.delivery.services import targets
from app.delivery.services.couriers import Couriers, deliver_once
from app.kernel import clock
from app.storage import Storage
from config.secrets import DELIVERY, read_secret
from tests.flows.lrs import COMMAND, Program, give_credential
from tests.flows.second_lrs import (
    Holding,
    answering,
    cut_after_storing,
    cut_before_storing,
    everything_in,
    listening,
    pass_on,
    refusing_more_than,
    store_half,
)
from tests.unit.xapi.trail import HUB, STATEMENTS_OF_A_RECORD, statement, write_record
from xapi.delivery import KIND, StatementKind
from xapi.feed import derive_once

A_WORKER = Path(__file__).with_name("a_worker.py")


def test_everything_arrives_also_what_was_there_before_the_target(delivery):
    delivery.happen()
    delivery.add_target()
    delivery.happen()
    delivery.deliver_in_the_end()

    delivery.assert_same()
    assert len(everything_in(delivery.second)) == 2 * STATEMENTS_OF_A_RECORD
    assert (delivery.standing().sent, delivery.standing().pending) == (2 * STATEMENTS_OF_A_RECORD, 0)


def test_the_bytes_that_were_frozen_are_the_bytes_that_travel(delivery):
    sent = statement(result={"score": {"raw": 3.0}, "response": "é"})
    Program.of(delivery.house, name="outside").ask("POST", json=sent)
    delivery.add_target()
    delivery.deliver_in_the_end()
    (_, _, _, content) = delivery.line.requests[0]

    assert b'"raw": 3.0' in content
    delivery.assert_same()


def test_one_connection_carries_all_batches(delivery):
    delivery.add_target()
    delivery.happen(3)
    delivery.deliver_in_the_end()

    assert [len(sent) for sent in delivery.line.posts()] == [8, 8, 8, 6]
    assert len({port for _, _, port, _ in delivery.line.requests}) == 1


def test_an_outage_in_between_loses_nothing_and_doubles_nothing(delivery):
    delivery.add_target()
    delivery.happen()
    delivery.deliver()
    delivery.line.behind.stop()
    delivery.line.always = cut_before_storing
    delivery.happen()
    during = delivery.deliver()
    delivery.happen()
    delivery.line.behind.start()
    delivery.line.always = pass_on
    delivery.deliver_in_the_end()

    assert (during.sent, during.left) == (0, 8)
    delivery.assert_same()
    assert len(everything_in(delivery.second)) == 3 * STATEMENTS_OF_A_RECORD


def test_a_target_that_is_not_there_yet_is_waited_for(delivery):
    delivery.line.behind.stop()
    delivery.add_target(address=delivery.line.behind.address)
    delivery.happen()
    refused = delivery.deliver()
    delivery.line.behind.start()
    delivery.deliver_in_the_end()

    assert refused.answer.startswith("no answer: ConnectError")
    delivery.assert_same()


FAULTS = {
    "cut before storing": cut_before_storing,
    "cut after storing": cut_after_storing,
    "half stored": store_half,
    "500": answering(500),
    "502 in HTML": answering(502, b"<html>Bad gateway</html>", Content_Type="text/html"),
    "429 for two minutes": answering(429, Retry_After="120"),
    "503 until a far day": answering(503, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"),
    "404": answering(404),
    "302": answering(302, Location="https://elsewhere.example"),
    "200 in HTML": answering(200, b"<html>Welcome, guest</html>", Content_Type="text/html"),
    "200 with nothing stored": answering(200, b"[]", Content_Type="application/json"),
    "409 with nothing stored": answering(409),
    "400 for a whole batch": answering(400),
    "413": answering(413),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_middle_loses_nothing_and_doubles_nothing(delivery, fault):
    delivery.add_target()
    delivery.happen(2)
    delivery.deliver()
    delivery.line.faults = [fault]
    delivery.deliver_in_the_end()

    delivery.assert_same()
    assert (delivery.standing().dead, delivery.standing().pending) == (0, 0)


def test_a_fault_again_and_again_loses_nothing_and_doubles_nothing(delivery):
    delivery.add_target()
    delivery.happen(2)
    delivery.line.faults = [cut_after_storing, answering(500), store_half, cut_before_storing, cut_after_storing] * 2
    delivery.deliver_in_the_end()

    delivery.assert_same()


def test_the_answer_of_a_repeated_request_is_taken_for_what_it_is(delivery):
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [cut_after_storing]
    delivery.deliver_in_the_end()

    # The second Cahier accepts the same statements silently; nothing had to be read back.
    assert delivery.line.posts()[0] == delivery.line.posts()[1]
    delivery.assert_same()


def test_an_lrs_that_refuses_what_it_knows_is_asked_what_it_has(delivery):
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [cut_after_storing, answering(409)]
    delivery.deliver_in_the_end()
    read_back = [path for command, path, _, _ in delivery.line.requests if command == "GET"]

    assert len(read_back) == 8
    delivery.assert_same()


def test_a_request_that_is_too_large_is_halved_until_it_fits(delivery):
    delivery.add_target()
    delivery.happen()
    delivery.line.always = refusing_more_than(4000)
    delivery.deliver_in_the_end()

    assert delivery.standing().dead == 0
    delivery.assert_same()


def test_one_statement_that_is_refused_for_good_holds_up_no_other(delivery):
    taken = statement()
    Program.of(delivery.second, name="earlier").post(taken | {"result": {"success": True}})
    program = Program.of(delivery.house, name="outside")
    program.post([statement(), taken, statement()])
    delivery.add_target()
    delivery.deliver_in_the_end()

    assert (delivery.standing().sent, delivery.standing().dead) == (2, 1)
    assert len(everything_in(delivery.second)) == 3


def test_wrong_credentials_stop_the_target_until_they_are_right(delivery):
    delivery.add_target(password="wrong")
    delivery.happen()
    delivery.deliver()
    stopped = delivery.standing()
    requests = len(delivery.line.requests)
    with clock.simulated(clock.now() + timedelta(days=7)):
        idle = delivery.deliver().idle
    with delivery.house.storage.transaction() as session:
        targets.renew_secret(session, delivery.key, "second", delivery.password, {}, actor=COMMAND)
    delivery.deliver_in_the_end()

    assert (stopped.stopped, stopped.last_answer, idle) == ("credentials", "401 Unauthorized", True)
    assert requests == 1
    assert delivery.standing().stopped is None
    delivery.assert_same()


def test_a_probe_tells_a_working_target_from_others_and_stores_nothing(delivery):
    right = probe_of(delivery, delivery.line.address, delivery.password)
    wrong_password = probe_of(delivery, delivery.line.address, "wrong")
    wrong_place = probe_of(delivery, delivery.line.address + "/elsewhere", delivery.password)
    delivery.line.behind.stop()
    nobody = probe_of(delivery, delivery.line.behind.address, delivery.password)
    delivery.line.behind.start()

    assert [probe.works for probe in (right, wrong_password, wrong_place, nobody)] == [True, False, False, False]
    assert "1.0.3" in right.answer
    assert wrong_password.answer.startswith("401")
    assert everything_in(delivery.second) == []


def test_a_worker_that_is_restarted_goes_on(delivery):
    delivery.add_target()
    delivery.happen(2)
    delivery.deliver()
    delivery.couriers.close()
    again = Storage.open(delivery.house.settings.database_url)
    couriers = Couriers(delivery.key)
    while not deliver_once(again, couriers).idle:
        pass
    couriers.close()
    again.close()

    delivery.assert_same()


def test_a_worker_that_is_killed_between_storing_and_writing_down_doubles_nothing(delivery):
    delivery.add_target()
    delivery.happen(2)
    delivery.line.faults = [holding := Holding()]
    command = [sys.executable, str(A_WORKER), delivery.house.settings.database_url, delivery.key.hex()]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as worker:
        stored = holding.stored.wait(60)
        worker.send_signal(signal.SIGKILL)
    holding.over.set()
    at_the_kill = len(everything_in(delivery.second))
    leased = delivery.deliver().idle
    delivery.deliver_in_the_end()

    assert (stored, worker.returncode) == (True, -signal.SIGKILL)
    assert at_the_kill > 0
    assert leased
    delivery.assert_same()


def test_several_workers_at_once_double_nothing(delivery):
    delivery.add_target()
    delivery.happen(4)
    delivery.line.faults = [cut_after_storing, store_half]

    def work(_):
        couriers = Couriers(delivery.key, Limits(requests=1, parcels=8))
        with clock.simulated(clock.now()) as time:
            for _ in range(25):
                deliver_once(delivery.house.storage, couriers)
                time.advance(seconds=10)
        couriers.close()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))
    delivery.deliver_in_the_end()

    delivery.assert_same()


def test_two_targets_each_receive_everything_and_one_that_is_down_holds_up_no_other(delivery):
    delivery.add_target("down", "http://127.0.0.1:9/xapi")
    delivery.add_target("second")
    delivery.happen()
    for _ in range(8):
        delivery.deliver()

    delivery.assert_same()


def test_two_hubs_that_deliver_to_each_other_come_to_rest(delivery, house):
    delivery.add_target()
    delivery.happen()
    with listening(house) as first:
        username, password = give_credential(house, name="from-second")
        key = read_secret(delivery.second.settings.keys, DELIVERY)
        back = targets.NewTarget(KIND, "first", first.address, password, {"username": username})
        with delivery.second.storage.transaction() as session:
            targets.add_target(session, key, back, actor=COMMAND)
        couriers = Couriers(key)
        delivery.deliver_in_the_end()
        while not deliver_once(delivery.second.storage, couriers).idle:
            pass
        couriers.close()
    delivery.deliver_in_the_end()

    delivery.assert_same()
    assert len(everything_in(house)) == STATEMENTS_OF_A_RECORD


def test_a_target_of_an_operator_receives_that_operators_statements_only(delivery):
    house = delivery.house
    for code in ("ALPHA", "BETA"):
        write_record(house.storage, operator_id=house.operator_id(code))
    while derive_once(house.storage, HUB):
        pass
    beta = targets.NewTarget(
        KIND,
        "beta",
        delivery.line.address,
        delivery.password,
        {"username": delivery.username},
        house.operator_id("BETA"),
    )
    with house.storage.transaction() as session:
        targets.add_target(session, delivery.key, beta, actor=COMMAND)
    delivery.deliver_in_the_end()

    assert len(everything_in(delivery.second)) == STATEMENTS_OF_A_RECORD
    assert delivery.standing().pending == 0


def probe_of(delivery, address, password):
    """Try a target without adding it."""
    destination = Destination("t", "t", address, settings={"username": delivery.username}, secret=password)
    carrier = StatementKind().open(destination, Limits())
    try:
        return carrier.probe()
    finally:
        carrier.close()
