"""A course of a platform on another site opens an exercise: in its frame, and in a tab where the frame keeps no cookie.

Debian's Chromium blocks cookies of third parties unless they are partitioned; both pages here are of different sites.
"""

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect
from werkzeug.serving import make_server

from tests.browser.server import free_port
from tests.installation import open_installation
from tests.lms.platform import Activity, Answer, Platform, listening
from tests.lms.rounds import Course, course_of

pytestmark = [
    pytest.mark.requirement("LT-1"),
    # The server in this process is Werkzeug's, which leaves a file open when a browser goes on before it is sent.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PHONE = 360


@contextmanager
def serving(template: Path, folder: Path, scheme: str) -> Iterator[Course]:
    """Serve a hub on `localhost`, and beside it a platform on `127.0.0.1` with a course that shows it in a frame."""
    database, port = shutil.copy(template, folder / "hub.sqlite"), free_port()
    url = f"{scheme}://localhost:{port}"
    house = open_installation(f"sqlite:///{database}", folder / "var", public_url=url)
    secured = {"ssl_context": "adhoc"} if scheme == "https" else {}
    server = make_server("localhost", port, house.app, threaded=True, **secured)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with listening(lambda: house.client().get("/lti/jwks", base_url=url).get_json()) as platform:
            platform.routes["GET", "/course"] = lambda served, _: course_page(served, url)
            yield course_of(house, platform)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.storage.close()


def course_page(platform: Platform, hub: str) -> Answer:
    """Return the page of a course, whose frame opens the activity as Moodle's does."""
    fields = platform.initiate("4", Activity(target=f"{hub}/lti/launch"))
    inputs = "".join(f"<input type='hidden' name='{name}' value='{value}'>" for name, value in fields.items())
    form = f"<form id='f' target='tool' method='post' action='{hub}/lti/login'>{inputs}</form>"
    frame = f"<iframe name='tool' title='Cahier' width='{PHONE}' height='700'></iframe>"
    return 200, f"<!doctype html><title>Cours</title>{form}{frame}<script>f.submit()</script>"


def open_course(browser: Browser, course: Course) -> Page:
    """Open the course in a new profile."""
    context = browser.new_context(ignore_https_errors=True, locale="fr-BE")
    page = context.new_page()
    page.goto(f"{course.platform.issuer}/course")
    return page


def read_notice(place: Page | Frame) -> None:
    """Read the notice, which everybody meets first, and go on; it takes the session's cookie, and its form's."""
    place.locator("main form button.button--primary").last.click()


def test_the_exercise_opens_in_the_frame_by_a_partitioned_cookie(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "https") as course:
        page = open_course(browser, course)
        frame = page.frame(name="tool")
        assert frame is not None
        frame.wait_for_url(re.compile("/privacy/notice"))
        read_notice(frame)
        frame.wait_for_url(re.compile("//[^/]+/records/"))

        expect(frame.locator("h1")).to_be_visible()
        assert frame.evaluate("document.documentElement.scrollWidth") <= PHONE
        page.context.close()


def test_where_the_frame_keeps_no_cookie_a_tab_goes_on(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "http") as course:
        page = open_course(browser, course)
        frame = page.frame(name="tool")
        assert frame is not None
        expect(frame.get_by_role("heading", name="Continuer dans un nouvel onglet")).to_be_visible()
        with page.expect_popup() as opened:
            frame.get_by_role("link", name="Ouvrir l’exercice dans un nouvel onglet").click()
        tab = opened.value
        tab.wait_for_url(re.compile("/privacy/notice"))
        read_notice(tab)
        tab.wait_for_url(re.compile("//[^/]+/records/"))

        expect(tab.locator("h1")).to_be_visible()
        page.context.close()
