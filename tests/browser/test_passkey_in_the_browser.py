"""A checker enrols a passkey, signs with it at the trainee's tablet, and removes it: Chromium plays the passkey."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.test_second_person_in_the_browser import CHECKER, check_form, weigh
from tests.browser.visiting import Person, person_of, sign_in

FACTORS = "#second-factor tbody tr"


def plug_in_passkey(context: BrowserContext, page: Page) -> None:
    """Give the browser an authenticator whose person is always there and verified."""
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def send_password(page: Page, person: Person) -> None:
    """Fill in the password of a form about factors and send it; the passkey answers by itself."""
    form = page.locator("main form").filter(has=page.locator("[name=password]"))
    form.locator("[name=password]").fill(person.password)
    form.locator("button[type=submit]").click()
    page.wait_for_url(re.compile(r"/account$"))


def leave(page: Page) -> None:
    """Sign out."""
    page.locator("header form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")


def sign_check_with_passkey(page: Page, person: Person) -> None:
    """Fill in the second person's form, and let the passkey answer."""
    form = check_form(page)
    form.locator("[name='second.tris_mass.1']").fill("6,058")
    form.locator("[name=login]").fill(person.login)
    form.locator("[name=password]").fill(person.password)
    form.locator("[data-passkey-use]").click()
    page.wait_for_url(lambda address: not address.endswith("/check"))


def factors_signed_with(server: Server, record: str) -> list[str]:
    """Return what the manifest of a record's signature says was used, read from the database itself."""
    with closing(sqlite3.connect(f"file:{server.var / 'cahier.sqlite'}?mode=ro", uri=True)) as database:
        subject = record.replace("/records/", "record:")
        (manifest,) = database.execute("SELECT manifest FROM signature WHERE subject = ?", [subject]).fetchone()
    return list(json.loads(manifest)["factors"])


@pytest.mark.requirement("ES-1", "P11.300(e)", "P11.200(a)(1)(ii)")
def test_a_passkey_is_enrolled_signs_at_anothers_tablet_and_is_removed(
    context: BrowserContext, page: Page, live_server: Server, violations: Violations
) -> None:
    checker, faults = person_of(live_server, CHECKER), []
    plug_in_passkey(context, page)
    sign_in(page, live_server, CHECKER)
    for address in ("/account/factors/authenticator", "/account/factors/passkey"):
        page.goto(address)
        faults += [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    send_password(page, checker)
    expect(page.locator(FACTORS)).to_have_count(1)
    faults += faults_of(page, violations, "fr")
    leave(page)

    record = weigh(page, live_server)
    faults += [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    sign_check_with_passkey(page, checker)
    used = factors_signed_with(live_server, record)
    leave(page)

    sign_in(page, live_server, CHECKER)
    page.goto("/account")
    page.locator(f"{FACTORS} a").click()
    faults += faults_of(page, violations, "fr")
    send_password(page, checker)
    expect(page.locator(FACTORS)).to_have_count(0)

    assert used == ["login", "password", "passkey"]
    assert faults == []
