"""A version of an exercise is loaded once, never changed, and found again by its digest."""

from dataclasses import replace
from importlib.resources import files

import pytest
from sqlalchemy import select, text

from app.audit.actions import Action
from app.audit.models import HUB_LOG, Line
from app.audit.services import read_body
from app.exercises import queries
from app.exercises.errors import DamagedExercise, OlderVersion, UnknownExercise, VersionTaken
from app.exercises.models import ExerciseVersion
from app.exercises.rules.content import canonical_content
from app.exercises.rules.parsing import parse_exercise
from app.exercises.rules.versions import LoadOutcome, outcome_of
from app.exercises.services import load_exercise
from app.identity.rules.roles import grants_of
from app.identity.services.operators import found_hub
from app.kernel.actors import Actor, NotPermitted, Permission, Role, system_actor
from app.kernel.text import Text
from app.storage.errors import AppendOnlyViolation

LOADER = system_actor("command", Permission.EXERCISE_LOAD)


@pytest.fixture
def hub(storage):
    """A founded hub with no exercise in it."""
    with storage.transaction() as session:
        found_hub(session, "cahier.example", actor=system_actor("command"))
    return storage


@pytest.fixture(scope="module")
def pipetting():
    """The exercise PIP-001 of the library."""
    source = files("config") / "exercises" / "PIP-001.yaml"
    return parse_exercise(source.read_text(encoding="utf-8"), "PIP-001.yaml")


def load(hub, exercise, actor=LOADER):
    with hub.transaction() as session:
        return load_exercise(session, exercise, actor=actor)


def reworded(exercise, **changes):
    return replace(exercise, title=Text.of({"fr": "Autre titre", "en": "Another title"}), **changes)


def lines(hub):
    with hub.reading() as session:
        bodies = session.scalars(select(Line.body).where(Line.log_id == HUB_LOG).order_by(Line.index))
        return [body for body in map(read_body, bodies) if body["action"] == Action.EXERCISE_LOADED]


@pytest.mark.requirement("ER-H2")
def test_loading_keeps_the_exercise_whole_under_its_digest(hub, pipetting):
    result = load(hub, pipetting)

    with hub.reading() as session:
        row = session.get_one(ExerciseVersion, ("PIP-001", 1))
        again = queries.exercise_of(session, "PIP-001", 1)
    assert result.outcome is LoadOutcome.ADDED
    assert again == pipetting
    assert row.content == canonical_content(pipetting)
    assert row.digest == result.digest == queries.digest_of_content(row.content)
    assert (row.series, row.competency) == ("PIP", "PIP-VER")


def test_loading_writes_one_line_in_the_hubs_log(hub, pipetting):
    result = load(hub, pipetting)

    (line,) = lines(hub)
    assert line["subject"] == "exercise:PIP-001"
    assert line["after"] == {"version": 1, "digest": result.digest}
    assert [row[0] for row in line["rows"]] == ["exercise_version"]


@pytest.mark.requirement("ER-H2")
def test_loading_the_same_again_changes_nothing_and_writes_no_line(hub, pipetting):
    first = load(hub, pipetting)

    second = load(hub, pipetting)

    assert second.outcome is LoadOutcome.UNCHANGED
    assert second.digest == first.digest
    assert len(lines(hub)) == 1


@pytest.mark.requirement("ER-H2")
def test_a_version_is_never_changed(hub, pipetting):
    load(hub, pipetting)

    with pytest.raises(VersionTaken, match="raise the version"):
        load(hub, reworded(pipetting))
    assert len(lines(hub)) == 1


def test_a_higher_version_stands_beside_the_one_before(hub, pipetting):
    load(hub, pipetting)

    result = load(hub, reworded(pipetting, version=2))

    with hub.reading() as session:
        assert queries.exercise_of(session, "PIP-001", 1) == pipetting
        assert queries.current_version(session, "PIP-001").exercise.version == 2
        assert [listed.exercise.version for listed in queries.list_exercises(session)] == [2]
        assert list(queries.versions_of(session, "PIP-001")) == [1, 2]
    assert result.outcome is LoadOutcome.REVISED
    assert lines(hub)[1]["before"]["version"] == 1


