"""Markdown that people write becomes HTML that is safe to show; there is no other way from their text to markup.

Three defences, each enough alone, because bleach is no longer maintained and must never be the only one: markdown-it
passes no HTML through, bleach keeps a short list of tags, and nh3 keeps the same list once more. The content security
policy stands behind them.
"""

from functools import lru_cache

import bleach
import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = frozenset(
    {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th"}
    | {"thead", "tr", "ul"}
)
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
_SCHEMES = frozenset({"http", "https", "mailto"})

# Headings would break the outline of the page around, and pictures would be fetched from another host.
_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["heading", "lheading", "image"])


@lru_cache(maxsize=1024)
def render_markdown(text: str) -> Markup:
    """Return a text in Markdown as HTML without script, style, picture, heading or address of another scheme.

    The answer is remembered, because the same instruction is shown to many people (bleach takes its time).
    """
    attributes = {tag: sorted(names) for tag, names in _ATTRIBUTES.items()}
    cleaned = bleach.clean(
        _parser.render(text), tags=_TAGS, attributes=attributes, protocols=_SCHEMES, strip=True, strip_comments=True
    )
    return Markup(  # noqa: S704  (the one place where cleaned HTML becomes markup)
        nh3.clean(cleaned, tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=set(_SCHEMES), link_rel="noopener")
    )
