"""Rows about people that a release before wrote in the clear: the migration keeps them, `cahier init` seals them."""

import json
from typing import Any

import pytest
from alembic import command
from sqlalchemy import func, select, text

import app.schema  # noqa: F401  (all tables of the house)
from app.audit.models import Line
from app.identity.models import Person
from app.identity.services.operators import found_hub
from app.kernel.actors import system_actor
from app.privacy.services.sealing import seal_others
from app.storage import Storage, migrating
from tests import postgresql
from tests.installation import vault_in
from xapi.models import CourseChannel, CourseStatement, LaunchActor

AGENT = json.dumps({"account": {"homePage": "https://lms.example", "name": "léa"}})
ACTOR = system_actor("command")
Row = dict[str, Any]
AT = "2026-11-23T09:05:00.000Z"
LINE: Row = {"log_id": 1, "line_index": 0, "row_version": 1}
PERSON: Row = {
    "login": "lea",
    "login_key": "k",
    "name": "Léa",
    "language": "fr",
    "salt": "0" * 32,
    "birth_year": "2009",
}
SESSION: Row = {
    "lms_id": "l",
    "exercise_code": "EX",
    "registration": "r",
    "mode": "Normal",
    "move_on": "Passed",
}
CHANNEL: Row = {
    "launch": "d",
    "lms_id": "l",
    "endpoint": "https://lms.example",
    "activity_id": "a",
    "failures": 0,
}
STATEMENT: Row = {"position": 1, "id": "i", "said": "initialized", "sending": "waiting", "attempts": 0}
ROWS: tuple[tuple[str, Row], ...] = (
    ("person", PERSON | LINE | {"id": "p", "state": "active", "added_at": AT}),
    ("cmi5_lms", LINE | {"id": "l", "name": "lms", "origins": "[]", "added_at": AT}),
    ("cmi5_session", SESSION | LINE | {"id": "s", "person_id": "p", "opened_at": AT}),
    ("cmi5_channel", CHANNEL | {"session_id": "s", "person_id": "p", "claimed_at": AT, "actor": AGENT}),
    ("cmi5_statement", STATEMENT | {"session_id": "s", "made_at": AT, "body": AGENT.encode()}),
    ("xapi_launch_actor", {"registration": "r", "person_id": "p", "agent": AGENT}),
)


@pytest.fixture(params=("sqlite", "postgresql"))
def before(request, tmp_path):
    """A database of the release before, with rows about a person, brought to this release."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'before.sqlite'}"
    else:
        cluster: postgresql.Cluster = request.getfixturevalue("postgresql_cluster")
        url = cluster.url(cluster.create())
    storage = Storage.open(url, vault_in(tmp_path / "var"))
    with storage.engine.connect() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0018")
    with storage.engine.begin() as connection:
        for table, row in ROWS:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    migrating.upgrade(storage)
    yield storage
    storage.close()


def told(storage):
    with storage.reading() as session:
        rows = [session.get(CourseChannel, "s"), session.get(LaunchActor, ("r", "p"))]
        spoken = session.get(CourseStatement, ("s", 1))
        return [rows[0].actor, rows[1].agent, spoken.body, spoken.person_id]


@pytest.mark.requirement("GD-25-1", "A11-4.8")
def test_what_stood_in_the_clear_is_read_before_and_after_it_is_sealed(before):
    read = told(before)
    with before.transaction() as session:
        found_hub(session, "cahier.example", actor=ACTOR)
    with before.transaction() as session:
        sealed = seal_others(session, "cahier.example", actor=ACTOR)
    with before.transaction() as session:
        again = seal_others(session, "cahier.example", actor=ACTOR)
    with before.reading() as session:
        left = [row.is_bare() for row in (session.get(CourseChannel, "s"), session.get(LaunchActor, ("r", "p")))]
        person = session.get_one(Person, "p")
        year = person.birth_year_commitment
        lines = session.scalar(select(func.count()).select_from(Line))

    assert read == told(before) == [AGENT, AGENT, AGENT, "p"]
    assert (sealed, again) == (3, 0)
    assert left == [False, False]
    assert year == "2009"
    assert lines == 2  # of the hub that was founded, and of what was sealed
