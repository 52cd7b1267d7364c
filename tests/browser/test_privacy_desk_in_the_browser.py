"""A trainee asks by keyboard alone, the desk answers and restricts, a breach goes its way: each page is usable."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import person_of, sign_in

TRAINEE, QUALITY, ADMINISTRATOR = "karim.elamrani", "ingrid.vermeulen", "anne.collard"


class Looker:
    """Collects what is wrong with the pages that a story passes."""

    def __init__(self, page: Page, violations: Violations) -> None:
        self.page, self.violations = page, violations
        self.faults: list[str] = []

    def look(self) -> None:
        """Look at the page in sight, on a tablet and on a phone."""
        found = [*faults_of(self.page, self.violations, "fr"), *faults_on_a_phone(self.page)]
        self.faults += [f"{self.page.url}: {fault}" for fault in found]


def send(page: Page, action: str) -> None:
    """Send the form with this address by its button, and wait for what is said about it."""
    with page.expect_navigation():  # what was said before may still stand on the page that is left
        page.locator(f"main form[action$='{action}'] button").last.press("Enter")
    expect(page.locator("[data-flashes] .notice")).to_be_visible()


@pytest.mark.requirement("GD-12(3)", "GD-18", "WC-2.1.1")
def test_a_request_goes_from_the_person_to_the_desk_and_back(
    page: Page, live_server: Server, violations: Violations
) -> None:
    looker = Looker(page, violations)
    sign_in(page, live_server, TRAINEE)
    page.goto("/account/privacy")
    page.locator("[name=asked][value=rectification]").press("Space")
    page.locator("[name=words]").press_sequentially("Mon nom est mal écrit.")
    send(page, "/account/privacy")
    expect(page.locator("main")).to_contain_text("Mon nom est mal écrit.")
    looker.look()
    sign_in_as(page, live_server, QUALITY)
    page.goto("/privacy")
    expect(page.locator(".rail__count")).to_contain_text("1")
    looker.look()
    page.get_by_role("link", name=person_of(live_server, TRAINEE).name).first.press("Enter")
    page.wait_for_url("**/privacy/requests/*")
    looker.look()
    page.locator("form[action$='/extension'] [name=months][value='1']").press("Space")
    page.locator("form[action$='/extension'] [name=reason]").press_sequentially("Vérification de l'identité.")
    send(page, "/extension")
    page.locator("form[action$='/answer'] [name=outcome][value=granted]").press("Space")
    page.locator("form[action$='/answer'] [name=reason]").press_sequentially("Nom corrigé.")
    send(page, "/answer")
    expect(page.locator("main")).to_contain_text("Nom corrigé.")
    looker.look()
    for address in ("/privacy/requests/add", "/privacy/breaches/add"):
        page.goto(address)
        looker.look()

    assert looker.faults == []


@pytest.mark.requirement("GD-33/34", "WC-2.1.1")
def test_a_breach_is_opened_decided_and_closed_by_another(
    page: Page, live_server: Server, violations: Violations
) -> None:
    looker = Looker(page, violations)
    sign_in(page, live_server, QUALITY)
    page.goto("/privacy/breaches/add")
    page.locator("[name=kinds][value=availability]").press("Space")
    page.locator("[name=nature]").press_sequentially("Une tablette a été volée.")
    page.locator("main form[action='/privacy/breaches/add'] button").last.press("Enter")
    page.wait_for_url(lambda address: "/privacy/breaches/" in address and not address.endswith("/add"))
    looker.look()
    decision = page.locator("form[action$='/decision']")
    decision.locator("[name=authority][value=no]").press("Space")
    decision.locator("[name=tell][value=no]").press("Space")
    decision.locator("[name=reason]").press_sequentially("La tablette ne contient rien.")
    send(page, "/decision")
    looker.look()
    address = page.url
    sign_in_as(page, live_server, ADMINISTRATOR)
    page.goto(address)
    page.locator("form[action$='/closing'] [name=reason]").press_sequentially("Tablette effacée à distance.")
    send(page, "/closing")
    expect(page.locator("main")).to_contain_text("Cette violation est close")
    looker.look()

    assert looker.faults == []


def sign_in_as(page: Page, server: Server, login: str) -> None:
    """Leave, and sign in as somebody else."""
    page.locator("header form[action='/sign-out'] button").press("Enter")
    page.wait_for_url("**/sign-in*")
    sign_in(page, server, login)
