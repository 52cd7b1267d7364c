"""What programs read of the evidence: the trail of a record, its export, competencies; and a step resumed."""

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.benches import Bench, a_bench, furnish
from tests.installation import Installation
from tests.tokens import bearer


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record that was just issued."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house)


def ask(house: Installation, login: str, path: str, *, status: int = 200) -> Any:
    """Return what the API answers to a person's program."""
    answer = house.client().get(f"/api/v1{path}", headers=bearer(house, login))
    assert answer.status_code == status, answer.text
    return answer.get_json()


@pytest.mark.requirement("A11d-12.9", "P11.10(b)")
def test_a_program_reads_the_trail_of_a_record_with_the_filters_of_the_page(house: Installation, bench: Bench) -> None:
    bench.enter("mass", "10").correct(1, "10,1", "Relu sur la balance")
    trainee = f"person:{house.person('trainee').id}"

    whole = ask(house, "trainee", f"{bench.path}/trail")
    corrected = ask(house, "trainee", f"{bench.path}/trail?action=notebook:entry:correct&actor={trainee}")
    by_text = ask(house, "trainee", f"{bench.path}/trail?text=RELU")

    assert [line["action"].split(":")[-1] for line in whole["lines"]] == ["issue", "record", "correct"]
    assert whole["count"] == 3
    assert corrected == by_text == {"lines": whole["lines"][2:], "count": 1}
    assert (corrected["lines"][0]["before"]["value"], corrected["lines"][0]["after"]["value"]) == ("10", "10.1")
    assert ask(house, "trainee", f"{bench.path}/trail?page=2") == {"lines": [], "count": 3}


@pytest.mark.requirement("A11d-12.9")
def test_the_export_of_the_api_is_the_export_of_the_page_and_carries_what_was_hashed(
    house: Installation, bench: Bench
) -> None:
    bench.enter("mass", "10")

    answer = house.client().get(f"/api/v1{bench.path}/trail.jsonl", headers=bearer(house, "trainee"))

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.content_type == "application/jsonl"
    assert answer.data == house.signed_in("trainee").get(f"{bench.path}/trail.jsonl").data
    assert all(hashlib.sha256(b"\x00" + line["body"].encode()).hexdigest() == line["leaf_hash"] for line in lines)


@pytest.mark.requirement("AS-8.4.1")
def test_who_reads_their_own_records_alone_reads_no_other_trail(house: Installation, bench: Bench) -> None:
    other = ask(house, "trainee2", f"{bench.path}/trail", status=404)
    absent = ask(house, "trainee2", f"/records/{uuid4()}/trail", status=404)

    assert other == absent
    assert ask(house, "trainee", "/trail", status=403)["code"]
    assert ask(house, "assessor", "/trail")["lines"][0]["index"] == ask(house, "assessor", "/trail")["count"] - 1


@pytest.mark.requirement("CO-1", "CO-3")
def test_a_program_reads_what_a_person_may_do_until_when_and_on_which_record(house: Installation, bench: Bench) -> None:
    bench.perform().review().conclude()
    person = house.person("trainee").id

    (own,) = ask(house, "trainee", "/competencies")["competencies"]

    assert (own["competency"], own["state"], own["rests_on"]) == ("TST-A", "held", bench.record_id)
    assert own["valid_until"] > own["decisions"][0]["decided_at"]
    assert own["decisions"][0]["scope"] == "Une balance"
    assert ask(house, "assessor", f"/people/{person}/competencies")["competencies"] == [own]


@pytest.mark.requirement("AS-8.4.1")
def test_competencies_of_another_operators_person_are_as_absent_as_of_nobody(house: Installation, bench: Bench) -> None:
    person = bench.house.person("trainee").id

    answers = [ask(house, "beta_assessor", f"/people/{found}/competencies", status=404) for found in (person, uuid4())]

    assert answers[0] == answers[1]
    assert ask(house, "trainee2", f"/people/{person}/competencies", status=403)


@pytest.mark.requirement("ER-20")
def test_a_program_takes_up_a_step_that_was_set_aside(house: Installation, bench: Bench) -> None:
    client, headers = house.client(), bearer(house, "trainee")
    step = f"/api/v1{bench.path}/steps/cleaning"

    answers = [
        client.post(f"{step}/{act}", json={"reason": "Because"}, headers=headers)
        for act in ("resumption", "not-applicable", "resumption")
    ]

    assert [answer.status_code for answer in answers] == [409, 200, 200]
    assert [entry.kind.value for entry in bench.sheet.entries] == ["not-applicable", "step-resumed"]
    assert bench.sheet.step("cleaning").state.value == "open"
