"""What people do at the screen in every story: sign in, choose a language, begin to practise, type a value.

Everything is found by role, by the name of an input or by address, so that a changed sentence breaks no story.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server


@dataclass(frozen=True)
class Person:
    """Somebody of the demonstration, as `demo-people.json` names them."""

    login: str
    password: str
    name: str


def person_of(server: Server, login: str) -> Person:
    """Return one of the demonstration's people."""
    found = next(person for person in server.people()["people"] if person["login"] == login)
    return Person(found["login"], found["password"], found["name"])


def sign_in(page: Page, server: Server, login: str, language: str = "fr") -> Person:
    """Sign in at the door, and read in a language."""
    person = person_of(server, login)
    page.goto("/sign-in")
    page.locator("main [name=login]").fill(person.login)
    page.locator("main [name=password]").fill(person.password)
    page.locator("main form").filter(has=page.locator("[name=password]")).get_by_role("button").last.click()
    page.wait_for_url("**/")
    speak(page, language)
    return person


def speak(page: Page, language: str) -> None:
    """Choose the language of the pages in the menu on top."""
    if page.locator("html").get_attribute("lang") == language:
        return
    page.locator("header details[data-menu] summary").click()
    page.locator(f"header button[name=language][value={language}]").click()
    expect(page.locator(f"html[lang={language}]")).to_be_attached()


def practise(page: Page, exercise: str) -> str:
    """Begin to practise an exercise as a trainee; return the address of the record's page."""
    page.goto("/records/new")
    page.locator("select[name=exercise]").select_option(exercise)
    page.locator("main form").get_by_role("button").click()
    page.wait_for_url(re.compile(r"/records/[0-9a-f-]{36}$"))
    return urlsplit(page.url).path


def entry_form(page: Page, field: str) -> Locator:
    """Return the form at the bench in which a field's (next) value is typed."""
    return page.locator("form").filter(has=page.locator(f"input[name=field][value={field}]"))


def record_value(page: Page, field: str, value: str) -> None:
    """Type the next value of a field and save it; the form is gone, or empty for the next reading, when it stands."""
    before = entry_form(page, field).locator("[name=idempotency_key]").input_value()
    form = entry_form(page, field)
    form.locator("[name=value]").fill(value)
    form.get_by_role("button").first.click()
    expect(page.locator(f'[name=idempotency_key][value="{before}"]')).to_have_count(0)


def tick_answer(page: Page, field: str, answer: str = "true") -> None:
    """Choose an answer of a field and save it."""
    form = entry_form(page, field)
    form.locator(f"label.choice:has(input[value={answer}])").click()
    form.get_by_role("button").first.click()
    expect(form).to_have_count(0)


def finish_step(page: Page) -> None:
    """Say that the step in sight is done."""
    page.locator("form[action$='/complete']").get_by_role("button").click()


class Stored(NamedTuple):
    """An entry as it stands in the database: its field, the number of the reading, the canonical value."""

    field: str | None
    position: int | None
    value: str | None


def entries_of(server: Server, record: str) -> list[Stored]:
    """Return what stands in a record, in its order, read from the database itself."""
    with closing(sqlite3.connect(f"file:{server.var / 'cahier.sqlite'}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT field_id, position, value FROM entry WHERE record_id = ? ORDER BY sequence",
            [record.rsplit("/", 1)[-1]],
        )
        return [Stored(*row) for row in rows]
