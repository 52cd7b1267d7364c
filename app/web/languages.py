"""French, Dutch, English and German: catalogues of all rooms, merged and compiled in memory at start.

English source strings are the English catalogue. There is no compiled file to forget: what stands in the .po files is
what shows.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, Domain, force_locale, get_locale, gettext

from app.web.visitors import current_visitor

LANGUAGES = {"fr": "Français", "nl": "Nederlands", "en": "English", "de": "Deutsch"}
SOURCE_LANGUAGE = "en"
_SPOKEN = "cahier_spoken_language"
_ROOT = Path(__file__).parents[2]


class RoomCatalogues(Domain):
    """The one domain of messages: what the rooms' catalogues say together."""

    def get_translations(self) -> NullTranslations:
        """Return the translations of the request's language."""
        return catalogue(page_language())


@cache
def catalogue(language: str) -> NullTranslations:
    """Merge the rooms' catalogues of a language; English needs none."""
    merged = Translations()
    for path in sorted(_ROOT.glob(f"*/**/translations/{language}.po")):
        if ".venv" in path.parts:
            continue
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=language))
        compiled.seek(0)
        one = Translations(compiled)
        merged.merge(one)
        merged.plural = one.plural  # merging keeps the texts and forgets how the language counts
    return merged


def install_languages(app: Flask, default_language: str, zone: str) -> None:
    """Choose a language for each request: the person's, else the one picked, else the browser's, else the hub's."""
    app.config["BABEL_DEFAULT_LOCALE"] = default_language
    app.config["BABEL_DEFAULT_TIMEZONE"] = zone
    babel = Babel(app, locale_selector=page_language, timezone_selector=lambda: zone)
    babel.domain_instance = RoomCatalogues()


def page_language() -> str:
    """Return the language of the present request, or the hub's outside one; within `speaking`, the one spoken."""
    if _SPOKEN in g:
        return str(g.get(_SPOKEN))
    fallback: str = current_app.config["BABEL_DEFAULT_LOCALE"]
    if not has_request_context():
        return fallback
    visitor, picked = current_visitor(), session.get("language")
    # On a locked page somebody else may be reading: what they pick is not the person's choice.
    if visitor and not (visitor.locked and picked in LANGUAGES):
        return visitor.actor.language
    if picked in LANGUAGES:
        return str(picked)
    # French first: a browser that accepts all four equally gets the hub's own language.
    return request.accept_languages.best_match([fallback, *LANGUAGES]) or fallback


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language whatever the visitor's: for what is made to be kept, such as a record on paper."""
    before = g.pop(_SPOKEN, None)
    setattr(g, _SPOKEN, language)
    try:
        with force_locale(language):
            yield
    finally:
        g.pop(_SPOKEN)
        if before:
            setattr(g, _SPOKEN, before)


def translate(message: str, **values: Any) -> str:
    """Translate a source string that was marked elsewhere with N_()."""
    text: str = gettext(message, **values) if values else gettext(message)
    return text


def current_locale() -> str:
    """Return the locale by which numbers and times are written on this page."""
    return str(get_locale() or page_language())
