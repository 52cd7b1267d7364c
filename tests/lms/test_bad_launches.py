"""Launches that must not pass: each is refused with a page of its own, spends no person, and stands in the trail."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from joserfc.jwk import RSAKey

from app.audit.models import StrangerRefusal
from app.kernel import clock
from app.lms.services.key_sets import FLOOR
from app.web.refusals import write_stranger_refusals
from tests.lms.platform import CLAIM, Activity

pytestmark = pytest.mark.requirement("LT-1")


def last_refusal(house):
    """Return the code of the last refusal in the trail, after strangers' were written down."""
    with house.storage.transaction() as session:
        for counted in session.query(StrangerRefusal):
            counted.minute -= timedelta(minutes=2)
    while True:
        with house.storage.transaction() as session:
            if not write_stranger_refusals(session):
                break
    line = [line for line in house.lines() if line["action"].endswith(":refuse")][-1]
    return line["after"].get("code") or next(iter(line["after"]["refusals"]))


def is_refused(course, answer, code):
    """Say whether a launch was refused for a reason, in the language of the launch, and let nobody in."""
    assert code in answer.text, answer.text
    assert answer.status_code == 403
    assert "L’activité n’a pas été ouverte" in answer.text
    assert course.person() is None
    assert course.client.get("/account").status_code == 303
    return last_refusal(course.house) == code


def seconds(away):
    """Return a time so many seconds away from now, as tokens say it."""
    return int(clock.now().timestamp()) + away


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": -120, "iat": -180}, "lti-wrong-times"),
        ({"iat": 300, "exp": 360}, "lti-wrong-times"),
        ({"iat": -3600, "exp": 3600}, "lti-wrong-times"),
        ({"nbf": 300}, "lti-wrong-times"),
    ],
)
def test_times_that_are_over_or_to_come(course, claims, code):
    answer = course.launch(**{name: seconds(away) for name, away in claims.items()})

    assert is_refused(course, answer, code)


def test_a_clock_that_is_a_little_wrong_is_no_reason(course):
    assert course.launch(iat=seconds(30), exp=seconds(90)).status_code == 303


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"aud": "another-tool"}, "lti-wrong-audience"),
        ({"aud": ["hub-acceptance", "another-tool"]}, "lti-wrong-audience"),
        ({"aud": ["hub-acceptance", "another-tool"], "azp": "another-tool"}, "lti-wrong-audience"),
        ({"aud": None}, "lti-wrong-audience"),
        ({"exp": None}, "lti-wrong-times"),
        ({"nonce": "of another round"}, "lti-wrong-nonce"),
        ({"nonce": None}, "lti-wrong-nonce"),
        ({"iss": "https://elsewhere.example"}, "lti-bad-message"),
        ({"sub": None}, "lti-bad-message"),
        ({CLAIM + "deployment_id": "2"}, "lti-wrong-deployment"),
        ({CLAIM + "deployment_id": None}, "lti-bad-message"),
        ({CLAIM + "message_type": "LtiUnheardOf"}, "lti-bad-message"),
        ({CLAIM + "message_type": None}, "lti-bad-message"),
        ({CLAIM + "version": "1.1"}, "lti-bad-message"),
        ({CLAIM + "target_link_uri": "https://elsewhere.example/lti/launch"}, "lti-bad-message"),
        ({CLAIM + "resource_link": None}, "lti-bad-message"),
    ],
)
def test_claims_that_are_wrong_or_missing(course, claims, code):
    assert is_refused(course, course.launch(**claims), code)


def test_several_audiences_with_us_as_the_party_pass(course):
    assert course.launch(aud=["hub-acceptance", "other"], azp="hub-acceptance").status_code == 303


def joined(header, claims):
    """Return the first two parts of a token."""
    text = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join(text)


def unsigned(claims):
    """Return a token of algorithm `none`."""
    return joined({"alg": "none", "typ": "JWT"}, claims) + "."


