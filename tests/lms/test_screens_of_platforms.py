"""The pages and commands by which platforms are added, invited and ended."""

import json
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.command import cahier
from app.kernel import clock
from app.lms import queries
from tests.lms.moodle import CLIENT_ID
from tests.lms.platform import Platform, Request

pytestmark = pytest.mark.requirement("LT-1")
MOODLE = "https://moodle.example"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@pytest.fixture
def run(house):
    """Type a command in the house and return what came of it."""

    def type_in(*words):
        chosen = house.settings
        environment = {"VAR": str(chosen.var), "DATABASE_URL": chosen.database_url, "ORIGIN": chosen.origin}
        environment = {f"CAHIER_{name}": value for name, value in environment.items()}
        return CliRunner().invoke(cahier, [str(word) for word in words], env=environment)

    return type_in


def typed(house, **changed):
    """Return what an administrator types for a platform."""
    return {
        "name": "moodle",
        "operator": house.operator_id("ALPHA"),
        "issuer": MOODLE,
        "client_id": "abc",
        "deployment_id": "1",
        "key_set_url": f"{MOODLE}/mod/lti/certs.php",
        "auth_token_url": f"{MOODLE}/mod/lti/token.php",
        "auth_login_url": f"{MOODLE}/mod/lti/auth.php",
    } | changed


def test_a_platform_is_added_shown_and_ended_on_its_pages(house):
    desk = house.signed_in("administrator")
    added = desk.act("/lti/platforms", typed(house))
    listed = desk.get("/lti/platforms").text
    more = desk.act("/lti/platforms/moodle/deployments", {"deployment_id": "2"})
    shown = desk.get("/lti/platforms/moodle").text
    ended = desk.act("/lti/platforms/moodle/end", {"reason": "Contrat fini."})

    assert [answer.status_code for answer in (added, more, ended)] == [303, 303, 303]
    assert MOODLE in listed
    assert f"{house.settings.public_url}/lti/jwks/ALPHA" in listed
    assert "1, 2" in shown
    assert [line["action"] for line in house.lines("ALPHA")[-3:]] == [
        "lms:platform:add",
        "lms:deployment:add",
        "lms:platform:end",
    ]


def test_what_cannot_be_used_stays_in_the_form(house):
    desk = house.signed_in("administrator")
    answer = desk.act("/lti/platforms", typed(house, issuer="http://moodle.example"))

    assert answer.status_code == 422
    assert 'value="http://moodle.example"' in answer.text
    assert "https://" in answer.text


def test_the_commands_do_the_same(house, run):
    given = ["--issuer", MOODLE, "--client-id", "abc", "--deployment", "1", "--operator", "ALPHA"]
    added = run("lti", "platform", "add", "moodle", *given, "--role", "Learner=trainee", "--json")
    deployed = run("lti", "platform", "deployment", "moodle", "2")
    listed = json.loads(run("lti", "platform", "list", "--json").stdout)
    rotated = run("lti", "key", "rotate", "--operator", "alpha")
    changed = run("lti", "platform", "change", "moodle", "--role", "Instructor=author", "--link-only")
    shown = json.loads(run("lti", "show", "--operator", "alpha", "--json").stdout)
    ended = run("lti", "platform", "end", "moodle", "--reason", "Fini.")

    assert [done.exit_code for done in (added, deployed, rotated, changed, ended)] == [0] * 5
    assert listed["platforms"][0]["deployments"] == ["1", "2"]
    assert shown["jwks_uri"].endswith("/lti/jwks/ALPHA")
    assert run("lti", "key", "rotate", "--operator", "nobody").exit_code == 1
    assert run("lti", "platform", "end", "moodle").exit_code == 1


def configuration(platform: Platform, _: Request):
    """Answer where the platform's endpoints are, as Moodle does."""
    base = f"{platform.issuer}/mod/lti"
    return 200, {
        "issuer": platform.issuer,
        "authorization_endpoint": f"{base}/auth.php",
        "token_endpoint": f"{base}/token.php",
        "jwks_uri": f"{base}/certs.php",
        "registration_endpoint": f"{base}/openid-registration.php",
    }


def registration(platform: Platform, request: Request):
    """Register a tool for whoever shows the platform's token."""
    if request.headers.get("authorization") != "Bearer of-moodle":
        return 401, {}
    return 201, json.loads(request.body) | {"client_id": CLIENT_ID, TOOL: {"deployment_id": "7"}}


def invited(course, name="moodle2"):
    """Invite a platform; return the address that its administrator gets, without the hub's own."""
    desk = course.house.signed_in("administrator")
    page = desk.act("/lti/invitations", {"invited_name": name, "invited_operator": course.house.operator_id("ALPHA")})
    found = re.search(r"/lti/register\?invitation=[\w-]+", page.text)
    assert found
    return found[0]


