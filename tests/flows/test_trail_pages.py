"""The trail of a record as people read it: titles for ids, a way there from the record; exports keep the ids."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, text
from werkzeug.test import TestResponse

from app.audit.actions import Action
from app.kernel import clock
from app.trail.rules.filters import is_exceptional, read_days
from tests.benches import Bench, a_bench, furnish, words
from tests.installation import ZONE, Installation
from tests.tokens import bearer


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record with a value, a corrected value and a calculated one."""
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house).enter("mass", "10").correct(1, "10,1").fill("weighing").complete("weighing")
    return bench.fill("reading")


@pytest.mark.requirement("A11d-12.9", "P11.10(b)")
def test_the_trail_names_steps_and_fields_as_the_exercise_does(house: Installation, bench: Bench) -> None:
    page = words(house.signed_in("trainee").get(f"{bench.path}/trail"))

    assert [name for name in ("Pesée", "Masse", "Dérive moyenne = 0,20") if name not in page] == []
    assert [name for name in ("weighing", "mean_drift") if name in page] == []


@pytest.mark.requirement("A11d-12.9")
def test_the_operators_trail_names_the_record_and_words_of_closed_lists(house: Installation, bench: Bench) -> None:
    trail = words(house.signed_in("assessor").get("/trail"))

    assert "Dossier émis TST-2026-0001 But Évaluation" in trail
    assert "assessment" not in trail


@pytest.mark.requirement("A11d-12.9")
def test_a_trail_is_searched_by_what_its_page_says(house: Installation, bench: Bench) -> None:
    client = house.signed_in("trainee")

    found = words(client.get(f"{bench.path}/trail?text=remarque"))

    assert "Rien" in found
    assert "Dérive" not in found


@pytest.mark.requirement("A11d-12.9")
def test_the_operators_trail_names_steps_too_and_exports_keep_the_ids(house: Installation, bench: Bench) -> None:
    trail = words(house.signed_in("assessor").get("/trail"))
    export = house.signed_in("trainee").get(f"{bench.path}/trail.csv").text

    assert ("Pesée" in trail, "weighing" in trail) == (True, False)
    assert ("Pesée" in export, '""step"": ""weighing""' in export) == (False, True)


@pytest.mark.requirement("P11.10(b)")
def test_the_trail_of_a_record_is_readable_when_its_exercise_was_tampered_with(
    house: Installation, bench: Bench
) -> None:
    with house.storage.engine.begin() as connection:
        connection.execute(text("UPDATE record SET exercise_digest = :digest"), {"digest": "0" * 64})

    page = house.signed_in("trainee").get(f"{bench.path}/trail")

    assert page.status_code == 200
    assert "weighing" in words(page)


@pytest.mark.requirement("P11.10(b)")
def test_a_trainee_finds_the_trail_on_the_page_of_their_record(house: Installation, bench: Bench) -> None:
    client = house.signed_in("trainee")

    page = client.get(bench.path)

    assert f'href="{bench.path}/trail"' in page.text
    assert client.get(f"{bench.path}/trail").status_code == 200


@pytest.fixture
def later(house: Installation, bench: Bench) -> Bench:
    """The record, in which a value was corrected once more three days later."""
    with clock.simulated(clock.now() + timedelta(days=3)):
        return bench.correct(2, "10,3")


def day(after: int) -> str:
    """Return a day as a field of a form holds it, in the hub's zone."""
    return (clock.now() + timedelta(days=after)).astimezone(ZoneInfo(ZONE)).date().isoformat()


def shown(page: TestResponse) -> list[int]:
    """Return the indexes of the lines in the whole trail of a page, or in its only table."""
    table = page.text.split("<table")[-1]
    return [int(index) for index in re.findall(r'data-label="Ligne"[^>]*>(\d+)<', table)]


@pytest.mark.requirement("MH-6.6", "A11-9-3")
def test_days_choose_lines_of_a_record_and_stay_in_the_form(house: Installation, later: Bench) -> None:
    client = house.signed_in("assessor")

    every = shown(client.get(f"{later.path}/trail"))
    page = client.get(f"{later.path}/trail?since={day(3)}")
    before = shown(client.get(f"{later.path}/trail?until={day(2)}"))

    assert len(shown(page)) == 1
    assert before + shown(page) == every
    assert f'value="{day(3)}"' in page.text


