"""A stranger brings a bundle and a file that is none: the answers can be read by everybody, also without a mouse."""

import os
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import COMMAND, Server

NUMBER = "PIP-2026-0001"


@pytest.mark.requirement("WC-1.4.3/1.4.11", "WC-2.5.8", "PF-1")
def test_a_stranger_verifies_with_the_keyboard_alone(
    page: Page, live_server: Server, violations: Violations, tmp_path: Path
) -> None:
    environment = os.environ | {"CAHIER_VAR": str(live_server.var)}
    subprocess.run([COMMAND, "record", "export", NUMBER, "--to", tmp_path], env=environment, check=True)
    faults = []

    for name, trust in ((f"{NUMBER}.eln", None), (f"{NUMBER}.pdf", "trust.json"), ("trust.json", None)):
        page.goto(f"/verify?record={NUMBER}")
        page.locator("#file").set_input_files(tmp_path / name)
        if trust:
            page.locator("#trust").set_input_files(tmp_path / trust)
        page.locator("main form button[type=submit]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".statements, .error-summary")).to_be_visible()
        faults += [f"{name}: {fault}" for fault in [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]]

    assert faults == []
