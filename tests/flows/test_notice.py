"""What people are told of their data: read before the first password, in one's language, again when it changes."""

import re

import pytest

from app.factory import notices_of
from app.identity.rules.people import fill_notice
from app.identity.services.people import NewPerson, add_person
from app.identity.services.sessions import begin_session
from app.identity.views.notices import install_notices
from app.kernel.actors import Role
from config.settings import LANGUAGES, Settings
from tests.installation import NOTICE, Installation, Tablet, password_of
from tests.tokens import bearer

CHOSEN = "vier losse woorden samen"
NAMED = {
    "fr": ("piste d'audit", "horodatage", "témoins", "Employeurs", "Combien de temps"),
    "nl": ("auditspoor", "tijdstempel", "getuigen", "Werkgevers", "Hoelang"),
    "en": ("audit trail", "Time stamps", "witnesses", "Employers", "How long"),
    "de": ("Audit-Trail", "Zeitstempel", "Zeugen", "Arbeitgeber", "Wie lange"),
}


def invite(house: Installation) -> str:
    """Add a person and return their activation code."""
    new = NewPerson("new.comer", "Émilie Renard", "fr", (Role.TRAINEE,))
    with house.acting() as session:
        _, code = add_person(
            session,
            new,
            operator_id=house.operator_id("ALPHA"),
            pepper=house.settings.pepper,
            actor=house.actor("administrator"),
        )
    return code


def hidden(page: str) -> str:
    """Return the digest that a page will send back."""
    (found,) = re.findall(r'<input[^>]*name="notice"[^>]*value="([^"]*)"', page)
    return str(found)


def fields(code: str, **more: str) -> dict[str, str]:
    """Return the form of activation."""
    return {"login": "new.comer", "code": code, "password": CHOSEN, "repeated": CHOSEN, **more}


def change_notice(house: Installation) -> None:
    """Let a new version of the notice come."""
    changed = {
        language: fill_notice(
            language,
            house.settings.notice_source(language).replace("Version 2026-11-23", "Version 2027-01-04"),
            house.settings.notice_facts(language),
        )
        for language in LANGUAGES
    }
    install_notices(house.app, changed)


def enter(client: Tablet, login: str = "trainee") -> str | None:
    """Sign in with the password, and return where the way leads."""
    answer = client.act("/sign-in", {"login": login, "password": password_of(login), "next": "/records"})
    return str(answer.location)


@pytest.mark.requirement("GD-13/14")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_what_a_person_must_know(language: str) -> None:
    settings = Settings.from_environ({"CAHIER_CONTROLLER": "Hub of Charleroi", "CAHIER_CONTROLLER_CONTACT": "a@b.be"})
    notice = notices_of(settings)[language]

    assert [word for word in NAMED[language] if word.casefold() not in notice.text.casefold()] == []
    assert "Hub of Charleroi" in notice.text
    assert "{" not in notice.text


@pytest.mark.requirement("GD-13/14")
def test_activation_shows_the_notice_in_the_readers_language_and_needs_it_read(house: Installation) -> None:
    code, client = invite(house), house.client()
    client.act("/language", {"language": "de", "next": "/activate"})
    page = client.get("/activate").text

    refused = client.act("/activate", fields(code, notice=hidden(page)))
    done = client.act("/activate", fields(code, notice=hidden(page), informed="y"))

    assert "Zeitstempeldienste" in page
    assert refused.status_code == 422
    assert 'name="login" value="new.comer"' in refused.text
    assert done.location == "/sign-in"
    line = next(line for line in reversed(house.lines()) if line["action"] == "identity:person:activate")
    assert line["after"] == {"state": "active", "notice": hidden(page), "version": NOTICE.version, "language": "de"}


