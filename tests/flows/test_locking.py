"""A session that stands idle locks itself and gives everything back: nothing is lost, nobody else sees it (C6)."""

import html
import re
from uuid import uuid4

import pytest

from app.kernel import clock
from tests.installation import open_installation, password_of

TYPED = "Prom 2026-B « matin »"


def actions(lines):
    """Return the deeds of some lines."""
    return [line["action"] for line in lines]


def hidden(page):
    """Return the hidden fields of a page's main part, by name."""
    main = page.split("<main", 1)[1]
    found = re.findall(r'<input(?=[^>]*type="hidden")[^>]*>', main)
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in found]
    return {name[1]: html.unescape(value[1]) for name, value in pairs if name and value}


@pytest.fixture
def time():
    """A clock that starts now and stands still."""
    with clock.simulated(clock.now()) as simulated:
        yield simulated


@pytest.mark.requirement("A11d-11.8", "AS-7.3.1", "CI-Q11")
def test_a_session_that_stood_idle_shows_nothing_but_the_lock(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=10)

    page = client.get("/people")

    assert page.status_code == 423
    assert "Anne Claes, votre page est telle que vous l'avez laissée" in html.unescape(page.text)
    assert "Léa Martin" not in page.text
    assert actions(house.lines())[-1] == "identity:session:lock"


def test_a_session_in_use_stays_open(house, time):
    client = house.signed_in("administrator")
    for _ in range(5):
        time.advance(minutes=9)
        assert client.get("/people").status_code == 200


def test_saying_that_one_is_still_there_keeps_the_session_open(house, time):
    client = house.signed_in("administrator")
    for _ in range(3):
        time.advance(minutes=9)
        assert client.act("/still-here").status_code == 204
    time.advance(minutes=10)

    assert client.post("/still-here", json={}, headers={"X-CSRFToken": client.csrf_token()}).status_code == 423


@pytest.mark.requirement("AS-7.1.1")
def test_the_idle_limit_is_the_one_of_the_settings(founded_url, tmp_path, time):
    house = open_installation(founded_url, tmp_path / "var", idle_minutes=3)
    client = house.signed_in("administrator")
    time.advance(minutes=2, seconds=59)
    before = client.get("/account").status_code
    time.advance(minutes=3)
    after = client.get("/account").status_code
    house.storage.close()

    assert (before, after) == (200, 423)


@pytest.mark.requirement("WC-2.2.1", "A11d-11.8")
def test_a_form_sent_to_a_locked_session_is_kept_and_acts_once_it_is_sent_again(house, time):
    client = house.signed_in("administrator")
    key, operator = uuid4().hex, house.operator_id("ALPHA")
    time.advance(minutes=30)

    locked = client.act("/cohorts", {"name": TYPED, "operator": operator, "idempotency_key": key})
    unlocked = client.act("/unlock", {"password": password_of("administrator"), "kept": hidden(locked.text)["kept"]})
    kept = hidden(unlocked.text)
    before = house.all_lines()
    sent = client.post("/cohorts", data=kept)
    again = client.post("/cohorts", data=kept)

    assert (locked.status_code, unlocked.status_code) == (423, 200)
    assert "Ce que vous avez tapé est gardé" in locked.text
    assert 'action="/cohorts"' in unlocked.text
    assert (kept["name"], kept["idempotency_key"]) == (TYPED, key)
    assert sent.status_code == again.status_code == 303
    assert house.all_lines() == before + 1
    assert TYPED in html.unescape(client.get("/cohorts").text)


def test_what_met_the_lock_was_not_done_and_the_refusal_is_kept(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=30)
    client.act("/cohorts", {"name": TYPED, "operator": house.operator_id("ALPHA")})

    lock, refusal = house.lines()[-2:]

    assert (lock["action"], refusal["action"]) == ("identity:session:lock", "web:request:refuse")
    assert refusal["after"] == {"attempted": "identity.add_group", "code": "session-locked"}
    assert "identity:cohort:add" not in actions(house.lines("ALPHA"))


@pytest.mark.requirement("A11d-11.8")
def test_the_locked_page_hides_what_was_typed_from_whoever_finds_the_tablet(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=30)
    locked = client.act("/cohorts", {"name": TYPED, "operator": house.operator_id("ALPHA")})

    assert TYPED not in html.unescape(locked.text)


def test_passwords_and_form_protection_are_not_carried_through_the_lock(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=30)
    locked = client.act("/account/tokens", {"label": "x", "password": "secret one", "New_Password": "secret two"})
    unlocked = client.act("/unlock", {"password": password_of("administrator"), "kept": hidden(locked.text)["kept"]})

    assert "secret" not in unlocked.text
    assert unlocked.text.count('name="label"') == 1
    form = unlocked.text.split('action="/account/tokens"', 1)[1].split("</form>", 1)[0]
    assert form.count('name="csrf_token"') == 1


def test_a_kept_form_is_given_to_its_own_person_only(house, time):
    client, other = house.signed_in("administrator"), house.signed_in("beta_administrator")
    time.advance(minutes=30)
    kept = hidden(client.act("/cohorts", {"name": TYPED}).text)["kept"]

    answer = other.act("/unlock", {"password": password_of("beta_administrator"), "kept": kept})
    forged = client.act("/unlock", {"password": password_of("administrator"), "kept": "gAAAAA" + kept[6:40]})

    assert answer.location == forged.location == "/"
    assert TYPED not in html.unescape(answer.text)


