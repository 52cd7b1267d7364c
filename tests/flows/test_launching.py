"""Launches that open nothing, and say why: misformed, from strangers, of somebody else, refused or unanswered."""

import json
from urllib.parse import parse_qsl, urlencode

import pytest

from app.identity.queries import accounts_of
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.kernel import clock
from app.kernel.errors import CahierError
from tests.benches import said, words
from tests.flows.course_lms import course_lms
from tests.flows.courses import COMMAND, SESSION_PAGE, Course
from tests.installation import password_of
from tests.signers import load_library
from xapi.errors import BadLaunch, LaunchRefused, LaunchSpent, LmsSilent, OthersAccount, UnknownLms
from xapi.rules.cmi5 import PARAMETERS
from xapi.services.cmi5_lms import NewLms, add_lms, end_lms


@pytest.fixture
def lms():
    """An LMS that listens."""
    with course_lms() as listening:
        yield listening


@pytest.fixture
def course(house, lms):
    """A hub that knows the LMS, and a trainee at a tablet who is linked; nobody needs a key here."""
    with house.acting() as session:
        add_lms(session, NewLms("moodle", [lms.address]), actor=COMMAND)
    load_library(house, "PIP-001")
    made = Course(house, lms, house.signed_in("trainee"))
    made.link("trainee")
    return made


def changed(address, **parts):
    """Return a launch with other parameters; None takes one away."""
    path, _, query = address.partition("?")
    given = dict(parse_qsl(query)) | parts
    return f"{path}?{urlencode({name: value for name, value in given.items() if value is not None})}"


def opens_nothing(course, address, status, message):
    """Say that neither the link nor the button opens anything, and that the LMS was not asked for a token."""
    shown, pressed = course.client.get(address), course.client.act(address)

    assert (shown.status_code, pressed.status_code) == (status, status)
    assert message in words(shown)
    assert ("POST", "/fetch") not in course.lms.requests


@pytest.mark.requirement("CM-1")
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_launch_without_one_of_its_parameters_opens_nothing(course, name):
    opens_nothing(
        course, changed(course.lms.launch("PIP-001"), **{name: None}), 422, said(BadLaunch.message, parameter=name)
    )


@pytest.mark.requirement("CM-1")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("endpoint", "ftp://lms.example/lrs"),
        ("endpoint", "http://user:secret@127.0.0.1/lrs"),
        ("fetch", "javascript:alert(1)"),
        ("actor", "[]"),
        ("actor", '{"mbox":"mailto:lea@example.org"}'),
        ("actor", '{"objectType":"Group","account":{"homePage":"https://lms.example","name":"7"}}'),
        ("actor", '{"account":{"homePage":"https://lms.example"}}'),
        ("registration", "7"),
        ("activityId", "seven"),
    ],
)
def test_a_launch_with_a_misformed_parameter_opens_nothing(course, name, value):
    opens_nothing(
        course, changed(course.lms.launch("PIP-001"), **{name: value}), 422, said(BadLaunch.message, parameter=name)
    )


@pytest.mark.requirement("CM-1", "AS-1.3.6")
@pytest.mark.parametrize("name", ["endpoint", "fetch"])
@pytest.mark.parametrize(
    "elsewhere",
    ["http://169.254.169.254/latest", "https://127.0.0.1:{port}/x", "http://127.0.0.1:{port}.evil.example/x"],
)
def test_a_launch_that_leads_to_another_host_opens_nothing(course, name, elsewhere):
    port = course.lms.server_address[1]
    address = changed(course.lms.launch("PIP-001"), **{name: elsewhere.format(port=port)})
    answer = course.client.act(address)

    assert answer.status_code in (403, 422)
    assert course.lms.requests == []


@pytest.mark.requirement("CM-1")
def test_a_launch_of_an_unknown_or_ended_lms_opens_nothing(course, house):
    with house.acting() as session:
        end_lms(session, "moodle", actor=COMMAND, reason="Le contrat est fini.")

    opens_nothing(course, course.lms.launch("PIP-001"), 403, said(UnknownLms.message))


