"""What a signature is worth after a change, for people and for programs alike."""

import pytest

from app.assessment.services import return_record
from app.signatures.queries import signatures_of
from tests.benches import Bench, a_bench, furnish, said, words
from tests.installation import Installation
from tests.tokens import bearer


@pytest.fixture
def performed(house: Installation) -> Bench:
    """A performed record."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform()


def worth(bench: Bench) -> dict[str, str]:
    """Return what the API says of each signature."""
    answer = bench.house.client().get(f"/api/v1{bench.path}", headers=bearer(bench.house, "trainee"))
    return {f"{found['meaning']} {found['at']}": found["coverage"] for found in answer.get_json()["signatures"]}


@pytest.mark.requirement("A11d-13.8", "ER-17")
def test_after_a_return_and_a_correction_programs_see_which_signatures_cover_nothing_any_more(
    performed: Bench,
) -> None:
    signed = worth(performed)
    performed.begin_review().act(return_record, by="assessor", reason="Vérifiez la masse")
    only_returned = worth(performed)
    performed.correct(1, "10,1")
    corrected = worth(performed)
    performed.check().sign()

    again = worth(performed)

    assert set(signed.values()) == set(only_returned.values()) == {"covers"}
    assert set(corrected.values()) == {"no-longer-covers"}
    assert {key: again[key] for key in corrected} == corrected
    assert sorted(found.split()[0] for found, value in again.items() if value == "covers") == ["PERFORMED", "VERIFIED"]


@pytest.mark.requirement("A11d-13.8", "ES-8")
def test_a_signature_that_covers_nothing_any_more_says_so_to_its_reviewer_and_on_its_own_page(performed: Bench) -> None:
    assessor = performed.house.signed_in("assessor")
    performed.begin_review().act(return_record, by="assessor", reason="Vérifiez la masse")
    performed.correct(1, "10,1").check().sign().begin_review()

    review = assessor.get(f"{performed.path}/review")
    with performed.house.storage.reading() as session:
        signed = signatures_of(session, f"record:{performed.record_id}")
    pages = [words(assessor.get(f"/signatures/{found.id}")) for found in signed]

    # VERIFIED and PERFORMED of the first round, then of the second.
    assert words(review).count(said("No longer covered: what was signed has changed")) == 2
    assert [said("Genuine, but no longer covered") in page for page in pages] == [True, True, False, False]
