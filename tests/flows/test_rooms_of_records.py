"""Where a record is executed: chosen at issue, said or changed by who executes it, and kept in all that proves it."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.assessment.services import return_record
from app.evidence.services.trusting import hub_trust, means_of
from app.evidence.views.paper import Reach, open_page, paper_html
from app.notebook.models import Record
from app.notebook.services.placing import place_record
from app.verifier import verify_bytes
from tests.benches import a_bench, furnish, text_of
from tests.flows.test_sites import NOBODY, add_place
from tests.tokens import bearer
from tests.unit.evidence.conftest import take_away, unpacked

WHY = "Salle blanche fermée pour nettoyage."


@pytest.fixture
def rooms(house):
    """A shared clean room and a laboratory of Alpha in Charleroi, a laboratory of Beta there, and one that ended."""
    site = add_place(house, "CHR", "Charleroi")
    return {
        "clean": add_place(house, "SB1", "Salle blanche", site=site),
        "laboratory": add_place(house, "LAB", "Laboratoire Alpha", "ALPHA", site=site),
        "of another": add_place(house, "LAB", "Laboratoire Beta", "BETA", site=site),
    }


@pytest.fixture
def bench(house, rooms):
    """A record of Alpha that does not say where it is executed yet."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house)


def last_line(house):
    """Return the last line of Alpha."""
    return house.lines("ALPHA")[-1]


def issue(house, **more):
    """Issue a record by the form, as an assessor."""
    fields = {"exercise": "TST-001", "performer": house.person("trainee").id, "purpose": "training", **more}
    return house.signed_in("assessor").act("/records/new", fields)


@pytest.mark.requirement("ER-H4")
def test_the_room_chosen_at_issue_stands_in_record_and_line_and_is_offered_again(house, bench, rooms):
    answer = issue(house, room=rooms["laboratory"])

    with house.storage.reading() as session:
        record = session.scalars(select(Record).where(Record.room.is_not(None))).one()
    form = house.signed_in("assessor").get("/records/new").text
    assert answer.status_code == 303
    assert (record.training_room_id, record.site, record.room) == (
        rooms["laboratory"],
        "Charleroi",
        "Laboratoire Alpha",
    )
    after = last_line(house)["after"]
    assert (after["site"], after["room"]) == ("Charleroi", "Laboratoire Alpha")
    assert f'value="{rooms["laboratory"]}" selected' in form
    assert "Laboratoire Beta" not in form


@pytest.mark.requirement("ER-H4", "AS-8.4.1")
@pytest.mark.parametrize("room", ["of another", "unknown", "ended"])
def test_a_room_that_is_not_there_for_the_operator_is_refused_in_the_form(house, bench, rooms, room):
    client = house.signed_in("administrator")
    client.act(f"/training-rooms/{rooms['laboratory']}/end", {"reason": "Travaux."})
    before = len(house.lines("ALPHA"))

    answer = issue(house, room=rooms.get(room, NOBODY) if room != "ended" else rooms["laboratory"])

    assert answer.status_code == 422
    assert "Choisissez une des salles proposées." in text_of(answer)
    assert [line["action"] for line in house.lines("ALPHA")[before:]] == []


@pytest.mark.requirement("ER-H4")
def test_the_performer_says_where_they_work_before_they_begin_without_a_reason(house, bench, rooms):
    client = house.signed_in("trainee")
    asked = text_of(client.get(bench.path))

    answer = client.act(f"{bench.path}/room", {"room": rooms["clean"]})

    line, said = last_line(house), text_of(client.get(bench.path))
    assert "Dans quelle salle travaillez-vous ?" in asked
    assert answer.status_code == 303
    assert (line["action"], line["reason"], line["before"]) == ("notebook:record:place", None, {})
    assert "Charleroi · Salle blanche" in said
    assert "Dans quelle salle" not in said


@pytest.mark.requirement("ER-H4", "P11.10(e)-2")
def test_another_room_once_begun_takes_a_reason_and_the_one_before_stays_in_the_trail(house, bench, rooms):
    client = house.signed_in("trainee")
    client.act(f"{bench.path}/room", {"room": rooms["clean"]})
    bench.enter("mass", "10,0")

    without = client.act(f"{bench.path}/room", {"room": rooms["laboratory"]})
    changed = client.act(f"{bench.path}/room", {"room": rooms["laboratory"], "reason": WHY})

    line = last_line(house)
    trail = text_of(house.signed_in("assessor").get(f"{bench.path}/trail"))
    assert without.status_code == 422
    assert f'value="{rooms["laboratory"]}" selected' in without.text
    assert changed.status_code == 303
    assert line["before"] == {"site": "Charleroi", "room": "Salle blanche"}
    assert line["after"]["room"] == "Laboratoire Alpha"
    assert "Salle blanche" in trail
    assert WHY in trail


