"""The trail of a record as people read it: titles for ids, a way there from the record; exports keep the ids."""

import pytest
from sqlalchemy import text

from tests.benches import Bench, a_bench, furnish, words
from tests.installation import Installation


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record with a value, a corrected value and a calculated one."""
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house).enter("mass", "10").correct(1, "10,1").fill("weighing").complete("weighing")
    return bench.fill("reading")


@pytest.mark.requirement("A11d-12.9", "P11.10(b)")
def test_the_trail_names_steps_and_fields_as_the_exercise_does(house: Installation, bench: Bench) -> None:
    page = words(house.signed_in("trainee").get(f"{bench.path}/trail"))

    assert [name for name in ("Pesée", "Masse", "Dérive moyenne = 0.20") if name not in page] == []
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
