"""REVIEWED says that the trail was examined: it is signed over the lines that were shown, and over no other."""

import json

import pytest
from sqlalchemy import select

from app.assessment.errors import TrailMovedOn
from app.assessment.services import sign_review
from app.notebook.rules.words import RecordState
from app.signatures.models import Signature
from app.signatures.rules import Meaning
from tests.benches import Bench, a_bench, furnish, hidden, key_of, said, typed_values
from tests.installation import Installation, password_of
from tests.tokens import bearer


@pytest.fixture
def bench(house: Installation) -> Bench:
    """A record under review."""
    furnish(house, "trainee", "trainee2", "assessor")
    return a_bench(house).perform().begin_review()


def try_to_change(bench: Bench) -> None:
    """Try as the performer to change the record under review: refused, and a line of its own in the record's trail."""
    form = {"field": "mass", "value": "10,2"}
    answer = bench.house.signed_in("trainee").act(f"{bench.path}/steps/weighing/entries", form)
    assert answer.status_code == 403


@pytest.mark.requirement("A11-9-3", "ES-3")
def test_a_line_that_came_after_the_page_was_opened_keeps_the_review_from_being_signed(bench: Bench) -> None:
    client = bench.house.signed_in("assessor")
    form = {"login": "assessor", "password": password_of("assessor")}
    shown = {name: hidden(client.get(f"{bench.path}/review/sign"), name) for name in ("shown", "shown_line")}
    try_to_change(bench)

    page = client.act(f"{bench.path}/review/sign", form | shown)
    again = {name: hidden(page, name) for name in shown}
    answer = client.act(f"{bench.path}/review/sign", form | again)

    assert page.status_code == 409
    assert said(TrailMovedOn.message) in page.text.replace("&#39;", "'")
    assert typed_values(page, "login") == ["assessor", "assessor"]  # one is of the form that unlocks the page
    assert int(again["shown_line"]) == int(shown["shown_line"]) + 1
    assert answer.status_code == 303


@pytest.mark.requirement("A11-9-3")
def test_the_signed_range_of_the_trail_is_the_one_that_was_shown(bench: Bench) -> None:
    shown, line = bench.shown_review()

    bench.act(sign_review, key_of(bench.house, "assessor"), shown, line, by="assessor")

    with bench.house.storage.reading() as session:
        found = session.scalars(select(Signature).where(Signature.meaning == Meaning.REVIEWED)).one()
    assert json.loads(found.manifest)["facts"]["trail"]["last"] == line


@pytest.mark.requirement("A11-9-3")
@pytest.mark.parametrize("off_by", [-1, 1, 1000])
def test_no_other_range_is_signed_than_the_present_one(bench: Bench, off_by: int) -> None:
    shown, line = bench.shown_review()

    with pytest.raises(TrailMovedOn):
        bench.act(sign_review, key_of(bench.house, "assessor"), shown, line + off_by, by="assessor")

    assert bench.record.state is RecordState.UNDER_REVIEW


@pytest.mark.requirement("A11-9-3", "ES-3")
def test_a_program_names_the_last_line_that_it_showed(bench: Bench) -> None:
    client, headers = bench.house.client(), bearer(bench.house, "assessor")
    address = f"/api/v1{bench.path}/review"
    shown = client.get(address, headers=headers).get_json()
    body = {"password": password_of("assessor"), "shown_digest": shown["digest"]}
    line = {"shown_line": shown["facts"]["trail"]["last"]}
    try_to_change(bench)

    answers = [
        client.post(f"{address}/signature", json=body | more, headers=headers)
        for more in ({}, line, {"shown_line": line["shown_line"] + 1})
    ]

    assert [answer.status_code for answer in answers] == [422, 409, 200]
    assert answers[1].get_json()["code"] == "trail-moved-on"
