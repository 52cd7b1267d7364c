"""A trainee attaches a photo and an export on a small tablet, withdraws one, and the assessor sees them."""

import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests import exhibits
from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import practise, sign_in

TRAINEE = "lucie.denis"
SMALL_TABLET: ViewportSize = {"width": 800, "height": 1280}
WORDS = "Affichage de la balance : 6,058 g"


def attach(page: Page, part: str, name: str, kind: str, content: bytes, description: str) -> None:
    """Open the form of the step, give it a file and words, and send it."""
    form = page.locator("#add-file")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.locator(f"[name={part}]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    form.locator("[name=description]").fill(description)
    form.locator("button").click()


@pytest.mark.requirement("ER-15", "WC-1.1.1", "GD-photo")
def test_a_photo_and_an_export_are_attached_and_one_is_withdrawn(
    page: Page, live_server: Server, violations: Violations
) -> None:
    page.set_viewport_size(SMALL_TABLET)
    sign_in(page, live_server, TRAINEE)
    record = practise(page, "BUF-001")
    step = page.locator("a[href*='/steps/']").first.get_attribute("href") or ""
    page.goto(step)
    page.locator("#add-file summary").click()
    expect(page.locator("#add-file")).to_contain_text("Pas de visages")
    expect(page.locator("#add-file [name=photo]")).to_have_attribute("capture", "environment")
    faults = faults_of(page, violations, "fr")

    attach(page, "photo", "IMG_1.jpg", "image/jpeg", exhibits.photo(1200, 900), WORDS)
    expect(page.locator(".file")).to_have_count(1)
    attach(page, "file", "export.csv", "text/csv", exhibits.CSV, "Export de la balance")
    expect(page.locator(".file")).to_have_count(2)
    picture = page.locator(".file__picture img").first
    expect(picture).to_have_attribute("alt", WORDS)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 240
    faults += [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]

    page.locator(".file").last.get_by_role("link", name="Retirer").click()
    page.locator("main [name=reason]").fill("Mauvais export, d'une autre pesée.")
    page.locator("main form").get_by_role("button").last.click()
    expect(page.locator(".file[data-withdrawn]")).to_contain_text("Mauvais export")
    faults += faults_of(page, violations, "fr")
    page.goto(record)
    expect(page.locator(".doc .file")).to_have_count(2)
    faults += faults_of(page, violations, "fr")

    assert faults == []


@pytest.mark.requirement("WC-3.3.1")
def test_a_file_that_is_refused_says_why_and_nothing_typed_is_lost(
    page: Page, live_server: Server, violations: Violations
) -> None:
    page.set_viewport_size(SMALL_TABLET)
    sign_in(page, live_server, TRAINEE)
    practise(page, "BUF-001")
    page.goto(page.locator("a[href*='/steps/']").first.get_attribute("href") or "")
    attach(page, "file", "gel.png", "image/png", exhibits.photo(), "Le gel, à 10 h")
    expect(page.get_by_role("alert").first).to_contain_text(re.compile(r"\w+ \w+ \w+"))

    expect(page.locator("#add-file [name=description]")).to_have_value("Le gel, à 10 h")
    expect(page.locator("#add-file")).to_have_attribute("open", "")
    assert faults_of(page, violations, "fr") == []
