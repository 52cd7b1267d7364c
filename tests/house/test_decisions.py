"""Decisions (docs/adr) are numbered once and say what was decided, why, and what was not chosen. News has one form."""

import re
from collections import Counter

from tests.house import tree

SECTIONS = ["Status", "Context", "Decision", "What follows", "What we did not choose"]
DECISION = re.compile(r"^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md$")
FRAGMENT = re.compile(r"^[a-z0-9-]+\.(added|changed|fixed|security)\.md$")
HEADING = re.compile(r"^## (.+?)\s*$", re.MULTILINE)


def decisions():
    """Return the decision records."""
    return [path for path in tree.files() if path.parts[:2] == ("docs", "adr") and path.name != "README.md"]


def test_decisions_are_named_by_number_and_subject():
    assert [str(path) for path in decisions() if not DECISION.match(path.name)] == []


def test_no_two_decisions_share_a_number():
    numbers = Counter(path.name[:4] for path in decisions())

    assert [number for number, times in numbers.items() if times > 1] == []


def test_decisions_have_all_their_sections_in_order():
    faults = [f"{path}: {found}" for path in decisions() if (found := HEADING.findall(tree.text(path))) != SECTIONS]

    assert faults == []


def test_news_is_named_after_its_subject_and_kind():
    fragments = [path for path in tree.files() if path.parts[0] == "changelog.d" and path.name != "README.md"]

    assert [str(path) for path in fragments if not FRAGMENT.match(path.name)] == []
