"""Signing in and out: the way in for those who know their password, and one same answer for everybody else."""

import re

import pytest
from sqlalchemy import func, select

from app.audit.models import StrangerRefusal
from app.identity.models import Throttle, WebSession
from tests.installation import ZONE, open_installation, password_of

FAILURES_THAT_LOCK = 6
ATTEMPTS_OF_A_FLOOD = 100  # tests/unit/web/test_refusals.py counts a thousand


def try_in(client, login, password=None, **more):
    """Send the sign-in form."""
    return client.act("/sign-in", {"login": login, "password": password or password_of(login)}, **more)


def without_secrets(text):
    """Return a page without what differs each time it is shown."""
    return re.sub(
        r'(csrf_token|idempotency_key)" value="[^"]*"|datetime="[^"]*"|data-clock="[^"]*"|>[\d:]{8}<', "", text
    )


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


def test_a_person_signs_in_with_their_password_and_lands_on_the_start_page(house, client):
    answer = try_in(client, "trainee")

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Léa Martin" in client.get("/account").text


@pytest.mark.requirement("A11d-11.9")
def test_signing_in_and_out_each_write_one_line_about_the_person(house, client):
    before = len(house.lines())
    try_in(client, "trainee")
    client.act("/sign-out")

    begun, ended = house.lines()[before:]

    assert (begun["action"], ended["action"]) == ("identity:session:begin", "identity:session:end")
    assert begun["subject"] == ended["subject"] == f"person:{house.person('trainee').id}"
    assert begun["session"] == ended["session"]


@pytest.mark.parametrize("login", ["TRAINEE", " trainee ", "ｔｒａｉｎｅｅ", "tráinee"])
def test_any_spelling_of_a_login_leads_to_the_same_person(house, client, login):
    answer = try_in(client, login, password_of("trainee"))

    assert answer.status_code == 303


@pytest.mark.requirement("ES-5", "AS-6.3.1")
def test_a_wrong_password_and_an_unknown_login_get_the_very_same_answer(house):
    known = try_in(house.client(), "trainee", "not the password at all")
    unknown = try_in(house.client(), "nobody.here", "not the password at all")

    assert known.status_code == unknown.status_code == 403
    assert without_secrets(known.text).replace("trainee", "nobody.here") == without_secrets(unknown.text)


def test_what_was_typed_as_login_stays_and_the_password_never_comes_back(client):
    answer = try_in(client, "trainee", "not the password at all")

    assert 'value="trainee"' in answer.text
    assert "not the password at all" not in answer.text


@pytest.mark.requirement("AS-16.3.1", "CI-Q11")
def test_a_failure_at_a_known_login_is_a_line_and_at_an_unknown_one_a_count(house):
    before = len(house.lines())
    try_in(house.client(), "trainee", "not the password at all")
    try_in(house.client(), "nobody.here", "not the password at all")

    (line,) = house.lines()[before:]
    with house.storage.reading() as session:
        counted = session.scalars(select(StrangerRefusal.refusals)).all()

    assert line["action"] == "web:request:refuse"
    assert line["after"] == {"attempted": "identity.sign_in", "code": "sign-in-failed"}
    assert line["subject"] == f"person:{house.person('trainee').id}"
    assert line["actor"] == "stranger"
    assert counted == [1]


@pytest.mark.parametrize(
    "login",
    ["trainee' OR '1'='1", 'trainee"; DROP TABLE person; --', "%", "a" * 999, "<b>x</b>"],
)
@pytest.mark.requirement("AS-1.2.4")
def test_no_trick_in_the_login_opens_or_breaks_anything(house, client, login):
    answer = try_in(client, login, "x' OR 'x'='x")

    assert answer.status_code == 403
    assert "<b>x</b>" not in answer.text
    assert house.person("trainee").name == "Léa Martin"


def test_empty_fields_are_named_and_nothing_is_counted(house, client):
    answer = client.act("/sign-in", {"login": "", "password": ""})

    with house.storage.reading() as session:
        doors = session.scalar(select(func.count()).select_from(Throttle))
    assert answer.status_code == 422
    assert 'id="login-error"' in answer.text
    assert 'id="password-error"' in answer.text
    assert doors == 0


@pytest.mark.requirement("AS-3.5.1")
def test_without_the_form_protection_nobody_signs_in(house, client):
    answer = client.post("/sign-in", data={"login": "trainee", "password": password_of("trainee")})

    assert answer.status_code == 400
    assert client.get("/account").status_code == 303


def test_a_double_click_on_sign_in_begins_one_session(house, client):
    fields = {"login": "trainee", "password": password_of("trainee"), "idempotency_key": "k" * 32}
    second = house.client()

    first_answer = client.act("/sign-in", fields)
    second_answer = second.act("/sign-in", fields)

    with house.storage.reading() as session:
        sessions = session.scalar(select(func.count()).select_from(WebSession))
    assert first_answer.location == second_answer.location == "/"
    assert sessions == 1


