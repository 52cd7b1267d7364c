"""One person, two operators, two platforms: a launch says for whom they act, and everything they do carries it."""

import json

import pytest
from sqlalchemy import select

from app.identity.queries import actor_of
from app.identity.rules.people import AccountName
from app.identity.services.outside_accounts import link_account
from app.lms.services.platforms import NewPlatform, add_platform
from app.lms.services.tool_keys import new_tool_key
from app.notebook.models import Record
from app.signatures.models import Signature
from config.secrets import DELIVERY, read_secret
from tests.benches import Bench
from tests.installation import FOUNDER, OPERATORS, Installation, password_of
from tests.lms.moodle import CLIENT_ID
from tests.lms.platform import listening
from tests.lms.rounds import Course
from tests.signers import give_key

pytestmark = pytest.mark.requirement("LT-4")
ALPHA, BETA = OPERATORS["ALPHA"], OPERATORS["BETA"]


@pytest.fixture
def school_and_company(course):
    """The platform of ALPHA, and that of BETA; the trainee is known to both."""
    house = course.house
    with listening(lambda: house.client().get("/lti/jwks/BETA").get_json()) as platform:
        other = Course(house, platform, course.client)
        agreed = platform.registration(name="company", client_id=CLIENT_ID)
        first = new_tool_key(read_secret(house.settings.keys, DELIVERY))
        with house.acting() as session:
            new = NewPlatform(agreed, [platform.deployment_id], house.operator_id("BETA"), first)
            add_platform(session, new, actor=house.actor("hub_administrator"))
        for place in (course, other):
            with house.acting() as session:
                trainee = house.person("trainee").id
                link_account(session, trainee, place.platform.issuer, AccountName.ID, "4", actor=FOUNDER)
        yield course, other


class AtBeta(Installation):
    """The house as people act in it for BETA, whatever else they belong to."""

    def actor(self, login):
        """Return who a person is for BETA."""
        with self.storage.reading() as session:
            return actor_of(session, self.person(login), self.operator_id("BETA"))


def record_after(house, answer):
    """Return the record at which a launch led its person."""
    with house.storage.reading() as session:
        return session.get_one(Record, answer.headers["Location"].rpartition("/")[2])


def acting_for(page):
    """Return what a page's bar says of whom somebody acts for."""
    return page.text.partition('<span class="acting__for">')[2].partition("<strong>")[2].partition("</strong>")[0]


def test_each_launch_acts_for_its_platforms_operator_and_every_page_says_so(school_and_company):
    school, company = school_and_company
    client, house = school.client, school.house
    for place, name, code in ((company, BETA, "BETA"), (school, ALPHA, "ALPHA")):
        answer = place.launch()
        first = client.get(answer.headers["Location"])

        assert record_after(house, answer).operator_id == house.operator_id(code)
        assert f"Vous travaillez ici pour {name}." in first.text
        for path in ("/", "/records", "/account", "/help"):
            assert acting_for(client.get(path)) == name


def test_the_record_of_one_operator_is_not_there_while_acting_for_the_other(school_and_company):
    school, company = school_and_company
    theirs = company.launch().headers["Location"]
    school.launch()

    assert school.client.get(theirs).status_code == 404


def test_a_course_lets_nobody_act_for_another_operator_until_they_give_their_password(school_and_company):
    school, company = school_and_company
    house, client = school.house, school.client
    company.launch()
    school.launch()
    beta = {"operator": house.operator_id("BETA")}
    refused = client.act("/account/operator", beta)
    client.act("/account/confirm-session", {"password": password_of("trainee")})
    changed = client.act("/account/operator", beta)

    assert refused.status_code == 403
    assert "password-first" in refused.text or "mot de passe" in refused.text
    assert changed.status_code == 303
    assert acting_for(client.get("/account")) == BETA
    assert house.lines()[-1]["action"] == "identity:session:switch"


def test_record_signature_and_trail_carry_the_operator_of_the_launch(school_and_company):
    _, company = school_and_company
    house = company.house
    answer = company.launch()
    record = record_after(house, answer)
    before = len(house.lines("ALPHA"))
    give_key(house, "beta_trainee")
    signed = Bench(AtBeta(house.app, house.storage, house.settings), record.id).perform("beta_trainee")

    with house.storage.reading() as session:
        signature = session.scalars(select(Signature).where(Signature.signer_id == record.performer_id)).one()
    lines = [line for line in house.lines("BETA") if line["subject"] == f"record:{record.id}"]
    assert signed.record.operator_id == house.operator_id("BETA")
    assert json.loads(signature.manifest)["subject"].startswith(f"record:{record.id}")
    assert lines[0]["action"] == "notebook:record:issue"
    assert lines[-1]["action"] == "notebook:record:complete"
    assert len(house.lines("ALPHA")) == before


def test_who_belongs_to_one_operator_sees_its_name_and_nothing_to_choose(course):
    with course.house.acting() as session:
        trainee = course.house.person("trainee").id
        link_account(session, trainee, course.platform.issuer, AccountName.ID, "4", actor=FOUNDER)
    course.launch()
    page = course.client.get("/account")

    assert ALPHA in page.text
    assert acting_for(page) == ""
    assert "Vous travaillez ici" not in page.text


def test_somebody_signed_in_changes_for_whom_they_act_on_any_page(house):
    client = house.signed_in("hub_administrator")
    hub = acting_for(client.get("/help"))
    client.act("/account/operator", {"operator": house.operator_id("BETA")})

    assert hub == "Le hub lui-même"
    assert acting_for(client.get("/help")) == BETA