@pytest.mark.requirement("P11.10(g)")
def test_nobody_but_the_performer_says_where_and_not_after_signing(house, bench, rooms):
    other, client = house.signed_in("trainee2"), house.signed_in("trainee")
    theirs = other.act(f"{bench.path}/room", {"room": rooms["clean"]})
    bench.act(place_record, rooms["clean"])
    same = client.act(f"{bench.path}/room", {"room": rooms["clean"]})
    bench.perform()

    late = client.act(f"{bench.path}/room", {"room": rooms["laboratory"], "reason": WHY})

    assert (theirs.status_code, same.status_code, late.status_code) == (404, 422, 403)
    assert bench.record.room == "Salle blanche"


@pytest.mark.requirement("ER-H4", "PF-9", "PF-10")
def test_what_is_signed_and_taken_away_says_the_room_and_the_verifier_compares_it(house, bench, rooms):
    bench.act(place_record, rooms["clean"])
    bench.perform().review()
    bench.conclude()

    made = take_away(house, bench.record)
    files = unpacked(made.bundle)
    manifests = [json.loads(json.loads(files[name])["manifest"]) for name in files if "evidence/signatures/" in name]
    (row,) = (row[3] for row in json.loads(files["evidence/rows.json"]) if row[0] == "record")
    crate = json.loads(files["ro-crate-metadata.json"])["@graph"]
    trust = json.dumps(hub_trust(house.storage, means_of(house.settings))).encode()
    answers = {one["id"]: one["answer"] for one in verify_bytes(made.bundle, json.loads(trust))["statements"]}
    assert {(one["facts"]["site"], one["facts"]["room"]) for one in manifests} == {("Charleroi", "Salle blanche")}
    assert (row["site"], row["room"], row["training_room_id"]) == ("Charleroi", "Salle blanche", rooms["clean"])
    assert {"@id": "#place", "@type": "Place", "name": "Charleroi · Salle blanche"} in crate
    assert (answers["PF-3"], answers["PF-9"], answers["PF-10"]) == ("PASS", "PASS", "PASS")


@pytest.mark.requirement("ER-H4", "P11.10(b)")
def test_the_paper_says_the_room(house, bench, rooms):
    bench.act(place_record, rooms["clean"])

    with house.app.app_context(), house.storage.reading() as session:
        reach = Reach("cahier.test/operator/alpha", 1)
        actor = house.actor("assessor")
        paper = paper_html(session, open_page(session, bench.record), reach, "https://cahier.test", actor=actor)

    assert "Charleroi · Salle blanche" in paper


@pytest.mark.requirement("ER-H4", "PF-9")
def test_a_room_set_right_after_a_return_leaves_the_signature_before_good(house, bench, rooms):
    bench.act(place_record, rooms["clean"])
    bench.perform().begin_review().act(return_record, by="assessor", reason="Une autre salle.")
    bench.act(place_record, rooms["laboratory"], reason=WHY)
    bench.sign().review()
    bench.conclude()

    made = take_away(house, bench.record)
    report = verify_bytes(made.bundle, hub_trust(house.storage, means_of(house.settings)))
    answers = {one["id"]: one["answer"] for one in report["statements"]}
    assert (answers["PF-9"], answers["PF-10"]) == ("PASS", "PASS")
    assert bench.record.room == "Laboratoire Alpha"


@pytest.mark.requirement("ER-H4")
def test_a_hub_without_rooms_asks_nobody_where_they_work(house):
    furnish(house, "trainee")
    bench = a_bench(house)
    client = house.signed_in("trainee")

    page = text_of(client.get(bench.path))

    assert "Dans quelle salle" not in page
    assert "Aucune salle à choisir" in text_of(client.get(f"{bench.path}/room"))
    assert 'name="room"' not in house.signed_in("assessor").get("/records/new").text


@pytest.mark.requirement("ER-H4")
def test_programs_read_the_rooms_and_say_where(house, bench, rooms):
    client, headers = house.client(), bearer(house, "trainee")

    sites = client.get("/api/v1/sites", headers=headers).get_json()["sites"]
    answer = client.post(
        f"/api/v1/records/{bench.record_id}/room",
        json={"room": rooms["laboratory"]},
        headers=headers | {"Idempotency-Key": uuid4().hex},
    )

    assert [(room["name"], room["shared"]) for room in sites[0]["rooms"]] == [
        ("Laboratoire Alpha", False),
        ("Salle blanche", True),
    ]
    assert (answer.status_code, answer.get_json()["room"]) == (200, "Laboratoire Alpha")