@pytest.mark.parametrize(
    ("wanted", "landing"),
    [
        ("/people?search=x", "/people?search=x"),
        ("https://evil.example/", "/"),
    ],
)
def test_after_signing_in_people_go_on_only_within_the_application(client, wanted, landing):
    answer = client.act("/sign-in", {"login": "trainee", "password": password_of("trainee"), "next": wanted})

    assert answer.location == landing


def test_a_page_for_people_sends_strangers_to_sign_in_and_back(client):
    answer = client.get("/people?search=lea")

    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/people?search%3Dlea")
    assert 'name="next" type="hidden" value="/people?search=lea"' in client.get(answer.location).text


def test_whoever_is_signed_in_is_not_asked_again(house):
    assert house.signed_in("trainee").get("/sign-in").location == "/"


def test_somebody_else_at_the_same_tablet_ends_the_session_that_was_open(house):
    client = house.client()
    token = house.sign_in(client, "trainee")
    before = len(house.lines())

    try_in(client, "assessor")

    assert actions(house.lines()[before:]) == ["identity:session:end", "identity:session:begin"]
    assert "Hervé Dubois" in client.get("/account").text
    other = house.client()
    with other.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert other.get("/account").status_code == 303


@pytest.mark.requirement("AS-7.2.4", "AS-7.4.1")
def test_a_cookie_replayed_after_signing_out_opens_nothing(house, client):
    try_in(client, "trainee")
    stolen = client.get_cookie("cahier").value
    client.act("/sign-out")

    thief = house.client()
    thief.set_cookie("cahier", stolen)

    assert thief.get("/account").status_code == 303
    assert "Votre session est terminée" in thief.get("/sign-in").text


@pytest.mark.requirement("AS-7.2.1")
def test_the_session_before_signing_in_is_worth_nothing_after(house, client):
    client.get("/sign-in")
    protection_before = client.csrf_token()
    cookie_before = client.get_cookie("cahier").value
    try_in(client, "trainee")

    with client.session_transaction() as cookie:
        assert len(cookie["_user_id"]) >= 43
    refused = client.post("/lock", data={"csrf_token": protection_before})

    assert client.get_cookie("cahier").value != cookie_before
    assert refused.status_code == 400


@pytest.mark.requirement("AS-3.3.1")
def test_every_cookie_is_kept_from_scripts_and_other_sites(client):
    answer = try_in(client, "trainee")

    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)
    assert not any("Domain=" in cookie for cookie in cookies)


@pytest.mark.requirement("AS-3.3.1")
def test_over_https_every_cookie_is_bound_to_the_host_and_to_https(founded_url, tmp_path):
    house = open_installation(founded_url, tmp_path / "var", public_url="https://cahier.example")
    client = house.app.test_client()
    page = client.get("/sign-in", base_url="https://cahier.example")
    (token, *_) = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)
    answer = client.post(
        "/sign-in",
        base_url="https://cahier.example",
        headers={"Referer": "https://cahier.example/sign-in"},
        data={"csrf_token": token, "login": "trainee", "password": password_of("trainee")},
    )
    house.storage.close()

    cookies = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 303
    assert len(cookies) == 3
    assert all(cookie.startswith("__Host-") and "Secure" in cookie for cookie in cookies)
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_a_disabled_person_and_an_invited_one_do_not_get_in(house, client):
    from app.identity.services.people import NewPerson, add_person
    from app.kernel.actors import Role
    from app.signatures.services.accounts import disable_person

    hub = house.actor("hub_administrator")
    with house.acting() as session:
        disable_person(session, house.person("trainee").id, actor=hub, reason="left the training")
    with house.acting() as session:
        new = NewPerson("new.comer", "New Comer", "fr", (Role.TRAINEE,))
        _, code = add_person(
            session, new, operator_id=house.operator_id("ALPHA"), pepper=house.settings.pepper, actor=hub
        )

    assert try_in(client, "trainee").status_code == 403
    assert try_in(client, "new.comer", code).status_code == 403


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "Se connecter"), ("nl", "Aanmelden"), ("de", "Anmelden"), ("en", "Sign in")]
)
@pytest.mark.requirement("LANG-1")
def test_a_stranger_reads_in_the_language_they_pick(client, language, word):
    answer = client.act("/language", {"language": language, "next": "/sign-in"})

    page = client.get(answer.location)
    assert f'<html lang="{language}"' in page.text
    assert word in page.text


def test_french_comes_first_for_a_browser_that_does_not_care(client):
    assert '<html lang="fr"' in client.get("/sign-in").text
    assert '<html lang="nl"' in client.get("/sign-in", headers={"Accept-Language": "nl-BE,nl;q=0.9"}).text


def test_the_zone_of_the_hub_is_on_the_clock(house):
    assert f'data-zone="{ZONE}"' in house.signed_in("trainee").get("/account").text
