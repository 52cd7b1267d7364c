"""Statements go to a Moodle with what somebody mapped there; an old plug-in is told nothing it does not understand."""

import json

import pytest

from app.delivery.queries import latest_receipts, target_in_use
from app.delivery.rules import Fate
from app.lms.rules.mapping import ThingKind
from tests.flows.lrs import COMMAND
from tests.moodle.moodle import COMPETENCY, COURSE, OLD
from tests.signers import load_library
from xapi.rules.moodle import SETTING, Fallback, codes_in

TOOL, MODULE, OTHER = (ThingKind.LINK, "7"), (ThingKind.MODULE, "12"), (ThingKind.MODULE, "13")
EARNED = (ThingKind.COMPETENCY, str(COMPETENCY + 1))


@pytest.fixture
def mapped(bridge):
    """A Moodle in which an exercise is mapped to two activities and a competency to one of another ID number."""
    load_library(bridge.house, "PIP-001", "BUF-001")
    deployment_id = bridge.know_as_platform()
    bridge.map(deployment_id, (TOOL, "PIP-001"), (MODULE, "PIP-001"), (OTHER, "BUF-001"), (EARNED, "PIP-VER"))
    bridge.deployment_id = deployment_id
    return bridge


@pytest.mark.requirement("XA-2")
def test_every_statement_says_where_it_is_filed_and_what_was_earned_as_what(mapped):
    mapped.add()
    mapped.happen(operator="ALPHA")
    mapped.deliver()
    hints = list(mapped.moodle.hints.values())

    assert all((one["tools"], one["modules"]) == ("7", "12") for one in hints)
    assert hints[-1] == {"tools": "7", "modules": "12", "competencies": str(COMPETENCY + 1)}
    assert "competencies" not in hints[0]


def test_the_bytes_of_a_statement_are_the_same_with_and_without_hints(mapped):
    mapped.add()
    mapped.happen(operator="ALPHA")
    mapped.deliver()

    assert all("modules" not in json.loads(body) for body in mapped.moodle.bodies)


def test_a_plugin_that_is_too_old_gets_statements_as_before(mapped):
    mapped.add()
    mapped.moodle.version = OLD
    mapped.happen(operator="ALPHA")
    mapped.deliver()

    assert (mapped.standing().dead, mapped.standing().pending) == (0, 0)
    assert len(mapped.moodle.taken) == mapped.standing().sent > 0
    assert all(one == {} for one in mapped.moodle.hints.values())


@pytest.mark.parametrize("trouble", [(413, b""), (500, b"<html>"), (200, b"[]")], ids=["413", "500", "nonsense"])
def test_a_fault_while_the_version_is_asked_loses_nothing(mapped, trouble):
    mapped.add()
    mapped.happen(operator="ALPHA")
    mapped.moodle.answers = [trouble]
    mapped.deliver()

    assert (mapped.standing().dead, mapped.standing().pending) == (0, 0)
    assert len(mapped.moodle.taken) == mapped.standing().sent > 0


def test_what_one_operator_mapped_is_nothing_to_another(mapped):
    mapped.add()
    mapped.happen(operator="BETA")
    mapped.deliver()

    assert len(mapped.moodle.hints) > 0
    assert all(one == {} for one in mapped.moodle.hints.values())


def test_without_the_plugin_the_mapped_competency_is_rated(mapped):
    mapped.add(**{SETTING: Fallback((COURSE,)).to_settings()})
    mapped.moodle.has_plugin = False
    mapped.happen(operator="ALPHA")
    mapped.deliver()
    (rating,) = mapped.moodle.ratings

    assert rating["competencyid"] == str(COMPETENCY + 1)


def test_where_nothing_is_mapped_the_moodle_is_asked_nothing_more(bridge):
    bridge.add()
    bridge.happen(operator="ALPHA")
    bridge.deliver()
    with bridge.house.storage.reading() as session:
        fates = {row.fate for row in latest_receipts(session, target_in_use(session, "moodle", COMMAND).id, 100)}

    assert fates == {Fate.SENT}
    assert {form["wsfunction"] for form in bridge.moodle.requests} == {"local_cahier_post_statements"}


def test_the_codes_of_a_statement_are_read_from_its_addresses():
    step = {"id": "https://hub.example/xapi/activities/exercises/PIP%20001/steps/weigh"}
    parent = {"contextActivities": {"parent": [{"id": "https://hub.example/xapi/activities/exercises/PIP-001"}]}}
    earned = {"id": "https://hub.example/xapi/activities/competencies/PIP-VER"}

    assert codes_in({"object": step}) == ("PIP 001", None)
    assert codes_in({"object": earned, "context": parent}) == ("PIP-001", "PIP-VER")
    assert codes_in({"object": {"objectType": "StatementRef", "id": "0d2cd3cc"}}) == (None, None)
