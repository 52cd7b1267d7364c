"""Every text a person may read exists in French, Dutch and German; the source strings are the English."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from tests.house import tree

LANGUAGES = ["fr", "nl", "de"]
COMMON = Path("app/web")
METHODS = {".py": "python", ".html": "jinja2", ".txt": "jinja2"}
KEYWORDS = {
    "_": None,
    "N_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
# A line must not break before such a sign, nor inside quotation marks: the space there is U+00A0 or U+202F.
FRENCH_SPACES = re.compile(r"[^\xa0\u202f](?:[;?!»]|:(?=\s|$))|«(?![\xa0\u202f])|^[;?!»]")
PLACE = re.compile(r"%\(\w+\)[sd]|{\w*}")

Texts = str | list[str] | tuple[str | None, ...] | None
Identity = tuple[str, str | tuple[str, ...]]


def rooms() -> list[Path]:
    """Return the folders that have, or may have, catalogues: the rooms of app, each plug-in, and xapi."""
    sources = tree.ours(*METHODS, under=tree.PRODUCT)
    return sorted({_room(path) for path in sources if _is_read(path)})


def _room(path: Path) -> Path:
    depth = 2 if path.parts[0] in {"app", "plugins"} and len(path.parts) > 2 else 1
    return Path(*path.parts[:depth])


def _is_read(path: Path) -> bool:
    return path.suffix == ".py" or "templates" in path.parts


@cache
def messages(room: Path) -> tuple[tuple[str, Identity], ...]:
    """Return every message of a room as the place where it stands, its context and its source string."""
    return tuple(
        message
        for path in tree.ours(*METHODS, under=tree.PRODUCT)
        if _room(path) == room and _is_read(path)
        for message in _messages_in(path)
    )


def _messages_in(path: Path) -> Iterator[tuple[str, Identity]]:
    method = METHODS[path.suffix]
    for line, found, _, context in extract_from_file(method, tree.ROOT / path, KEYWORDS, options={"silent": "no"}):
        yield f"{path}:{line}", (context or "", tuple(found) if isinstance(found, tuple | list) else found)


@cache
def catalogue(room: Path, language: str) -> Catalog | None:
    """Return a room's catalogue, or None where the room has none in this language."""
    path = tree.ROOT / room / "translations" / f"{language}.po"
    if not path.exists():
        return None
    with path.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def translation(room: Path, language: str, identity: Identity) -> Message | None:
    """Return the finished translation of a message, from the room's own catalogue or the common one."""
    context, source = identity
    for place in (room, COMMON):
        known = catalogue(place, language)
        found = known.get(source, context or None) if known else None
        if found and not found.fuzzy and _is_whole(found):
            return found
    return None


def _is_whole(message: Message) -> bool:
    return all(text.strip() for text in _forms(message.string))


def lost_places(message: Message) -> set[str]:
    """Return the places to be filled, such as %(name)s, that a translation adds or that none of its forms keeps."""
    asked, kept = ({place for text in _forms(texts) for place in PLACE.findall(text)} for texts in _sides(message))
    return asked ^ kept


def _sides(message: Message) -> tuple[Texts, Texts]:
    return message.id, message.string


def _forms(texts: Texts) -> list[str]:
    """Return the singular and the plurals of one side of a message; a missing one is an empty text."""
    return [text or "" for text in ([texts] if isinstance(texts, str | None) else texts)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language):
    faults = [
        f"{place}: {identity[1]}"
        for room in rooms()
        for place, identity in messages(room)
        if translation(room, language, identity) is None
    ]

    assert faults == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_places_to_be_filled(language):
    catalogues = [(room, known) for room in rooms() if (known := catalogue(room, language))]
    faults = [
        f"{room}/translations/{language}.po: {message.id}: {lost}"
        for room, known in catalogues
        for message in known
        if message.id and _is_whole(message) and (lost := lost_places(message))
    ]

    assert faults == []


def test_french_keeps_its_signs_with_the_word_before():
    catalogues = [(room, known) for room in rooms() if (known := catalogue(room, "fr"))]
    faults = [
        f"{room}/translations/fr.po: {text}"
        for room, known in catalogues
        for message in known
        if message.id
        for text in _forms(message.string)
        if FRENCH_SPACES.search(text)
    ]

    assert faults == []


@pytest.mark.parametrize(
    ("text", "is_faulty"),
    [
        ("Motif : oubli", True),
        ("Motif: oubli", True),
        ("Vraiment ?", True),
        ("Attention!", True),
        ("« sans objet »", True),
        ("Motif\xa0: oubli", False),
        ("Vraiment\u202f?", False),
        ("«\xa0sans objet\xa0»", False),
        ("à 10:30, voir https://example.org", False),
    ],
)
def test_a_french_sign_without_its_space_is_found(text, is_faulty):
    assert bool(FRENCH_SPACES.search(text)) is is_faulty


@pytest.mark.parametrize("language", LANGUAGES)
def test_rooms_translate_the_same_text_alike(language):
    # At start all catalogues become one, so that otherwise the last one read would decide.
    known: dict[tuple[str | None, str], dict[str, Path]] = {}
    for room in rooms():
        for message in catalogue(room, language) or ():
            if message.id:
                texts = known.setdefault((message.context, str(message.id)), {})
                texts.setdefault(str(message.string), room)
    faults = [f"{identity[1]}: {texts}" for identity, texts in known.items() if len(texts) > 1]

    assert faults == []


def test_a_lost_place_is_found():
    assert lost_places(Message("Wait %(seconds)s seconds.", "Attendez.")) == {"%(seconds)s"}


def test_the_kernels_messages_are_found():
    found = {identity[1] for _, identity in messages(Path("app/kernel"))}

    assert "You may not do this." in found
