"""Double clicks, the back button, two tabs, a lost connection, a lock: nothing is lost, nothing is there twice."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.server import Server
from tests.browser.visiting import Person, entries_of, entry_form, practise, record_value, sign_in

STEP = "steps/staining"
FIELD = "sample_volume"


@pytest.fixture
def bench(page: Page, live_server: Server) -> tuple[Person, str]:
    """A trainee at a step whose values are still to be typed; who it is, and the record's address."""
    person = sign_in(page, live_server, "lucie.denis")
    record = practise(page, "CEL-001")
    page.goto(f"{record}/{STEP}")
    return person, record


def values(server: Server, record: str) -> list[str | None]:
    """Return the values of the one field that is typed here."""
    return [entry.value for entry in entries_of(server, record) if entry.field == FIELD]


@pytest.mark.requirement("CI-Q13")
def test_typing_is_no_act_until_it_is_recorded(page: Page, live_server: Server, bench: tuple[Person, str]) -> None:
    typed = entry_form(page, FIELD).locator("[name=value]")
    typed.press_sequentially("100,5")
    typed.press("Backspace")
    typed.press_sequentially("0")
    typed.press("Tab")
    while_typing = values(live_server, bench[1])
    typed.press("Enter")
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert (while_typing, values(live_server, bench[1])) == ([], ["100.0"])


@pytest.mark.requirement("A11-5", "WC-3.3.4")
def test_a_double_click_records_once(page: Page, live_server: Server, bench: tuple[Person, str]) -> None:
    form = entry_form(page, FIELD)
    form.locator("[name=value]").fill("100,0")
    form.get_by_role("button").first.dblclick()
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert values(live_server, bench[1]) == ["100.0"]


@pytest.mark.requirement("A11-5")
def test_the_same_form_posted_twice_records_once(page: Page, live_server: Server, bench: tuple[Person, str]) -> None:
    address = entry_form(page, FIELD).get_attribute("action") or ""
    sent = typed_form(page, "100,0")
    answers = [page.request.post(address, form=sent, max_redirects=0).status for _time in range(3)]

    assert answers == [303, 303, 303]
    assert values(live_server, bench[1]) == ["100.0"]


@pytest.mark.requirement("A11-5")
def test_going_back_and_sending_again_records_nothing_twice(
    page: Page, live_server: Server, bench: tuple[Person, str]
) -> None:
    _person, record = bench
    form = typed_form(page, "100,0")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        record_value(page, FIELD, "100,0")
    page.goto(f"{record}/steps/room")
    page.go_back()
    # What a browser does that is told to send the form of an earlier page once more.
    answer = page.request.post(sent.value.url, form=form, max_redirects=0)
    page.reload()
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert answer.status == 303
    assert values(live_server, record) == ["100.0"]


