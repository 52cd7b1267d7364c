"""What is hard on a delivery: silence, limits, refusals in the middle, a full disk, and statements with attachments."""

import json
import threading

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from app.delivery.models import Delivery as Receipt
from app.delivery.rules import Destination, Limits
from app.kernel import clock
from tests.flows.delivering import delivering, second_hub
from tests.flows.lrs import Program, attachment
from tests.flows.second_lrs import answering, everything_in, pass_on, refusing_more_than
from tests.unit.xapi.trail import STATEMENTS_OF_A_RECORD, statement
from xapi.delivery import StatementKind
from xapi.queries.statements import bodies_of


def test_an_lrs_that_is_silent_is_left_after_a_while(delivery):
    over = threading.Event()
    delivery.hurry()
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [lambda exchange: over.wait(30) and exchange.cut()]
    silent = delivery.deliver()
    over.set()
    delivery.deliver_in_the_end()

    assert silent.answer.startswith("no answer: ReadTimeout")
    assert silent.left == 8
    delivery.assert_same()


def test_an_lrs_that_drips_its_answer_is_left_after_a_while(delivery):
    over = threading.Event()

    def drip(exchange):
        exchange.send_response(200)
        exchange.send_header("Content-Length", "1000")
        exchange.end_headers()
        for _ in range(1000):
            exchange.wfile.write(b" ")
            if over.wait(0.1):
                break
        exchange.cut()

    delivery.hurry()
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [drip]
    dripping = delivery.deliver()
    over.set()
    delivery.deliver_in_the_end()

    assert dripping.answer.startswith("no answer: ReadError")
    delivery.assert_same()


@pytest.mark.parametrize("wish", ["600", "Mon, 23 Nov 2026 09:10:00 GMT"])
def test_the_wait_that_an_lrs_asks_for_is_kept(delivery, wish):
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [answering(429, Retry_After=wish)]
    with clock.simulated(clock.from_text("2026-11-23T09:00:00.000Z")) as time:
        delivery.deliver()
        promised = delivery.standing().not_before
        time.advance(minutes=9, seconds=59)
        too_early = delivery.deliver().idle
        time.advance(seconds=1)
        in_time = delivery.deliver().sent

    assert (promised, too_early, in_time) == ("2026-11-23T09:10:00.000Z", True, 8)


def test_once_a_request_was_too_large_the_next_ones_are_smaller(delivery):
    delivery.add_target()
    delivery.happen(3)
    delivery.line.always = refusing_more_than(6000)
    delivery.deliver()
    first = len(delivery.line.requests)
    delivery.deliver_in_the_end()

    refused = [sent for _, _, _, sent in delivery.line.requests[first:] if len(sent) > 6000]
    assert refused == []
    delivery.assert_same()


def refusing(identifier):
    """Return a fault that refuses each request with this statement."""

    def refuse(exchange):
        if identifier in [item["id"] for item in json.loads(exchange.content)]:
            exchange.answer(400)
        else:
            pass_on(exchange)

    return refuse


def test_what_is_refused_holds_back_only_its_own_registration_until_it_is_sent_again(delivery):
    delivery.add_target()
    delivery.happen(3)
    second_record = everything_in(delivery.house)[STATEMENTS_OF_A_RECORD]
    delivery.line.always = refusing(second_record["id"])
    delivery.deliver_in_the_end()
    before, there = delivery.standing(), everything_in(delivery.second)
    delivery.line.always = pass_on
    again = delivery.resend()
    delivery.deliver_in_the_end()

    registrations = {item["context"]["registration"] for item in there}
    assert (before.sent, before.dead, before.held) == (20, 1, 9)
    assert second_record["context"]["registration"] not in registrations
    assert (again, delivery.standing().dead, delivery.standing().held) == (1, 0, 0)
    assert order_in_each_registration(delivery.second) == order_in_each_registration(delivery.house)


def order_in_each_registration(house):
    """Return the ids of each registration in the order of storing."""
    found: dict[str, list[str]] = {}
    for item in everything_in(house):
        found.setdefault(item["context"]["registration"], []).append(item["id"])
    return found


