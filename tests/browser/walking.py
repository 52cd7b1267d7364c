"""Walking the pages that somebody reaches by links alone, one of each kind."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Page

STATES = ("issued", "in-progress", "returned", "completed", "approved", "rejected", "aborted", "voided")
"""The states of the demonstration's records: in each of them the page of a record is another page."""

RECORDS_IN = "/records?state="
RECORD = re.compile(r"/records/([0-9a-f-]{36})")
STEP = re.compile(r"/records/([0-9a-f-]{36})/steps/[a-z0-9_]+")
FILES = re.compile(r"\.(json|jsonl|csv|pem)$|/static/|/package$|/files/[0-9]+(/picture/[a-z]+)?$")
NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{3}-[0-9]{3}|(?<=/)[0-9]+(?=/|$)|(?<=/steps/)[a-z0-9_]+")


def walk(page: Page, starts: list[str]) -> Iterator[str]:
    """Visit the pages in `starts` and those that links on them lead to; yield each address, its page in sight.

    Of pages that differ only in whom or what they show, the first is visited. A record is visited once in each state,
    and at the bench every step of one record that the visitor has in hand.
    """
    known: set[str] = set()
    waiting = list(starts)
    bench = ""
    while waiting:
        address, _, state = waiting.pop(0).partition("#")
        kind = _kind(address, state, bench)
        if kind in known:
            continue
        known.add(kind)
        page.goto(address)
        links = _links(page)
        bench = bench or _in_hand(links)
        if address.startswith(RECORDS_IN):
            state = address.removeprefix(RECORDS_IN)
            waiting += [f"{link}#{state}" for link in links if RECORD.fullmatch(link)][:1]
        else:
            yield address
        waiting += links


def _kind(address: str, state: str, bench: str) -> str:
    """Return what two addresses share when they are the same kind of page."""
    step = STEP.fullmatch(address)
    if address.startswith(RECORDS_IN) or (bench and step and step[1] == bench):
        return address
    return NAMES.sub("*", urlsplit(address).path) + (f" {state}" if state else "")


def _in_hand(links: list[str]) -> str:
    """Return the id of a record that the visitor can go on with, from the links of a page."""
    found = (re.fullmatch(RECORD.pattern + "/next", link) for link in links)
    return next((match[1] for match in found if match), "")


def _links(page: Page) -> list[str]:
    """Return the addresses of this house that the page in sight links to, in their order."""
    found: list[str] = page.eval_on_selector_all(
        "a[href]",
        "links => links.filter(link => link.origin === location.origin).map(link => link.pathname + link.search)",
    )
    return [address for address in dict.fromkeys(found) if not FILES.search(address)]
