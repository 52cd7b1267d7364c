"""From a course's frame into a tab of its own, where passkeys work: once, soon, with the same rights."""

import re

import pytest
from sqlalchemy import select

from app.identity.models import WebSession
from app.kernel import clock
from tests.lms.conftest import HUB
from tests.lms.test_frames import IN_FRAME, OWN_TAB, enter_framed

PAGE = "/account/factors/passkey"

pytestmark = pytest.mark.requirement("LT-1", "LT-4")


def read_notice(client):
    """Read the notice, which everybody meets first."""
    page = client.get("/privacy/notice", base_url=HUB).text
    form = {name: field_of(page, name) for name in ("notice", "csrf_token")}
    return client.post("/privacy/notice", data=form, base_url=HUB, headers={"Referer": f"{HUB}/"})


def field_of(page, name):
    """Return what a hidden field of a page, or a button, sends."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
    assert found, name

    return found.group(1)


def framed_page(course, path=PAGE):
    """Arrive in a frame, and return a page there."""
    enter_framed(course)
    read_notice(course.client)
    return course.client.get(path, headers=IN_FRAME, base_url=HUB).text


def press(client, order, origin=HUB):
    """Press the button, whose form opens a new tab."""
    headers = OWN_TAB | ({"Origin": origin} if origin else {})
    return client.post("/own-tab", data={"order": order}, headers=headers, base_url=HUB)


def test_the_passkey_page_leads_out_of_the_frame_and_works_in_its_tab(secure):
    framed = framed_page(secure)
    tab = secure.house.client()
    answer = press(tab, field_of(framed, "order"))
    page = tab.get(answer.headers["Location"], headers=OWN_TAB, base_url=HUB)
    cookie = next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith("__Host-cahier="))

    assert "data-passkey-new" not in framed
    assert 'id="own-tab" method="post" action="/own-tab" target="_blank"' in framed
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert "data-passkey-new" in page.text
    assert "Cet onglet a été ouvert depuis votre cours" in page.text
    assert "SameSite=Lax" in cookie
    assert "Partitioned" not in cookie
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert secure.house.lines()[-1]["action"] == "identity:session:hand_over"


def test_the_tab_may_do_no_more_than_the_frame(secure):
    tab = secure.house.client()
    press(tab, field_of(framed_page(secure), "order"))

    assert tab.get("/people", headers=OWN_TAB, base_url=HUB).status_code == 403
    assert secure.client.get("/people", headers=IN_FRAME, base_url=HUB).status_code == 403
    assert "data-own-tab" in tab.get("/account", headers=OWN_TAB, base_url=HUB).text


@pytest.mark.requirement("LT-4")
def test_neither_takes_out_what_other_operators_hold_of_the_person(secure):
    before = len(secure.house.lines())
    page = framed_page(secure, "/account")
    form = {"csrf_token": field_of(page, "csrf_token")}
    answer = secure.client.post("/account/export", data=form, base_url=HUB, headers={"Referer": f"{HUB}/"})

    assert answer.status_code == 403
    assert "mot de passe" in answer.text
    assert "privacy:person:export" not in {line["action"] for line in secure.house.lines()[before:]}


@pytest.mark.requirement("AS-7.2.1")
def test_an_order_counts_once_and_its_repetition_is_a_line(secure):
    order = field_of(framed_page(secure), "order")
    press(secure.house.client(), order)
    before = secure.house.all_lines()
    stranger = secure.house.client()
    again = press(stranger, order)

    assert again.status_code == 403
    assert "Ce passage vers un onglet à part a déjà servi" in again.text
    assert secure.house.all_lines() == before + 1
    assert stranger.get(PAGE, base_url=HUB).headers["Location"].startswith("/sign-in")


def test_an_order_of_another_site_or_of_nobody_opens_nothing(secure):
    order = field_of(framed_page(secure), "order")
    stranger = secure.house.client()
    answers = [
        press(stranger, order, "https://elsewhere.example"),
        press(stranger, order, "null"),
        press(stranger, order, None),
        press(stranger, ("A" if order[0] != "A" else "B") + order[1:]),  # its last letter may say nothing
        press(stranger, ""),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert press(stranger, order).status_code == 303


def test_an_order_is_over_after_ten_minutes(secure):
    with clock.simulated(clock.now()) as now:
        order = field_of(framed_page(secure), "order")
        now.advance(minutes=10)

        assert press(secure.house.client(), order).status_code == 403


@pytest.mark.parametrize("act", ["/sign-out", "/lock"])
def test_a_session_that_was_ended_or_locked_leads_nowhere(secure, act):
    page = framed_page(secure)
    token = field_of(page, "csrf_token")
    secure.client.post(act, data={"csrf_token": token}, base_url=HUB, headers={"Referer": f"{HUB}/"})

    assert press(secure.house.client(), field_of(page, "order")).status_code == 403


def test_finishing_ends_the_tab_and_leaves_the_frame(secure):
    tab = secure.house.client()
    press(tab, field_of(framed_page(secure), "order"))
    page = tab.get("/account", headers=OWN_TAB, base_url=HUB).text
    token = field_of(page, "csrf_token")
    done = tab.post("/sign-out", data={"csrf_token": token}, base_url=HUB, headers={"Referer": f"{HUB}/"})
    closed = tab.get(done.headers["Location"], headers=OWN_TAB, base_url=HUB)

    assert "Vous pouvez fermer cet onglet et continuer dans le cours" in page
    assert "Vous pouvez fermer cet onglet" in closed.text
    assert tab.get("/account", headers=OWN_TAB, base_url=HUB).status_code == 303
    assert secure.client.get("/account", headers=IN_FRAME, base_url=HUB).status_code == 200


def test_a_tab_that_shares_the_frames_cookie_goes_on_without_a_second_session(secure):
    order = field_of(framed_page(secure), "order")
    before = secure.house.all_lines()
    answer = press(secure.client, order)
    page = secure.client.get(answer.headers["Location"], headers=OWN_TAB, base_url=HUB)

    assert answer.headers["Location"] == PAGE
    assert "data-passkey-new" in page.text
    assert secure.house.all_lines() == before


def test_outside_a_frame_no_page_leads_to_another_tab(secure):
    enter_framed(secure)
    read_notice(secure.client)
    page = secure.client.get(PAGE, headers=OWN_TAB, base_url=HUB).text

    assert 'form="own-tab"' not in page
    assert "data-passkey-new" in page


@pytest.mark.requirement("AS-7.3.2")
def test_the_tab_ends_when_the_frames_session_would(secure):
    with clock.simulated(clock.now()) as now:
        page = framed_page(secure)
        now.advance(minutes=9)
        press(secure.house.client(), field_of(page, "order"))
        with secure.house.storage.reading() as session:
            begun = session.scalars(select(WebSession.begun_at)).all()

        assert len(begun) == 2
        assert begun[0] == begun[1]
