"""What Moodle's plug-ins really send, request by request: mod_tincanlaunch says 1.0.0, and insists on 204."""

import json

import pytest

from app.kernel import clock
from tests.flows.lrs import AGENT_PROFILE, STATE, Program
from tests.unit.xapi.trail import statement

COURSE = "https://moodle.example/mod/tincanlaunch/view.php?id=7"
LEARNER = {"objectType": "Agent", "account": {"homePage": "https://moodle.example", "name": "anna"}, "name": "Anna"}
REGISTRATIONS = {"stateId": "http://tincanapi.co.uk/stateapikeys/registrations", "activityId": COURSE}
COMPLETED = {"id": "http://adlnet.gov/expapi/verbs/completed"}


@pytest.fixture
def moodle(house):
    """Moodle, as the plug-in speaks."""
    program = Program.of(house)
    program.headers["X-Experience-API-Version"] = "1.0.0"
    return program


def test_a_profile_is_put_without_an_etag_first_and_with_one_then(moodle):
    place = {"query": {"agent": json.dumps(LEARNER), "profileId": "CMI5LearnerPreferences"}}
    answers = [moodle.document("GET", AGENT_PROFILE, **place).status_code]
    answers.append(moodle.document("PUT", AGENT_PROFILE, '{"audioPreference":"on"}', **place).status_code)
    etag = moodle.document("GET", AGENT_PROFILE, **place).headers["ETag"]
    answers.append(moodle.document("PUT", AGENT_PROFILE, "{}", headers={"If-Match": etag}, **place).status_code)

    assert answers == [404, 204, 204]


def test_state_is_read_and_replaced_with_its_etag(moodle):
    place = {"query": REGISTRATIONS | {"agent": json.dumps(LEARNER)}}
    answers = [moodle.document("GET", STATE, **place).status_code]
    answers.append(moodle.document("PUT", STATE, '{"a":1}', **place).status_code)
    found = moodle.document("GET", STATE, **place)
    replaced = moodle.document("PUT", STATE, '{"b":1}', headers={"If-Match": found.headers["ETag"]}, **place)
    stale = moodle.document("PUT", STATE, '{"c":1}', headers={"If-Match": found.headers["ETag"]}, **place)

    assert answers == [404, 204]
    assert (replaced.status_code, stale.status_code) == (204, 412)


def test_launched_is_put_and_answered_with_exactly_204(moodle):
    context = {
        "registration": "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111",
        "contextActivities": {
            "parent": {"id": "https://moodle.example/course/view.php?id=3", "objectType": "Activity"},
            "grouping": [{"id": "https://moodle.example"}],
            "category": [
                {"id": "https://moodle.org", "definition": {"type": "http://id.tincanapi.com/activitytype/source"}}
            ],
        },
    }
    launched = statement(actor=LEARNER, verb={"id": "http://adlnet.gov/expapi/verbs/launched"}, context=context)
    answer = moodle.put(launched, launched["id"])
    found = moodle.get(statementId=launched["id"]).get_json()

    assert (answer.status_code, answer.data) == (204, b"")
    assert isinstance(found["context"]["contextActivities"]["parent"], list)
    assert found["version"] == "1.0.0"


def test_the_cron_finds_what_was_stored_since_it_ran_last_however_old_it_is(moodle):
    def completed(**more):
        return statement(actor=LEARNER, verb=COMPLETED, object={"objectType": "Activity", "id": COURSE}, **more)

    query = {"verb": COMPLETED["id"], "activity": COURSE, "related_activities": "false", "format": "canonical"}
    before = completed(timestamp="2026-11-23T10:00:00Z")
    moodle.post(before)
    last_run = clock.to_text(clock.now())
    late = [completed(timestamp=f"2025-01-0{day}T10:00:00Z") for day in range(1, 6)]
    moodle.post(late)
    pages = moodle.walk(**query, since=last_run, limit=2)

    assert [item for page in pages for item in page] == [item["id"] for item in reversed(late)]


def test_a_learners_page_is_given_by_identifiers(moodle):
    sent = statement(actor=LEARNER, verb=COMPLETED, object={"objectType": "Activity", "id": COURSE})
    moodle.post(sent)
    asked = {"agent": json.dumps(LEARNER), "verb": COMPLETED["id"], "activity": COURSE, "related_activities": "false"}
    (found,) = moodle.get(**asked, format="ids").get_json()["statements"]

    assert found["object"]["id"] == COURSE
    assert found["actor"]["account"] == LEARNER["account"]


def test_logstore_sends_arrays_without_ids_and_takes_only_200(moodle):
    sent = [statement(actor=LEARNER) for _ in range(2)]
    for item in sent:
        del item["id"]
    answer = moodle.post(sent, headers={"X-Experience-API-Version": "1.0.3"})

    assert answer.status_code == 200
    assert len(set(answer.get_json())) == 2


def test_cmi5launch_reads_back_by_registration_and_time(moodle):
    registration = "0d2cd3cc-9f5b-4f6c-8a59-0d5b6ed0a111"
    since = clock.to_text(clock.now())
    extensions = {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "s-1"}
    sent = statement(actor=LEARNER, context={"registration": registration, "extensions": extensions})
    moodle.post(sent)

    assert moodle.ids(registration=registration, since=since) == [sent["id"]]