@pytest.fixture
def registering(course):
    """A platform that registers tools, which the hub does not know any more."""
    desk = course.house.signed_in("administrator")
    desk.act("/lti/platforms/moodle/end", {"reason": "Pour la réinscrire."})
    course.platform.routes["GET", "/mod/lti/openid-configuration.php"] = configuration
    course.platform.routes["POST", "/mod/lti/openid-registration.php"] = registration
    return course


def fields_of(course, address):
    """Return what the platform adds to the invited address."""
    return {
        "invitation": address.rpartition("=")[2],
        "openid_configuration": f"{course.platform.issuer}/mod/lti/openid-configuration.php",
        "registration_token": "of-moodle",
    }


def test_an_invited_platform_registers_itself_once_and_launches(registering):
    fields = fields_of(registering, invited(registering))
    stranger = registering.house.client()
    shown = stranger.get("/lti/register", query_string=fields)
    done = stranger.post("/lti/register", data=fields)
    again = stranger.post("/lti/register", data=fields)
    registering.platform.deployment_id = "7"

    assert (shown.status_code, done.status_code, again.status_code) == (200, 200, 403)
    assert "lti-invitation-over" in again.text
    assert registering.house.lines("ALPHA")[-1]["action"] == "lms:platform:register"
    assert registering.launch().status_code == 303
    with registering.house.storage.reading() as session:
        found = queries.find_platform(session, registering.platform.issuer, CLIENT_ID)
    assert found is not None
    assert found.name == "moodle2"


def test_a_tool_that_moodle_only_updates_is_known_already_and_the_page_says_so(registering):
    registering.house.client().post("/lti/register", data=fields_of(registering, invited(registering)))
    updated = registering.house.client().post(
        "/lti/register", data=fields_of(registering, invited(registering, "again"))
    )

    assert updated.status_code == 409
    assert "Cahier n’a pas été enregistré" in updated.text
    assert "platform-taken" in updated.text


def test_nobody_registers_without_an_invitation(registering):
    fields = fields_of(registering, "invitation=made-up")

    assert registering.house.client().post("/lti/register", data=fields).status_code == 403
    assert ("GET", "/mod/lti/openid-configuration.php") not in registering.platform.asked


def test_a_platform_cannot_name_another_as_its_issuer(registering):
    fields = fields_of(registering, invited(registering))
    registering.platform.routes["GET", "/mod/lti/openid-configuration.php"] = lambda platform, request: (
        200,
        configuration(platform, request)[1] | {"issuer": "https://moodle.example"},
    )
    answer = registering.house.client().post("/lti/register", data=fields)

    assert answer.status_code == 422
    assert "bad-platform" in answer.text


def authority(*, over: bool = False) -> str:
    """Return the certificate of an authority, in PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Autorité de l’école")])
    until = now - timedelta(days=1) if over else now + timedelta(days=1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(7).not_valid_before(now - timedelta(days=9)).not_valid_after(until)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.requirement("LT-4")
def test_roles_and_authority_are_said_on_the_page_and_changed_there(house):
    desk = house.signed_in("administrator")
    pem = authority()
    given = {"role_trainee": "Learner, Mentor", "role_author": "Instructor", "authorities": f"My CA\n{pem}"}
    desk.act("/lti/platforms", typed(house, **given))
    shown = desk.get("/lti/platforms/moodle").text
    with house.storage.reading() as session:
        kept = queries.named(session, "moodle")
    assert kept is not None
    changed = desk.act("/lti/platforms/moodle/change", {"role_trainee": "Learner", "links_only": "y"})
    same = desk.act("/lti/platforms/moodle/change", {"role_trainee": "Learner", "links_only": "y"})
    line = house.lines("ALPHA")[-1]

    assert 'value="Learner, Mentor"' in shown
    assert kept.roles == {"Learner": "trainee", "Mentor": "trainee", "Instructor": "author"}
    assert kept.authorities == pem
    assert (changed.status_code, same.status_code) == (303, 409)
    assert line["action"] == "lms:platform:change"
    assert (line["before"]["roles"]["Mentor"], line["after"]["roles"]) == ("trainee", {"Learner": "trainee"})
    assert (len(line["before"]["authorities"]), line["after"]["authorities"]) == (1, [])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("role_author", "Learner", "un seul"),
        ("role_author", "Prof 1", "Instructor"),
        ("authorities", "not a certificate", "BEGIN CERTIFICATE"),
        ("authorities", "-----BEGIN PRIVATE KEY-----", "clé privée"),
        ("authorities", authority(over=True), "échu"),
    ],
)
def test_roles_and_authorities_that_cannot_be_used_stay_in_the_form(house, field, value, said):
    desk = house.signed_in("administrator")
    desk.act("/lti/platforms", typed(house, role_trainee="Learner"))
    fields = {"role_trainee": "Learner", "role_author": "Instructor", field: value}
    answer = desk.act("/lti/platforms/moodle/change", fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert value.split("\n")[0] in answer.text
    assert house.lines("ALPHA")[-1]["action"] == "lms:platform:add"
