"""The framework as Moodle's CSV: out and back without loss, and what a Moodle says taken over where it knows better."""

import csv
import io
from dataclasses import replace

import pytest
import yaml

from app.competencies.errors import FaultyFramework
from app.competencies.rules import Framework, framework_content, framework_from_content, parse_framework
from app.competencies.rules.moodle_csv import HEADINGS, read_moodle_csv, write_moodle_csv
from config.settings import CONFIG

LANGUAGES = ("fr", "nl", "en", "de")


@pytest.fixture(scope="module")
def framework():
    """The framework that is shipped."""
    path = CONFIG / "competencies" / "framework.yaml"
    return parse_framework(path.read_text("utf-8"), path.name)


def table(text, separator=","):
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def moodle(*rows, separator=",", framework="1"):
    """Return a file as a Moodle writes it: its headings are translated, its descriptions are HTML."""
    written = io.StringIO()
    out = csv.writer(written, delimiter=separator)
    out.writerow([f"titre {number}" for number in range(len(HEADINGS))])
    out.writerow(["", "HUB", "Référentiel", "", "1", "Non,Oui", "[]", *[""] * 5, framework, "competency"])
    out.writerows(rows)
    return written.getvalue()


def row(code, title="Titre", scope="<p>Portée&nbsp;: <b>seul</b></p>", parent=""):
    return [parent, code, title, scope, "1", "", "", "", "0", "null", "", "17", "", ""]


@pytest.mark.parametrize("language", LANGUAGES)
def test_out_and_back_changes_nothing_but_the_version(framework, language):
    imported = read_moodle_csv(write_moodle_csv(framework, language), "f.csv", language, framework)

    assert imported.new == ()
    assert framework_from_content(imported.content) == replace(framework, version=framework.version + 1)


def test_the_file_has_moodles_columns_and_one_row_for_the_whole(framework):
    head, whole, *rows = table(write_moodle_csv(framework, "fr"))

    assert tuple(head) == HEADINGS
    assert (whole[12], whole[5]) == ("1", "Pas encore compétent,Compétent")
    assert [one[1] for one in rows] == [one.code for one in framework.competencies]
    assert {len(one) for one in (whole, *rows)} == {len(HEADINGS)}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_moodles_words_are_taken_over_and_what_it_does_not_know_stays(framework, separator):
    given = moodle(row("PIP-VER", "Pipettes"), row("NEW-1", "Nouvelle"), separator=separator)
    imported = read_moodle_csv("\ufeff" + given, "f.csv", "fr", framework)
    known = next(one for one in imported.content["competencies"] if one["code"] == "PIP-VER")
    before = framework.competency("PIP-VER")
    made = imported.content["competencies"][-1]

    assert (known["title"]["fr"], known["scope"]["fr"]) == ("Pipettes", "Portée : seul")
    assert known["title"]["nl"] == before.title.in_language("nl")
    assert (known["validity_months"], known["exercises"]) == (before.validity_months, list(before.exercises))
    assert imported.new == ("NEW-1",)
    assert (made["title"], made["exercises"]) == ({"en": "Nouvelle", "fr": "Nouvelle"}, [])
    assert len(imported.content["competencies"]) == len(framework.competencies) + 1


def test_what_only_groups_others_is_left_out(framework):
    imported = read_moodle_csv(
        moodle(row("GROUP", "Groupe"), row("PART-1", "Partie", parent="GROUP")), "f.csv", "fr", framework
    )

    assert imported.new == ("PART-1",)


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        (moodle(row("pip 1")), ["f.csv:3: the ID number 'pip 1' is no code"]),
        (moodle(row("A-1"), row("A-1")), ["f.csv:4: the ID number 'A-1' is given twice"]),
        (moodle(row("A-1", title=" ")), ["f.csv:3: 'A-1' has no short name"]),
        (moodle(row("A-1"), framework=""), ["f.csv:1: this is no framework that a Moodle exported"]),
        ("a,b\n1,2\n", ["f.csv:1: this is no framework that a Moodle exported"]),
        ("", ["f.csv:1: this is no framework that a Moodle exported"]),
        ('a,"b\n', ["f.csv:1: this is no CSV"]),
    ],
    ids=["no code", "twice", "no name", "no framework", "another table", "nothing", "no CSV"],
)
def test_a_faulty_file_is_refused_with_its_lines(framework, given, faults):
    with pytest.raises(FaultyFramework) as refused:
        read_moodle_csv(given, "f.csv", "fr", framework)

    assert [fault.startswith(begin) for fault, begin in zip(refused.value.faults, faults, strict=True)] == [True]


def test_what_was_written_for_a_person_to_complete_says_what_it_lacks(framework):
    content = read_moodle_csv(moodle(row("NEW-1")), "f.csv", "fr", framework).content
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    with pytest.raises(FaultyFramework) as refused:
        parse_framework(text, "framework.yaml")
    content["competencies"][-1]["exercises"] = ["TST-001"]
    loaded = parse_framework(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "framework.yaml")

    assert len(refused.value.faults) == 1
    assert "framework.yaml:" in refused.value.faults[0]
    assert framework_content(loaded) == content
    assert isinstance(loaded, Framework)
