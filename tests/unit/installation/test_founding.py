"""Founding: everything that is missing is made, nothing that is there is touched, a faulty library leaves nothing."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.audit.models import Line
from app.audit.services import read_body
from app.exercises.errors import FaultyExercise
from app.installation.founding import found_installation, is_founded
from app.kernel.errors import Invalid
from app.storage import Storage
from config import secrets
from config.settings import CONFIG, Settings

ACTS = [
    "identity:hub:found",
    "audit:release:record",
    "signatures:authority:note",
    "competencies:framework:load",
    *["exercises:version:load"] * 5,
]


@pytest.fixture
def settings(empty_database_url, tmp_path):
    """The settings of an installation of which nothing is there yet."""
    return Settings(var=tmp_path / "var", database_url=empty_database_url, origin="cahier.test")


def found(settings):
    """Found an installation and return its steps."""
    return list(found_installation(settings))


def actions(settings):
    """Return the deeds in all logs of an installation."""
    storage = Storage.open(settings.database_url)
    with storage.reading() as session:
        deeds = [read_body(body)["action"] for body in session.scalars(select(Line.body).order_by(Line.index))]
    storage.close()
    return deeds


@pytest.mark.requirement("P11.10(e)-1")
def test_founding_makes_everything_by_acts_that_write_their_lines(settings):
    steps = found(settings)

    storage = Storage.open(settings.database_url)
    founded = is_founded(storage)
    storage.close()
    assert founded
    assert [step.name for step in steps if not step.changed] == []
    assert actions(settings) == ACTS


def test_founding_twice_changes_nothing(settings):
    found(settings)
    kept = {path: path.read_bytes() for path in settings.keys.rglob("*") if path.is_file()}

    again = found(settings)

    assert [step.name for step in again if step.changed] == []
    assert {path: path.read_bytes() for path in settings.keys.rglob("*") if path.is_file()} == kept
    assert actions(settings) == ACTS


@pytest.mark.requirement("AS-6.3.2")
def test_a_founded_installation_has_nobody_in_it(settings):
    found(settings)

    storage = Storage.open(settings.database_url)
    with storage.engine.connect() as connection:
        people = connection.exec_driver_sql("SELECT count(*) FROM person").scalar()
    storage.close()
    assert people == 0


@pytest.mark.requirement("AS-13.3.1")
def test_secrets_are_readable_by_their_owner_alone_and_all_different(settings):
    found(settings)

    stored = [settings.keys / name for name in secrets.NAMES]
    assert [oct(path.stat().st_mode)[-3:] for path in (settings.var, settings.keys)] == ["700", "700"]
    assert {oct(path.stat().st_mode)[-3:] for path in stored} == {"600"}
    assert {path.stat().st_size for path in stored} == {secrets.SIZE}
    assert len({path.read_bytes() for path in stored}) == len(stored)


def test_a_secret_that_is_there_is_never_overwritten(settings):
    settings.keys.mkdir(parents=True)
    (settings.keys / secrets.PEPPER).write_bytes(b"x" * secrets.SIZE)

    found(settings)

    assert secrets.read_secret(settings.keys, secrets.PEPPER) == b"x" * secrets.SIZE


def test_a_faulty_exercise_is_named_with_its_line_and_nothing_is_founded(settings, tmp_path):
    library = tmp_path / "library"
    shutil.copytree(CONFIG / "exercises", library)
    faulty = library / "PIP-001.yaml"
    faulty.write_text(faulty.read_text(encoding="utf-8").replace("series: PIP\n", "series: 7\n"), encoding="utf-8")

    with pytest.raises(FaultyExercise, match=r"PIP-001\.yaml:5"):
        found(replace(settings, library=library))

    assert not settings.var.exists()


@pytest.mark.parametrize("name", ["library", "framework"])
def test_a_library_that_is_not_there_is_said_with_the_setting_that_names_it(settings, tmp_path, name):
    with pytest.raises(Invalid, match=f"CAHIER_{name.upper()}"):
        found(replace(settings, **{name: tmp_path / "nowhere"}))

    assert not settings.var.exists()


def test_a_new_version_of_an_exercise_is_loaded_beside_the_old_one(settings, tmp_path):
    found(settings)
    library = tmp_path / "library"
    shutil.copytree(CONFIG / "exercises", library)
    revised = library / "PIP-001.yaml"
    text = revised.read_text(encoding="utf-8").replace("version: 1\n", "version: 2\n", 1)
    revised.write_text(text.replace("hands_on_minutes: 150", "hands_on_minutes: 160"), encoding="utf-8")

    again = found(replace(settings, library=library))

    assert [step.text for step in again if step.changed] == ["exercise PIP-001, version 2"]
    assert actions(settings) == [*ACTS, "exercises:version:load"]