def test_a_lower_version_does_not_come_back(hub, pipetting):
    load(hub, replace(pipetting, version=3))

    with pytest.raises(OlderVersion, match="older than version 3"):
        load(hub, replace(pipetting, version=2))


def test_only_whoever_may_load_loads(hub, pipetting):
    with pytest.raises(NotPermitted):
        load(hub, pipetting, Actor("person:p", grants_of({Role.TRAINEE})))


def test_an_author_is_named_with_their_role(hub, pipetting):
    load(
        hub,
        pipetting,
        Actor("person:p", grants_of({Role.AUTHOR, Role.TRAINEE}), frozenset({Role.AUTHOR, Role.TRAINEE})),
    )

    assert lines(hub)[0]["role"] == "author"


def test_a_stored_version_cannot_be_changed_or_removed(hub, pipetting):
    load(hub, pipetting)

    with hub.transaction() as session:
        row = session.get_one(ExerciseVersion, ("PIP-001", 1))
        row.series = "XXX"
        with pytest.raises(AppendOnlyViolation):
            session.flush()
        session.expire(row)
        session.delete(row)
        with pytest.raises(AppendOnlyViolation):
            session.flush()
        session.expunge_all()


@pytest.mark.requirement("ER-H2")
def test_content_changed_behind_our_back_is_not_used(hub, pipetting):
    unseen = reworded(pipetting, source="an exercise this process has not built yet")
    load(hub, unseen)
    with hub.engine.begin() as connection:
        _drop_the_second_fence(hub, connection)
        connection.execute(text("UPDATE exercise_version SET content = replace(content, 'Another title', 'Forged')"))

    with hub.reading() as session, pytest.raises(DamagedExercise):
        queries.exercise_of(session, "PIP-001", 1)


@pytest.mark.requirement("ER-H2")
def test_a_record_gets_the_version_it_is_pinned_to_and_no_other(hub, pipetting):
    digest = load(hub, pipetting).digest

    with hub.reading() as session:
        assert queries.pinned_exercise(session, "PIP-001", 1, digest) == pipetting
        with pytest.raises(DamagedExercise):
            queries.pinned_exercise(session, "PIP-001", 1, "0" * 64)


@pytest.mark.parametrize(("code", "version"), [("PIP-001", 2), ("XXX-001", 1)])
def test_what_was_never_loaded_is_unknown(hub, pipetting, code, version):
    load(hub, pipetting)

    with hub.reading() as session, pytest.raises(UnknownExercise):
        queries.titles(session, code, version)


def test_an_exercise_never_loaded_has_no_newest_version(hub):
    with hub.reading() as session, pytest.raises(UnknownExercise):
        queries.current_version(session, "PIP-001")


def test_titles_come_in_every_language(hub, pipetting):
    load(hub, reworded(pipetting))

    with hub.reading() as session:
        assert queries.titles(session, "PIP-001", 1).in_language("fr") == "Autre titre"


@pytest.mark.parametrize(
    ("loaded", "version", "digest", "outcome"),
    [
        ({}, 1, "a", LoadOutcome.ADDED),
        ({}, 7, "a", LoadOutcome.ADDED),
        ({1: "a"}, 1, "a", LoadOutcome.UNCHANGED),
        ({1: "a", 2: "b"}, 1, "a", LoadOutcome.UNCHANGED),
        ({1: "a"}, 2, "a", LoadOutcome.REVISED),
        ({1: "a"}, 9, "b", LoadOutcome.REVISED),
    ],
)
def test_loading_comes_to(loaded, version, digest, outcome):
    assert outcome_of(loaded, "PIP-001", version, digest) is outcome


def _drop_the_second_fence(hub, connection):
    """Remove the triggers, as somebody with the database's password could."""
    if hub.is_sqlite:
        names = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'exercise_version'")
        ).all()
        for name in names:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
    else:
        connection.execute(text("ALTER TABLE exercise_version DISABLE TRIGGER USER"))
