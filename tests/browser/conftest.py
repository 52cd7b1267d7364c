"""Debian's Chromium, driven by Playwright, in front of a real `cahier run` with its demonstration.

Every page is watched: a script error, a breach of the content security policy or a request to another host fails the
test that caused it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

from tests.browser import chromium, server

HERE = Path(__file__).parent
ANSWERS = ("Failed to load resource", "htmx:sendError", "htmx:afterRequest", "Response Status Error Code")
"""How the browser and htmx report a request that was refused or lost: what a story may be about, no fault of a page."""

TABLET: ViewportSize = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the browser tests together, so that a run in several processes starts one server and one browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; each test has a profile of its own in it.

    Playwright keeps an event loop running in this process, in which tests of other modules could start none.
    """
    try:
        options = chromium.launch_options()
    except chromium.ChromiumMissing as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**options)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A running Cahier with its demonstration: `url`, `var` and `people()`; shared by all tests of a process."""
    with server.running(tmp_path_factory.mktemp("var")) as started:
        yield started


@pytest.fixture
def context(browser: Browser, live_server: server.Server) -> Iterator[BrowserContext]:
    """A new profile on a tablet's screen, in French, with nothing remembered."""
    opened = browser.new_context(
        base_url=live_server.url, viewport=TABLET, locale="fr-BE", timezone_id="Europe/Brussels", color_scheme="light"
    )
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, live_server: server.Server) -> Iterator[Page]:
    """An empty page; when the test ends, nothing may have gone wrong in it unnoticed."""
    complaints: list[str] = []
    opened = context.new_page()
    watch(opened, urlsplit(live_server.url).netloc, complaints)
    yield opened

    assert complaints == []


def watch(page: Page, host: str, complaints: list[str]) -> None:
    """Collect what a person at the screen would not see: script errors, policy breaches, calls to other hosts."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWERS):
            complaints.append(f"console: {message.text}")

    def see(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.netloc != host:
            complaints.append(f"another host: {request.url}")

    page.on("console", hear)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("request", see)


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """A function that returns what axe finds wrong with a page, one sentence each."""
    axe = Axe()

    def find(page: Page) -> list[str]:
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [f"{item['id']}: {item['help']} — {node['html']}" for item in found for node in item["nodes"]]

    return find