def test_a_wrong_password_leaves_the_lock_closed_and_the_form_kept(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=30)
    kept = hidden(client.act("/cohorts", {"name": TYPED}).text)["kept"]
    before = len(house.lines())

    answer = client.act("/unlock", {"password": "not the password at all", "kept": kept})

    assert answer.status_code == 403
    assert hidden(answer.text)["kept"] == kept
    assert [line["after"]["code"] for line in house.lines()[before:]] == ["wrong-password"]
    assert client.get("/account").status_code == 423


def test_the_password_of_somebody_else_does_not_unlock(house, time):
    client = house.signed_in("trainee")
    time.advance(minutes=30)
    client.get("/account")

    assert client.act("/unlock", {"password": password_of("assessor")}).status_code == 403


def test_wrong_passwords_at_the_lock_are_throttled(house, time):
    client = house.signed_in("trainee")
    client.act("/lock")
    answers = []
    for _ in range(7):
        answers.append(client.act("/unlock", {"password": "not the password at all"}).status_code)
        time.advance(seconds=10)

    assert answers == [403] * 6 + [429]


def test_after_unlocking_one_is_on_the_page_one_wanted(house, time):
    client = house.signed_in("administrator")
    time.advance(minutes=30)
    next_page = hidden(client.get("/people?search=lea").text)["next"]

    answer = client.act("/unlock", {"password": password_of("administrator"), "next": next_page})

    assert answer.location == "/people?search=lea"
    assert client.get(answer.location).status_code == 200


@pytest.mark.requirement("AS-7.2.4")
def test_unlocking_gives_a_new_token_and_the_one_before_opens_nothing(house, time):
    client = house.client()
    before = house.sign_in(client, "trainee")
    client.act("/lock")
    client.act("/unlock", {"password": password_of("trainee")})

    with client.session_transaction() as cookie:
        after = cookie["_user_id"]
    thief = house.client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = before

    assert after != before
    assert client.get("/account").status_code == 200
    assert thief.get("/account").status_code == 303


def test_locking_now_is_one_line_however_often_it_is_pressed(house):
    client = house.signed_in("trainee")
    before = len(house.lines())

    first, second = client.act("/lock", {"next": "/account"}), client.act("/lock")

    assert first.location == "/unlock?next=/account"
    assert second.status_code == 303
    assert actions(house.lines()[before:]) == ["identity:session:lock"]
    assert client.get("/account").status_code == 423


def test_whoever_stands_at_a_locked_page_can_sign_its_person_out(house):
    client = house.signed_in("trainee")
    client.act("/lock")

    assert client.act("/sign-out").location == "/sign-in"
    assert actions(house.lines())[-1] == "identity:session:end"


def test_the_language_picked_at_a_locked_page_is_not_its_persons(house):
    client = house.signed_in("trainee")
    client.act("/lock")
    before = len(house.lines())
    client.act("/language", {"language": "de", "next": "/unlock"})

    assert '<html lang="de"' in client.get("/unlock").text
    assert len(house.lines()) == before
    assert house.person("trainee").language == "fr"


def test_a_lock_breaks_the_series_of_signings(house):
    from sqlalchemy import select, update

    from app.identity.models import WebSession

    client = house.signed_in("trainee")
    with house.storage.transaction() as session:
        session.execute(update(WebSession).values(first_signed_at=clock.now()))
    client.act("/lock")

    with house.storage.reading() as session:
        assert session.scalars(select(WebSession.first_signed_at)).all() == [None]


def by_script(client, **body):
    """Ask to unlock as the page's script does."""
    return client.post("/unlock", json=body, headers={"X-CSRFToken": client.csrf_token()})


def test_a_script_unlocks_the_page_and_gets_its_form_protection(house):
    client = house.signed_in("trainee")
    client.act("/lock")
    answer = by_script(client, login="trainee", password=password_of("trainee"))

    assert answer.status_code == 200
    assert client.post("/lock", data={"csrf_token": answer.json["csrf_token"]}).status_code == 303


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"login": "trainee", "password": "not the password at all"}, 403, "wrong-password"),
        ({"login": "trainee"}, 403, "wrong-password"),
        ({"login": "trainee", "password": ["x"]}, 403, "wrong-password"),
        ({"login": "assessor", "password": "whatever"}, 401, "session-ended"),
    ],
)
def test_a_script_is_told_why_the_page_stays_locked(house, body, status, code):
    client = house.signed_in("trainee")
    client.act("/lock")
    answer = by_script(client, **body)

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_script_is_told_that_the_session_has_ended(client):
    answer = by_script(client, login="trainee", password=password_of("trainee"))

    assert (answer.status_code, answer.json["code"]) == (401, "session-ended")


def test_somebody_who_signed_in_again_in_another_tab_unlocks_the_page_left_behind(house):
    client = house.signed_in("trainee")
    stale = client.csrf_token()
    client.act("/sign-out")
    house.sign_in(client, "trainee")
    body = {"login": "trainee", "password": password_of("trainee")}
    answer = client.post("/unlock", json=body, headers={"X-CSRFToken": stale})

    assert answer.status_code == 200
    assert client.post("/lock", data={"csrf_token": answer.json["csrf_token"]}).status_code == 303


@pytest.mark.requirement("AS-3.5.1")
def test_a_form_of_another_site_cannot_unlock(house):
    client = house.signed_in("trainee")
    client.act("/lock")

    assert client.post("/unlock", data={"password": password_of("trainee")}).status_code == 400
    assert client.get("/account").status_code == 423