def test_an_lms_of_one_operator_launches_for_its_people_alone(course, house):
    with house.acting() as session:
        end_lms(session, "moodle", actor=COMMAND)
    with house.acting() as session:
        new = NewLms("beta", [course.lms.address], house.operator_id("BETA"))
        add_lms(session, new, actor=COMMAND)

    opens_nothing(course, course.lms.launch("PIP-001"), 403, said(UnknownLms.message))


def test_a_launch_of_an_unknown_exercise_opens_nothing(course):
    assert course.client.act(course.lms.launch("XXX-999")).status_code == 404


@pytest.mark.requirement("CM-1")
def test_the_parameters_come_in_any_order_and_with_others(course):
    address = course.lms.launch("PIP-001")
    path, _, query = address.partition("?")
    turned = [("theme", "dark"), *reversed(parse_qsl(query))]
    answer = course.client.act(f"{path}?{urlencode(turned)}")

    assert SESSION_PAGE.fullmatch(answer.headers["Location"])


@pytest.mark.requirement("CM-1")
def test_following_the_link_alone_fetches_nothing(course):
    shown = course.client.get(course.lms.launch("PIP-001"))

    assert shown.status_code == 200
    assert course.lms.requests == []


@pytest.mark.requirement("CM-1")
def test_the_same_launch_again_leads_to_its_session_and_fetches_nothing(course):
    address = course.lms.launch("PIP-001")
    first = course.client.act(address).headers["Location"]

    assert course.client.get(address).headers["Location"] == first
    assert course.client.act(address).headers["Location"] == first
    assert course.lms.last.fetched == 1


@pytest.mark.requirement("LT-5")
def test_a_launch_survives_signing_in(course, house):
    address = course.lms.launch("PIP-001")
    client = house.client()
    door = client.get(address)
    page = client.get(door.headers["Location"])
    typed = {"login": "trainee", "password": password_of("trainee"), "next": address}
    landed = client.act("/sign-in", typed)

    assert door.status_code == 303
    assert "registration" in page.text
    assert landed.headers["Location"] == address


@pytest.mark.requirement("LT-5", "CM-1")
def test_an_account_that_nobody_linked_is_linked_by_its_person_first(course, house):
    address = course.lms.launch("PIP-001", name="777")
    course.client = house.signed_in("trainee2")
    asked = course.client.get(address)
    unlinked = course.client.act(address)
    linked = course.client.act(address.replace("/PIP-001?", "/PIP-001/account?"))

    assert "777" in words(asked)
    assert unlinked.status_code == 403
    assert linked.headers["Location"].startswith("/cmi5/exercises/PIP-001?")
    assert SESSION_PAGE.fullmatch(course.client.act(linked.headers["Location"]).headers["Location"])
    with house.storage.reading() as session:
        found = accounts_of(session, house.person("trainee2").id)
        assert [(one.home_page, one.kind, one.name) for one in found] == [(course.lms.address, AccountName.ID, "777")]


@pytest.mark.requirement("LT-5", "CM-1")
def test_somebody_elses_launch_opens_nothing_and_is_kept_in_the_trail(course, house):
    course.client = house.signed_in("trainee2")
    before = house.all_lines()

    opens_nothing(course, course.lms.launch("PIP-001"), 403, said(OthersAccount.message))
    assert house.all_lines() == before + 2


@pytest.mark.requirement("LT-5")
def test_a_second_account_of_the_same_system_does_not_replace_the_first(course):
    address = course.lms.launch("PIP-001", name="another")

    assert course.client.get(address).status_code == 403
    assert course.client.act(address.replace("/PIP-001?", "/PIP-001/account?")).status_code == 403


def test_an_account_is_known_by_whichever_name_the_lms_uses(course, house):
    with house.acting() as session:
        person = house.person("trainee2").id
        actor = house.actor("administrator")
        link_account(session, person, course.lms.address, AccountName.EMAIL, "tom@example.org", actor=actor)
    course.client = house.signed_in("trainee2")

    assert course.client.act(course.lms.launch("PIP-001", name="tom@example.org")).status_code == 303


