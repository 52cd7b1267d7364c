"""Pages in browsers: those of origins that a setting names, and old ones that send a request as a form."""

import json
from pathlib import Path
from urllib.parse import urlencode

import pytest

from config.settings import BadSetting, Settings
from tests.flows.lrs import AGENT, STATE, Program
from tests.installation import open_installation
from tests.unit.xapi.trail import statement

LMS = "https://lms.example"
VERSION_HEADER = "X-Experience-API-Version"
PREFLIGHT = {"Origin": LMS, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": VERSION_HEADER}
PATHS = ["/xapi/statements", "/xapi/activities/state", "/xapi/agents/profile", "/xapi/about", "/xapi/oauth/token"]


def open_to(house, tmp_path, origins):
    """Return a client of the same hub, whose setting names some origins."""
    opened = open_installation(house.settings.database_url, tmp_path / "open", xapi_origins=origins)
    return opened.client()


@pytest.mark.parametrize("path", PATHS)
def test_no_origin_is_let_in_unless_a_setting_names_it(house, path):
    for answer in (house.client().options(path, headers=PREFLIGHT), house.client().get(path, headers=PREFLIGHT)):
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origins", [LMS, f"https://other.example {LMS}", "*"])
def test_a_browser_asks_beforehand_without_a_credential(house, tmp_path, path, origins):
    answer = open_to(house, tmp_path, origins).options(path, headers=PREFLIGHT)
    allowed = answer.headers["Access-Control-Allow-Headers"]

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == LMS
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert {VERSION_HEADER, "Authorization", "If-Match", "If-None-Match"} <= set(allowed.split(", "))
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://lms.example.evil.example", "http://lms.example", "null", ""])
def test_another_origin_is_not_let_in(house, tmp_path, origin):
    answer = open_to(house, tmp_path, LMS).options("/xapi/statements", headers=PREFLIGHT | {"Origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_may_read_what_it_needs_of_an_answer_and_of_a_refusal(house, tmp_path):
    answer = open_to(house, tmp_path, LMS).get("/xapi/statements", headers={"Origin": LMS, VERSION_HEADER: "1.0.3"})

    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == LMS
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("", True),
        ("*", True),
        ("https://lms.example http://localhost:8080,https://[::1]:1", True),
        *((text, False) for text in ("lms.example", "https://lms.example/", "https://LMS.example", "ftp://a", "null")),
    ],
)
def test_the_setting_takes_origins_as_browsers_write_them(text, is_good):
    settings = Settings(var=Path("var"), database_url="sqlite://", xapi_origins=text)
    if is_good:
        settings.check()
        assert len(settings.origins) == len(text.replace(",", " ").split())
        return

    with pytest.raises(BadSetting, match="CAHIER_XAPI_ORIGINS"):
        settings.check()


@pytest.fixture
def program(house):
    """A program that may do everything."""
    return Program.of(house)


def as_form(program, method, where, content=None, version="1.0.3", **fields):
    """Send a request as a form in a POST, with the headers in the form."""
    form = {"Authorization": program.headers["Authorization"], VERSION_HEADER: version} | fields
    if content is not None:
        form |= {"content": content, "Content-Type": fields.get("Content-Type", "application/json")}
    return program.house.client().post(
        f"/xapi{where}?method={method}",
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={VERSION_HEADER: version},
    )


def test_a_form_stands_for_any_request(program):
    sent = statement()
    stored = as_form(program, "PUT", "/statements", json.dumps(sent), statementId=sent["id"])
    found = as_form(program, "GET", "/statements", agent=json.dumps(sent["actor"]), limit="1")

    assert stored.status_code == 204
    assert [item["id"] for item in found.get_json()["statements"]] == [sent["id"]]


def test_a_form_brings_conditions_too(program):
    place = {"activityId": "https://lms.example/course/7", "agent": AGENT, "stateId": "bookmark"}
    answers = [
        as_form(program, "PUT", "/activities/state", "été\0", **place, **{"Content-Type": "text/plain"}).status_code,
        as_form(program, "PUT", "/activities/state", "x", **place, **{"If-None-Match": "*"}).status_code,
    ]
    found = program.document("GET", STATE)

    assert answers == [204, 412]
    assert (found.data, found.mimetype) == ("été\0".encode(), "text/plain")


def test_the_second_edition_has_no_such_forms(program):
    answer = as_form(program, "GET", "/statements", version="2.0.0")

    assert answer.status_code in (400, 401)
    assert "statements" not in (answer.get_json() or {})


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/statements?method=PUT&statementId=x", {"content": "{}"}),
        ("/statements?method=TRACE", {}),
        ("/statements?method=", {}),
        ("/statements?method=POST", {}),
        ("/statements?method=GET&method=PUT", {}),
        ("/statements?some_method=GET", {}),
        ("/activities/state?method=PUT", {"content": "x", "Content-Type": "text/plain\r\nX: y"}),
    ],
)
def test_a_form_that_stands_for_nothing_is_refused(program, path, fields):
    answer = program.ask(
        "POST", f"/xapi{path}", data=urlencode(fields), content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 400


def test_a_form_without_a_credential_opens_nothing(program):
    del program.headers["Authorization"]
    answer = program.ask(
        "POST", "/xapi/statements?method=GET", data="limit=1", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 401


def test_a_form_beyond_all_measure_is_refused(program):
    answer = program.ask(
        "POST",
        "/xapi/statements?method=POST",
        data=b"content=" + b"a" * (8 * 1024 * 1024),
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code in (400, 413)
