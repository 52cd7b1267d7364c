"""The tamper lab: every trick is found by the real verifier, in the copy alone, and real work is never touched."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.audit.verification import verify
from app.installation.demonstration.making import make_demonstration
from app.installation.errors import BackupFails, NotEmpty
from app.installation.tampering import ALTERATIONS, DATABASE, make_lab, read_solution
from app.trail.cli import read_trust
from app.web.console import House
from config.settings import Settings
from tests.installation import Installation


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A demonstration, made once for all labs."""
    var = tmp_path_factory.mktemp("demonstration") / "var"
    settings = Settings(var=var, database_url=f"sqlite:///{var / 'cahier.sqlite'}")
    make_demonstration(settings, lambda _: None)
    return settings


def findings_in(demonstration: Settings, folder: Path) -> list[tuple[str, str, int | None]]:
    """Verify a lab as a trainee does, and return what is found: table, key, line."""
    house = House(replace(demonstration, var=folder, database_url=f"sqlite:///{folder / DATABASE}"))
    try:
        found = verify(house.storage, read_trust(house, ())).findings
    finally:
        house.close()
    return [(finding.table, finding.key, finding.index) for finding in found]


@pytest.mark.requirement("PF-1", "PF-3", "PF-9", "PF-10", "PF-12")
@pytest.mark.parametrize("alteration", sorted(ALTERATIONS))
def test_every_trick_is_found_where_it_was_done(demonstration: Settings, tmp_path: Path, alteration: str) -> None:
    solution = make_lab(demonstration, tmp_path / "lab", seed=7, alteration=alteration)

    found = findings_in(demonstration, tmp_path / "lab")

    where = (
        [str(index) for _, _, index in found] if solution.table == "line" else [(table, key) for table, key, _ in found]
    )
    assert (solution.key if solution.table == "line" else (solution.table, solution.key)) in where
    assert read_solution(tmp_path / "lab") == solution


def test_the_demonstration_itself_stays_whole(demonstration: Settings, tmp_path: Path) -> None:
    make_lab(demonstration, tmp_path / "lab", seed=1)

    assert findings_in(demonstration, demonstration.var) == []


def test_the_triggers_of_the_copy_stand_as_before(demonstration: Settings, tmp_path: Path) -> None:
    make_lab(demonstration, tmp_path / "lab", seed=1)
    names = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    with closing(sqlite3.connect(demonstration.var / "cahier.sqlite")) as before:
        expected = before.execute(names).fetchall()
    with closing(sqlite3.connect(tmp_path / "lab" / DATABASE)) as after:
        found = after.execute(names).fetchall()

    assert found == expected
    assert found


def test_a_class_gets_the_same_lab_from_a_seed(demonstration: Settings, tmp_path: Path) -> None:
    assert make_lab(demonstration, tmp_path / "a", seed=3) == make_lab(demonstration, tmp_path / "b", seed=3)


def test_real_work_is_refused_and_no_copy_of_it_stays(populated: Installation, tmp_path: Path) -> None:
    with pytest.raises(BackupFails, match=r"no demonstration|works on SQLite"):
        make_lab(populated.settings, tmp_path / "lab")

    assert not (tmp_path / "lab").exists()


def test_a_folder_with_something_in_it_is_left_alone(demonstration: Settings, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(NotEmpty):
        make_lab(demonstration, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
