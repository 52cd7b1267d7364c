"""The competency framework: what may be signed off, which exercises count towards it, and for how long it holds."""

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.competencies.errors import FaultyFramework, UnknownCompetency
from app.competencies.rules.documents import Fault
from app.competencies.rules.schemas import published_schema, read_checked
from app.kernel.text import Text

Content = Mapping[str, Any]
CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
"""What a code looks like; the published schema says the same."""


@dataclass(frozen=True)
class Rule:
    """What a person must have shown before an assessor may find them competent."""

    consecutive_passes: int = 1

    def is_met_by(self, outcomes: Sequence[bool]) -> bool:
        """Whether the last records, oldest first, True for an approved one, are passes without a break."""
        return len(outcomes) >= self.consecutive_passes and all(outcomes[-self.consecutive_passes :])


@dataclass(frozen=True)
class Competency:
    """One competency: its scope in words, its validity, its rule and the codes of the exercises that count."""

    code: str
    title: Text
    scope: Text
    validity_months: int
    rule: Rule
    exercises: tuple[str, ...]

    def valid_until(self, decided_on: date) -> date:
        """Return the last day a decision of that day holds: the same day some months on, or that month's last."""
        months = decided_on.month - 1 + self.validity_months
        year, month = decided_on.year + months // 12, months % 12 + 1
        return date(year, month, min(decided_on.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True)
class Framework:
    """One version of the framework; codes are unique in it."""

    version: int
    competencies: tuple[Competency, ...]

    def competency(self, code: str) -> Competency:
        """Return a competency; raise UnknownCompetency."""
        for competency in self.competencies:
            if competency.code == code:
                return competency
        raise UnknownCompetency

    def counting(self, exercise_code: str) -> tuple[Competency, ...]:
        """Return the competencies that records of an exercise count towards."""
        return tuple(competency for competency in self.competencies if exercise_code in competency.exercises)


def parse_framework(text: str, filename: str) -> Framework:
    """Return the framework of a file's text; raise FaultyFramework with every fault as "file:line: reason"."""
    schema = published_schema("competencies", "framework.schema.json")
    return framework_from_content(read_checked(text, filename, schema, _find_faults, FaultyFramework))


def framework_from_content(content: Content) -> Framework:
    """Build the framework of a content that `framework_content` gave, or that was checked."""
    return Framework(content["version"], tuple(_competency(part) for part in content["competencies"]))


def framework_content(framework: Framework) -> dict[str, Any]:
    """Return the one JSON-able content of a framework, as it is stored and hashed."""
    return {
        "format": 1,
        "version": framework.version,
        "competencies": [
            {
                "code": competency.code,
                "title": competency.title.as_mapping(),
                "scope": competency.scope.as_mapping(),
                "validity_months": competency.validity_months,
                "rule": {"consecutive_passes": competency.rule.consecutive_passes},
                "exercises": list(competency.exercises),
            }
            for competency in framework.competencies
        ],
    }


def _competency(content: Content) -> Competency:
    return Competency(
        code=content["code"],
        title=Text.of(content["title"]),
        scope=Text.of(content["scope"]),
        validity_months=content["validity_months"],
        rule=Rule(content["rule"]["consecutive_passes"]),
        exercises=tuple(content["exercises"]),
    )


def _find_faults(content: Content) -> Iterator[Fault]:
    competencies = content.get("competencies")
    seen: Counter[str] = Counter()
    for index, competency in enumerate(competencies if isinstance(competencies, list) else []):
        code = competency.get("code") if isinstance(competency, dict) else None
        if isinstance(code, str):
            seen[code] += 1
            if seen[code] == 2:
                yield Fault(("competencies", index, "code"), f"the code '{code}' is given twice: keep one")
