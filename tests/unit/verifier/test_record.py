"""PF-3, PF-4 and PF-13: the record's chain, its series, and the releases that wrote it."""

import pytest

from tests.unit.verifier.changing import rewritten, without
from tests.unit.verifier.writer import RECORD, write


def of_action(action, **changes):
    """Return a change to the line of an action."""
    return lambda line: {**line, **changes} if line["action"] == action else line


def said_of_issue(subject, **after):
    """Return a change to what the issue of a record says."""

    def change(line):
        if line["subject"] != f"record:{subject}" or line["action"] != "notebook:record:issue":
            return line
        return {**line, "after": {**line["after"], **after}}

    return change


@pytest.mark.requirement("PF-3")
@pytest.mark.parametrize("index", [1, 3, 6, 7, 8])
def test_a_line_taken_out_is_missed(good, judge, index):
    found = judge(without(good, f"lines/operator/{index}."))

    assert found["PF-1"] == "PASS"
    assert found["PF-3"] == "FAIL"


@pytest.mark.requirement("PF-3")
@pytest.mark.parametrize(
    "change",
    [{"sequence": 7}, {"sequence": 4}, {"previous": "00" * 32}, {"previous": None}],
)
def test_a_chain_that_does_not_link_fails(house, judge, change):
    files = write(house, line=of_action("notebook:exception:raise", **change))

    assert judge(files)["PF-3"] == "FAIL"


@pytest.mark.requirement("PF-3")
def test_a_line_of_another_record_spliced_in_fails(house, judge):
    def splice(line):
        return {**line, "subject": f"record:{RECORD}"} if line["subject"] == "record:other" else line

    assert judge(write(house, line=splice))["PF-3"] == "FAIL"


@pytest.mark.requirement("PF-3")
def test_a_chain_that_issues_another_number_fails(house, judge):
    files = write(house, line=said_of_issue(RECORD, record="PIP-2026-0003"))

    assert judge(files)["PF-3"] == "FAIL"


@pytest.mark.requirement("PF-3")
def test_an_open_record_is_indeterminate(house, judge):
    found = judge(write(house, last="assessment:record:review"))

    assert found["PF-3"] == "INDETERMINATE"
    assert "record-open" in found["PF-3 codes"]


@pytest.mark.requirement("PF-3")
@pytest.mark.parametrize(
    ("action", "answer"),
    [("trail:record:export", "PASS"), ("notebook:entry:correct", "FAIL"), ("assessment:record:return", "FAIL")],
)
def test_some_acts_may_follow_the_end(house, judge, action, answer):
    assert judge(write(house, extra=((action, "person:assessor"),)))["PF-3"] == answer


@pytest.mark.requirement("PF-3")
def test_without_lines_nothing_is_said(good, judge):
    files = without(good, "lines/operator/")

    assert judge(files, required=["PF-14"])["PF-3"] == "INDETERMINATE"
    assert judge(files)["PF-3"] == "FAIL"


@pytest.mark.requirement("PF-4")
def test_a_hidden_attempt_is_missed(good, judge):
    found = judge(without(good, "lines/operator/0."))

    assert found["PF-4"] == "FAIL"
    assert "numbers-missing" in found["PF-4 codes"]


@pytest.mark.requirement("PF-4")
@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("PIP-2026-0001", "PASS"),
        ("PIP-2026-0002", "FAIL"),
        ("PIP-2026-0003", "FAIL"),
        ("PIP-2026-0000", "FAIL"),
        ("PIP-2025-0001", "FAIL"),
        ("BUF-2026-0001", "FAIL"),
        ("PIP-2026-999999999999", "FAIL"),
    ],
)
def test_the_series_counts_each_number_once(house, judge, number, answer):
    assert judge(write(house, line=said_of_issue("other", record=number)))["PF-4"] == answer


@pytest.mark.requirement("PF-4")
@pytest.mark.parametrize("series", [{"name": "BUF", "year": 2026}, {"name": "PIP", "year": 2025}])
def test_a_number_of_another_series_fails(good, judge, series):
    assert judge(rewritten(good, "bundle.json", lambda about: {**about, "series": series}))["PF-4"] == "FAIL"


@pytest.mark.requirement("PF-13")
def test_an_unknown_release_is_missing_evidence(house, judge):
    files = write(house, line=of_action("notebook:exception:raise", release="6.6.6"))

    assert judge(files)["PF-13"] == "FAIL"
    assert judge(files, required=["PF-1"])["PF-13"] == "INDETERMINATE"


@pytest.mark.requirement("PF-13")
@pytest.mark.parametrize("after", [{"version": "0.1.0"}, {"version": "0.1.1", "digest": "ab" * 32}, {"version": 1}])
def test_a_release_without_its_digest_is_not_recorded(house, judge, after):
    assert judge(write(house, line=of_action("audit:release:record", after=after)))["PF-13"] == "FAIL"
