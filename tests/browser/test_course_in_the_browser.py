"""A trainee comes from a course, executes nothing yet, looks around and goes back: in French, on an upright tablet."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import COMMAND, Server
from tests.browser.test_every_page import UPRIGHT
from tests.browser.visiting import person_of
from tests.flows.course_lms import course_lms


def register(server: Server, address: str) -> None:
    """Let an LMS launch exercises, as its administrator does."""
    words = [str(COMMAND), "xapi", "cmi5", "lms", "add", "moodle", address, "--json"]
    done = subprocess.run(
        words, env=os.environ | {"CAHIER_VAR": str(server.var)}, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["name"] == "moodle", done.stderr


@pytest.mark.requirement("CM-1", "CM-2", "LT-5", "WC-2.1.1")
def test_a_course_is_entered_and_left_by_keyboard(
    browser: Browser, live_server: Server, violations: Violations, tmp_path: Path
) -> None:
    context = browser.new_context(
        base_url=live_server.url, viewport=UPRIGHT, locale="fr-BE", timezone_id="Europe/Brussels"
    )
    page, person = context.new_page(), person_of(live_server, "lucie.denis")
    faults: list[str] = []

    def look(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        faults.extend(f"{name}: {fault}" for fault in [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)])

    with course_lms() as lms:
        register(live_server, lms.address)
        page.goto(lms.launch("PIP-001"))
        page.locator("main [name=login]").fill(person.login)
        page.locator("main [name=password]").fill(person.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/cmi5/exercises/PIP-001**")
        look("account")
        page.locator("main form button").press("Enter")
        expect(page.locator("main form[action*='/account']")).to_have_count(0)
        look("launch")
        page.locator("main form button").press("Enter")
        page.wait_for_url("**/cmi5/sessions/*")
        look("session")
        session = page.url
        page.locator("main form[action$='/end'] button").press("Enter")
        page.wait_for_url(f"{lms.address}/course")
        page.goto(session)
        look("ended")

        assert lms.last.told == ["initialized", "terminated"]
        assert lms.faults == []
    context.close()
    assert faults == []
