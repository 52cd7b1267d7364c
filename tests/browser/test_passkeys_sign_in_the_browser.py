"""A trainee's passkey signs a record, a second person's passkey a check at the same tablet; the bundle proves both."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.verifier.build import OUTPUT
from tests.browser import server
from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import COMMAND, Server
from tests.browser.test_passkey_in_the_browser import leave, plug_in_passkey, send_password
from tests.browser.test_second_person_in_the_browser import CHECKER, TRAINEE, check_form
from tests.browser.test_sign_and_review_in_the_browser import (
    decide_competent,
    expect_signature,
    judge_exceptions,
    open_record,
    sign_here,
)
from tests.browser.visiting import Person, person_of, sign_in

ASSESSOR = "sophie.lambert"


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demonstration of its own: the record that this story closes is another story's beginning."""
    with server.running(tmp_path_factory.mktemp("var")) as started:
        yield started


def enrol_passkey(page: Page, live_server: Server, login: str) -> None:
    """Enrol a passkey of somebody's own."""
    person = sign_in(page, live_server, login)
    page.goto("/account/factors/passkey")
    send_password(page, person)
    leave(page)


def correct_mass(page: Page, record: str) -> None:
    """Correct the mass that a second person had checked: it must be checked again, and what is calculated from it."""
    page.goto(f"{record}/steps/weighing")
    page.locator("a[href$='/correct']").first.click()
    page.wait_for_url("**/correct")
    form = page.locator("main form[action$='/correct']")
    form.locator("[name=value]").fill("6,059")
    form.locator("[name=reason]").fill("Dernier chiffre mal lu sur l'impression.")
    form.get_by_role("button").first.click()
    page.wait_for_url(lambda address: not address.endswith("/correct"))


def check_with_passkey(page: Page, person: Person, readings: dict[str, str]) -> None:
    """Let the second person read, and their passkey sign beside their key."""
    form = check_form(page)
    for field, value in readings.items():
        form.locator(f"[name='second.{field}.1']").fill(value)
    form.locator("[name=login]").fill(person.login)
    form.locator("[name=password]").fill(person.password)
    form.locator("[data-passkey-use]").click()
    page.wait_for_url(lambda address: not address.endswith("/check"))


def approve(page: Page, live_server: Server, record: str) -> None:
    """Review the record and approve it, as its assessor does."""
    assessor = sign_in(page, live_server, ASSESSOR)
    page.goto(f"{record}/review")
    page.locator("form[action$='/review']").get_by_role("button").click()
    judge_exceptions(page)
    page.locator("a[href$='/review/sign']").click()
    page.wait_for_url("**/review/sign")
    sign_here(page, assessor)
    page.wait_for_url("**/decision")
    decide_competent(page)
    sign_here(page, assessor)
    page.wait_for_url(record)


def take_away(live_server: Server, number: str, folder: Path) -> None:
    """Write the bundle of a record and the trust file, as the command does."""
    environment = os.environ | {"CAHIER_VAR": str(live_server.var), "CAHIER_PUBLIC_URL": live_server.url}
    subprocess.run([COMMAND, "record", "export", number, "--to", folder], env=environment, check=True)


@pytest.mark.requirement("ES-1", "P11.200(a)(1)", "PF-8", "PF-9")
def test_two_passkeys_sign_at_one_tablet_and_the_verifier_alone_accepts_the_bundle(
    context: BrowserContext, page: Page, live_server: Server, violations: Violations, tmp_path: Path
) -> None:
    trainee, checker, faults = person_of(live_server, TRAINEE), person_of(live_server, CHECKER), []
    plug_in_passkey(context, page)
    for login in (TRAINEE, CHECKER):
        enrol_passkey(page, live_server, login)
    sign_in(page, live_server, TRAINEE)
    record = open_record(page, "returned", trainee.name)
    number = page.locator("h1").inner_text().split()[0]
    correct_mass(page, record)
    page.goto(f"{record}/steps/weighing/check")
    faults += [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    check_with_passkey(page, checker, {"tris_mass": "6,059"})
    page.goto(f"{record}/steps/volume/check")
    check_with_passkey(page, checker, {"final_ph": "7,40", "final_temperature": "25,1"})
    page.goto(f"{record}/sign")
    sign_here(page, trainee)
    page.wait_for_url(lambda address: not address.endswith("/sign"))
    expect_signature(page, "PERFORMED", trainee)
    expect(page.locator("article.signature").filter(has_text="clé d'accès")).not_to_have_count(0)
    faults += faults_of(page, violations, "fr")
    leave(page)
    approve(page, live_server, record)
    take_away(live_server, number, tmp_path)

    bundle, trust = tmp_path / f"{number}.eln", tmp_path / "trust.json"
    alone: list[str | Path] = [sys.executable, "-I", OUTPUT, bundle, "--trust", trust, "--json"]
    verified = subprocess.run(alone, check=False, capture_output=True, text=True, cwd=tmp_path)
    report = json.loads(verified.stdout)
    remarks = [reason["code"] for one in report["statements"] for reason in one["reasons"]]

    assert verified.returncode == 0, report
    assert remarks.count("passkey-verified") == 3
    assert faults == []
