"""An administrator maps what a Moodle has to the exercises and competencies of the hub, by keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import sign_in
from tests.moodle.moodle import TOKEN, Moodle, listening_moodle, tellable


@pytest.fixture
def school() -> Iterator[Moodle]:
    """A Moodle with a course, whose names are nearly those of the demonstration's exercises."""
    with listening_moodle() as moodle:
        said = {"course": "Bioproduction 2026-2027, groupe A", "exercise": "", "idnumber": "", "instance": 1}
        moodle.mappables = tellable(
            {**said, "cmid": 21, "module": "lti", "instance": 7, "name": "Séance 1", "idnumber": "pip 001"},
            {**said, "cmid": 22, "module": "lti", "instance": 8, "name": "Séance 2", "exercise": "BUF-001"},
            {**said, "cmid": 23, "module": "page", "name": "TP 4 – CEL-001, consignes"},
            {**said, "cmid": 24, "module": "forum", "name": "Questions"},
            competencies=[
                {
                    "id": 4,
                    "idnumber": "BIO-1",
                    "shortname": "Vérification gravimétrique d'une pipette",
                    "framework": "Bio",
                },
                {"id": 5, "idnumber": "BUF-PREP", "shortname": "Tampons", "framework": "Bio"},
            ],
        )
        yield moodle


def press(page: Page, selector: str) -> None:
    """Press a button with the keyboard."""
    page.locator(selector).first.focus()
    page.keyboard.press("Enter")


def judge(page: Page, violations: Violations) -> list[str]:
    """Return what is wrong with the page in sight, on a tablet and on a phone."""
    found = [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    return [f"{page.url}: {fault}" for fault in found]


def _know(page: Page, moodle: Moodle) -> None:
    """Add the Moodle as a platform and as a target."""
    page.goto("/lti/platforms")
    form = "main form[action='/lti/platforms']"
    ends = {"key_set_url": "certs", "auth_token_url": "token", "auth_login_url": "auth"}
    typed = {"name": "ecole", "issuer": moodle.address, "client_id": "hub", "deployment_id": "1"}
    typed |= {name: f"{moodle.address}/mod/lti/{end}.php" for name, end in ends.items()}
    for name, value in typed.items():
        page.locator(f"{form} [name={name}]").fill(value)
    with page.expect_navigation():  # to the page it stands on
        press(page, f"{form} button[type=submit]")
    page.goto("/targets")
    form = "main form[action='/targets']"
    page.locator(f"{form} [name=kind][value=moodle], {form} select[name=kind]").first.evaluate(
        "one => one.tagName === 'SELECT' ? (one.value = 'moodle') : (one.checked = true)"
    )
    for name, value in {"name": "ecole", "address": moodle.address, "password": TOKEN}.items():
        page.locator(f"{form} [name={name}]").fill(value)
    press(page, f"{form} button[type=submit]")
    page.wait_for_url("**/targets/ecole")


@pytest.mark.requirement("LT-1", "WC-1.4.3/1.4.11", "WC-2.5.8")
def test_activities_and_competencies_are_mapped_by_keyboard_alone(
    page: Page, live_server: Server, violations: Violations, school: Moodle
) -> None:
    sign_in(page, live_server, "dirk.hermans")
    _know(page, school)
    faults = judge(page, violations)
    page.goto("/lti/platforms/ecole")
    faults += judge(page, violations)
    press(page, "main a[href^='/lti/mapping/']")
    page.wait_for_url("**/lti/mapping/*-*")
    faults += judge(page, violations)
    ticked = page.locator("main input[name=pair]:checked")
    expect(ticked).to_have_count(1)
    page.locator("main input[name=pair][value='module:23=CEL-001']").focus()
    page.keyboard.press("Space")
    press(page, "main form:has([name=pair]) button[type=submit]")
    ends = page.locator("main form[action^='/lti/mappings/'] button")
    expect(ends).to_have_count(2)
    faults += judge(page, violations)
    page.locator("main select[name=activity]").select_option("module:24")
    press(page, "main form:has([name=activity]) button[type=submit]")  # only one side was chosen
    expect(page.locator("main select[name=activity]")).to_have_value("module:24")
    expect(page.locator("main .error-summary")).to_be_visible()
    faults += judge(page, violations)
    page.locator("main select[name=exercise]").select_option("BUF-001")
    press(page, "main form:has([name=activity]) button[type=submit]")
    expect(ends).to_have_count(3)
    press(page, "main form[action^='/lti/mappings/'] button")
    expect(ends).to_have_count(2)

    assert faults == []
