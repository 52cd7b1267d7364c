"""A teacher chooses content in a course on another site: in its frame, and the answer sends itself back."""

import re
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Browser, expect

from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from tests.browser.framing import PHONE, open_course, read_notice, serving
from tests.installation import FOUNDER
from tests.lms.platform import CLAIM, Activity, Answer, Platform, Request
from tests.lms.rounds import Course

pytestmark = [
    pytest.mark.requirement("LT-1"),
    # The server in this process is Werkzeug's, which leaves a file open when a browser goes on before it is sent.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def choosing(platform: Platform, hub: str) -> Answer:
    """Return the page of a course in which a teacher presses "Select content"."""
    activity = Activity(target=f"{hub}/lti/deeplink", message="LtiDeepLinkingRequest", custom={})
    settings = {
        "deep_link_return_url": f"{platform.issuer}/return",
        "accept_types": ["ltiResourceLink"],
        "accept_multiple": True,
    }
    said = {f"{DL}deep_linking_settings": settings, f"{CLAIM}resource_link": None}
    fields = platform.initiate("9", activity, **said)
    inputs = "".join(f"<input type='hidden' name='{name}' value='{value}'>" for name, value in fields.items())
    form = f"<form id='f' target='tool' method='post' action='{hub}/lti/login'>{inputs}</form>"
    frame = f"<iframe name='tool' title='Cahier' width='{PHONE}' height='700'></iframe>"
    return 200, f"<!doctype html><title>Cours</title>{form}{frame}<script>f.submit()</script>"


def take_content(platform: Platform, request: Request) -> Answer:
    """Read the answer as Moodle does, and name what would be added."""
    token = parse_qs(request.body.decode())["JWT"][0]
    claims = jwt.decode(token, KeySet.import_key_set(platform.hub_keys()), algorithms=["RS256"]).claims
    titles = "".join(f"<li>{item['title']}</li>" for item in claims[f"{DL}content_items"])
    return 200, f"<!doctype html><title>Ajouté</title><h1>Ajouté</h1><ul>{titles}</ul>"


def teach(course: Course) -> None:
    """Let the platform's teacher be the assessor of the hub."""
    with course.house.acting() as session:
        person = course.house.person("assessor").id
        link_account(session, person, course.platform.issuer, AccountName.ID, "9", actor=FOUNDER)


def test_what_a_teacher_picks_in_the_frame_arrives_in_the_course(
    browser: Browser, founded_sqlite_template: Path, tmp_path: Path
) -> None:
    with serving(founded_sqlite_template, tmp_path, "https") as course:
        teach(course)
        hub = course.house.settings.public_url
        course.platform.routes["GET", "/course"] = lambda served, _: choosing(served, hub)
        course.platform.routes["POST", "/return"] = take_content
        context = browser.new_context(ignore_https_errors=True, locale="fr-BE")
        page, frame = open_course(context, course)
        frame.wait_for_url(re.compile("/privacy/notice|/lti/deeplink/"))
        if "/privacy/notice" in frame.url:
            read_notice(frame)
        frame.wait_for_url(re.compile("/lti/deeplink/"))
        frame.get_by_label("TST-001").check()
        frame.locator("main form button").last.click()
        frame.wait_for_url(re.compile("/place"))
        frame.get_by_label("Titre dans le cours").fill("Peser au poste")
        widths = [frame.evaluate("document.documentElement.scrollWidth")]
        frame.locator("main form button").last.click()

        expect(frame.get_by_role("heading", name="Ajouté")).to_be_visible()
        expect(frame.get_by_text("Peser au poste")).to_be_visible()
        assert max(widths) <= PHONE
        page.context.close()
