"""Which edition of xAPI a version header asks for, and what the two do not share."""

import pytest

from tests.unit.xapi.trail import statement
from xapi.errors import Malformed
from xapi.rules.checking import check_statement
from xapi.rules.editions import ADL, EARLY, IEEE, VERSIONS, edition_of

CONTEXT_AGENTS = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:a@b.example"}}]}


@pytest.mark.requirement("XA-3")
@pytest.mark.parametrize(
    ("header", "edition"),
    [
        ("1.0", EARLY),
        ("1.0.0", EARLY),
        ("1.0.2", EARLY),
        ("1.0.3", ADL),
        ("1.0.17", ADL),
        ("2.0", IEEE),
        ("2.0.0", IEEE),
        ("2.0.9", IEEE),
        *(
            (text, None)
            for text in ("", None, "0.95", "1", "1.1", "1.1.0", "2.1.0", "3.0.0", "2.0.0 ", "1.0.x", "１.0.3")
        ),
    ],
)
def test_a_header_names_an_edition_or_none(header, edition):
    assert edition_of(header) is edition


def test_about_shows_readers_of_the_first_edition_no_other():
    first = VERSIONS[ADL]

    assert all(version.startswith("1.0") for version in first)
    assert set(VERSIONS[IEEE]) == {"2.0.0", *first}


def test_agents_in_the_context_belong_to_the_second_edition():
    sent = statement(context=CONTEXT_AGENTS)

    check_statement(sent, edition=IEEE)
    with pytest.raises(Malformed, match="contextAgents: is no property here"):
        check_statement(sent, edition=ADL)


@pytest.mark.parametrize(
    ("version", "edition", "passes"),
    [("1.0.9", ADL, True), ("2.0.0", ADL, False), ("2.0.0", IEEE, True), ("1.0.3", IEEE, True), ("3.0.0", IEEE, False)],
)
def test_a_statement_may_name_the_versions_of_its_edition(version, edition, passes):
    sent = statement(version=version)
    if passes:
        check_statement(sent, edition=edition)
        return

    with pytest.raises(Malformed, match="version"):
        check_statement(sent, edition=edition)
