"""What is over and who is under age, at the screen: pages that the walk does not reach, because the demonstration has
neither.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.kernel import clock
from app.kernel.actors import Permission, system_actor
from app.privacy.services.expiring import propose_expiry
from app.storage import Storage
from app.web.models import Receipt
from tests.browser.inspection import Violations, faults_of, faults_on_a_phone
from tests.browser.server import Server
from tests.browser.visiting import sign_in
from tests.installation import vault_in


def list_something_old(server: Server) -> str:
    """Let the worker list an answer of long ago, and return the id of the list."""
    storage = Storage.open(f"sqlite:///{server.var / 'cahier.sqlite'}", vault_in(server.var))
    try:
        with storage.transaction() as session:
            old = clock.now() - timedelta(days=900)
            session.add(Receipt(key="of-long-ago", actor="person:nobody", answer="/", accepted_at=old))
        with storage.transaction() as session:
            made = propose_expiry(session, None, actor=system_actor("worker", Permission.ERASURE_DECIDE))
            assert made is not None
            return made.id
    finally:
        storage.close()


@pytest.mark.requirement("GD-5(1)(e)", "WC-2.1.1/2.1.2", "WC-1.4.3/1.4.11", "WC-2.5.8")
def test_a_list_is_read_held_back_and_found_usable_by_keyboard(
    page: Page, live_server: Server, violations: Violations
) -> None:
    expiry = list_something_old(live_server)
    sign_in(page, live_server, "dirk.hermans")
    faults = []
    for address in ("/privacy/retention", f"/privacy/expiries/{expiry}", f"/privacy/expiries/{expiry}/items/1/hold"):
        page.goto(address)
        faults += [f"{address}: {fault}" for fault in [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]]
    page.locator("main [name=reason]").fill("Recours 2026-4.")
    page.locator("main form").get_by_role("button").first.press("Enter")
    expect(page.locator("main [name=reason]")).to_have_value("Recours 2026-4.")
    day = (clock.now() + timedelta(days=90)).date().isoformat()
    page.locator("main [name=until]").fill(day)
    page.locator("main form").get_by_role("button").first.press("Enter")
    page.wait_for_url(f"**/privacy/expiries/{expiry}")

    assert faults == []
    expect(page.locator("main")).to_contain_text("Recours 2026-4.")


@pytest.mark.requirement("GD-minors", "WC-1.4.3/1.4.11", "WC-2.5.8")
def test_a_year_of_birth_brings_the_notice_for_parents(page: Page, live_server: Server, violations: Violations) -> None:
    sign_in(page, live_server, "anne.collard")
    page.goto("/people?search=karim")
    page.locator("main a[href*='/people/']").filter(has_text="Karim").first.click()
    page.locator("main a[href$='/age']").click()
    page.locator("main [name=birth_year]").fill(str(clock.now().year - 16))
    page.locator("main [name=reason]").fill("Carte d'identité vue.")
    page.locator("main form[action$='/birth-year']").get_by_role("button").press("Enter")
    page.locator("main a[href$='/guardian-notice']").wait_for()
    faults = [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]
    page.locator("main a[href$='/guardian-notice']").click()
    page.wait_for_url("**/guardian-notice")
    faults += [*faults_of(page, violations, "fr"), *faults_on_a_phone(page)]

    assert faults == []
    expect(page.locator("main")).to_contain_text("Information des parents et tuteurs")
