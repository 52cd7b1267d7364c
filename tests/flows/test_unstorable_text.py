"""What one of the two databases cannot keep is refused at the edge, and never fails inside (AS-2.2.1)."""

import pytest

from tests.installation import Installation
from tests.tokens import bearer


@pytest.mark.requirement("AS-2.2.1", "AS-16.5.1")
@pytest.mark.parametrize(
    ("path", "status"), [("/records?search=a%00b", 422), ("/exercises/a%00b", 404), ("/records?search=a", 200)]
)
def test_a_program_that_asks_with_a_nul_is_told_so(house: Installation, path: str, status: int) -> None:
    answer = house.client().get(f"/api/v1{path}", headers=bearer(house, "trainee"))

    assert answer.status_code == status


@pytest.mark.requirement("AS-2.2.1", "AS-16.5.1")
def test_a_body_with_a_nul_is_refused_wherever_it_stands(house: Installation) -> None:
    path = "/api/v1/records/00000000-0000-4000-8000-000000000000"
    headers, client = bearer(house, "assessor"), house.client()
    criterion = {"outcome": "met", "remark": "a\0b"}

    answers = [
        client.post(f"{path}/abortion", json={"reason": "a\0b"}, headers=headers),
        client.post(
            f"{path}/decision/preview",
            json={"verdict": "competent", "judgements": {"tidy": criterion}},
            headers=headers,
        ),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]


@pytest.mark.requirement("AS-2.2.1", "AS-16.5.1")
def test_a_form_with_a_nul_is_refused_and_records_nothing(house: Installation) -> None:
    client = house.signed_in("administrator")
    before = house.all_lines()

    answers = [client.act("/cohorts", {"name": "a\0b"}), client.get("/people?search=%00")]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert house.all_lines() == before