@pytest.mark.requirement("GD-13/14")
def test_a_notice_that_changed_while_it_was_read_is_shown_anew(house: Installation) -> None:
    code, client = invite(house), house.client()
    page = client.get("/activate").text
    change_notice(house)

    answer = client.act("/activate", fields(code, notice=hidden(page), informed="y"))

    assert answer.status_code == 409
    assert hidden(answer.text) != hidden(page)
    assert "checked" not in answer.text
    assert client.act("/activate", fields(code, notice=hidden(answer.text), informed="y")).location == "/sign-in"


@pytest.mark.requirement("GD-13/14")
def test_whoever_read_the_present_notice_goes_straight_on(house: Installation) -> None:
    client = house.client()
    client.act("/language", {"language": "nl", "next": "/"})

    assert enter(client) == "/records"
    assert client.get("/records").status_code == 200


@pytest.mark.requirement("GD-13/14")
def test_a_new_notice_is_read_at_the_next_sign_in_before_anything_else(house: Installation) -> None:
    change_notice(house)
    client = house.client()
    enter(client)
    before = len(house.lines())

    led = client.get("/records?page=1")
    posted = client.act("/account/export")
    page = client.get(led.location)
    in_dutch = client.get("/privacy/notice?language=nl")
    read = client.act("/privacy/notice", {"notice": hidden(page.text), "next": "/records?page=1"})

    assert led.location == "/privacy/notice?next=/records?page%3D1"
    assert posted.status_code == 303
    assert "Ce que deviennent vos données" in page.text
    assert 'id="next" name="next" type="hidden" value="/records?page=1"' in page.text
    assert hidden(in_dutch.text) != hidden(page.text)
    assert read.location == "/records?page=1"
    assert client.get("/records").status_code == 200
    (line,) = house.lines()[before:]
    assert (line["action"], line["after"]["version"]) == ("identity:notice:read", "2027-01-04")
    assert enter(house.client()) == "/records"


@pytest.mark.requirement("GD-13/14")
def test_a_new_notice_stops_neither_the_open_session_nor_the_token_of_a_program(house: Installation) -> None:
    client = house.signed_in("trainee")
    change_notice(house)

    assert client.get("/records").status_code == 200
    assert house.client().get("/api/v1/me", headers=bearer(house, "trainee")).status_code == 200


@pytest.mark.requirement("GD-13/14")
def test_the_way_out_and_the_languages_stay_open_before_the_notice_is_read(house: Installation) -> None:
    change_notice(house)
    client = house.client()
    enter(client)

    assert client.get("/help").status_code == 200
    assert client.act("/language", {"language": "de", "next": "/privacy/notice"}).location == "/privacy/notice"
    assert "Was mit Ihren Daten geschieht" in client.get("/privacy/notice").text
    assert client.act("/sign-out").location == "/sign-in"


@pytest.mark.requirement("GD-13/14")
def test_the_text_behind_a_digest_is_shown_when_another_is_in_force(house: Installation) -> None:
    line = next(line for line in house.lines() if line["action"] == "identity:person:activate")
    change_notice(house)

    stranger = house.client()
    kept = stranger.get(f"/privacy/notice/{line['after']['notice']}")

    assert kept.status_code == 200
    assert NOTICE.version in kept.text
    assert stranger.get(f"/privacy/notice/{'0' * 64}").status_code == 404
    assert stranger.get("/privacy/notice").status_code == 200


@pytest.mark.requirement("GD-13/14")
def test_a_session_that_was_never_asked_to_read_can_read_all_the_same(house: Installation) -> None:
    change_notice(house)
    client = house.client()
    with house.acting() as session:
        token = begin_session(session, house.person("trainee").id, device="")
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token

    assert "I have read it" not in client.get("/privacy/notice").text
    assert client.get("/privacy/notice").status_code == 200


@pytest.mark.parametrize("source", ["", "# Title\n", "Version yesterday\n\n# Title\n\ntext\n"])
def test_a_notice_without_version_or_title_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="version"):
        fill_notice("en", source, {})


def test_a_place_that_no_fact_fills_is_refused() -> None:
    with pytest.raises(KeyError):
        fill_notice("en", "Version 2026-01-01\n\n# Title\n\n{nobody}\n", {})
