"""Who signs again sees what changed since the signature before (ES-2)."""

import pytest

from app.assessment.services import return_record
from app.notebook.services.exceptions import raise_exception
from tests.benches import Bench, a_bench, furnish, said, words
from tests.installation import Installation

HEADING = "Changed since the last signature"


@pytest.fixture
def returned(house: Installation) -> Bench:
    """A record that was signed, and returned for correction."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform().begin_review().act_and(return_record, by="assessor", reason="Vérifiez la masse")


def page(bench: Bench, path: str, login: str = "trainee") -> str:
    """Return what a page of the record says."""
    return words(bench.house.signed_in(login).get(f"{bench.path}/{path}"))


@pytest.mark.requirement("ES-2")
def test_who_signs_first_reads_of_no_earlier_signature(house: Installation) -> None:
    furnish(house, "trainee", "trainee2")

    assert said(HEADING) not in page(a_bench(house).finish(), "sign")


@pytest.mark.requirement("ES-2", "ER-17")
def test_the_performer_who_signs_again_sees_each_change_with_its_reason(returned: Bench) -> None:
    unchanged = page(returned, "sign")
    returned.correct(1, "10,1", "Relu sur l'écran").act(raise_exception, "cleaning", reason="Le sol était humide")
    returned.check()

    changed = page(returned, "sign")

    assert said("Nothing was changed since.") in unchanged
    shown = changed.split(said(HEADING), 1)[1]
    for said_of_it in ("Pesée · Masse", "10,0", "10,1 g", "Relu sur l'écran", said("Step verified by a second person")):
        assert said_of_it in shown
    assert said("Reported exception") in shown
    assert "Remarque" not in shown


@pytest.mark.requirement("ES-2", "A11-9-3")
def test_the_reviewer_of_the_second_round_sees_what_changed_since_the_first(returned: Bench) -> None:
    returned.correct(1, "10,1").check().sign().begin_review()

    shown = page(returned, "review/sign", "assessor")

    assert said(HEADING) in shown
    assert "Pesée · Masse" in shown.split(said(HEADING), 1)[1]


@pytest.mark.requirement("ES-2")
def test_the_reviewer_of_the_first_round_reads_of_no_earlier_signature(house: Installation) -> None:
    furnish(house, "trainee", "trainee2", "assessor")
    bench = a_bench(house).perform().begin_review()

    assert said(HEADING) not in page(bench, "review/sign", "assessor")


@pytest.mark.requirement("ES-2", "ER-13")
def test_a_second_person_sees_what_changed_since_the_last_check_but_not_what_they_read_blind(
    returned: Bench,
) -> None:
    drift = next(entry.sequence for entry in returned.sheet.entries if entry.field_id == "drift")
    returned.correct(1, "10,1").correct(drift, "0,17", "Lu 0,17 et non 0,10")

    shown = page(returned, "steps/reading/check").split(said(HEADING), 1)[1]

    assert "10,1 g" in shown
    assert "Lecture · Dérive" in shown
    assert "0,17" not in shown
