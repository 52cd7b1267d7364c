"""The competency framework: the shipped one, its rules and validity, and faulty ones refused."""

from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.competencies.errors import FaultyFramework, UnknownCompetency
from app.competencies.rules import Rule, framework_content, framework_from_content, parse_framework
from app.kernel.canonical import canonical_bytes
from app.kernel.text import LANGUAGES

SOURCE = (files("config") / "competencies" / "framework.yaml").read_text(encoding="utf-8")
SHIPPED = parse_framework(SOURCE, "framework.yaml")


@pytest.fixture
def framework():
    """The framework that is shipped."""
    return SHIPPED


def test_every_text_of_the_framework_is_there_in_all_four_languages(framework):
    texts = [text for competency in framework.competencies for text in (competency.title, competency.scope)]

    assert {text.languages for text in texts} == {frozenset(LANGUAGES)}


@pytest.mark.requirement("CO-3")
def test_gowning_takes_three_passes_in_a_row_and_holds_for_a_year(framework):
    gowning = framework.competency("GOW-B")

    assert (gowning.rule.consecutive_passes, gowning.validity_months) == (3, 12)
    assert framework.counting("GOW-001") == (gowning,)
    assert framework.counting("XXX-001") == ()


def test_a_competency_that_does_not_exist_is_not_found(framework):
    with pytest.raises(UnknownCompetency):
        framework.competency("XXX")


@pytest.mark.parametrize(
    ("outcomes", "met"),
    [
        ([], False),
        ([True, True], False),
        ([True, True, True], True),
        ([False, True, True, True], True),
        ([True, True, False, True], False),
        ([True, True, True, False], False),
    ],
)
def test_passes_count_only_in_a_row(outcomes, met):
    assert Rule(consecutive_passes=3).is_met_by(outcomes) is met


@pytest.mark.requirement("CO-3")
@pytest.mark.parametrize(
    ("decided_on", "valid_until"),
    [
        (date(2026, 3, 2), date(2027, 3, 2)),
        (date(2026, 12, 31), date(2027, 12, 31)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_validity_ends_on_the_same_day_or_the_last_of_its_month(framework, decided_on, valid_until):
    assert framework.competency("GOW-B").valid_until(decided_on) == valid_until


@given(some.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_validity_always_ends_in_the_month_that_many_months_on(decided_on):
    competency = SHIPPED.competency("PIP-VER")

    ends = competency.valid_until(decided_on)

    assert (ends.year * 12 + ends.month) - (decided_on.year * 12 + decided_on.month) == competency.validity_months


def test_content_gives_the_framework_back(framework):
    content = framework_content(framework)

    assert canonical_bytes(content)
    assert framework_from_content(content) == framework


SMALL = """\
format: 1
version: 1
competencies:
  - code: ONE
    title: {fr: Un, en: One}
    scope: {fr: Un, en: One}
    validity_months: 12
    rule: {consecutive_passes: 3}
    exercises: [GOW-001]
  - code: TWO
    title: {fr: Deux, en: Two}
    scope: {fr: Deux, en: Two}
    validity_months: 24
    rule: {consecutive_passes: 1}
    exercises: [PIP-001]
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("months: 12", "months: 0", "7: '0' must be at least 1 (months from the decision to re-assessment)"),
        ("code: TWO", "code: ONE", "10: the code 'ONE' is given twice: keep one"),
        ("[GOW-001]", "[gowning]", "9: 'gowning' does not have the right form (code of an exercise: PIP-001)"),
        ("{consecutive_passes: 3}", "{}", "8: 'consecutive_passes' is missing: add it"),
        ("version: 1\n", "version: 1\nversion: 2\n", "3: 'version' is given a second time: keep one of the two"),
        ("competencies:", "competence:", "1: 'competencies' is missing: add it"),
    ],
)
def test_a_faulty_framework_is_refused_with_file_line_and_reason(old, new, fault):
    with pytest.raises(FaultyFramework) as refusal:
        parse_framework(SMALL.replace(old, new, 1), "framework.yaml")

    assert refusal.value.faults[0] == f"framework.yaml:{fault}"


def test_a_framework_without_fault_is_read():
    assert [competency.code for competency in parse_framework(SMALL, "framework.yaml").competencies] == ["ONE", "TWO"]
