"""What people see of deliveries: the administrator targets and refusals, the readers of a record what was reported."""

import html

import pytest
from sqlalchemy import select

from app.audit.actions import Action
from app.delivery.models import Delivery
from tests.benches import a_bench, furnish
from tests.flows.lrs import Program
from tests.flows.second_lrs import answering, everything_in, pass_on
from tests.tokens import bearer
from tests.unit.xapi.trail import ASSESSOR, HUB, approved, statement, write_line
from xapi.feed import derive_once

NEW = {"kind": "xapi", "name": "moodle", "operator": ""}


@pytest.fixture
def hub(delivery):
    """Whoever administers the hub, at a tablet."""
    return delivery.house.signed_in("hub_administrator")


def typed(delivery, **changed):
    """Return what one types to add the second LRS as a target."""
    given = {"address": delivery.line.address, "username": delivery.username, "password": delivery.password}
    return NEW | given | changed


def text_of(answer):
    """Return the text of a page as a reader sees it."""
    return html.unescape(answer.text).replace("\xa0", " ")


def refuse_everything(delivery):
    """Let the target refuse everything that it is sent."""
    delivery.line.always = answering(400)
    delivery.deliver_in_the_end()
    delivery.line.always = pass_on


def actions(house, before):
    """Return what was done since then, by the lines of the hub's log."""
    return [line["action"] for line in house.lines()[before:]]


def test_a_target_is_added_tried_and_ended_at_a_screen_and_each_is_one_line(delivery, hub):
    house, before = delivery.house, len(delivery.house.lines())
    added = hub.act("/targets", typed(delivery))
    tried = hub.act("/targets/moodle/test", {})
    sent = hub.act("/targets/moodle/test", {"sending": "yes"})
    renewed = hub.act("/targets/moodle/secret", {"username": delivery.username, "password": delivery.password})
    page = text_of(hub.get("/targets/moodle"))
    ended = hub.act("/targets/moodle/end", {"reason": "moved"})

    assert [answer.status_code for answer in (added, tried, sent, renewed, ended)] == [303] * 5
    assert actions(house, before) == [
        "delivery:target:add",
        "delivery:target:test",
        "delivery:target:test",
        "delivery:target:renew_secret",
        "delivery:target:end",
    ]
    assert house.lines()[-3]["after"] == {
        "works": True,
        "answer": "200: a statement was stored, read back and voided",
        "sent": True,
    }
    assert delivery.line.address in page
    assert delivery.password not in page
    assert "/targets/moodle" not in hub.get("/targets").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"name": "a b"}, "name"), ({"address": "lrs.example"}, "address"), ({"username": ""}, "username")],
)
def test_what_cannot_be_a_target_is_refused_and_what_was_typed_stays(delivery, hub, changed, field):
    before = delivery.house.all_lines()
    answer = hub.act("/targets", typed(delivery, **changed))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert delivery.password not in answer.text
    assert (delivery.line.address if field != "address" else "moodle") in answer.text
    assert delivery.house.all_lines() == before


def test_a_target_that_does_not_work_says_why(delivery, hub):
    hub.act("/targets", typed(delivery, password="wrong"))
    hub.act("/targets/moodle/test", {})
    told = text_of(hub.get("/targets/moodle"))
    delivery.happen()
    delivery.deliver()
    page = text_of(hub.get("/targets/moodle"))

    assert "401 Unauthorized" in told
    assert "Arrêtée" in page
    assert "n'accepte pas le mot de passe" in page


def test_what_was_refused_is_shown_with_the_reason_and_sent_again(delivery, hub):
    hub.act("/targets", typed(delivery))
    Program.of(delivery.house, name="outside").post([statement(), statement()])
    refuse_everything(delivery)
    page = text_of(hub.get("/targets/moodle"))
    before = len(delivery.house.lines())
    hub.act("/targets/moodle/letters/resend", {})
    delivery.deliver_in_the_end()

    assert page.count("400 Bad Request") >= 2
    assert actions(delivery.house, before) == ["delivery:letters:resend"]
    delivery.assert_same()


def test_what_was_refused_is_set_aside_with_a_reason_alone(delivery, hub):
    hub.act("/targets", typed(delivery))
    sent = [statement(), statement()]
    Program.of(delivery.house, name="outside").post(sent)
    refuse_everything(delivery)
    place = f"/targets/moodle/letters/{sent[0]['id']}/aside"
    without = hub.act(place, {"reason": ""})
    before = len(delivery.house.lines())
    done = hub.act(place, {"reason": "from a trial"})
    hub.act("/targets/moodle/letters/resend", {"parcel": sent[1]["id"]})
    delivery.deliver_in_the_end()
    again = hub.act(place, {"reason": "from a trial"})

    assert (without.status_code, done.status_code, again.status_code) == (422, 303, 409)
    assert actions(delivery.house, before)[:2] == ["delivery:letters:set_aside", "delivery:letters:resend"]
    assert [item["id"] for item in everything_in(delivery.second)] == [sent[1]["id"]]


