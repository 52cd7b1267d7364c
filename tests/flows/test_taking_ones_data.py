"""Taking one's own data away: everything about oneself, others masked, and a part to take elsewhere (GD-15, GD-20)."""

import io
import json
import zipfile
from importlib.resources import files

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from app.command import cahier
from app.kernel.errors import NotFound
from app.privacy.services.handing_out import hand_out_person
from tests.flows.erasing import concluded, disable
from xapi.feed import derive_once
from xapi.statements import Hub

JUDGED = ("passed", "failed", "earned")


def unpacked(data):
    """Return the files of an archive by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.fixture
def package(house):
    """What the trainee of a concluded record takes away at one click, with their statements derived."""
    concluded(house)
    house.signed_in("trainee").act("/account/tokens", {"label": "Carnet", "scopes": ["read"], "days": "30"})
    while derive_once(house.storage, Hub(house.settings.statement_home)):
        pass
    return unpacked(house.signed_in("trainee").act("/account/export").data)


@pytest.mark.requirement("GD-15")
def test_the_package_holds_what_is_known_and_masks_others(house, package):
    records, person = json.loads(package["records.json"]), json.loads(package["person.json"])
    concluded_one = next(record for record in records if record["decisions"])
    assessor = house.person("assessor").id
    everything = "\n".join(package.values())

    assert person["person"]["name"] == "Léa Martin"
    assert [token["label"] for token in person["token"]] == ["Carnet"]
    assert {role["role"] for role in person["membership"]} == {"trainee"}
    assert "Plateau essuyé, 試料 🧪" in {entry["value"] for entry in concluded_one["entries"]}
    assert [found["grounds"] for found in concluded_one["exceptions"]] == ["Sans effet"]
    assert {one["by"] for one in concluded_one["signatures"]} >= {f"person:{assessor}"}
    assert not any(name in everything for name in ("Hervé Dubois", "Tom Peeters", "Anne Claes"))
    assert "Léa Martin" in package["index.html"]


@pytest.mark.requirement("GD-15")
def test_the_lines_tell_who_did_what_and_the_taking_itself(house, package):
    lines = json.loads(package["lines.json"])
    done = [line["action"] for line in lines]

    assert done[-1] == "privacy:person:export"
    assert {"identity:person:add", "assessment:record:approve", "notebook:step:verify"} <= set(done)
    assert {line["actor"] for line in lines} > {house.actor("trainee").pseudonym}
    assert not any("$argon2" in text or "password_hash" in text for text in package.values())


@pytest.mark.requirement("GD-20")
def test_the_portable_part_is_as_its_schema_says_and_holds_no_judgement(package):
    document, schema = (
        json.loads(package["portable/portable.json"]),
        json.loads(package["portable/portable.schema.json"]),
    )
    Draft202012Validator.check_schema(schema)
    faults = list(Draft202012Validator(schema).iter_errors(document))
    verbs = {one["verb"]["id"].rsplit("/", 1)[-1] for one in document["statements"]}
    judged = {one["verb"]["id"].rsplit("/", 1)[-1] for one in json.loads(package["statements.json"])} & set(JUDGED)

    assert faults == []
    assert schema == json.loads((files("config") / "portable.schema.json").read_text())
    assert any(record["entries"] for record in document["records"])
    assert verbs
    assert judged
    assert verbs.isdisjoint(JUDGED)
    assert "Sans effet" not in package["portable/portable.json"]
    assert "Vu et noté" in package["portable/portable.json"]


@pytest.mark.requirement("GD-15", "P11.10(e)-1")
def test_one_click_is_one_line_and_nobody_takes_anothers(house):
    client = house.signed_in("trainee")
    before = house.all_lines()
    answer = client.act("/account/export")

    assert house.all_lines() == before + 1
    assert answer.headers["Content-Type"] == "application/zip"
    with pytest.raises(NotFound), house.acting() as session:
        hand_out_person(session, house.person("trainee").id, actor=house.actor("quality"))
    assert "/account/export" in client.get("/account").text


@pytest.mark.requirement("GD-15")
def test_a_command_hands_out_the_data_of_one_who_cannot_sign_in_any_more(house, tmp_path):
    concluded(house)
    disable(house)
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    path = tmp_path / "lea.zip"
    said = CliRunner().invoke(cahier, ["person", "export", "trainee", "--to", str(path)], env=environment)

    assert said.exit_code == 0, said.output
    assert "Léa Martin" in unpacked(path.read_bytes())["person.json"]
    assert house.lines()[-1]["actor"] == "system:command"
