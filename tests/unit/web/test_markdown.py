"""Text that people write can be formatted, and can never become a script."""

import re
from html.parser import HTMLParser

import bleach
import nh3
import pytest
from markupsafe import Markup

from app.web.markdown import render_markdown

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\nscript:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[click](vbscript:msgbox(1))",
    "<javascript:alert(1)>",
    "![x](https://example.org/a.png)",
    '![x](x" onerror="alert(1))',
    '[a](https://example.org "x\\" onmouseover=alert(1)")',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<a href='#' style='position:fixed;inset:0'>x</a>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<style>@import 'https://example.org/a.css'</style>",
    "<form action=https://example.org><input name=password></form>",
    "<base href='https://example.org/'>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<p\x00 onclick=alert(1)>x",
]
BARE = {"blockquote", "br", "code", "em", "hr", "li", "p", "pre", "strong", "ul"} | {
    "table", "tbody", "td", "th", "thead", "tr"
}  # fmt: skip
HARMLESS = {"a": {"href", "rel", "title"}, "ol": {"start"}, **{tag: set() for tag in BARE}}


class Seen(HTMLParser):
    """Collects, as a browser would see them, the tags, attributes and addresses that could do harm."""

    def __init__(self, html):
        super().__init__()
        self.harm = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.harm += [tag] if tag not in HARMLESS else []
        self.harm += [f"{tag} {name}" for name, _ in attributes if name not in HARMLESS.get(tag, ())]
        self.harm += [value for name, value in attributes if name == "href" and not _leads_to_a_page(value)]

    def handle_comment(self, data):
        self.harm.append(data)


def _leads_to_a_page(address):
    return re.match(r"(https?|mailto):", address) or not re.search(r"^[^/?#]*:", address)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_script_comes_alive(payload):
    shown = str(render_markdown(payload))

    assert Seen(shown).harm == []


@pytest.mark.parametrize("missing", ["bleach", "nh3"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_either_cleaner_is_enough_alone(missing, payload, monkeypatch):
    if missing == "bleach":
        monkeypatch.setattr(bleach, "clean", lambda html, **_: html)
    else:
        monkeypatch.setattr(nh3, "clean", lambda html, **_: html)

    shown = str(render_markdown.__wrapped__(payload))

    assert Seen(shown).harm == []


@pytest.mark.parametrize("payload", [payload for payload in PAYLOADS if payload.startswith("<")])
def test_the_cleaners_hold_also_behind_a_parser_that_lets_html_through(payload, monkeypatch):
    monkeypatch.setattr("app.web.markdown._parser.render", lambda text: text)

    shown = str(render_markdown.__wrapped__(payload))

    assert Seen(shown).harm == []


@pytest.mark.parametrize(
    "html", ["<p><img></p>", '<p onclick="x">', '<a href="javascript:alert(1)">x</a>', "<!-- x -->", "<h1>x</h1>"]
)
def test_the_search_for_harm_finds_it(html):
    assert len(Seen(html).harm) == 1


def test_formatting_stays():
    shown = render_markdown("Press **once**, wait:\n\n1. *fill*\n2. `weigh`\n\n| t | p |\n|---|---|\n| 20 | 1013 |")

    assert isinstance(shown, Markup)
    assert "<strong>once</strong>" in shown
    assert "<li><em>fill</em></li>" in shown
    assert "<code>weigh</code>" in shown
    assert "<td>1013</td>" in shown


def test_a_link_keeps_its_address_and_tells_the_other_page_nothing():
    shown = render_markdown("[ISO](https://www.iso.org)")

    assert shown == Markup('<p><a href="https://www.iso.org" rel="noopener">ISO</a></p>\n')


def test_a_heading_stays_text_so_that_the_outline_of_the_page_holds():
    shown = render_markdown("# 3 tips\n\nNext\n====")

    assert "<h" not in shown
    assert "3 tips" in shown
