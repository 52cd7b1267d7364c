"""Coming to sign: the accountability statement, the key, both parts of a first signature, a second person, a lost
password. The story that nobody, an administrator or whoever copies the database included, can sign for another.
"""

import re

import pytest
from sqlalchemy import select

from app.identity.models import WebSession
from app.kernel import clock
from tests.flows.signing import (
    accept,
    add_trial_pages,
    found_in,
    give_key,
    keys_of,
    shown_in,
)
from tests.installation import password_of


@pytest.fixture
def trial(house):
    """An installation with two addresses that open keys as every signing page does."""
    add_trial_pages(house.app)
    return house


@pytest.mark.requirement("P11.10(j)", "KM-2")
def test_accepting_the_statement_makes_the_key_once_and_writes_one_line(house):
    client, before = house.signed_in("trainee"), len(house.lines())

    first = accept(client, password_of("trainee"), next="/account")
    again = client.get("/account/statement")

    line = house.lines()[-1]
    (key,) = keys_of(house, "trainee")
    assert (first.status_code, first.headers["Location"]) == (303, "/account/statement?next=/account")
    assert key.fingerprint in again.text
    assert line["action"] == "signatures:statement:accept"
    assert line["after"] == {"key": key.fingerprint, "language": "fr", "statement": "1"}
    assert len(house.lines()) == before + 1


def test_the_statement_is_shown_in_the_readers_language(house):
    client = house.signed_in("trainee")
    client.act("/language", {"language": "de", "next": "/account"})

    assert "handschriftliche" in client.get("/account/statement").text


def test_a_statement_that_was_shown_in_another_language_is_not_accepted(house):
    client = house.signed_in("trainee")
    shown = shown_in(client.get("/account/statement"))
    client.act("/language", {"language": "nl", "next": "/account"})

    answer = client.act("/account/statement", {"password": password_of("trainee"), "shown": shown})

    assert answer.status_code == 403
    assert keys_of(house, "trainee") == []


@pytest.mark.requirement("P11.200(a)(1)", "P11.300(d)")
def test_a_wrong_password_makes_no_key_and_is_kept_as_a_refusal(house):
    answer = accept(house.signed_in("trainee"), "not my password at all")

    assert answer.status_code == 403
    assert keys_of(house, "trainee") == []
    assert house.lines()[-1]["action"] == "web:request:refuse"
    assert house.lines()[-1]["after"]["code"] == "wrong-password"


def test_a_role_that_signs_nothing_gets_no_key(house):
    client = house.signed_in("administrator")
    page = client.get("/account/statement")
    answer = client.act("/account/statement", {"password": password_of("administrator"), "shown": shown_in_or(page)})

    assert "signe rien" in page.text
    assert answer.status_code == 403
    assert keys_of(house, "administrator") == []


def shown_in_or(page):
    """Return the digest a page carries, or that of nothing."""
    found = re.search(r'name="shown"[^>]*value="([^"]+)"', page.text)
    return found.group(1) if found else ""


@pytest.mark.requirement("P11.200(a)(1)(i)", "ES-1")
def test_the_first_signature_of_a_session_takes_login_and_password_and_the_next_the_password(trial):
    give_key(trial, "trainee")
    client, password = trial.signed_in("trainee"), password_of("trainee")

    without = client.act("/trial", {"password": password})
    first = client.act("/trial", {"password": password, "login": "Trainee"})
    second = client.act("/trial", {"password": password})

    assert without.status_code == 422
    assert first.json == {"person": trial.person("trainee").id, "factors": ["login", "password"]}
    assert second.json["factors"] == ["password"]


@pytest.mark.requirement("P11.200(a)(1)(i)", "ES-1")
def test_after_a_lock_a_signature_takes_both_parts_again(trial):
    give_key(trial, "trainee")
    client, password = trial.signed_in("trainee"), password_of("trainee")
    client.act("/trial", {"password": password, "login": "trainee"})

    client.act("/lock")
    client.act("/unlock", {"password": password})

    assert client.act("/trial", {"password": password}).status_code == 422


