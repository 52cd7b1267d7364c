"""A competency framework as Moodle's own export and import has it: CSV with fourteen columns, known by their order.

The order is that of Moodle's tool "Import competency framework" (tool_lpimportcsv); the headings are translated there,
and say nothing. A Moodle knows one language, no validity, no exercises: what the hub's framework says of these stays.
"""

import csv
import html
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import nh3

from app.competencies.errors import FaultyFramework
from app.competencies.rules.framework import CODE, Framework, framework_content

HEADINGS = (
    *("Parent ID number", "ID number", "Short name", "Description", "Description format", "Scale values"),
    *("Scale configuration", "Rule type (optional)", "Rule outcome (optional)", "Rule config (optional)"),
    *("Cross-referenced competency ID numbers", "Exported ID (optional)", "Is framework", "Taxonomy"),
)
ID_NUMBER = "CAHIER"
SCALE = {
    "fr": "Pas encore compétent,Compétent",
    "nl": "Nog niet bekwaam,Bekwaam",
    "en": "Not yet competent,Competent",
    "de": "Noch nicht kompetent,Kompetent",
}
TITLE = {"fr": "Compétences du hub", "nl": "Competenties van de hub", "en": "Competencies of the hub"}
TITLE["de"] = "Kompetenzen des Hubs"
USUAL_MONTHS = 24
_PLAIN, _HTML = "2", "1"
_SCALE_SETTINGS = '[{"scaleid":"0"},{"id":2,"scaledefault":1,"proficient":1}]'
_LEVELS = ",".join(["competency"] * 4)
_PARENT, _CODE, _TITLE, _SCOPE, _FORMAT, _IS_FRAMEWORK = 0, 1, 2, 3, 4, 12


@dataclass(frozen=True)
class Imported:
    """What came of a file: a content to be looked through and loaded, and the codes that the hub did not have."""

    content: dict[str, Any]
    new: tuple[str, ...]


@dataclass(frozen=True)
class _Row:
    line: int
    parent: str
    code: str
    title: str
    scope: str


def write_moodle_csv(framework: Framework, language: str) -> str:
    """Return a framework as a Moodle imports it, in one language."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(HEADINGS)
    rows.writerow(
        ["", ID_NUMBER, TITLE[language], "", _PLAIN, SCALE[language], _SCALE_SETTINGS, *[""] * 5, "1", _LEVELS]
    )
    for one in framework.competencies:
        words = [one.code, one.title.in_language(language), one.scope.in_language(language)]
        rows.writerow(["", *words, _PLAIN, "", "", "", "0", "null", "", "", "", ""])
    return written.getvalue()


def read_moodle_csv(text: str, filename: str, language: str, present: Framework) -> Imported:
    """Return the next version of a framework with what a Moodle's file says in one language.

    A competency of a known code keeps its validity, rule, exercises and other languages; one that the file leaves out
    stays. A new one has the file's words in French and English until somebody translates them, and no exercise yet.
    What only groups others is left out. Raises FaultyFramework with every fault as "file:line: reason".
    """
    rows = list(_rows(text, filename))
    parents = {row.parent for row in rows} - {one.code for one in present.competencies}
    leaves = [row for row in rows if row.code not in parents]
    faults = tuple(f"{filename}:{line}: {reason}" for line, reason in _find_faults(leaves))
    if faults:
        raise FaultyFramework(faults)
    said = {row.code: row for row in leaves}
    content = framework_content(present)
    known = {one["code"] for one in content["competencies"]}
    content["version"] += 1
    for one in content["competencies"]:
        if one["code"] in said:
            row = said[one["code"]]
            one["title"][language] = row.title
            one["scope"][language] = row.scope or one["scope"].get(language) or row.title
    new = [code for code in said if code not in known]
    content["competencies"] += [_newcomer(said[code], language) for code in new]
    return Imported(content, tuple(new))


def _newcomer(row: _Row, language: str) -> dict[str, Any]:
    languages = sorted({"fr", "en", language})
    return {
        "code": row.code,
        "title": dict.fromkeys(languages, row.title),
        "scope": dict.fromkeys(languages, row.scope or row.title),
        "validity_months": USUAL_MONTHS,
        "rule": {"consecutive_passes": 1},
        "exercises": [],
    }


def _rows(text: str, filename: str) -> Iterator[_Row]:
    """Yield the competencies of a file; raise FaultyFramework for one that is none of Moodle's."""
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    separator = max(",;\t", key=(lines[0] if lines else "").count)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    found_framework = False
    try:
        width = len(next(reader, []))
        for fields in reader:
            if not any(fields):
                continue
            padded = [*fields, *[""] * (len(HEADINGS) - len(fields))]
            if padded[_IS_FRAMEWORK].strip() not in ("", "0"):
                found_framework = True
            else:
                yield _row(reader.line_num, padded)
    except csv.Error as error:
        raise FaultyFramework((f"{filename}:{reader.line_num}: this is no CSV: {error}",)) from None
    if width != len(HEADINGS) or not found_framework:
        form = f"{len(HEADINGS)} columns, and one row for the whole"
        raise FaultyFramework((f"{filename}:1: this is no framework that a Moodle exported, which has {form}",))


def _row(line: int, fields: Sequence[str]) -> _Row:
    scope = fields[_SCOPE]
    if fields[_FORMAT].strip() in (_HTML, "0"):
        scope = html.unescape(nh3.clean(scope, tags=set()))
    parent, code, title = (fields[place].strip() for place in (_PARENT, _CODE, _TITLE))
    return _Row(line, parent, code, title, " ".join(scope.split()))


def _find_faults(rows: Sequence[_Row]) -> Iterator[tuple[int, str]]:
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.code] += 1
        if not CODE.fullmatch(row.code):
            yield row.line, f"the ID number '{row.code}' is no code: capitals and digits joined by hyphens, as PIP-VER"
        elif seen[row.code] == 2:
            yield row.line, f"the ID number '{row.code}' is given twice: keep one"
        if not row.title:
            yield row.line, f"'{row.code}' has no short name"
