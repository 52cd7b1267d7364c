"""The documents say what the code does: excerpts are true to the line, tables name all there is, links lead somewhere,
commands can be typed.
"""

import re
import shlex
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from tests.house import documents, rooms_page, tree

ACTIONS = Path("docs/actions.md")
LIFECYCLE = Path("docs/lifecycle.md")
OPERATIONS = Path("docs/operations.md")
PERMISSIONS = Path("docs/permissions.md")
GLOSSARY = Path("docs/glossary.md")
PLACE = re.compile(r"^(app|changelog\.d|config|docs|migrations|plugins|requirements|tests|xapi)/[\w./-]*$")
SETTING = re.compile(r"^CAHIER_[A-Z_]+$")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
ONE_SENTENCE = re.compile(r"(?:[^.]|\.(?! ))+\.")
TYPED = re.compile(r"(?:^|\s|bin/)cahier ([a-z-].*)$")
ARROW = re.compile(r"^\s*(\S+) --> (\S+?)(?:: (.+))?$")
ROW = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)


def misquoted(block):
    """Name the pieces of an excerpt that do not stand in its file, line by line."""
    source = "\n" + tree.text(block.source)
    pieces = ["\n".join(piece).strip("\n") for piece in block.pieces()]
    return [f"{block.at}: {piece.splitlines()[0]}" for piece in pieces if f"\n{piece}\n" not in source]


def dead_links(path):
    """Name the links of a document that lead nowhere inside the project."""
    for line, target in documents.links(path):
        place, _, anchor = target.partition("#")
        if "://" in place or place.startswith("mailto:"):
            continue
        found = Path(re.sub(r"[^/]+/\.\./", "", (path.parent / place).as_posix())) if place else path
        if not (tree.ROOT / found).exists() or (anchor and anchor not in documents.anchors(found)):
            yield f"{path}:{line} {target}"


def typed_commands(path):
    """Give place and words of every `cahier …` that a document tells people to type."""
    lines = [(block.at, line) for block in documents.blocks(path) if block.language == "sh" for line in block.lines]
    words = [(f"{path}:{line}", word) for line, word in documents.code_words(path)]
    for at, text in [*lines, *words]:
        found = TYPED.search(text.partition(" #")[0])
        if found and not text.startswith("#"):
            yield at, shlex.split(found[1].replace("…", ""))


def fault_of_command(group, words):
    """Say which word of a command the program does not know, or None."""
    command = group
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            if word not in command.commands:
                return word
            command = command.commands[word]
        elif word.startswith("--") and word not in known_options(command):
            return word
    return None


def known_options(command):
    """Return what may be said with a command."""
    options = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
    return {"--help", "--version", *options}


def leaves(command, name=""):
    """Give every command that does something, by its full name."""
    if not isinstance(command, click.Group):
        yield name
        return
    for word, inner in command.commands.items():
        yield from leaves(inner, f"{name} {word}".strip())


@pytest.fixture
def cahier():
    from app.command import cahier

    return cahier


def test_excerpts_are_true_to_the_line():
    excerpts = [block for path in documents.documents() for block in documents.blocks(path) if block.source]
    faults = [fault for block in excerpts for fault in misquoted(block)]

    assert excerpts != []
    assert faults == []


def test_a_misquoted_line_is_found():
    block = documents.Block(
        Path("docs/walkthrough.md"), 1, "python", "app/audit/services.py", ("def note(", "…", "def mote(")
    )

    assert misquoted(block) == ["docs/walkthrough.md:1: def mote("]


def test_every_document_is_named_in_the_index():
    index = tree.text(Path("docs/index.md"))
    pages = [path for path in tree.files() if path.parts[0] == "docs" and path.suffix == ".md"]
    names = {path.relative_to("docs").as_posix() for path in pages} - {"index.md"}

    assert {name for name in names if f"({name})" not in index} == set()


def test_links_lead_somewhere():
    faults = [fault for path in documents.documents() for fault in dead_links(path)]

    assert faults == []


def test_files_that_are_named_exist():
    faults = [
        f"{path}:{line} {word}"
        for path in documents.documents(living=True)
        for line, word in documents.code_words(path)
        if PLACE.match(word) and not (tree.ROOT / word).exists()
    ]

    assert faults == []


def test_commands_can_be_typed(cahier):
    faults = [
        f"{at}: {fault}"
        for path in documents.documents(living=True)
        for at, words in typed_commands(path)
        if (fault := fault_of_command(cahier, words))
    ]

    assert faults == []


def test_a_command_that_is_not_there_is_found(cahier):
    assert fault_of_command(cahier, ["person", "add", "--hub", "x"]) is None
    assert fault_of_command(cahier, ["person", "vanish"]) == "vanish"
    assert fault_of_command(cahier, ["person", "add", "--power"]) == "--power"


def test_every_command_is_explained(cahier):
    explained = [name.removeprefix("cahier ") for name in documents.column(OPERATIONS, "All commands", "command")]

    assert sorted(explained) == sorted(leaves(cahier))


def test_targets_of_make_exist():
    known = set(ROW.findall(tree.text(Path("Makefile"))))
    faults = [
        f"{path}:{line} make {name}"
        for path in documents.documents(living=True)
        for line, word in documents.code_words(path)
        for name in TARGET.findall(word)
        if name not in known
    ]

    assert faults == []


def test_the_page_of_rooms_is_up_to_date():
    assert tree.text(rooms_page.PAGE) == rooms_page.page(), "type: make rooms"