@pytest.mark.requirement("P11.200(a)(1)(ii)")
def test_another_session_of_the_same_person_takes_both_parts_of_its_own(trial):
    give_key(trial, "trainee")
    trial.signed_in("trainee").act("/trial", {"password": password_of("trainee"), "login": "trainee"})

    answer = trial.signed_in("trainee").act("/trial", {"password": password_of("trainee")})

    assert answer.status_code == 422


@pytest.mark.requirement("ES-5", "P11.200(a)(2)")
def test_a_wrong_login_and_a_wrong_password_get_the_same_words(trial):
    give_key(trial, "trainee")
    client = trial.signed_in("trainee")

    answers = [
        client.act("/trial", {"login": "trainee2", "password": password_of("trainee")}),
        client.act("/trial", {"login": "trainee", "password": "not my password at all"}),
    ]

    words = {re.sub(r"nonce|[0-9a-f]{10,}", "", found_in(r"<main.*</main>", page).group(0)) for page in answers}
    assert [page.status_code for page in answers] == [403, 403]
    assert len(words) == 1


@pytest.mark.requirement("P11.300(d)", "ES-5")
def test_failed_signings_close_the_persons_door_and_the_line_says_so(trial):
    give_key(trial, "trainee")
    client = trial.signed_in("trainee")
    with clock.simulated(clock.now()) as time:
        for _ in range(6):
            client.act("/trial", {"login": "trainee", "password": "not my password at all"})
            time.advance(seconds=10)
        closed = client.act("/trial", {"login": "trainee", "password": password_of("trainee")})

    actions = [line["action"] for line in trial.lines()]
    assert closed.status_code == 429
    assert actions.count("web:request:refuse") == 6
    assert "identity:person:lock" in actions


def test_without_a_key_a_person_is_told_what_to_do_first(trial):
    answer = trial.signed_in("trainee").act("/trial", {"login": "trainee", "password": password_of("trainee")})

    assert answer.status_code == 403
    assert "déclaration de responsabilité" in answer.text


@pytest.mark.requirement("A11-6", "P11.200(a)(2)")
def test_a_second_person_opens_their_own_key_and_leaves_the_session_whose_it_was(trial):
    give_key(trial, "assessor")
    client = trial.signed_in("trainee")

    answer = client.act("/trial/second", {"login": "assessor", "password": password_of("assessor")})

    host, second = trial.person("trainee").id, trial.person("assessor").id
    assert answer.json == {"person": second, "key": second, "operator": trial.operator_id("ALPHA"), "host": host}
    assert "Léa Martin" in client.get("/account").text
    with trial.storage.reading() as session:
        assert session.scalars(select(WebSession.person_id)).all() == [host]


@pytest.mark.requirement("ES-5", "AS-8.4.1")
@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("nobody.here", "whatever it may be"),
        ("assessor", "not the password at all"),
        ("beta_assessor", password_of("beta_assessor")),
    ],
)
def test_a_second_person_who_is_not_one_gets_the_same_words_whatever_was_wrong(trial, login, password):
    give_key(trial, "beta_assessor")
    answer = trial.signed_in("trainee").act("/trial/second", {"login": login, "password": password})

    refusal = trial.lines("ALPHA")[-1:] + trial.lines()[-1:]
    assert answer.status_code == 403
    assert "identifiant ou le mot de passe" in answer.text.lower() or "name or password" in answer.text
    assert refusal[-1]["actor"] == f"person:{trial.person('trainee').id}"
    assert refusal[-1]["after"]["code"] == "wrong-password"


@pytest.mark.requirement("P11.300(d)")
def test_a_failed_second_person_is_kept_with_both_identities(trial):
    trial.signed_in("trainee").act("/trial/second", {"login": "assessor", "password": "not the password at all"})

    line = trial.lines()[-1]
    assert line["actor"] == f"person:{trial.person('trainee').id}"
    assert line["subject"] == f"person:{trial.person('assessor').id}"
