"""A trainee executes a step with the keyboard alone, in French: the hands that pipette never reach for a mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of
from tests.browser.server import Server
from tests.browser.visiting import entries_of, practise, sign_in


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what is sought has the focus; give up after going around the page."""
    for _press in range(120):
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def type_in_place(page: Page, text: str) -> None:
    """Type into the field that has the focus, save with Enter, and wait for the answer."""
    before = page.locator("form:has(:focus) [name=idempotency_key]").input_value()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(f'[name=idempotency_key][value="{before}"]')).to_have_count(0)


def open_bench(page: Page, server: Server, exercise: str, step: str) -> str:
    """Begin to practise, and go to a step; return the record's address."""
    sign_in(page, server, "lucie.denis")
    record = practise(page, exercise)
    page.goto(f"{record}/steps/{step}")
    return record


@pytest.mark.requirement("WC-2.1.1/2.1.2", "WC-2.4.3/2.4.7/2.4.11", "ER-04")
def test_values_are_typed_one_after_the_other_without_leaving_the_keys(page: Page, live_server: Server) -> None:
    record = open_bench(page, live_server, "CEL-001", "staining")
    expect(page.locator("form:has([value=sample_volume]) [name=value]")).to_be_focused()
    type_in_place(page, "100,0")
    expect(page.locator("form:has([value=stain_volume]) [name=value]")).to_be_focused()
    type_in_place(page, "150")
    expect(page.locator("form:has([value=stained_at]) [name=value]")).to_be_focused()

    typed = [entry for entry in entries_of(live_server, record) if entry.field != "dilution_factor"]

    assert typed == [("sample_volume", None, "100.0"), ("stain_volume", None, "150")]


@pytest.mark.requirement("ER-18", "ER-19", "WC-1.4.1")
def test_a_value_outside_its_limit_shows_in_words_and_asks_for_a_comment(
    page: Page, live_server: Server, violations: Violations
) -> None:
    open_bench(page, live_server, "CEL-001", "room")
    type_in_place(page, "31,5")
    flag = page.locator("#cell-room_temperature [data-flag=action]").first
    expect(flag).to_be_visible()
    expect(flag).to_have_text(re.compile(r"\w{4,}"))
    expect(flag.locator("svg")).to_be_visible()
    expect(page.locator("textarea[name=reason]:focus")).to_be_visible()

    assert faults_of(page, violations, "fr") == []

    page.keyboard.type("Climatisation en panne, signalé à la formatrice.")
    tab_to(page, "form[action*='/exceptions/'] button")
    page.keyboard.press("Enter")
    expect(page.locator(".exception__quote")).to_have_text("Climatisation en panne, signalé à la formatrice.")
    tab_to(page, "form[action$='/complete'] button")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: not address.endswith("/room"))


@pytest.mark.requirement("ER-17", "P11.10(e)")
def test_a_slip_is_corrected_with_its_reason_and_stays_readable(page: Page, live_server: Server) -> None:
    record = open_bench(page, live_server, "CEL-001", "room")
    type_in_place(page, "12,8")
    tab_to(page, "a[href$='/correct']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/correct")
    expect(page.locator("main [name=value]")).to_be_focused()
    page.keyboard.type("21,8")
    tab_to(page, "main textarea[name=reason]")
    page.keyboard.type("Chiffre mal lu.")
    tab_to(page, "main form[action$='/correct'] button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/steps/room")
    cell = page.locator("#cell-room_temperature")
    expect(cell.locator("s")).to_contain_text("12,8")
    expect(cell).to_contain_text("Chiffre mal lu.")
    expect(cell.locator(".entry__figure")).to_contain_text("21,8")
    # The exception that the slip opened stays for the assessor.
    expect(cell.locator(".exception")).to_have_count(1)

    assert [entry.value for entry in entries_of(live_server, record)] == ["12.8", "21.8"]


@pytest.mark.requirement("ER-04", "WC-3.3.1/3.3.2/3.3.3")
def test_a_figure_that_can_be_read_in_two_ways_is_refused_and_stays_in_its_field(
    page: Page, live_server: Server
) -> None:
    record = open_bench(page, live_server, "CEL-001", "room")
    type_in_place(page, "1.234,5")
    field = page.locator("main [name=value]")
    expect(field).to_have_value("1.234,5")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#" + (field.get_attribute("aria-describedby") or "").split()[-1])).to_be_visible()

    assert entries_of(live_server, record) == []


@pytest.mark.requirement("WC-2.1.1/2.1.2")
def test_the_dialog_for_an_exception_opens_and_closes_with_the_keys(page: Page, live_server: Server) -> None:
    open_bench(page, live_server, "CEL-001", "room")
    tab_to(page, "[data-dialog=exception]")
    page.keyboard.press("Enter")
    expect(page.locator("#exception-reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#exception")).to_be_hidden()
    expect(page.locator("[data-dialog=exception]")).to_be_focused()
