"""`cahier person`, `operator`, `token`: what is done exits with 0, what is refused with 1, a wrong call with 2."""

import json
import sys

import pytest

from app.command import main
from app.identity.services.people import activate_person, prepare_activation
from tests.installation import NOTICE, password_of

ADD = ("person", "add", "new.comer", "--name", "Émilie Renard", "--role", "trainee")


@pytest.fixture
def run(house, monkeypatch, capsys):
    """Type a command and return its exit code, what it said, and what it complained of."""
    monkeypatch.setenv("CAHIER_VAR", str(house.settings.var))
    monkeypatch.setenv("CAHIER_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("CAHIER_PUBLIC_URL", "https://cahier.example")

    def type_in(*words):
        monkeypatch.setattr(sys, "argv", ["cahier", *words])
        with pytest.raises(SystemExit) as exit_:
            main()
        said = capsys.readouterr()
        code = exit_.value.code
        # A text instead of a number is printed by the interpreter, which then exits with 1.
        return (1, said.out, code) if isinstance(code, str) else (code or 0, said.out, said.err)

    return type_in


def test_adding_a_person_prints_the_code_and_where_to_use_it(house, run):
    code, said, _ = run(*ADD, "--operator", "alpha", "--json")

    facts = json.loads(said)
    with house.acting() as session:
        prepared = prepare_activation(session, "new.comer", facts["activation_code"], "vier losse woorden samen")
        person = activate_person(session, prepared, notice=NOTICE)
    assert code == 0
    assert facts["address"] == "https://cahier.example/activate"
    assert (person.id, person.language) == (facts["id"], "fr")


def test_adding_a_person_is_one_line_by_the_command(house, run):
    before = len(house.lines())
    _, said, _ = run(*ADD, "--operator", "ALPHA", "--role", "author", "--language", "nl")

    (line,) = house.lines()[before:]
    assert (line["action"], line["actor"], line["role"]) == ("identity:person:add", "system:command", "system")
    assert line["after"]["roles"] == ["author", "trainee"]
    assert "Émilie Renard is added as new.comer" in said


def test_a_person_of_the_hub_acts_for_the_hub(house, run):
    run("person", "add", "new.comer", "--name", "Émilie Renard", "--hub", "--role", "administrator")

    assert house.actor("new.comer").operator_id is None


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ((*ADD,), 2, "--operator CODE, or --hub"),
        ((*ADD, "--hub", "--operator", "ALPHA"), 2, "--operator CODE, or --hub"),
        (("person", "add", "x.y.z", "--hub", "--role", "trainee"), 2, "Missing option '--name'"),
        (("person", "add", "x.y.z", "--hub", "--role", "boss", "--name", "X"), 2, "'boss' is not one of"),
        ((*ADD, "--operator", "DELTA"), 1, "no operator with the code DELTA"),
        ((*ADD[:2], "Trainee", *ADD[3:], "--operator", "ALPHA"), 1, "This login is or was in use"),
        ((*ADD[:2], "a b", *ADD[3:], "--operator", "ALPHA"), 1, "A login has 3 to 100 letters"),
        ((*ADD, "--operator", "ALPHA", "--role", "administrator"), 1, "exclude each other"),
        (("person", "disable", "nobody.here", "--reason", "left us"), 1, "nobody with the login nobody.here"),
        (("person", "disable", "trainee", "--reason", "x"), 1, "Say why, in a few words"),
        (("operator", "add", "alpha", "Another"), 1, "Another operator has this code"),
        (("operator", "add", "GAMMA", "Gamma", "--zone", "Mars"), 1, "time zone such as Europe/Brussels"),
        (("token", "add", "trainee", "--label", "x", "--scope", "all"), 2, "'all' is not one of"),
        (("token", "add", "trainee", "--label", "x", "--scope", "read", "--days", "999"), 2, "999 is not in the range"),
        (("token", "add", "nobody.here", "--label", "x", "--scope", "read"), 1, "nobody with the login"),
    ],
)
def test_what_cannot_be_is_said_in_a_line_and_changes_nothing(house, run, words, code, complaint):
    before = [line for line in house.lines() if line["action"] != "web:request:refuse"]

    exit_code, said, complained = run(*words)

    after = [line for line in house.lines() if line["action"] != "web:request:refuse"]
    assert (exit_code, said) == (code, "")
    assert complaint in complained
    assert "Traceback" not in complained
    assert after == before


def test_a_refusal_of_a_command_is_a_line(house, run):
    before = len(house.lines())
    run(*ADD, "--operator", "ALPHA", "--role", "administrator")

    (line,) = house.lines()[before:]
    assert line["after"] == {"attempted": "person add", "code": "roles-clash"}
    assert line["actor"] == "system:command"


def test_disabling_signs_the_person_out(house, run):
    client = house.signed_in("trainee")
    code, said, _ = run("person", "disable", "TRAINEE", "--reason", "left the training")

    assert (code, said) == (0, "trainee is disabled.\n")
    assert client.get("/account").status_code == 303


def test_adding_an_operator_takes_the_hubs_zone(house, run):
    code, said, _ = run("operator", "add", "gamma", "Gamma Académie", "--json")

    assert code == 0
    assert json.loads(said) | {"id": ""} == {
        "id": "",
        "code": "GAMMA",
        "name": "Gamma Académie",
        "zone": "Europe/Brussels",
    }


def test_a_token_made_on_the_host_opens_the_api_for_the_persons_operator(house, run):
    code, said, _ = run("token", "add", "trainee", "--label", "Balance", "--scope", "read", "--json")

    answer = house.client().get("/api/v1/me", headers={"Authorization": f"Bearer {json.loads(said)['token']}"})
    assert code == 0
    assert answer.json["operator"] == house.operator_id("ALPHA")
    assert "record.execute" not in answer.json["permissions"]


def test_no_command_takes_or_shows_a_password(house, run):
    _, said, _ = run("person", "--help")
    _, added, _ = run("person", "add", "--help")

    assert "--password" not in said + added
    assert password_of("trainee") not in said + added


@pytest.mark.requirement("ER-H4")
def test_sites_and_rooms_are_added_listed_and_ended(house, run):
    run("site", "add", "chr", "Charleroi")
    run("training-room", "add", "CHR", "SB1", "Salle blanche")
    run("training-room", "add", "CHR", "LAB", "Laboratoire", "--operator", "ALPHA")
    before = house.all_lines()

    listed = json.loads(run("training-room", "list", "--json")[1])["training_rooms"]
    codes = [
        run("training-room", "end", "CHR", "LAB")[0],
        run("training-room", "end", "CHR", "LAB", "--operator", "ALPHA", "--reason", "travaux")[0],
        run("site", "end", "CHR")[0],
    ]

    assert [(one["site"], one["code"], one["operator"]) for one in listed] == [
        ("CHR", "LAB", "Alpha Formation"),
        ("CHR", "SB1", ""),
    ]
    assert codes == [1, 0, 0]
    assert house.all_lines() == before + 2
    assert run("site", "list")[1].strip() == "No site yet."


def test_ending_an_operators_site_or_room_that_is_not_there_leaves_the_shared_one(house, run):
    run("site", "add", "chr", "Charleroi")
    run("training-room", "add", "CHR", "SB1", "Salle blanche")

    assert run("training-room", "end", "CHR", "SB1", "--operator", "ALPHA")[0] == 1
    assert run("site", "end", "CHR", "--operator", "ALPHA")[0] == 1
    assert "Salle blanche" in run("training-room", "list")[1]
