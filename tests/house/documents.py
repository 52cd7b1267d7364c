"""Reading our own documents: their tables, their excerpts of code, their links, the commands they tell people to type.

An excerpt is a fenced block whose first line names a file after the language, as in "```python app/audit/services.py".
A line `…` in it stands for lines left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.house import tree

# What was true when it was written, and is never edited afterwards.
HISTORY = ("docs/adr/", "changelog.d/", "CHANGELOG.md")
FENCE = re.compile(r"^```(\w*)(?: (.+))?$")
LEFT_OUT = "…"
HEADING = re.compile(r"^(#+) (.+?)\s*$")
LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`((?:[^`\n]|\n(?!\n))+)`")
MEMBER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language and what stands behind it, its lines."""

    path: Path
    line: int
    language: str
    about: str
    lines: tuple[str, ...]

    @property
    def source(self) -> Path | None:
        """The file that an excerpt is taken from; None for a block that is none."""
        return Path(self.about) if "/" in self.about else None

    @property
    def at(self) -> str:
        """Return the place, as an editor opens it."""
        return f"{self.path}:{self.line}"

    def pieces(self) -> list[list[str]]:
        """Return the lines between those that stand for lines left out."""
        marks = [-1, *(number for number, line in enumerate(self.lines) if line.strip() == LEFT_OUT), len(self.lines)]
        return [list(self.lines[begin + 1 : end]) for begin, end in pairwise(marks) if end > begin + 1]


def documents(*, living: bool = False) -> list[Path]:
    """Return the documents, or with `living` those that must be true today."""
    found = [path for path in tree.ours(".md") if path.parts[0] != "tests"]
    return [path for path in found if not (living and path.as_posix().startswith(HISTORY))]


def blocks(path: Path) -> Iterator[Block]:
    """Give the fenced blocks of a document."""
    lines = tree.text(path).splitlines()
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        if opening:
            end = lines.index("```", number + 1)
            language, about = opening.groups()
            yield Block(path, number + 1, language, about or "", tuple(lines[number + 1 : end]))
            number = end
        number += 1


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Give number and text of the lines that stand outside fenced blocks."""
    within = False
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        if line.startswith("```"):
            within = not within
        elif not within:
            yield number, line


def links(path: Path) -> Iterator[tuple[int, str]]:
    """Give line and target of every link of a document."""
    return _found(LINK, path)


def code_words(path: Path) -> Iterator[tuple[int, str]]:
    """Give line and text of everything that a document sets as code within a sentence."""
    return _found(CODE, path)


def _found(pattern: re.Pattern[str], path: Path) -> Iterator[tuple[int, str]]:
    """Give line and text of what a pattern finds outside fenced blocks, also where it goes on in the next line."""
    lines = dict(prose(path))
    text = "\n".join(lines.get(number, "") for number in range(1, max(lines, default=0) + 1))
    for found in pattern.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, " ".join(found[1].split())


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    titles = [found[2] for _, line in prose(path) if (found := HEADING.match(line))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def table(path: Path, heading: str) -> list[dict[str, str]]:
    """Return the first table below a heading, a row as column → text, marks of code taken away."""
    lines = [line for _, line in prose(path)]
    begin = next(number for number, line in enumerate(lines) if (found := HEADING.match(line)) and found[2] == heading)
    rows: list[list[str]] = []
    for line in lines[begin + 1 :]:
        if line.startswith("|"):
            rows.append([cell.strip().replace("`", "").replace("\\|", "|") for cell in MEMBER.split(line)[1:-1]])
        elif rows or line.startswith("#"):
            break
    titles, _, *members = rows
    return [dict(zip(titles, cells, strict=True)) for cells in members]


def column(path: Path, heading: str, title: str) -> list[str]:
    """Return one column of the first table below a heading."""
    return [row[title] for row in table(path, heading)]
