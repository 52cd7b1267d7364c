"""What a launch may say, what a session owes, how its statements are written, what the package holds."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from xapi.errors import BadLaunch, BadLms, LaunchRefused, Malformed
from xapi.rules.cmi5 import (
    SESSION_ID,
    LaunchMode,
    check_origins,
    is_below,
    read_language,
    read_launch,
    read_launch_data,
    read_token,
    to_text,
)
from xapi.rules.cmi5_course import NAMESPACE, CourseUnit, course_package, course_structure
from xapi.rules.cmi5_reporting import (
    CMI5,
    MASTERY,
    Judgement,
    News,
    Points,
    Progress,
    Said,
    Speaker,
    Told,
    build,
    duration_text,
    owed,
)
from xapi.rules.texts import read_value

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IDENTIFIER = "5f0c1a2e-7d34-4b11-9a55-0c7d2f1e8a90"
ORIGIN = ["https://lms.example/moodle"]
LAUNCH = {
    "endpoint": ["https://lms.example/lrs/"],
    "fetch": ["https://lms.example/fetch?k=1"],
    "actor": ['{"objectType":"Agent","account":{"homePage":"https://lms.example/","name":"7"}}'],
    "registration": [IDENTIFIER.upper()],
    "activityId": ["https://lms.example/au/1"],
}
DATA: dict[str, Any] = {
    "contextTemplate": {"extensions": {SESSION_ID: "s"}},
    "launchMode": "Normal",
    "moveOn": "Passed",
}
SIGNED = Progress("r1", AT, AT + timedelta(hours=1))
PASSED = Progress("r1", AT, AT + timedelta(hours=1), Judgement(True, AT + timedelta(days=1)))
FAILED = Progress("r1", AT, AT + timedelta(hours=1), Judgement(False, AT + timedelta(days=1)))


def speaker(**changed):
    """Return who speaks, in a session with these launch data."""
    data = read_launch_data(read_value(json.dumps(DATA | changed).encode()))
    return Speaker(
        {"account": {"homePage": "https://lms.example", "name": "7"}}, "https://lms.example/au/1", IDENTIFIER, data
    )


def said(*arguments):
    """Return the verbs that a session owes."""
    return [news.said for news in owed(*arguments)]


@pytest.mark.parametrize(
    ("address", "below"),
    [
        ("https://lms.example/moodle", True),
        ("https://lms.example/moodle/lrs?k=1", True),
        ("https://LMS.example:443/moodle/x", True),
        ("https://lms.example/moodlex", False),
        ("https://lms.example/", False),
        ("http://lms.example/moodle", False),
        ("https://lms.example:8443/moodle", False),
        ("https://lms.example.evil.example/moodle", False),
        ("https://user@lms.example/moodle", False),
        ("https://lms.example/moodle/../admin", False),
        ("https://lms.example/moodle/%2e%2e/admin", False),
        ("https://lms.example\\@evil.example/moodle", False),
        ("https://lms.example/moodle#x", False),
        ("https://lms.example/moodle x", False),
        ("//lms.example/moodle", False),
        ("https://[lms.example/moodle", False),
        ("https://lms.example:99999/moodle", False),
    ],
)
def test_only_what_lies_below_an_origin_is_followed(address, below):
    assert is_below(address, ORIGIN) is below


@pytest.mark.parametrize("address", ["http://lms.example", "https://lms.example?a=1", "lms.example", "ftp://localhost"])
def test_an_unsafe_origin_is_refused(address):
    with pytest.raises(BadLms):
        check_origins([address])


def test_a_loopback_origin_needs_no_https():
    assert check_origins(["http://localhost:8001/", "https://lms.example/"]) == [
        "http://localhost:8001",
        "https://lms.example",
    ]


def test_a_launch_is_read():
    launch = read_launch(LAUNCH)

    assert (launch.endpoint, launch.registration) == ("https://lms.example/lrs", IDENTIFIER)
    assert (launch.account.home_page, launch.account.system) == ("https://lms.example/", "https://lms.example")


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(BadLaunch, match="fetch"):
        read_launch(LAUNCH | {"fetch": LAUNCH["fetch"] * 2})


def test_two_launches_differ_by_their_fetch_address_alone():
    other = LAUNCH | {"registration": ["00000000-0000-4000-8000-000000000000"]}

    assert read_launch(LAUNCH).digest == read_launch(other).digest
    assert read_launch(LAUNCH).digest != read_launch(LAUNCH | {"fetch": ["https://lms.example/fetch?k=2"]}).digest


def test_a_token_is_taken_as_it_is_given():
    assert read_token({"auth-token": "QWxhZGRpbg=="}) == "QWxhZGRpbg=="


@pytest.mark.parametrize("body", [None, "x", {"auth-token": ""}, {"auth-token": "a\r\nX: b"}, {"auth-token": 7}])
def test_what_is_no_token_is_refused(body):
    with pytest.raises(LaunchRefused):
        read_token(body)


@pytest.mark.parametrize(
    ("wished", "language"),
    [("nl-BE,fr", "nl"), ("zh-CN, de-CH", "de"), ("zh", None), ("", None), (7, None)],
)
def test_the_first_language_that_the_house_speaks_is_taken(wished, language):
    assert read_language({"languagePreference": wished}) == language


@pytest.mark.requirement("CM-2")
@pytest.mark.parametrize(
    ("told", "records", "owes"),
    [
        ([], [Progress("r1", AT)], []),
        ([], [SIGNED], [Said.COMPLETED]),
        ([], [PASSED], [Said.COMPLETED, Said.PASSED]),
        ([Told(Said.COMPLETED, "r1", False)], [PASSED], [Said.PASSED]),
        ([Told(Said.COMPLETED, "r1", False), Told(Said.PASSED, "r1", False)], [PASSED], []),
        ([Told(Said.COMPLETED, "r1", True), Told(Said.FAILED, "r1", False)], [FAILED], []),
        ([Told(Said.FAILED, "r0", True)], [SIGNED, PASSED], [Said.COMPLETED]),
        ([], [FAILED, Progress("r2", AT, AT, Judgement(True, AT))], [Said.COMPLETED, Said.FAILED]),
        ([Told(Said.PASSED, "r0", False), Told(Said.COMPLETED, "r0", False)], [FAILED], []),
    ],
)
def test_a_session_owes_each_thing_once(told, records, owes):
    assert said(LaunchMode.NORMAL, told, records) == owes


@pytest.mark.requirement("CM-3")
@pytest.mark.parametrize("mode", [LaunchMode.BROWSE, LaunchMode.REVIEW])
def test_a_session_that_only_shows_owes_nothing(mode):
    assert said(mode, [], [PASSED]) == []


@pytest.mark.requirement("CM-3")
def test_a_statement_keeps_the_template_and_writes_numbers_as_others_would():
    template: dict[str, Any] = {
        "extensions": {SESSION_ID: "s", "https://a.example/w": 85.0, "https://a.example/é": "é"},
        "contextActivities": {"category": {"id": "https://a.example/c"}, "grouping": [{"id": "https://a.example/p"}]},
        "registration": IDENTIFIER,
    }
    news = News(Said.PASSED, AT, "r1", timedelta(minutes=1.5), Points(3, 4))
    body = build(speaker(contextTemplate=template, masteryScore=0.75), news, IDENTIFIER, AT - timedelta(days=1))
    statement = json.loads(body)

    assert json.dumps(statement, ensure_ascii=False, separators=(",", ":")).encode() == body
    assert statement["context"]["extensions"] == template["extensions"] | {MASTERY: 0.75, "https://a.example/w": 85}
    assert [item["id"] for item in statement["context"]["contextActivities"]["category"]][:2] == [
        "https://a.example/c",
        CMI5,
    ]
    assert statement["context"]["contextActivities"]["grouping"] == [{"id": "https://a.example/p"}]
    assert statement["result"] == {
        "success": True,
        "score": {"scaled": 0.75, "raw": 3, "min": 0, "max": 4},
        "duration": "PT90S",
    }


@pytest.mark.requirement("CM-2")
def test_what_happened_before_the_session_is_said_to_be_of_its_first_moment():
    statement = json.loads(build(speaker(), News(Said.COMPLETED, AT - timedelta(days=1)), IDENTIFIER, AT))

    assert statement["timestamp"] == "2026-11-23T09:00:00.001Z"


def test_a_template_that_spoils_a_statement_is_refused():
    template = DATA["contextTemplate"] | {"contextActivities": {"grouping": [{"id": 7}]}}

    with pytest.raises(Malformed):
        build(speaker(contextTemplate=template), News(Said.INITIALIZED, AT), IDENTIFIER, AT)


@pytest.mark.parametrize(
    ("length", "text"), [(90, "PT90S"), (0, "PT0S"), (-5, "PT0S"), (1.255, "PT1.25S"), (0.05, "PT0.05S")]
)
def test_a_duration_is_written_to_the_hundredth(length, text):
    assert duration_text(timedelta(seconds=length)) == text


@pytest.mark.parametrize(
    ("number", "text"), [("85.0", "85"), ("0.50", "0.50"), ("1e3", "1000"), ("1e99999", "1E+99999")]
)
def test_a_number_is_written_as_short_as_it_is(number, text):
    assert to_text(Decimal(number)) == text


def test_the_package_holds_one_course_of_one_exercise():
    unit = CourseUnit(
        "https://hub.example/PIP-001", "https://hub.example/cmi5/exercises/PIP-001", "https://a.example/kind",
        {"fr": "Peser & vérifier", "en": "Weigh"}, {"fr": "Résumé", "en": "Summary"},
    )  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(course_package(unit))) as archive:
        assert archive.namelist() == ["cmi5.xml"]
        root = ElementTree.fromstring(archive.read("cmi5.xml"))  # noqa: S314  (our own)
    short = [element.tag.removeprefix(f"{{{NAMESPACE}}}") for element in root]
    au = root[1]

    assert short == ["course", "au"]
    assert [element.tag.removeprefix(f"{{{NAMESPACE}}}") for element in au] == ["title", "description", "url"]
    assert au.attrib == {
        "id": unit.iri, "moveOn": "Passed", "launchMethod": "OwnWindow", "activityType": unit.kind,
    }  # fmt: skip
    assert [(item.get("lang"), item.text) for item in au[0]] == [("fr", "Peser & vérifier"), ("en", "Weigh")]
    assert course_structure(unit) == course_structure(unit)