def with_a_secret(claims, secret, kid):
    """Return a token signed with HS256, for which something public serves as the secret."""
    head = joined({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)
    made = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def claims_of(token):
    """Return what a token says."""
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def forged(course, how):
    """Return the form of a launch whose token somebody made without the platform's key."""
    form, platform = course.form(), course.platform
    claims = claims_of(form["id_token"])
    if how == "none":
        form["id_token"] = unsigned(claims)
    elif how == "not signed":
        form["id_token"] = form["id_token"].rpartition(".")[0] + "."
    elif how == "no token":
        form["id_token"] = "word"
    elif how == "their public key as a secret":
        form["id_token"] = with_a_secret(claims, platform.key.as_pem(private=False), platform.key.kid)
    elif how == "our public key as a secret":
        ours = RSAKey.import_key(course.client.get("/lti/jwks").get_json()["keys"][0])
        form["id_token"] = with_a_secret(claims, ours.as_pem(private=False), ours.kid)
    elif how == "another key under a known name":
        other = RSAKey.generate_key(2048, {"kid": platform.key.kid}, private=True)
        form["id_token"] = platform.sign(claims, other)
    elif how == "a key that it brings along":
        other = RSAKey.generate_key(2048, {"kid": "own"}, private=True)
        form["id_token"] = platform.sign(claims, other, jwk=other.as_dict(private=False))
    elif how == "other claims under the same signature":
        head, _, signature = form["id_token"].split(".")
        body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "9"}).encode()).rstrip(b"=").decode()
        form["id_token"] = ".".join([head, body, signature])
    return form


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("none", "lti-not-signed"),
        ("not signed", "lti-bad-signature"),
        ("their public key as a secret", "lti-not-signed"),
        ("our public key as a secret", "lti-not-signed"),
        ("another key under a known name", "lti-bad-signature"),
        ("a key that it brings along", "lti-unknown-key"),
        ("other claims under the same signature", "lti-bad-signature"),
    ],
)
def test_a_token_that_the_platform_did_not_sign(course, how, code):
    answer = course.client.post("/lti/launch", data=forged(course, how))

    assert is_refused(course, answer, code)


def test_a_launch_sent_again_is_refused_with_its_cookies_and_without(course):
    form = course.form()
    first = course.client.post("/lti/launch", data=form)
    again = course.client.post("/lti/launch", data=form)
    elsewhere = course.house.client().post("/lti/launch", data=form)

    assert first.status_code == 303
    assert "lti-launch-spent" in again.text
    assert "lti-wrong-state" in elsewhere.text
    assert (again.status_code, elsewhere.status_code) == (403, 403)


def test_a_launch_that_was_captured_before_it_was_used_opens_nothing_elsewhere(course):
    form = course.form()
    thief = course.house.client()
    stolen = thief.post("/lti/launch", data=form)

    assert "lti-wrong-state" in stolen.text
    assert course.client.post("/lti/launch", data=form).status_code == 303


def test_a_token_is_good_for_its_own_round_only(course):
    first, second = course.form(), course.form()
    answer = course.client.post("/lti/launch", data={"state": second["state"], "id_token": first["id_token"]})

    assert is_refused(course, answer, "lti-wrong-nonce")


def test_a_round_ends_after_ten_minutes(course):
    with clock.simulated(clock.now()) as now:
        form = course.form()
        now.advance(minutes=11)
        answer = course.client.post("/lti/launch", data=form)

        assert "lti-wrong-state" in answer.text


def test_a_state_that_was_never_given(course):
    form = course.form() | {"state": "made up"}

    assert is_refused(course, course.client.post("/lti/launch", data=form), "lti-wrong-state")


def test_a_platform_that_says_no_is_heard(course):
    answer = course.client.post("/lti/launch", data={"error": "login_required", "state": "x"})

    assert "lti-platform-refused" in answer.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iss": "https://elsewhere.example"}, "lti-unknown-platform"),
        ({"client_id": "another-tool"}, "lti-unknown-platform"),
        ({"target_link_uri": "https://elsewhere.example/lti/launch"}, "lti-bad-message"),
        ({"target_link_uri": "http://localhost:8000/people"}, "lti-bad-message"),
        ({"login_hint": ""}, "lti-bad-message"),
    ],
)
def test_a_round_does_not_begin_for_strangers_or_elsewhere(course, changed, code):
    form = course.platform.initiate("4", Activity()) | changed
    course.client.set_cookie("cahier-lti", "a browser")
    answer = course.client.post("/lti/login", data=form)

    assert code in answer.text
    assert "Location" not in answer.headers


def test_a_new_key_of_the_platform_is_fetched_once_and_not_in_a_loop(course):
    with clock.simulated(clock.now()) as now:
        course.launch()
        fetched = course.platform.asked.count(("GET", "/mod/lti/certs.php"))
        course.platform.change_key()
        early = course.launch()
        now.advance(seconds=FLOOR.total_seconds() + 1)
        late = course.launch()
        course.launch()

        assert "lti-unknown-key" in early.text
        assert late.status_code == 303
        assert course.platform.asked.count(("GET", "/mod/lti/certs.php")) == fetched + 1


def test_a_platform_that_does_not_answer_is_told_from_a_bad_launch(course):
    form = course.form()
    course.platform.silent = True
    answer = course.client.post("/lti/launch", data=form)

    assert "platform-silent" in answer.text
    assert answer.status_code == 409
