"""Who belongs to several operators sees on a tablet, upright or in a course's frame, for which one they act."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.identity.services.people import grant_role
from app.kernel.actors import Role
from tests.browser.framing import PHONE, read_notice, serving
from tests.browser.inspection import Violations, faults_of
from tests.installation import FOUNDER, OPERATORS, password_of
from tests.lms.platform import Activity
from tests.lms.rounds import Course

pytestmark = [
    pytest.mark.requirement("LT-4", "WC-4.1.2/4.1.3"),
    # The server in this process is Werkzeug's, which leaves a file open when a browser goes on before it is sent.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
UPRIGHT = 800


def open_activity(page: Page, course: Course, hub: str, user: str) -> None:
    """Click on the activity in the course, in this very tab."""
    fields = course.platform.initiate(user, Activity(target=f"{hub}/lti/launch"))
    inputs = "".join(f"<input type='hidden' name='{name}' value='{value}'>" for name, value in fields.items())
    form = f"<form id='f' method='post' action='{hub}/lti/login'>{inputs}</form>"
    script = "<script>document.getElementById('f').submit()</script>"
    course.platform.routes["GET", "/click"] = lambda *_: (200, f"<!doctype html><title>Cours</title>{form}{script}")
    page.goto(f"{course.platform.issuer}/click")


def belong_to_both(course: Course) -> None:
    """Let the trainee of ALPHA, whom the platform knows, be a trainee of BETA as well."""
    house, trainee = course.house, course.house.person("trainee").id
    with house.acting() as session:
        link_account(session, trainee, course.platform.issuer, AccountName.ID, "5", actor=FOUNDER)
    with house.acting() as session:
        grant_role(session, trainee, Role.TRAINEE, operator_id=house.operator_id("BETA"), actor=FOUNDER)


def test_a_launch_says_for_whom_one_works_and_a_password_lets_one_change(
    browser: Browser, violations: Violations, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "http") as course:
        belong_to_both(course)
        hub = course.house.settings.public_url
        context = browser.new_context(locale="fr-BE", viewport={"width": UPRIGHT, "height": 1280})
        page = context.new_page()
        open_activity(page, course, hub, "5")
        page.wait_for_url(re.compile("/records/"))
        menu = page.locator(".acting")
        expect(menu.locator("summary")).to_be_visible()
        expect(menu.locator("summary")).to_contain_text(OPERATORS["ALPHA"])
        expect(page.get_by_text(f"Vous travaillez ici pour {OPERATORS['ALPHA']}.")).to_be_visible()
        menu.locator("summary").press("Enter")
        expect(menu.get_by_text("Un cours a ouvert cette session")).to_be_visible()
        faults = faults_of(page, violations, "fr")
        page.goto(f"{hub}/account/confirm-session")
        page.locator("main input[type=password]").fill(password_of("trainee"))
        page.locator("main form button.button--primary").last.click()
        page.wait_for_url(re.compile("/account$"))
        menu.locator("summary").press("Enter")
        menu.get_by_role("button", name=OPERATORS["BETA"]).click()
        expect(menu.locator("summary")).to_contain_text(OPERATORS["BETA"])
        faults += faults_of(page, violations, "fr")
        page.set_viewport_size({"width": PHONE, "height": 700})

        expect(menu.locator("summary")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert faults == []
        context.close()


def test_who_came_from_a_course_joins_their_older_account(
    browser: Browser, violations: Violations, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "http") as course:
        hub = course.house.settings.public_url
        context = browser.new_context(locale="fr-BE", viewport={"width": UPRIGHT, "height": 1280})
        page = context.new_page()
        open_activity(page, course, hub, "4")
        page.wait_for_url(re.compile("/privacy/notice"))
        read_notice(page)
        page.goto(f"{hub}/account")
        page.get_by_role("link", name="J’ai déjà un compte ici").click()
        faults = faults_of(page, violations, "fr")
        page.get_by_label("Identifiant", exact=True).fill("trainee2")
        page.locator("main input[type=password]").fill(password_of("trainee2"))
        page.get_by_role("button", name="Réunir les deux comptes").click()
        page.wait_for_url(re.compile("/sign-in"))

        expect(page.get_by_text("Les deux comptes n’en font plus qu’un.")).to_be_visible()
        assert faults == []
        open_activity(page, course, hub, "4")
        page.wait_for_url(re.compile("/records/"))
        expect(page.locator(".who__name")).to_have_text(course.house.person("trainee2").name or "")
        context.close()