def a_reported_record(delivery):
    """Return a record of the trainee that was begun and approved, and told to the target."""
    house = delivery.house
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house)
    bench.enter("mass", "10")
    alpha = house.operator_id("ALPHA")
    record = bench.path.rsplit("/", 1)[-1]
    write_line(house.storage, Action.RECORD_APPROVED, operator_id=alpha, actor=ASSESSOR, record=record, **approved())
    while derive_once(house.storage, HUB):
        pass
    return bench, record


@pytest.mark.parametrize("login", ["trainee", "assessor"])
def test_a_reader_of_a_record_sees_in_words_what_of_it_was_reported(delivery, hub, login):
    hub.act("/targets", typed(delivery))
    bench, _ = a_reported_record(delivery)
    reader = delivery.house.signed_in(login)
    before = text_of(reader.get(bench.path))
    delivery.deliver_in_the_end()
    after = text_of(reader.get(bench.path))
    whole = text_of(reader.get(f"{bench.path}/reported"))

    assert "Le résultat n'est pas encore chez moodle" in before
    assert "Le résultat a été transmis à moodle le " in after
    assert "Le résultat a été transmis à moodle le " in whole
    assert "Exercice commencé" in whole
    assert "Résultat : réussi" in whole


def test_somebody_elses_record_says_nothing(delivery, hub):
    hub.act("/targets", typed(delivery))
    bench, _ = a_reported_record(delivery)

    assert delivery.house.signed_in("trainee2").get(f"{bench.path}/reported").status_code == 404
    assert delivery.house.signed_in("beta_assessor").get(f"{bench.path}/reported").status_code == 404


def test_receipts_are_found_by_record_and_by_statement(delivery, hub):
    hub.act("/targets", typed(delivery))
    a_reported_record(delivery)
    delivery.deliver_in_the_end()
    with delivery.house.storage.reading() as session:
        first = session.scalars(select(Delivery).order_by(Delivery.position)).first()
    number = everything_in(delivery.house)[0]["context"]["extensions"]["https://w3id.org/cahier/xapi/extensions/record"]
    by_record = text_of(hub.get("/receipts", query_string={"about": number}))
    by_statement = text_of(hub.get("/receipts", query_string={"about": first.parcel}))
    nothing = text_of(hub.get("/receipts", query_string={"about": "PIP-1999-0001"}))

    assert first.parcel in by_record
    assert first.digest[:16] in by_statement
    assert "Aucun récépissé" in nothing


def ask(delivery, method, path, body=None, login="hub_administrator"):
    """Ask the API as a program of somebody."""
    headers = bearer(delivery.house, login)
    return delivery.house.client().open(f"/api/v1{path}", method=method, json=body, headers=headers)


def test_a_program_administers_targets_as_the_commands_do(delivery):
    credentials = {"username": delivery.username, "password": delivery.password}
    added = ask(delivery, "POST", "/targets", {"name": "moodle", "address": delivery.line.address, **credentials})
    tried = ask(delivery, "POST", "/targets/moodle/test", {"send": True}).get_json()
    sent = [statement(), statement()]
    Program.of(delivery.house, name="outside").post(sent)
    refuse_everything(delivery)
    letters = ask(delivery, "GET", "/targets/moodle/letters").get_json()["receipts"]
    aside = ask(delivery, "POST", f"/targets/moodle/letters/{sent[0]['id']}/set-aside", {"reason": "from a trial"})
    again = ask(delivery, "POST", "/targets/moodle/letters/resend", {}).get_json()
    delivery.deliver_in_the_end()
    (receipt,) = ask(delivery, "GET", f"/receipts/{sent[1]['id']}").get_json()["receipts"]
    standing = ask(delivery, "GET", "/targets/moodle").get_json()
    renewed = ask(delivery, "POST", "/targets/moodle/secret", credentials)
    ended = ask(delivery, "POST", "/targets/moodle/end", {"reason": "moved"})

    assert [answer.status_code for answer in (added, aside, renewed, ended)] == [200] * 4
    assert tried["works"]
    assert [letter["answer"] for letter in letters] == ["400 Bad Request"] * 2
    assert (again, receipt["fate"], receipt["answer"]) == ({"letters": 1}, "sent", "200")
    assert (standing["sent"], standing["dead"], standing["set_aside"], standing["circuit"]) == (1, 0, 1, "closed")
    assert ask(delivery, "GET", "/targets").get_json() == {"targets": []}


def test_a_program_reads_what_was_reported_of_a_record(delivery, hub):
    hub.act("/targets", typed(delivery))
    _, record = a_reported_record(delivery)
    delivery.deliver_in_the_end()
    told = ask(delivery, "GET", f"/records/{record}/reported", login="trainee").get_json()["reported"]

    assert told[0]["event"] == "started"
    assert {item["fate"] for item in told} == {"sent"}
    assert "passed" in {item["event"] for item in told}
