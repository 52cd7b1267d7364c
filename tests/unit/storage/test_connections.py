"""Connections to the database: one that went away while it rested is not noticed by who comes next."""

import pytest
from sqlalchemy import text

from app.storage import Storage, sessions


@pytest.fixture
def storage(postgresql_cluster, postgresql_template):
    """A storage on the server: an embedded database has no connection that somebody else could end."""
    name = postgresql_cluster.create(template=postgresql_template)
    opened = Storage.open(postgresql_cluster.url(name))
    yield opened
    opened.close()
    postgresql_cluster.drop(name)


def end_other_connections(storage):
    """End every connection to the database but the one that asks for it."""
    other = Storage.open(storage.engine.url.render_as_string(hide_password=False))
    with other.transaction() as session:
        ended = session.execute(
            text(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    other.close()
    return ended


def test_connections_that_ended_while_they_rested_are_made_anew(storage, monkeypatch):
    monkeypatch.setattr(sessions, "SECONDS_OF_TRUST", 0.0)
    with storage.reading() as one, storage.reading() as two:
        assert [session.execute(text("SELECT 1")).scalar_one() for session in (one, two)] == [1, 1]
    ended = end_other_connections(storage)
    with storage.reading() as one, storage.reading() as two:
        answers = [session.execute(text("SELECT 1")).scalar_one() for session in (one, two)]

    assert ended == 2
    assert answers == [1, 1]


def test_a_connection_that_ended_in_between_fails_once_and_the_next_is_a_new_one(storage, monkeypatch):
    monkeypatch.setattr(sessions, "SECONDS_OF_TRUST", 1000.0)
    with storage.reading() as session:
        session.execute(text("SELECT 1"))
    end_other_connections(storage)
    with pytest.raises(Exception, match=r"terminat|closed"), storage.reading() as session:
        session.execute(text("SELECT 1"))
    with storage.reading() as session:
        answer = session.execute(text("SELECT 1")).scalar_one()

    assert answer == 1
