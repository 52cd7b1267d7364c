"""My account: language, tokens for programs, and what is said of me."""

import re

import pytest
from sqlalchemy import select

from app.identity.models import Token
from app.kernel import clock


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


def make_token(client, **changed):
    """Send the form for a new token."""
    return client.act("/account/tokens", {"label": "Balance", "scopes": ["read"], "days": "30", **changed})


def ask(house, secret):
    """Ask the API who a token acts for."""
    return house.client().get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})


def test_the_account_says_who_one_is_and_what_one_may_be(house):
    page = house.signed_in("trainee").get("/account").text

    assert "Léa Martin" in page
    assert "Apprenant" in page
    assert "Alpha Formation" in page


@pytest.mark.parametrize("language", ["nl", "de", "en", "fr"])
def test_a_person_reads_in_the_language_they_choose_wherever_they_sign_in(house, language):
    client = house.signed_in("trainee")
    before = len(house.lines())

    answer = client.act("/language", {"language": language, "next": "/account"})

    (line,) = house.lines()[before:]
    assert answer.location == "/account"
    assert (line["action"], line["after"]) == ("identity:preference:set", {"language": language})
    assert f'<html lang="{language}"' in house.signed_in("trainee").get("/account").text


def test_a_language_the_house_does_not_speak_is_refused(house):
    client = house.signed_in("trainee")
    before = house.all_lines()

    assert client.act("/language", {"language": "it"}).status_code == 422
    assert house.all_lines() == before


@pytest.mark.requirement("AS-9.x")
def test_a_token_is_shown_once_opens_the_api_and_stops_when_it_is_revoked(house):
    client = house.signed_in("trainee")
    before = len(house.lines())

    answer = make_token(client)
    (secret,) = re.findall(r"data-secret>(cahier_[\w-]+)<", answer.text)
    opened = ask(house, secret).status_code
    with house.storage.reading() as session:
        token = session.scalars(select(Token)).one()
    later = client.get("/account").text
    client.act(f"/account/tokens/{token.id}/revoke")

    assert opened == 200
    assert secret not in later
    assert "Balance" in later
    assert secret not in str(token.__dict__)
    assert ask(house, secret).status_code == 401
    assert actions(house.lines()[before:]) == ["identity:token:make", "identity:token:revoke"]


def test_a_token_ends_by_itself_and_with_its_person(house):
    client = house.signed_in("trainee")
    with clock.simulated(clock.now()) as time:
        (secret,) = re.findall(r"data-secret>(cahier_[\w-]+)<", make_token(client, days="1").text)
        time.advance(hours=23)
        before = ask(house, secret).status_code
        time.advance(hours=2)
        after = ask(house, secret).status_code

    assert (before, after) == (200, 401)


@pytest.mark.parametrize(
    "changed",
    [{"label": ""}, {"label": " "}, {"label": "x" * 101}, {"scopes": []}, {"scopes": ["everything"]}, {"days": "3650"}],
)
def test_a_token_without_purpose_scope_or_end_is_refused_and_what_was_typed_stays(house, changed):
    client = house.signed_in("trainee")
    before = house.all_lines()

    answer = make_token(client, **changed)

    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert house.all_lines() == before


def test_a_token_is_made_once_however_often_the_button_is_pressed(house):
    client = house.signed_in("trainee")
    first = make_token(client, idempotency_key="k" * 32)
    second = make_token(client, idempotency_key="k" * 32)

    with house.storage.reading() as session:
        made = [token.label for token in session.scalars(select(Token))]
    assert (first.status_code, second.status_code) == (200, 303)
    assert made == ["Balance"]


def test_nobody_revokes_the_token_of_somebody_else(house):
    make_token(house.signed_in("assessor"))
    with house.storage.reading() as session:
        token = session.scalars(select(Token.id)).one()
    client = house.signed_in("trainee")

    theirs = client.act(f"/account/tokens/{token}/revoke")
    nobodys = client.act("/account/tokens/00000000-0000-4000-8000-000000000000/revoke")

    assert theirs.status_code == nobodys.status_code == 404


@pytest.mark.requirement("AS-6.3.4")
def test_a_token_never_opens_a_page_or_a_door(house):
    (secret,) = re.findall(r"data-secret>(cahier_[\w-]+)<", make_token(house.signed_in("assessor")).text)
    client = house.client()
    bearer = {"Authorization": f"Bearer {secret}"}

    posted = client.post("/account/tokens", data={"label": "x", "scopes": ["read"], "days": "1"}, headers=bearer)

    assert posted.status_code == 400
    assert client.get("/unlock", headers=bearer).status_code == 303


@pytest.mark.requirement("A11d-11.10")
def test_an_auditor_makes_no_token(house):
    client = house.signed_in("auditor")

    assert "Créer un jeton" not in client.get("/account").text
    assert make_token(client).status_code == 403
