"""Every page that somebody reaches by links is usable: by everybody, on a tablet and a phone, in light and dark."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.inspection import Violations, faults_in_frame, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import sign_in, speak
from tests.browser.walking import RECORDS_IN, STATES, walk

UPRIGHT: ViewportSize = {"width": 800, "height": 1280}
"""A tablet held upright."""

READERS = {
    "trainee": "lucie.denis",
    "assessor": "sophie.lambert",
    "auditor": "petra.schmitz",
    "administrator": "anne.collard",
    "administrator of the hub": "dirk.hermans",
    "author": "benoit.gilson",
    "quality": "ingrid.vermeulen",
    "equipment manager": "thierry.noel",
}
"""The roles, and who of the demonstration plays them."""

WHOLE = ("trainee", "assessor", "administrator")
"""Who between them see nearly every page: they look at a record in each state, and at the colours in the dark too."""

SAME_FOR_ALL = ("/help", "/api", "/exercises", "/account/password", "/account/confirm-session", "/nowhere")
"""Pages that differ between people in their frame alone: the trainee's stand for all."""

STRANGERS = (
    "/sign-in",
    "/activate",
    "/help",
    "/api",
    "/nowhere",
    "/records",
    "/verify?record=PIP-2026-0001",
    "/privacy/notice",
    "/lti/login",
    "/own-tab/closed",
)


def another_language(turn: int) -> str:
    """Return the language to read besides French: all in one run, and each day each role another one."""
    return ("nl", "de", "en")[(turn + datetime.now(UTC).toordinal()) % 3]


@pytest.mark.requirement("WC-1.4.3/1.4.11", "WC-1.4.4/1.4.10/1.4.12", "WC-2.5.8", "WC-3.1.1/3.1.2", "WC-4.1.2/4.1.3")
@pytest.mark.parametrize("role", READERS)
def test_every_page_that_a_role_reaches_is_usable(
    page: Page, live_server: Server, violations: Violations, role: str
) -> None:
    sign_in(page, live_server, READERS[role])
    visited, faults = [], []
    starts = [
        "/",
        "/account",
        "/account/confirm-session",
        "/nowhere",
        *(f"{RECORDS_IN}{state}" for state in STATES if role in WHOLE),
    ]
    for address in walk(page, starts):
        if role == "trainee" or not address.startswith(SAME_FOR_ALL):
            visited.append(address)
            faults += [f"{address}: {fault}" for fault in faults_of(page, violations, "fr")]
    language = another_language(list(READERS).index(role))
    speak(page, language)
    page.set_viewport_size(UPRIGHT)
    page.emulate_media(color_scheme="dark")
    for address in visited:
        page.goto(address)
        found = faults_of(page, violations, language) if role in WHOLE else faults_in_frame(page, language)
        faults += [f"{address} (dark, {language}): {fault}" for fault in [*found, *faults_on_a_phone(page)]]

    assert {"/", "/account"} <= set(visited)
    assert faults == []


@pytest.mark.requirement("WC-1.4.3/1.4.11", "WC-1.4.4/1.4.10/1.4.12", "WC-2.5.8", "WC-3.1.1/3.1.2", "WC-4.1.2/4.1.3")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_before_the_door_are_usable(page: Page, violations: Violations, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    faults = []
    for address in STRANGERS:
        page.goto(address)
        faults += [f"{address}: {fault}" for fault in [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]]

    assert faults == []


@pytest.mark.requirement("WC-2.2.1", "WC-2.5.8")
def test_a_locked_page_is_usable(page: Page, live_server: Server, violations: Violations) -> None:
    person = sign_in(page, live_server, "karim.elamrani")
    page.goto("/account")
    page.locator("form[action='/lock']").get_by_role("button").click()
    page.wait_for_url(re.compile(r"/unlock\?next="))

    assert faults_of(page, violations, "fr") == []

    page.locator("main [name=password]").fill(person.password)
    page.locator("main form[action='/unlock']").get_by_role("button").last.click()
    page.wait_for_url("**/account")
