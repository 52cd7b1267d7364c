"""The second person signs at the same tablet for the check alone, and the trainee's session goes on."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import Person, finish_step, person_of, practise, record_value, sign_in

TRAINEE, CHECKER = "lucie.denis", "marc.lejeune"


def weigh(page: Page, server: Server) -> str:
    """Weigh as a trainee and call the second person; return the record's address."""
    sign_in(page, server, TRAINEE)
    record = practise(page, "BUF-001")
    page.goto(f"{record}/steps/weighing")
    record_value(page, "tris_mass", "6,058")
    record_value(page, "balance_printout", "BAL-2-0417")
    finish_step(page)
    page.locator("a[href$='/check']").click()
    page.wait_for_url("**/check")
    return record


def check_form(page: Page) -> Locator:
    """Return the form of the second person."""
    return page.locator("form[action$='/check']")


def sign_check(page: Page, person: Person, reading: str, password: str = "") -> None:
    """Fill in the second person's form and send it."""
    form = check_form(page)
    form.locator("[name='second.tris_mass.1']").fill(reading)
    form.locator("[name=login]").fill(person.login)
    form.locator("[name=password]").fill(password or person.password)
    form.get_by_role("button").last.click()


@pytest.mark.requirement("ER-13", "A11-6")
def test_the_second_person_reads_blind_and_the_trainees_session_goes_on(
    page: Page, live_server: Server, violations: Violations
) -> None:
    record = weigh(page, live_server)
    expect(page.locator("main")).not_to_contain_text("6,058")
    faults = [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    checker = person_of(live_server, CHECKER)
    sign_check(page, checker, "6,058")
    page.wait_for_url(lambda address: not address.endswith("/check"))
    expect(page.locator("[data-flashes]")).to_contain_text(checker.name)
    expect(page.locator("header .who__name")).to_have_text(person_of(live_server, TRAINEE).name)
    page.goto(f"{record}/steps/weighing")
    expect(page.locator("main")).to_contain_text(checker.name)
    expect(page.locator("main")).to_contain_text("6,058")

    assert faults == []


@pytest.mark.requirement("ER-13", "P11.200(a)")
def test_the_performer_is_refused_with_an_explanation_and_what_was_typed_stays(
    page: Page, live_server: Server, violations: Violations
) -> None:
    weigh(page, live_server)
    trainee = person_of(live_server, TRAINEE)
    sign_check(page, trainee, "6,057")
    expect(page.get_by_role("alert").first).to_contain_text(re.compile(r"\w+ \w+ \w+"))
    form = check_form(page)
    expect(form.locator("[name='second.tris_mass.1']")).to_have_value("6,057")
    expect(form.locator("[name=login]")).to_have_value(trainee.login)
    expect(form.locator("[name=password]")).to_have_value("")

    assert faults_of(page, violations, "fr") == []


@pytest.mark.requirement("ES-5")
def test_a_wrong_password_checks_nothing_and_the_next_try_does(page: Page, live_server: Server) -> None:
    weigh(page, live_server)
    checker = person_of(live_server, CHECKER)
    sign_check(page, checker, "6,058", password="not the password at all")
    expect(check_form(page).locator("[name=login]")).to_have_value(checker.login)
    expect(check_form(page).locator("[name='second.tris_mass.1']")).to_have_value("6,058")
    sign_check(page, checker, "6,058")
    page.wait_for_url(lambda address: not address.endswith("/check"))
    expect(page.locator("[data-flashes]")).to_contain_text(checker.name)


@pytest.mark.requirement("ER-13", "RX-1")
def test_two_readings_that_disagree_open_an_exception(page: Page, live_server: Server) -> None:
    record = weigh(page, live_server)
    sign_check(page, person_of(live_server, CHECKER), "6,085")
    page.wait_for_url(lambda address: not address.endswith("/check"))
    page.goto(f"{record}/steps/weighing")
    expect(page.locator(".exception")).to_contain_text("6,058")
    expect(page.locator(".exception")).to_contain_text("6,085")
