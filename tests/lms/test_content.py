"""A teacher picks exercises for a course and the platform takes them; a click on a grade opens the record behind it."""

import re
from datetime import datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from tests.benches import hidden
from tests.installation import FOUNDER
from tests.lms.moodle import CLIENT_ID
from tests.lms.platform import CLAIM, Activity
from tests.lms.rounds import Course

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
TARGET = "http://localhost:8000/lti/deeplink"
SETTINGS = {
    "deep_link_return_url": "http://127.0.0.1:8090/mod/lti/contentitem_return.php?course=2&id=1&sesskey=x",
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
    "accept_multiple": True,
    "accept_copy_advice": False,
    "auto_create": False,
    "can_confirm": False,
    "data": "what the platform wants back",
}


@pytest.fixture
def teaching(course: Course) -> Course:
    """A course whose teacher is an assessor of the hub."""
    course.platform.users["9"].roles = ("Instructor",)
    link(course, "9", "assessor")
    return course


def link(course: Course, user: str, login: str) -> None:
    """Say as whom the platform knows somebody of the hub."""
    with course.house.acting() as session:
        person = course.house.person(login).id
        link_account(session, person, course.platform.issuer, AccountName.ID, user, actor=FOUNDER)


def ask(course: Course, user: str = "9", **changed):
    """Press "Select content"."""
    activity = Activity(target=TARGET, message="LtiDeepLinkingRequest", custom={})
    said = {f"{DL}deep_linking_settings": SETTINGS | changed, f"{CLAIM}resource_link": None}
    return course.launch(user, activity, **said)


def place_in_course(course: Course, address: str, **fields):
    """Fill in and send the last page."""
    given = {"exercise": "TST-001", "title-TST-001": "Peser", "maximum-TST-001": "20", "due-TST-001": ""} | fields
    return course.client.act(address, given)


def answered(course: Course, page) -> dict[str, Any]:
    """Return what the platform reads in the answer, verified with our published keys."""
    token = hidden(page, "JWT")
    keys = KeySet.import_key_set(course.client.get("/lti/jwks").get_json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_a_teacher_picks_an_exercise_and_the_platform_reads_it(teaching):
    address = ask(teaching).headers["Location"]
    choice = teaching.client.get(address).text
    placing = teaching.client.get(f"{address}/place?exercise=TST-001").text
    page = place_in_course(teaching, address, **{"due-TST-001": "2026-12-24"})
    claims = answered(teaching, page)
    (item,) = claims[f"{DL}content_items"]

    assert "TST-001" in choice
    assert 'value="100"' in placing
    assert claims["iss"] == CLIENT_ID
    assert claims["aud"] == [teaching.platform.issuer]
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse"
    assert claims[f"{CLAIM}deployment_id"] == "1"
    assert claims[f"{DL}data"] == SETTINGS["data"]
    assert item["custom"] == {"exercise": "TST-001"}
    assert (item["title"], item["lineItem"]["scoreMaximum"], item["lineItem"]["tag"]) == ("Peser", 20, "TST-A")
    assert "submissionReview" in item["lineItem"]
    assert datetime.fromisoformat(item["submission"]["endDateTime"]).isoformat() == "2026-12-24T22:59:59+00:00"


def test_what_is_picked_is_offered_as_a_package_for_cmi5_too(teaching):
    address = ask(teaching).headers["Location"]
    placing = teaching.client.get(f"{address}/place?exercise=TST-001").text
    package = teaching.client.get("/cmi5/exercises/TST-001/package")

    assert 'href="/cmi5/exercises/TST-001/package"' in placing
    assert package.mimetype == "application/zip"


def test_the_answer_goes_to_the_platform_by_a_form_that_the_policy_lets_go_there_alone(teaching):
    page = place_in_course(teaching, ask(teaching).headers["Location"])
    (action,) = re.findall(r'action="(http://127[^"]+)"', page.text)

    assert action.replace("&amp;", "&") == SETTINGS["deep_link_return_url"]
    assert "form-action 'self' http://127.0.0.1:8090;" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_what_was_picked_is_one_line_and_is_sent_once(teaching):
    address = ask(teaching).headers["Location"]
    place_in_course(teaching, address)
    line = teaching.house.lines("ALPHA")[-1]
    again = place_in_course(teaching, address)

    assert (line["action"], line["after"]["exercises"]) == ("lms:content:pick", ["TST-001"])
    assert again.status_code == 404
    assert "JWT" not in again.text


@pytest.mark.parametrize(
    ("field", "typed"), [("maximum", "0"), ("maximum", "douze"), ("title", ""), ("title", "x" * 256), ("due", "demain")]
)
def test_what_cannot_be_placed_stays_in_the_form(teaching, field, typed):
    address, lines = ask(teaching).headers["Location"], teaching.house.all_lines()
    answer = place_in_course(teaching, address, **{f"{field}-TST-001": typed})

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert f'id="{field}-TST-001-error"' in answer.text
    assert [one["action"] for one in teaching.house.lines("ALPHA")][-1] != "lms:content:pick"
    assert teaching.house.all_lines() - lines <= 1


def test_a_platform_that_takes_one_gets_one(teaching):
    address = ask(teaching, accept_multiple=False).headers["Location"]
    claims = answered(teaching, place_in_course(teaching, address))

    assert 'type="radio"' in teaching.client.get(ask(teaching, accept_multiple=False).headers["Location"]).text
    assert len(claims[f"{DL}content_items"]) == 1


@pytest.mark.requirement("LT-4")
def test_a_learner_chooses_no_content(teaching):
    answer = ask(teaching, "4")

    assert answer.status_code == 403
    assert "lti-not-teaching" in str(teaching.house.lines("ALPHA") + teaching.house.lines()) or answer.text


def test_somebody_else_does_not_answer_for_the_teacher(teaching):
    address = ask(teaching).headers["Location"]

    assert teaching.house.signed_in("trainee").get(address).status_code == 404
    assert place_in_course(teaching, f"{address[:-4]}0000").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"accept_types": ["link"]},
        {"deep_link_return_url": None},
        {"deep_link_return_url": "javascript:alert(1)"},
        {"deep_link_return_url": "http://moodle.example/return"},
    ],
)
def test_what_nobody_could_answer_is_refused(teaching, changed):
    assert ask(teaching, **changed).status_code == 403


def test_a_click_on_a_grade_opens_the_record_of_its_person(teaching):
    other = teaching.house.client()
    assessor, teaching.client = teaching.client, other
    record = teaching.launch("4").headers["Location"]
    teaching.client = assessor
    review = Activity(message="LtiSubmissionReviewRequest")
    answer = teaching.launch("9", review, **{f"{CLAIM}for_user": {"user_id": "4"}})

    assert re.fullmatch(r"/records/[0-9a-f-]{36}", record)
    assert answer.headers["Location"].endswith(record)
    assert teaching.house.signed_in("assessor").get(record).status_code == 200


def test_a_grade_of_somebody_without_a_record_is_said_so(teaching):
    review = Activity(message="LtiSubmissionReviewRequest")
    answer = teaching.launch("9", review, **{f"{CLAIM}for_user": {"user_id": "5"}})

    assert answer.headers["Location"] == "/"
    assert teaching.launch("9", review).status_code == 403
