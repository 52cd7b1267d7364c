"""How many bytes a step page costs over the wire, compressed: on the first visit with everything it links, and on the
next step.
"""

import re
from dataclasses import dataclass

from tests.installation import Tablet

ACCEPT = {"Accept-Encoding": "gzip"}
LINKED = re.compile(rb'(?:href|src)="(/static/[^"#]+)')


@dataclass(frozen=True)
class Wire:
    """Compressed bytes of the first visit and of the next step."""

    first: int
    following: int


def measure(tablet: Tablet, first: str, following: str) -> Wire:
    """Visit two step pages as a browser does: what the first one linked is in its cache for the second."""
    page = tablet.get(first, headers=ACCEPT)
    linked = set(LINKED.findall(tablet.get(first).get_data()))
    sizes = [len(tablet.get(path.decode(), headers=ACCEPT).get_data()) for path in linked]
    second = tablet.get(following, headers=ACCEPT)
    if page.status_code != 200 or second.status_code != 200:
        raise RuntimeError(f"the pages were answered with {page.status_code} and {second.status_code}")
    fresh = set(LINKED.findall(tablet.get(following).get_data())) - linked
    more = [len(tablet.get(path.decode(), headers=ACCEPT).get_data()) for path in fresh]
    return Wire(len(page.get_data()) + sum(sizes), len(second.get_data()) + sum(more))
