"""The exit is rehearsed: all of it comes out, stands up apart, verifies there, and the log says so (CI-Q17)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from app.audit.models import Log
from app.audit.signer import CheckpointSigner
from app.command import cahier
from app.installation.checking import check_installation
from app.installation.exit_cli import record_rehearsal
from app.installation.rehearsing import FAULTY, WHOLE
from app.kernel import clock
from app.signatures.models import Signature
from app.storage import Storage
from app.storage.tables import table_of
from tests import attacks
from tests.flows.erasing import concluded
from tests.installation import Installation


@pytest.fixture
def database(house: Installation, request: pytest.FixtureRequest) -> Iterator[tuple[str, ...]]:
    """What the command is told about a place for the database: nothing for SQLite."""
    if house.storage.is_sqlite:
        yield ()
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create()
    yield "--database-url", cluster.url(name)
    cluster.drop(name)


def rehearse(house: Installation, *words: object) -> Result:
    """Type the command in an installation."""
    environment = {
        "CAHIER_VAR": str(house.settings.var),
        "CAHIER_DATABASE_URL": house.settings.database_url,
        "CAHIER_ORIGIN": house.settings.origin,
    }
    return CliRunner().invoke(cahier, ["rehearse-exit", "--json", *map(str, words)], env=environment)


def verified_again(house: Installation, copy: Path, url: str) -> Result:
    """Type, where the copy is, the command that the rehearsal says."""
    signer = CheckpointSigner(house.settings.keys)
    keys = [word for origin in signer.origins() for word in ("--key", signer.key(origin).to_text())]
    environment = {"CAHIER_VAR": str(copy), "CAHIER_DATABASE_URL": url, "CAHIER_ORIGIN": house.settings.origin}
    return CliRunner().invoke(cahier, ["audit", "verify", *keys], env=environment)


def warned(house: Installation) -> list[str]:
    """Return what the check of the installation is loud about concerning the exit."""
    return [one.text for one in check_installation(house.settings) if one.name == "exit" and one.is_loud]


@pytest.mark.requirement("CI-Q17", "A11-7.1", "A11-7.2")
def test_everything_leaves_stands_up_apart_verifies_there_and_is_read_only(house, database, tmp_path, request):
    concluded(house)
    before = house.all_lines()
    answer = rehearse(house, "--to", tmp_path / "disk", *database)
    found = json.loads(answer.stdout)
    line = house.lines()[-1]

    assert answer.exit_code == 0, answer.output
    assert line["action"] == "installation:exit:rehearse"
    assert line["after"] == {name: found[name] for name in line["after"]}
    assert (found["result"], found["faults"], found["records"], found["bundles"]) == ("whole", 0, 2, 2)
    assert found["signatures"] > 2
    assert house.all_lines() == before + 1
    assert warned(house) == []

    (folder,) = (tmp_path / "disk").iterdir()
    copy = Storage.open(found["database_url"])
    request.addfinalizer(copy.close)

    assert not [path for path in folder.rglob("*") if path.stat().st_mode & 0o222]
    assert not [*(folder / "copy" / "keys").rglob("*.key")]
    assert not (folder / "backup").exists()
    with pytest.raises(DBAPIError, match=r"read-?only"), copy.transaction() as session:
        session.execute(update(Log).values(size=0))
    again = verified_again(house, folder / "copy", found["database_url"])
    assert again.exit_code == 0, again.output


@pytest.mark.requirement("CI-Q17")
def test_a_copy_that_does_not_hold_is_logged_as_such_and_counts_for_nothing(house, database, tmp_path):
    concluded(house)
    signatures = table_of(Signature)
    with attacks.behind(attacks.url_of(house)) as connection:
        attacks.put(connection, signatures, attacks.rows_of(connection, signatures)[0], value="AAAA")
    answer = rehearse(house, "--to", tmp_path / "disk", *database)
    after = house.lines()[-1]["after"]

    assert answer.exit_code == 1
    assert (after["result"], after["faults"] > 0) == ("faulty", True)
    assert warned(house) == ["it was never rehearsed that everything can leave this hub"]


@pytest.mark.requirement("CI-Q17")
def test_a_rehearsal_that_breaks_off_is_logged_too(house, tmp_path):
    (tmp_path / "in the way").write_text("a file")
    answer = rehearse(house, "--to", tmp_path / "in the way" / "disk")
    line = house.lines()[-1]

    assert answer.exit_code == 1
    assert (line["action"], line["after"]["result"]) == ("installation:exit:rehearse", "failed")
    assert str(tmp_path) not in json.dumps(line)


@pytest.mark.requirement("CI-Q17")
@pytest.mark.parametrize(
    ("days", "result", "said"), [(364, WHOLE, 0), (366, WHOLE, 1), (1, FAULTY, 1)], ids=["lately", "long ago", "faulty"]
)
def test_the_check_says_when_the_exit_was_not_rehearsed_for_a_year(house, days, result, said):
    with clock.simulated(clock.now() + timedelta(days=1)) as simulation:
        facts = {"made_at": clock.to_text(clock.now()), "result": result}
        record_rehearsal(house.storage, house.settings.origin, facts)
        simulation.advance(hours=24 * days)

        assert len(warned(house)) == said