@pytest.mark.requirement("MH-6.6", "P11.10(e)-4")
def test_days_person_act_and_subject_are_looked_for_in_the_whole_log(house: Installation, later: Bench) -> None:
    with clock.simulated(clock.now() + timedelta(days=3)):
        a_bench(house)
    client = house.signed_in("assessor")
    address, number = "/trail", later.record.number
    lines = house.lines("ALPHA")

    def indexes(wanted: Callable[[dict[str, Any]], bool]) -> list[int]:
        return [line["index"] for line in reversed(lines) if wanted(line)]

    trainee, record = f"person:{house.person('trainee').id}", f"record:{later.record.id}"
    found = {
        f"since={day(3)}": [line["index"] for line in reversed(lines)][:2],
        f"until={day(-1)}": [],
        f"subject={number.lower()}": indexes(lambda line: line["subject"] == record),
        f"subject={record}": indexes(lambda line: line["subject"] == record),
        "subject=record": indexes(lambda line: line["subject"].startswith("record:")),
        "subject=TST-1999-0001": [],
        "action=notebook:entry:correct": indexes(lambda line: line["action"] == "notebook:entry:correct"),
        f"actor={trainee}&subject={number}": indexes(lambda one: (one["actor"], one["subject"]) == (trainee, record)),
    }

    for query, wanted in found.items():
        page = client.get(f"{address}?{query}")
        answer = house.client().get(f"/api/v1{address}?{query}", headers=bearer(house, "assessor")).get_json()

        assert (query, shown(page)) == (query, wanted[:100])
        assert (query, answer["count"]) == (query, len(wanted))
        assert [line["index"] for line in answer["lines"]] == wanted[:100]


@pytest.mark.requirement("WC-3.3.1")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=hier", "Écrivez le jour comme 2026-11-23."),
        ("until=2026-02-30", "Écrivez le jour comme 2026-11-23."),
        ("since=9999-12-31", "Écrivez le jour comme 2026-11-23."),
        ("since=2026-03-02&until=2026-03-01", "Le dernier jour précède le premier."),
    ],
)
def test_a_day_that_is_none_is_said_in_the_readers_language(
    house: Installation, bench: Bench, query: str, said: str
) -> None:
    of_record = house.signed_in("assessor").get(f"{bench.path}/trail?{query}")
    of_log = house.signed_in("assessor").get(f"/trail?{query}")
    by_api = house.client().get(f"/api/v1/trail?{query}", headers=bearer(house, "assessor"))

    assert [page.status_code for page in (of_record, of_log, by_api)] == [422] * 3
    assert all(said in words(page) for page in (of_record, of_log))
    assert f'value="{query.partition("=")[2].partition("&")[0]}"' in of_log.text
    assert list(by_api.get_json()["errors"].values()) == [said]


@pytest.mark.requirement("A11-9-3", "MH-6.6")
def test_exceptions_stand_first_and_lead_to_their_place_in_the_trail(house: Installation, later: Bench) -> None:
    client = house.signed_in("assessor")
    page = client.get(f"{later.path}/trail").text
    first, whole = page.split('id="whole"')
    leading = [int(index) for index in re.findall(r'href="#line-(\d+)"', first)]
    actions = {line["index"]: line["action"] for line in house.lines("ALPHA")}

    answer = (
        house.client()
        .get(f"/api/v1{later.path}/trail?exceptions_first=true", headers=bearer(house, "assessor"))
        .get_json()
    )

    assert {actions[index] for index in leading} == {"notebook:entry:correct"}
    assert len(leading) == 2
    assert all(f'id="line-{index}"' in whole for index in leading)
    assert [line["index"] for line in answer["lines"]][:2] == leading


@pytest.mark.requirement("A11-9-3")
def test_a_refused_attempt_and_a_value_outside_its_limits_are_exceptions() -> None:
    assert is_exceptional(Action.REQUEST_REFUSED, {})
    assert is_exceptional(Action.ENTRY_RECORDED, {"out_of_limit": True})
    assert not is_exceptional(Action.ENTRY_RECORDED, {"value": "10"})


def test_a_day_begins_and_ends_with_the_zone_of_the_hub() -> None:
    since, until = read_days("2026-03-29", "2026-03-29", "Europe/Brussels")

    assert None not in (since, until)
    assert [clock.to_text(moment) for moment in (since, until) if moment] == [
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T22:00:00.000Z",
    ]


def test_a_longer_trail_asks_the_database_no_more_often(house: Installation, bench: Bench) -> None:
    client = house.signed_in("assessor")
    asked: list[str] = []
    counts: list[int] = []
    event.listen(house.storage.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))

    for mass in ("10,2", "10,3"):
        latest = bench.sheet.cell("mass", None).latest
        assert latest is not None
        bench.correct(latest.sequence, mass)
        for address in (f"{bench.path}/trail", f"/trail?subject={bench.record.number}"):
            asked.clear()
            client.get(address)
            counts.append(len(asked))

    assert counts[:2] == counts[2:]
