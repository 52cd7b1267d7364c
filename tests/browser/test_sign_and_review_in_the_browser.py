"""A trainee signs what they performed; an assessor judges, signs the review and signs the decision."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import Person, sign_in

ZONE = re.compile(r"\d{2}:\d{2}.*(UTC|CES?T|HN?EC|Europe|\+0[12])", re.DOTALL)


def open_record(page: Page, state: str, performer: str) -> str:
    """Open a record that somebody performed, in a state; return its address."""
    page.goto(f"/records?state={state}")
    page.locator("main table tbody tr").filter(has_text=performer).locator("a[href^='/records/']").first.click()
    page.wait_for_url(re.compile(r"/records/[0-9a-f-]{36}$"))
    return page.url.split("?")[0]


def sign_here(page: Page, person: Person, password: str = "") -> None:
    """Fill in what the signing form asks for, and sign."""
    form = page.locator("main form").filter(has=page.locator("[name=password]"))
    if form.locator("[name=login]").count():
        form.locator("[name=login]").fill(person.login)
    form.locator("[name=password]").fill(password or person.password)
    form.locator("button[type=submit]:not([name])").click()


def expect_signature(page: Page, meaning: str, person: Person) -> None:
    """Expect a signature block that covers the record: printed name, login and role, meaning, time with its zone."""
    block = page.locator("article.signature[data-covers=yes]").filter(has_text=f"({meaning})").last
    expect(block.locator(".signature__name")).to_have_text(person.name)
    expect(block.locator(".signature__role")).to_have_text(re.compile(rf"{re.escape(person.login)} · \S+"))
    expect(block.locator(".signature__at")).to_have_text(ZONE)


def judge_exceptions(page: Page) -> int:
    """Accept every open exception with its grounds; return how many there were."""
    forms = page.locator("form[action$='/judgement']")
    judged = forms.count()
    for left in range(judged, 0, -1):
        form = forms.first
        form.locator("label.choice").first.click()
        form.locator("textarea[name=reason]").fill("Sonde relue deux fois ; sans effet sur la suite.")
        form.get_by_role("button").click()
        expect(forms).to_have_count(left - 1)
    return judged


def decide_competent(page: Page) -> None:
    """Find every criterion met, decide competent, and look at what will be signed."""
    for criterion in page.locator("fieldset:has([name^='outcome.'])").all():
        criterion.locator("label.choice:has(input[value=met])").click()
    page.locator("label.choice:has(#decision-competent)").click()
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator("[name=shown]")).to_be_attached()


@pytest.mark.requirement("P11.50", "ES-1", "ES-2", "ES-5", "ES-8")
def test_a_trainee_signs_after_seeing_what_it_means_and_that_it_locks(
    page: Page, live_server: Server, violations: Violations
) -> None:
    person = sign_in(page, live_server, "lucie.denis")
    open_record(page, "returned", person.name)
    page.locator("a[href$='/sign']").click()
    page.wait_for_url("**/sign")
    expect(page.locator(".pledge")).to_contain_text("PERFORMED")
    expect(page.locator("main .notice")).to_be_visible()
    faults = [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    sign_here(page, person, password="not the password at all")
    expect(page.get_by_role("alert").first).to_be_visible()
    sign_here(page, person)
    page.wait_for_url(lambda address: not address.endswith("/sign"))
    expect_signature(page, "PERFORMED", person)
    # Signed is locked: nothing on the page leads back to the bench.
    expect(page.locator("a[href$='/sign'], a[href$='/next']")).to_have_count(0)

    assert faults == []


@pytest.mark.requirement("RX-2", "P11.50", "ES-8", "CO-1")
def test_an_assessor_judges_the_exceptions_signs_the_review_and_approves(
    page: Page, live_server: Server, violations: Violations
) -> None:
    person = sign_in(page, live_server, "sophie.lambert")
    address = open_record(page, "completed", "Karim El Amrani")
    page.goto(f"{address}/review")
    faults = []

    def look() -> None:
        faults.extend([*faults_of(page, violations, "fr"), *faults_on_a_phone(page)])

    page.locator("form[action$='/review']").get_by_role("button").click()
    expect(page.locator("form[action$='/judgement']").first).to_be_visible()
    look()
    # Nobody signs the review of what is not judged yet.
    expect(page.locator("a[href$='/review/sign']")).to_have_count(0)
    judged = judge_exceptions(page)
    page.locator("a[href$='/review/sign']").click()
    page.wait_for_url("**/review/sign")
    look()
    sign_here(page, person)
    page.wait_for_url("**/decision")
    look()
    decide_competent(page)
    look()
    sign_here(page, person)
    page.wait_for_url(address)
    look()
    for meaning in ("REVIEWED", "APPROVED"):
        expect_signature(page, meaning, person)

    assert judged > 0
    assert faults == []