def test_a_statement_that_voids_another_never_overtakes_it(delivery):
    registration = "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111"
    wrong = statement(context={"registration": registration})
    voiding = statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object={"objectType": "StatementRef", "id": wrong["id"]}
    )
    other = statement()
    Program.of(delivery.house, name="outside").post([wrong, voiding, other])
    delivery.add_target()
    delivery.line.always = refusing(wrong["id"])
    delivery.deliver_in_the_end()
    held = [item["id"] for item in everything_in(delivery.second)]
    delivery.line.always = pass_on
    delivery.resend()
    delivery.deliver_in_the_end()
    reader = Program.of(delivery.second, name="reader")

    assert held == [other["id"]]
    assert reader.get(statementId=wrong["id"]).status_code == 404
    assert reader.get(voidedStatementId=wrong["id"]).status_code == 200


def test_what_is_attached_travels_with_its_statement(delivery):
    content = b"a photograph"
    attached = statement(attachments=[attachment(content)])
    sent = Program.of(delivery.house, name="outside").post_mixed(attached, content)
    delivery.add_target()
    delivery.deliver_in_the_end()
    found = Program.of(delivery.second, name="reader").get(attachments="true", limit="1").get_data()

    assert sent.status_code == 200
    assert delivery.standing().dead == 0
    assert content in found
    delivery.assert_same()


def test_a_round_reads_no_more_than_fits_in_one_request(delivery):
    for size in (3_000, 9_000, 200):
        Program.of(delivery.house, name=f"outside{size}").post(statement(result={"response": "x" * size}))
    delivery.add_target()
    delivery.couriers.limits = Limits(octets=5_000, requests=1)
    with delivery.house.storage.reading() as session:
        ids = [item["id"] for item in everything_in(delivery.house)]
        read = [len(bodies_of(session, ids[start:], 5_000)) for start in range(3)]
    delivery.deliver_in_the_end()

    assert read == [1, 1, 1]
    assert [len(sent) for sent in delivery.line.posts()] == [1, 1, 1]
    delivery.assert_same()


def test_a_rehearsal_leaves_two_statements_however_often_it_is_made(delivery):
    destination = Destination(
        "t", "t", delivery.line.address, settings={"username": delivery.username}, secret=delivery.password
    )
    carrier = StatementKind().open(destination, Limits())
    probes = [carrier.rehearse() for _ in range(3)]
    carrier.close()
    strange = StatementKind().open(Destination("t", "t", delivery.line.address), Limits())
    refused = strange.rehearse()
    strange.close()
    everything = Program.of(delivery.second, name="reader").get().get_json()["statements"]

    assert [probe.works for probe in probes] == [True] * 3
    assert (refused.works, refused.answer) == (False, "401 Unauthorized")
    assert [item["verb"]["display"]["en"] for item in everything] == ["voided"]


def test_receipts_name_the_bytes_that_went_out(delivery):
    delivery.add_target()
    delivery.happen()
    delivery.line.faults = [answering(500)]
    delivery.deliver()
    first = digests(delivery)
    delivery.deliver_in_the_end()

    assert len(first) == 8
    assert digests(delivery).items() >= first.items()


def digests(delivery):
    """Return the digest of what went out, by statement."""
    with delivery.house.storage.reading() as session:
        return dict(session.execute(select(Receipt.parcel, Receipt.digest)).all())


class FullDisk:
    """A disk on which a database cannot grow, as SQLite itself sees it."""

    def __init__(self, engine):
        self.engine = engine

    def __enter__(self):
        event.listen(self.engine, "checkout", self._fill)
        return self

    def __exit__(self, *_):
        event.remove(self.engine, "checkout", self._fill)
        event.listen(self.engine, "checkout", self._empty)

    @staticmethod
    def _fill(connection, _record, _proxy):
        connection.execute("PRAGMA max_page_count = 1")  # it never goes below what is there

    @staticmethod
    def _empty(connection, _record, _proxy):
        connection.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def on_sqlite(founded_sqlite_template, tmp_path):
    """A delivery whose hub stands on SQLite, the one database whose disk a test can fill."""
    (tmp_path / "first").mkdir()
    with (
        second_hub(founded_sqlite_template, tmp_path / "first") as first,
        second_hub(founded_sqlite_template, tmp_path) as second,
        delivering(first, second) as made,
    ):
        yield made


def test_a_full_disk_on_our_side_loses_nothing_and_doubles_nothing(on_sqlite):
    delivery = on_sqlite
    delivery.add_target()
    delivery.happen(30)
    with FullDisk(delivery.house.storage.engine):
        with pytest.raises(OperationalError, match="full"):
            delivery.deliver_in_the_end()
        with pytest.raises(OperationalError, match="full"):
            delivery.happen(20)
    delivery.happen()
    delivery.deliver_in_the_end()

    delivery.assert_same()
