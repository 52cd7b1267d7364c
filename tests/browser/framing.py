"""A course on another site whose page shows the hub in a frame, and browsers that take or block third parties' cookies.

Debian's Chromium blocks cookies of third parties unless they are partitioned; a profile's settings change that. The hub
stands on `localhost`, the course on `127.0.0.1`: to a browser two sites.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, BrowserType, Frame, Page
from werkzeug.serving import make_server

from tests.browser.chromium import launch_options
from tests.browser.server import free_port
from tests.installation import open_installation
from tests.lms.platform import Activity, Answer, Platform, listening
from tests.lms.rounds import Course, course_of

PHONE = 360
COOKIES = {"allowed": 0, "blocked": 1}
"""What becomes of third parties' cookies, and Chromium's word for it."""


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
            platform.routes["GET", "/course"] = lambda served, asked: course_page(
                served, url, asked.query.get("as", "4")
            )
            yield course_of(house, platform)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.storage.close()


def course_page(platform: Platform, hub: str, user: str, **activity: Any) -> Answer:
    """Return the page of a course whose frame opens the activity, and names who may have the camera, as Moodle does."""
    fields = platform.initiate(user, Activity(target=f"{hub}/lti/launch", **activity))
    inputs = "".join(f"<input type='hidden' name='{name}' value='{value}'>" for name, value in fields.items())
    form = f"<form id='f' target='tool' method='post' action='{hub}/lti/login'>{inputs}</form>"
    allowed = f"microphone {hub}; camera {hub}; geolocation {hub}"
    frame = f"<iframe name='tool' title='Cahier' width='{PHONE}' height='700' allow='{allowed}'></iframe>"
    return 200, f"<!doctype html><title>Cours</title>{form}{frame}<script>f.submit()</script>"


@contextmanager
def profile(chromium: BrowserType, folder: Path, cookies: str) -> Iterator[BrowserContext]:
    """Open a browser with a new profile, whose person takes or blocks third parties' cookies."""
    settings = folder / "profile" / "Default" / "Preferences"
    settings.parent.mkdir(parents=True)
    blocks = COOKIES[cookies]
    chosen = {"profile": {"cookie_controls_mode": blocks, "block_third_party_cookies": bool(blocks)}}
    settings.write_text(json.dumps(chosen))
    context = chromium.launch_persistent_context(
        folder / "profile", ignore_https_errors=True, locale="fr-BE", **launch_options()
    )
    yield context
    context.close()


def open_course(context: BrowserContext, course: Course, user: str = "4") -> tuple[Page, Frame]:
    """Open the course as one of its people; return its page and the frame in it."""
    page = context.new_page()
    page.goto(f"{course.platform.issuer}/course?as={user}")
    frame = page.frame(name="tool")
    assert frame is not None
    return page, frame


def read_notice(place: Page | Frame) -> None:
    """Read the notice, which everybody meets first, and go on; it takes the session's cookie, and its form's."""
    with place.expect_navigation():
        place.locator("main form button.button--primary").last.click()


def takes_foreign_cookies(frame: Frame) -> bool:
    """Say whether the browser keeps a cookie of another site in a frame that is not partitioned."""
    written = "document.cookie = 'probe=1; SameSite=None; Secure'"
    return bool(frame.evaluate(f"() => {{ {written}; return document.cookie.includes('probe=1') }}"))