@pytest.mark.requirement("CM-1")
def test_a_registration_of_somebody_else_opens_nothing(course, house):
    course.client.act(course.lms.launch("PIP-001"))
    registration = course.last.registration
    course.link("trainee2", "888")
    course.client = house.signed_in("trainee2")
    answer = course.client.act(course.lms.launch("PIP-001", name="888", registration=registration))

    assert answer.status_code == 403


@pytest.mark.requirement("CM-1")
@pytest.mark.parametrize(
    "answer",
    [{"error-code": "1", "error-text": "x"}, {"error-code": "2"}, {"error-code": "3"}, {"error-code": "9"}, [], {}],
)
def test_an_lms_that_gives_no_token_is_told_in_words_and_asked_no_second_time(course, answer):
    course.lms.fetch_answer = answer
    address = course.lms.launch("PIP-001")
    refused, again = course.client.act(address), course.client.act(address)

    assert refused.status_code == 409
    assert said(LaunchSpent.message) in words(again)
    assert course.lms.last.fetched == 1
    assert {place for _, place in course.lms.requests} == {"/fetch"}


@pytest.mark.requirement("CM-1")
def test_an_lms_that_is_gone_is_said_in_words(course, house):
    with house.acting() as session:
        add_lms(session, NewLms("gone", ["http://127.0.0.1:9"]), actor=COMMAND)
    address = changed(course.lms.launch("PIP-001"), fetch="http://127.0.0.1:9/fetch", endpoint="http://127.0.0.1:9/lrs")

    assert said(LmsSilent.message) in words(course.client.act(address))


@pytest.mark.requirement("CM-1")
@pytest.mark.parametrize("status", [302, 401, 403, 500])
def test_an_lms_that_answers_otherwise_is_followed_nowhere(course, status):
    course.lms.status = status
    answer = course.client.act(course.lms.launch("PIP-001"))

    assert said(LaunchRefused.message) in words(answer)


@pytest.mark.requirement("CM-1")
@pytest.mark.parametrize(
    "data",
    [
        {"contextTemplate": None},
        {"contextTemplate": {"extensions": {}}},
        {"launchMode": "Play"},
        {"moveOn": "Later"},
        {"masteryScore": 7},
        {"masteryScore": "much"},
    ],
)
def test_launch_data_that_says_nothing_to_go_by_opens_nothing(course, data):
    answer = course.client.act(course.lms.launch("PIP-001", **data))

    assert answer.status_code == 409
    assert course.last.told == []


def test_a_return_address_of_another_host_is_not_followed(course):
    session = course.open_exercise("PIP-001", returnURL="https://evil.example/")
    answer = course.end(session)
    left = course.client.get(answer.headers["Location"])

    assert "Refresh" not in left.headers
    assert "evil.example" not in left.text


def test_whoever_executes_nothing_can_look(course, house):
    course.link("assessor", "999")
    course.client = house.signed_in("assessor")
    course.client.act(course.lms.launch("PIP-001", name="999"))

    assert course.last.told == ["initialized"]


def test_an_lms_is_named_once_and_with_safe_addresses(course, house):
    for new in (
        NewLms("moodle", ["https://lms.example"]),
        NewLms("two words", ["https://lms.example"]),
        NewLms("plain", ["http://lms.example"]),
        NewLms("none", []),
        NewLms("query", ["https://lms.example/?a=1"]),
    ):
        with pytest.raises(CahierError), house.acting() as session:
            add_lms(session, new, actor=COMMAND)


def test_a_launch_is_kept_as_json_that_still_says_the_same(course, house):
    course.client.act(course.lms.launch("PIP-001", masteryScore=0.85))

    weight = course.last.statements[0]["context"]["extensions"]["https://lms.example/weight"]
    assert weight == 0.5
    assert json.loads(json.dumps(course.last.statements[0]))["timestamp"].endswith("Z")
    assert course.last.statements[0]["timestamp"] <= clock.to_text(clock.now())
