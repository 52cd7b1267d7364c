"""An administrator adds a target that refuses everything, and deals with it; a trainee reads what was reported."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import sign_in


class _Refusing(BaseHTTPRequestHandler):
    """An LRS that is there, and takes nothing."""

    def do_GET(self) -> None:
        """Say what this is."""
        self._answer(200, b'{"version":["1.0.3"]}')

    def do_POST(self) -> None:
        """Refuse."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._answer(400, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def refusing_lrs() -> Iterator[str]:
    """The address of an LRS that refuses everything for good."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/xapi"
    server.shutdown()
    thread.join()
    server.server_close()


def press(page: Page, selector: str) -> None:
    """Press a button with the keyboard."""
    page.locator(selector).first.focus()
    page.keyboard.press("Enter")


def judge(page: Page, violations: Violations) -> list[str]:
    """Return what is wrong with the page in sight, on a tablet and on a phone."""
    found = [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    return [f"{page.url}: {fault}" for fault in found]


def _choose_names(page: Page, violations: Violations) -> list[str]:
    """Choose as whom the target receives people, and return what is wrong with the pages on the way."""
    page.goto("/targets/moodle/actors")
    page.locator("main select[name=form]").select_option("account")
    page.locator("main [name=home_page]").fill("https://moodle.example")
    press(page, "main form[method=get] button")
    page.wait_for_url("**home_page=**")
    faults = judge(page, violations)
    press(page, "main form[method=post][action$='/actors'] button")
    page.wait_for_url("**/targets/moodle/actors")
    return faults + judge(page, violations)


@pytest.mark.requirement("WC-1.4.3/1.4.11", "WC-2.5.8")
def test_targets_are_dealt_with_by_keyboard_alone_and_what_was_reported_is_read(
    page: Page, live_server: Server, violations: Violations, refusing_lrs: str
) -> None:
    sign_in(page, live_server, "dirk.hermans")
    page.goto("/targets")
    page.locator("main [name=name]").fill("moodle")
    page.locator("main [name=address]").fill(refusing_lrs)
    page.locator("main [name=username]").fill("cahier")
    page.locator("main [name=password]").fill("geheim")
    press(page, "main form[action='/targets'] button[type=submit]")
    page.wait_for_url("**/targets/moodle")
    expect(page.locator("main h1")).to_have_text("moodle")
    for _ in range(60):
        if page.locator("#refused form").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    faults = judge(page, violations)
    press(page, "#refused details summary")
    press(page, "#refused details[open] button")  # without a reason the browser itself says what is missing
    page.locator("#refused details[open] textarea").fill("Un essai")
    press(page, "#refused details[open] button")
    expect(page.locator("main .notice[data-tone=ok], main .flashes")).not_to_have_count(0)
    faults += judge(page, violations)
    faults += _choose_names(page, violations)
    for address in ("/targets", "/receipts?about=PIP-2026-0001"):
        page.goto(address)
        faults += judge(page, violations)
    page.context.clear_cookies()
    sign_in(page, live_server, "sophie.lambert")
    page.goto("/records?state=approved")
    page.locator("main a[href^='/records/']").first.click()
    page.wait_for_url("**/records/*-*")
    faults += judge(page, violations)
    page.locator("main a[href$='/reported']").click()
    page.wait_for_url("**/reported")
    faults += judge(page, violations)

    assert faults == []
