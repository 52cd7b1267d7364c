"""A Moodle is added, tried and given another token at the screens, over the API and by a command."""

import html
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.command import cahier
from app.delivery.models import Target
from tests.moodle.moodle import TOKEN, listening_moodle
from tests.tokens import bearer


@pytest.fixture
def moodle():
    """A Moodle that listens."""
    with listening_moodle() as listening:
        yield listening


@pytest.fixture
def hub(house):
    """Whoever administers the hub, at a tablet."""
    return house.signed_in("hub_administrator")


def typed(moodle, **changed):
    """Return what one types to add the Moodle as a target."""
    return {"kind": "moodle", "name": "school", "operator": "", "address": moodle.address, "password": TOKEN} | changed


def kept(storage):
    """Return the target as it is kept."""
    with storage.reading() as session:
        return session.scalars(select(Target)).one()


def test_a_moodle_is_added_tried_and_renewed_at_a_screen_without_a_user_name(house, hub, moodle):
    before = len(house.lines())
    added = hub.act("/targets", typed(moodle))
    page = html.unescape(hub.get("/targets/school").text)
    tried = hub.act("/targets/school/test", {"sending": "yes"})
    renewed = hub.act("/targets/school/secret", {"password": "another"})
    tried_again = hub.get("/targets/school").status_code
    lines = house.lines()[before:]

    assert [answer.status_code for answer in (added, tried, renewed)] == [303] * 3
    assert tried_again == 200
    assert 'name="username"' not in page
    assert (lines[1]["after"]["works"], moodle.events) == (True, 1)
    assert [line["action"].rpartition(":")[2] for line in lines] == ["add", "test", "renew_secret"]
    assert TOKEN not in json.dumps(lines) + page


def test_people_of_a_new_moodle_are_named_as_it_names_them(house, hub, moodle):
    hub.act("/targets", typed(moodle, address=moodle.address + "/"))
    target = kept(house.storage)

    assert (target.kind, target.address) == ("moodle", moodle.address)
    assert target.settings == {
        "actors": {"form": "account", "since": 0, "home_page": moodle.address, "naming": "id"},
    }


@pytest.mark.parametrize(
    ("changed", "field"), [({"kind": "lrs"}, "kind"), ({"kind": "xapi"}, "username"), ({"password": ""}, "password")]
)
def test_what_is_missing_is_said_at_its_field(house, hub, moodle, changed, field):
    answer = hub.act("/targets", typed(moodle, **changed))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert moodle.address in answer.text


def test_a_moodle_is_added_over_the_api_and_an_lrs_still_needs_a_name(house, moodle):
    program, client = bearer(house, "hub_administrator"), house.client()
    sent = {"name": "school", "address": moodle.address, "password": TOKEN}
    nameless = client.post("/api/v1/targets", json=sent, headers=program)
    added = client.post("/api/v1/targets", json=sent | {"kind": "moodle"}, headers=program)
    renewed = client.post("/api/v1/targets/school/secret", json={"password": TOKEN}, headers=program)
    tried = client.post("/api/v1/targets/school/test", json={}, headers=program).get_json()

    assert nameless.status_code == 422
    assert (added.status_code, added.get_json()["kind"], renewed.status_code) == (200, "moodle", 200)
    assert tried == {"works": True, "answer": "Moodle 4.5.5+, plug-in 2026112400"}


def test_a_command_adds_a_moodle_with_courses_to_rate_in_and_tries_it(house, moodle, tmp_path):
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    environment = {"CAHIER_VAR": str(house.settings.var), "CAHIER_DATABASE_URL": house.settings.database_url}
    adding = ["xapi", "target", "add-moodle", "school", moodle.address, "--token-file", str(token), "--course", "2"]
    added = CliRunner().invoke(cahier, adding, env=environment)
    tried = CliRunner().invoke(cahier, ["xapi", "target", "test", "school", "--json"], env=environment)

    assert added.exit_code == 0, added.output
    assert json.loads(tried.stdout)["works"]
    assert kept(house.storage).settings["moodle"] == {"courses": [2], "rating": 2}
    assert TOKEN not in added.output
