"""Text in several languages: one value that stands for one thing said in French, English, Dutch or German."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

LANGUAGES = ("fr", "en", "nl", "de")


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in each language they were written in; `entries` are sorted by language, without doubles."""

    entries: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Text":
        """Build a text from language to words; the words are brought to Unicode NFC and stripped at both ends."""
        words = {language: unicodedata.normalize("NFC", written).strip() for language, written in texts.items()}
        return cls(tuple(sorted(words.items())))

    def in_language(self, language: str) -> str:
        """Return the words in a language; nl-BE falls back to nl, then every language to French, then to English."""
        words = dict(self.entries)
        for choice in (language, language.partition("-")[0].partition("_")[0], "fr", "en"):
            if choice in words:
                return words[choice]
        return self.entries[0][1] if self.entries else ""

    @property
    def languages(self) -> frozenset[str]:
        """The languages this was written in."""
        return frozenset(language for language, _ in self.entries)

    def as_mapping(self) -> dict[str, str]:
        """Return language to words, ready for JSON."""
        return dict(self.entries)


def common_languages(texts: Iterable[Text]) -> tuple[str, ...]:
    """Return the languages in which every one of the texts is written, in the order of LANGUAGES."""
    shared = reduce(frozenset.intersection, (text.languages for text in texts), frozenset(LANGUAGES))
    return tuple(language for language in LANGUAGES if language in shared)
