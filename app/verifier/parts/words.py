"""Puts what was found into words of a language; what comes from the bundle is made harmless to print."""

from collections.abc import Mapping

from app.verifier.parts.words_de import GERMAN
from app.verifier.parts.words_en import ENGLISH
from app.verifier.parts.words_fr import FRENCH
from app.verifier.parts.words_nl import DUTCH

LANGUAGES: dict[str, dict[str, str]] = {"fr": FRENCH, "nl": DUTCH, "en": ENGLISH, "de": GERMAN}
DEFAULT_LANGUAGE = "en"
LONGEST_PRINTED = 120
SHORTENED = ("token", "certificate", "commitment")


def words_of(language: str) -> dict[str, str]:
    """Return the sentences of a language; English for one that the verifier does not speak."""
    return LANGUAGES.get(language, ENGLISH)


def sentence(code: str, about: Mapping[str, object], language: str) -> str:
    """Return the sentence of a code with what fills it, and after it where this was found."""
    words = words_of(language)
    text = words.get(code, code)
    safe = {name: printable(_shortened(name, value)) for name, value in about.items()}
    places = [
        f"{words[f'where-{name}']} {value}"
        for name, value in safe.items()
        if f"where-{name}" in words and f"{{{name}}}" not in text
    ]
    for name, value in safe.items():
        text = text.replace(f"{{{name}}}", value)
    return f"{text} ({', '.join(places)})" if places else text


def printable(value: object) -> str:
    """Return a value as text of bounded length, without signs that could move a cursor or turn the line around."""
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(value)[:500])
    return shown if len(shown) <= LONGEST_PRINTED else f"{shown[: LONGEST_PRINTED - 1]}…"


def _shortened(name: str, value: object) -> object:
    return f"{value[:16]}…" if name in SHORTENED and isinstance(value, str) and len(value) > 20 else value
