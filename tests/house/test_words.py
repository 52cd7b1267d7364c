"""Words that may not stand in the project: promises that only a user can keep, and traces of one machine."""

import re
from pathlib import Path

import pytest

from tests.house import tree

# Compliance and validation belong to a regulated user, not to software. Where a text says just that, or where the word
# is about something else, its line stands in this file: the path, a colon, a space, and the line as it is.
ALLOWED = Path("tests/house/allowed-words.txt")
PROMISES = re.compile(r"\b(compliant|compliance|validated)\b", re.IGNORECASE)
READ_BY_PEOPLE = {".cfg", ".html", ".md", ".po", ".toml", ".yaml"}

THIS_FILE = Path("tests/house/test_words.py")
TRACES = {
    "a folder of one machine": re.compile(
        r"(?<![\w.:/}-])/(home/\w+|opt/(wheels|pypi[\w-]*)|root|tmp|work)(?=/|\s|$|[\"'`)])"
    ),
    "the host of a package registry": re.compile(
        r"\b(pypi\.org|pythonhosted\.org|npmjs\.(org|com)|deb\.debian\.org|unpkg\.com|jsdelivr\.net|cdnjs\.\w+)"
    ),
}
TEXTS = {
    "", ".cfg", ".css", ".html", ".in", ".ini", ".js", ".json", ".mako", ".md", ".po", ".py", ".sh", ".sql", ".svg",
    ".toml", ".txt", ".xml", ".yaml", ".yml",
}  # fmt: skip


def promises(path, text):
    """Return the lines of a text that promise, as they would stand in the list of allowed ones."""
    return [f"{path}: {line.strip()}" for line in text.splitlines() if PROMISES.search(line)]


def traces(pattern, text):
    """Return the numbers of the lines that match."""
    return [number for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def allowed():
    """Return the lines of the list, comments left out."""
    return {line for line in tree.text(ALLOWED).splitlines() if line and not line.startswith("#")}


def found_promises():
    """Return every promising line in what people read."""
    paths = [path for path in tree.ours(*READ_BY_PEOPLE) if path.parts[0] != "tests"]
    return [line for path in paths for line in promises(path, tree.text(path))]


def test_nothing_promises_what_only_a_user_can_keep():
    assert set(found_promises()) - allowed() == set()


def test_the_list_of_allowed_lines_holds_no_line_that_is_gone():
    assert allowed() - set(found_promises()) == set()


@pytest.mark.parametrize("what", TRACES)
def test_no_file_holds(what):
    paths = [path for path in tree.ours(*TEXTS) if path != THIS_FILE]
    faults = [f"{path}:{line}" for path in paths for line in traces(TRACES[what], tree.text(path))]

    assert faults == []


def test_a_promise_is_found():
    assert promises("README.md", "One.\n Cahier is Part 11 Compliant. ") == ["README.md: Cahier is Part 11 Compliant."]


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("a folder of one machine", "see /work/main/app"),
        ("a folder of one machine", 'open("/tmp/x")'),
        ("a folder of one machine", "/root"),
        ("the host of a package registry", "--index-url https://pypi.org/simple"),
    ],
)
def test_a_trace_is_found(what, line):
    assert traces(TRACES[what], line) == [1]


@pytest.mark.parametrize("line", ["GET /api/v1/work/7", "https://example.org/tmp/", "{{ url }}/work", "a/tmp/b"])
def test_an_address_is_no_trace(line):
    assert traces(TRACES["a folder of one machine"], line) == []