def test_every_action_is_explained():
    from app.audit.actions import Action

    explained = documents.column(ACTIONS, "The vocabulary", "action")

    assert sorted(explained) == sorted(action.value for action in Action)


def test_actions_are_written_where_the_page_says():
    from app.audit.actions import Action

    faults = []
    for row in documents.table(ACTIONS, "The vocabulary"):
        name, place = Action(row["action"]).name, row["written by"].split(" ")
        source = tree.text(Path(place[0]))
        if f"Action.{name}" not in source or f"def {place[1]}(" not in source:
            faults.append(row["action"])

    assert faults == []


def test_every_role_is_shown_with_what_it_grants():
    from app.identity.rules.roles import GRANTS

    shown = {
        (role, row["permission"])
        for row in documents.table(PERMISSIONS, "What each role grants")
        for role, mark in row.items()
        if mark == "yes"
    }

    assert shown == {(role.value, permission.value) for role, grants in GRANTS.items() for permission in grants}


def test_every_scope_is_shown_with_what_it_lets_through():
    from app.identity.rules.roles import SCOPE_PERMISSIONS

    shown = {row["scope"]: row["lets through"] for row in documents.table(PERMISSIONS, "What a token may do")}

    assert shown == {scope.value: ", ".join(sorted(granted)) for scope, granted in SCOPE_PERMISSIONS.items()}


def test_every_setting_is_explained_with_its_default():
    from dataclasses import MISSING, fields

    from config.settings import CONFIG, Settings

    explained = {row["variable"]: row["default"] for row in documents.table(OPERATIONS, "Settings")}
    plain = {field.name: field.default for field in fields(Settings) if field.default is not MISSING}
    defaults = {
        name: value.relative_to(CONFIG.parent) if isinstance(value, Path) else value for name, value in plain.items()
    }
    computed = {"var": "var", "database_url": "sqlite:///<var>/cahier.sqlite"}

    assert explained == {
        f"CAHIER_{name.upper()}": str(value) or "none" for name, value in (computed | defaults).items()
    }


def test_settings_that_are_named_exist():
    from config.settings import Settings

    known = {f"CAHIER_{name.upper()}" for name in Settings.__dataclass_fields__}
    faults = [
        f"{path}:{line} {word}"
        for path in documents.documents(living=True)
        for line, word in documents.code_words(path)
        if SETTING.match(word) and word not in known
    ]

    assert faults == []


def test_every_transition_of_a_record_is_listed():
    from app.notebook.rules.words import TRANSITIONS

    listed = [(row["from"], row["deed"], row["to"]) for row in documents.table(LIFECYCLE, "A record")]

    assert sorted(listed) == sorted((state, deed, after) for (state, deed), after in TRANSITIONS.items())


def test_the_picture_of_a_record_shows_its_transitions():
    from app.notebook.rules.words import TRANSITIONS

    drawn = next(block for block in documents.blocks(LIFECYCLE) if block.language == "mermaid")
    arrows = [found.groups() for line in drawn.lines if (found := ARROW.match(line))]
    shown = {(begin, deed, end) for begin, end, deed in arrows if "[*]" not in (begin, end)}

    assert shown == {(_drawn(state), deed.value, _drawn(after)) for (state, deed), after in TRANSITIONS.items()}


def _drawn(state):
    """Return a state as the picture names it: a dash would end the name."""
    return state.value.replace("-", "_")


@pytest.mark.parametrize(
    ("heading", "place", "name"),
    [
        ("A step", "app.notebook.rules.sheet", "StepState"),
        ("A signature", "app.signatures.rules", "Coverage"),
        ("A key", "app.signatures.models", "KeyState"),
        ("A person", "app.identity.models", "PersonState"),
        ("A parcel", "app.delivery.rules", "Fate"),
    ],
)
def test_every_state_is_listed(heading, place, name):
    import importlib

    states = getattr(importlib.import_module(place), name)

    assert sorted(set(documents.column(LIFECYCLE, heading, "state"))) == sorted(states)


def test_the_glossary_gives_one_sentence_for_each_word_in_order():
    rows = documents.table(GLOSSARY, "Words")
    words = [row["word"] for row in rows]

    assert words == sorted(words, key=str.lower)
    assert [row["word"] for row in rows if not row["en français"] or not ONE_SENTENCE.fullmatch(row["meaning"])] == []


def test_the_glossary_and_the_screens_speak_the_same_french():
    spoken: dict[str, str] = {}
    for path in (path for path in tree.ours(".po") if path.name == "fr.po"):
        with (tree.ROOT / path).open("rb") as source:
            messages = [(message.id, message.string) for message in read_po(source)]
        spoken |= {one.lower(): other for one, other in messages if isinstance(one, str) and isinstance(other, str)}
    rows = documents.table(GLOSSARY, "Words")
    faults = [
        f"{row['word']}: {row['en français']}, {said}"
        for row in rows
        if (said := spoken.get(row["word"])) and said.lower() != row["en français"]
    ]

    assert faults == []


def test_the_changelog_begins_with_this_release():
    from app import __version__

    releases = re.findall(r"^## (\S+)", tree.text(Path("CHANGELOG.md")), re.MULTILINE)

    assert releases[0] == __version__


def test_news_says_what_it_means_for_those_who_qualify_the_system():
    news = [path for path in documents.documents() if path.parts[0] == "changelog.d" and path.name != "README.md"]

    assert [str(path) for path in news if "\nImpact on validation: " not in tree.text(path)] == []
