"""What a page may hold under our content security policy: nothing inline, nothing foreign, nothing unescaped."""

import re

import pytest

from tests.house import tree

FAULTS = {
    "a script in the page": re.compile(r"<script\b(?![^>]*\bsrc\s*=)", re.IGNORECASE),
    "a style in the page": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "a handler in an attribute": re.compile(r"\s(on[a-z]+|hx-on[\w:-]*)\s*=", re.IGNORECASE),
    "a script in an address or a value": re.compile(r"[\"']\s*(javascript|js)\s*:", re.IGNORECASE),
    "something fetched from another host": re.compile(
        r"<(?!a\b)[a-z]+\b[^>]*\b(src|href|srcset|action|data)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
    ),
    "text that is not escaped": re.compile(r"\|\s*safe\b|{%-?\s*autoescape\s+false"),
}
COMMENTS = re.compile(r"{#.*?#}", re.DOTALL)


def places(pattern, text):
    """Return the lines on which a pattern is found, comments left out."""
    # A comment keeps its line breaks, so that the lines after it keep their numbers.
    seen = COMMENTS.sub(lambda comment: "\n" * comment[0].count("\n"), text)
    return [seen.count("\n", 0, match.start()) + 1 for match in pattern.finditer(seen)]


@pytest.mark.parametrize("what", FAULTS)
def test_no_template_holds(what):
    faults = [
        f"{path}:{line}"
        for path in tree.ours(".html", ".svg", under=("app", "plugins", "xapi"))
        for line in places(FAULTS[what], tree.text(path))
    ]

    assert faults == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("a script in the page", "<script>go()</script>"),
        ("a style in the page", "<p\nstyle='color: red'>"),
        ("a style in the page", "<style>p {}</style>"),
        ("a handler in an attribute", "<button onclick='go()'>"),
        ("a handler in an attribute", "<form hx-on:submit='go()'>"),
        ("a script in an address or a value", '<a href="javascript:go()">'),
        ("something fetched from another host", "<img alt='' src='https://example.org/a.png'>"),
        ("something fetched from another host", "<link rel=stylesheet href='//example.org/a.css'>"),
        ("text that is not escaped", "{{ remark | safe }}"),
        ("text that is not escaped", "{% autoescape false %}"),
    ],
)
def test_a_bad_template_is_found(what, source):
    assert places(FAULTS[what], f"<p>\n{source}") in ([1], [2])


def test_a_good_template_is_left_alone():
    good = "<script type='module' src='/static/step.js'></script> <a href='https://example.org'>{{ one }}</a>"

    assert [what for what, pattern in FAULTS.items() if places(pattern, good)] == []
