"""A course of a platform on another site opens an exercise: in its frame, and in a tab of its own where a frame will
not do, with cookies of third parties allowed and blocked.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.framing import (
    COOKIES,
    PHONE,
    course_page,
    open_course,
    profile,
    read_notice,
    serving,
    takes_foreign_cookies,
)
from tests.browser.inspection import Violations, faults_of
from tests.browser.test_passkey_in_the_browser import plug_in_passkey
from tests.installation import password_of

PASSWORD = "quatre autres mots encore"

pytestmark = [
    pytest.mark.requirement("LT-1"),
    # The server in this process is Werkzeug's, which leaves a file open when a browser goes on before it is sent.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def begin_step(frame: Frame) -> None:
    """Open the first step of the record from its page."""
    frame.locator("main a[href*='/steps/'], main a[href$='/next']").first.click()
    frame.wait_for_url(re.compile("/steps/"))


def is_as_wide_as_its_frame(frame: Frame) -> bool:
    """Say whether nothing of the page stands beside what the frame shows."""
    return bool(frame.evaluate("document.documentElement.scrollWidth") <= PHONE)


def choose_password(frame: Frame) -> None:
    """Choose the password with which somebody from a course signs."""
    frame.goto(re.sub(r"(//[^/]+)/.*", r"\1/account/first-password", frame.url))
    for field in ("password", "repeated"):
        frame.locator(f"main [name={field}]").fill(PASSWORD)
    frame.locator("main form button.button--primary").click()
    frame.wait_for_url(re.compile("/account$"))


def enrol_in(tab: Page) -> None:
    """Enrol a passkey on the page that the tab was opened for."""
    tab.locator("main [name=password]").fill(PASSWORD)
    tab.locator("main form button.button--primary").click()
    tab.wait_for_url(re.compile("/account$"))


@pytest.mark.parametrize("cookies", COOKIES)
def test_a_course_leads_to_the_record_and_its_step_in_the_frame(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path, cookies: str
) -> None:
    with (
        serving(founded_sqlite_template, tmp_path, "https") as course,
        profile(browser.browser_type, tmp_path, cookies) as context,
    ):
        _, frame = open_course(context, course)
        frame.wait_for_url(re.compile("/privacy/notice"))
        read_notice(frame)
        frame.wait_for_url(re.compile("//[^/]+/records/"))
        expect(frame.locator("h1")).to_be_visible()
        fits = [is_as_wide_as_its_frame(frame)]
        begin_step(frame)
        expect(frame.locator("h1")).to_be_visible()
        fits.append(is_as_wide_as_its_frame(frame))
        allowed = {name: frame.evaluate(f"document.featurePolicy.allowsFeature('{name}')") for name in FEATURES}

        assert fits == [True, True]
        assert allowed == FEATURES
        assert takes_foreign_cookies(frame) is (cookies == "allowed")


FEATURES = {"camera": True, "microphone": False, "geolocation": False, "publickey-credentials-get": False}
"""What the hub's pages may use in a frame to which the course gives camera, microphone and place."""


@pytest.mark.requirement("ES-1", "LT-4")
@pytest.mark.parametrize("cookies", COOKIES)
def test_a_passkey_is_enrolled_in_a_tab_of_its_own_and_the_course_goes_on(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path, cookies: str, violations: Violations
) -> None:
    with (
        serving(founded_sqlite_template, tmp_path, "https") as course,
        profile(browser.browser_type, tmp_path, cookies) as context,
    ):
        page, frame = open_course(context, course)
        frame.wait_for_url(re.compile("/privacy/notice"))
        read_notice(frame)
        frame.wait_for_url(re.compile("//[^/]+/records/"))
        choose_password(frame)
        frame.locator("a[href='/account/factors/passkey']").click()
        with page.expect_popup() as opened:
            frame.get_by_role("button", name="Ouvrir cette page dans un nouvel onglet").click()
        tab = opened.value
        tab.wait_for_url(re.compile("/account/factors/passkey$"))
        plug_in_passkey(context, tab)
        enrol_in(tab)
        expect(tab.get_by_text("Vous pouvez fermer cet onglet et continuer dans le cours")).to_be_visible()
        faults = faults_of(tab, violations, "fr")
        tab.get_by_role("button", name="Terminer ici").click()
        expect(tab.get_by_role("heading", name="Vous pouvez fermer cet onglet")).to_be_visible()
        tab.close()
        frame.goto(re.sub(r"/account/.*", "/account", frame.url))

        expect(frame.locator("#second-factor tbody tr")).to_have_count(1)
        frame.locator("#second-factor tbody a").click()
        expect(frame.get_by_role("button", name="Ouvrir cette page dans un nouvel onglet")).to_be_visible()
        expect(frame.locator("[data-passkey]")).to_have_count(0)
        assert faults == []
        assert takes_foreign_cookies(frame) is (cookies == "allowed")


@pytest.mark.requirement("LT-5")
def test_a_teacher_links_their_account_in_the_frame(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with (
        serving(founded_sqlite_template, tmp_path, "https") as course,
        profile(browser.browser_type, tmp_path, "blocked") as context,
    ):
        _, frame = open_course(context, course, "9")
        frame.wait_for_url(re.compile("/lti/link/"))
        frame.locator("main [name=login]").fill("assessor")
        frame.locator("main [name=password]").fill(password_of("assessor"))
        frame.locator("main form button.button--primary").click()
        frame.wait_for_url(re.compile("/exercises/TST-001|/privacy/notice"))

        expect(frame.locator("h1")).to_be_visible()


def test_an_activity_without_an_exercise_says_so_in_the_frame(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with (
        serving(founded_sqlite_template, tmp_path, "https") as course,
        profile(browser.browser_type, tmp_path, "blocked") as context,
    ):
        hub = course.house.settings.public_url
        course.platform.routes["GET", "/course"] = lambda served, _: course_page(served, hub, "4", custom={})
        _, frame = open_course(context, course)
        frame.wait_for_url(re.compile("/privacy/notice"))
        read_notice(frame)
        frame.wait_for_url(re.compile("//[^/]+/lti/launches/"))

        expect(frame.locator("h1")).to_have_text("L’activité n’ouvre encore aucun exercice")
        assert is_as_wide_as_its_frame(frame)


def test_where_the_frame_keeps_no_cookie_a_tab_goes_on(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "http") as course:
        context = browser.new_context(locale="fr-BE")
        page, frame = open_course(context, course)
        expect(frame.get_by_role("heading", name="Continuer dans un nouvel onglet")).to_be_visible()
        with page.expect_popup() as opened:
            frame.get_by_role("link", name="Ouvrir l’exercice dans un nouvel onglet").click()
        tab = opened.value
        tab.wait_for_url(re.compile("/privacy/notice"))
        read_notice(tab)
        tab.wait_for_url(re.compile("//[^/]+/records/"))

        expect(tab.locator("h1")).to_be_visible()
        context.close()
