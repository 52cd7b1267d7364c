"""In a course's frame: cookies that come back there, a tab of its own where none does, and who may frame what."""

import pytest

from tests.lms.conftest import HUB
from tests.lms.platform import Activity

IN_FRAME = {"Sec-Fetch-Dest": "iframe"}
OWN_TAB = {"Sec-Fetch-Dest": "document"}

pytestmark = pytest.mark.requirement("LT-1")


def activity():
    """Return an activity that opens the hub with HTTPS."""
    return Activity(target=f"{HUB}/lti/launch")


def begin(course, headers, user="4"):
    """Click in the course; return the first answer, and what follows when our own redirect is followed."""
    form = course.platform.initiate(user, activity())
    first = course.client.post("/lti/login", data=form, headers=headers, base_url=HUB)
    return first, form


def cookie_of(answer, name):
    """Return a cookie as an answer sets it."""
    return next(value for value in answer.headers.getlist("Set-Cookie") if value.startswith(f"{name}="))


def enter_framed(course, user="4"):
    """Launch in a frame; return the answer that begins the session."""
    first, _ = begin(course, IN_FRAME, user)
    asked = course.client.get(first.headers["Location"], headers=IN_FRAME, base_url=HUB).headers["Location"]
    return course.client.post("/lti/launch", data=course.platform.answer(asked), headers=IN_FRAME, base_url=HUB)


def test_a_frame_that_keeps_the_cookie_goes_on_to_the_platform(secure):
    first, _ = begin(secure, IN_FRAME)
    second = secure.client.get(first.headers["Location"], headers=IN_FRAME, base_url=HUB)
    cookie = cookie_of(first, "__Host-cahier-lti")

    assert first.headers["Location"].startswith("/lti/login?")
    assert second.headers["Location"].startswith(f"{secure.platform.issuer}/mod/lti/auth.php?")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"))


def test_a_frame_that_keeps_no_cookie_goes_on_in_a_tab_before_the_platform_is_asked(secure):
    first, form = begin(secure, IN_FRAME)
    stranger = secure.house.client()
    page = stranger.get(first.headers["Location"], headers=IN_FRAME, base_url=HUB)
    tab = stranger.post("/lti/login", data=form, headers=OWN_TAB, base_url=HUB)

    assert 'target="_blank"' in page.text
    assert f"login_hint={form['login_hint']}" in page.text
    assert tab.headers["Location"].startswith(f"{secure.platform.issuer}/mod/lti/auth.php?")
    assert secure.platform.asked == []


def test_a_session_in_a_frame_is_kept_apart_and_framed_by_its_platform_alone(secure):
    answer = enter_framed(secure)
    page = secure.client.get(answer.headers["Location"], base_url=HUB, follow_redirects=True)
    cookie = cookie_of(answer, "__Host-cahier")

    assert answer.status_code == 303
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=None", "Partitioned"))
    assert f"frame-ancestors {secure.platform.issuer};" in page.headers["Content-Security-Policy"]


def test_a_session_in_a_tab_is_framed_by_nobody(secure):
    asked = begin(secure, OWN_TAB)[0].headers["Location"]
    answer = secure.client.post("/lti/launch", data=secure.platform.answer(asked), headers=OWN_TAB, base_url=HUB)
    page = secure.client.get(answer.headers["Location"], base_url=HUB, follow_redirects=True)
    cookie = cookie_of(answer, "__Host-cahier")

    assert "SameSite=Lax" in cookie
    assert "Partitioned" not in cookie
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_door_is_framed_by_platforms_in_use_and_all_other_pages_by_nobody(secure):
    refused = secure.client.post("/lti/launch", data={"state": "x"}, base_url=HUB)
    door = secure.client.get("/sign-in", base_url=HUB)

    assert f"frame-ancestors {secure.platform.issuer};" in refused.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in door.headers["Content-Security-Policy"]


@pytest.mark.requirement("LT-5")
def test_somebody_unknown_links_their_account_in_the_frame(secure):
    address = enter_framed(secure, "9").headers["Location"]
    page = secure.client.get(address, headers=IN_FRAME, base_url=HUB)
    wrong = secure.client.post(address, data={}, headers=IN_FRAME | {"Referer": f"{HUB}/"}, base_url=HUB)
    cookie = cookie_of(page, "__Host-cahier")

    assert address.startswith("/lti/link/")
    assert f"frame-ancestors {secure.platform.issuer};" in page.headers["Content-Security-Policy"]
    assert all(word in cookie for word in ("SameSite=None", "Partitioned"))
    assert wrong.status_code == 400