@pytest.mark.requirement("ER-H1", "A11-5")
def test_the_second_of_two_tabs_is_told_and_keeps_what_was_typed(
    page: Page, context: BrowserContext, live_server: Server, bench: tuple[Person, str]
) -> None:
    _person, record = bench
    other = context.new_page()
    other.goto(f"{record}/{STEP}")
    record_value(page, FIELD, "100,0")
    form = entry_form(other, FIELD)
    form.locator("[name=value]").fill("250,5")
    form.get_by_role("button").first.click()
    expect(other.get_by_role("alert").first).to_be_visible()
    expect(other.locator("main")).to_contain_text("250,5")
    expect(other.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert values(live_server, record) == ["100.0"]


@pytest.mark.requirement("A11-16")
def test_a_lost_connection_keeps_what_was_typed_and_the_next_try_records_it(
    page: Page, context: BrowserContext, live_server: Server, bench: tuple[Person, str]
) -> None:
    _person, record = bench
    form = entry_form(page, FIELD)
    context.set_offline(True)
    form.locator("[name=value]").fill("100,0")
    form.get_by_role("button").first.click()
    expect(page.locator("#connection")).to_be_visible()
    expect(form.locator("[name=value]")).to_have_value("100,0")
    context.set_offline(False)
    form.get_by_role("button").first.click()
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")
    expect(page.locator("#connection")).to_be_hidden()

    assert values(live_server, record) == ["100.0"]


@pytest.mark.requirement("A11-5", "A11-16")
def test_an_answer_that_never_comes_back_is_recorded_once_when_sent_again(
    page: Page, live_server: Server, bench: tuple[Person, str]
) -> None:
    _person, record = bench
    form = entry_form(page, FIELD)
    form.locator("[name=value]").fill("100,0")
    page.route("**/entries", _lose_the_answer(), times=1)
    form.get_by_role("button").first.click()
    expect(page.locator("#connection")).to_be_visible()
    expect(form.locator("[name=value]")).to_have_value("100,0")
    form.get_by_role("button").first.click()
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert values(live_server, record) == ["100.0"]


@pytest.mark.requirement("WC-2.2.1", "A11d-11.8")
def test_a_page_that_locks_keeps_what_was_typed_and_gives_the_field_back(
    page: Page, context: BrowserContext, live_server: Server, bench: tuple[Person, str]
) -> None:
    person, record = bench
    field = entry_form(page, FIELD).locator("[name=value]")
    field.fill("100,0")
    lock_from_another_tab(context)
    entry_form(page, FIELD).get_by_role("button").first.click()
    expect(page.locator("#lock")).to_be_visible()
    expect(page.locator("#lock-password")).to_be_focused()
    page.keyboard.type("not the password at all")
    page.keyboard.press("Enter")
    expect(page.locator("#lock-error")).to_contain_text(re.compile(r"\w"))
    page.locator("#lock-password").fill(person.password)
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    expect(field).to_have_value("100,0")
    entry_form(page, FIELD).get_by_role("button").first.click()
    expect(page.locator(f"#cell-{FIELD} .entry__figure")).to_contain_text("100,0")

    assert values(live_server, record) == ["100.0"]


@pytest.mark.requirement("WC-2.2.1", "A11d-11.8")
def test_a_tablet_left_alone_warns_then_locks_and_hides_the_page(
    page: Page, live_server: Server, bench: tuple[Person, str]
) -> None:
    person, record = bench
    page.clock.install()
    page.goto(f"{record}/{STEP}")
    field = entry_form(page, FIELD).locator("[name=value]")
    field.fill("100,0")
    limit = int(page.locator("#idle-warning").get_attribute("data-idle-limit") or "0")
    warning = int(page.locator("#idle-warning").get_attribute("data-idle-warning") or "0")
    page.clock.run_for((limit - warning + 2) * 1000)
    expect(page.locator("#idle-warning")).to_be_visible()
    page.clock.run_for(warning * 1000)
    expect(page.locator("#lock")).to_be_visible()
    expect(field).to_be_hidden()
    page.locator("#lock-password").fill(person.password)
    page.keyboard.press("Enter")
    expect(page.locator("#lock")).to_be_hidden()
    expect(field).to_be_focused()
    expect(field).to_have_value("100,0")

    assert values(live_server, record) == []


def typed_form(page: Page, value: str) -> dict[str, str | float | bool]:
    """Return what the bench form sends, its keys included, with a value typed into it."""
    inputs = entry_form(page, FIELD).locator("[name]").all()
    fields: dict[str, str | float | bool] = {item.get_attribute("name") or "": item.input_value() for item in inputs}
    return fields | {"value": value}


def lock_from_another_tab(context: BrowserContext) -> None:
    """Lock the session on the server while the bench page notices nothing of it."""
    other = context.new_page()
    other.goto("/account")
    other.locator("form[action='/lock']").get_by_role("button").click()
    other.wait_for_url(re.compile(r"/unlock\?next="))
    other.close()


def _lose_the_answer() -> Callable[[Route], None]:
    """Let a request through to the server, and lose what it answers."""

    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    return lose
