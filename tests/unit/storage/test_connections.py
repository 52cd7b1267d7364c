"""Connections to the database: one that went away while it rested is not noticed by who comes next."""

import pytest
from sqlalchemy import text

from app.storage import Storage, sessions


@pytest.fixture
def postgresql(storage):
    """A storage on the server, which alone can end a connection."""
    if storage.is_sqlite:
        pytest.skip("an embedded database has no connection that somebody else could end")
    return storage


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


def test_connections_that_ended_while_they_rested_are_made_anew(postgresql, monkeypatch):
    monkeypatch.setattr(sessions, "SECONDS_OF_TRUST", 0.0)
    with postgresql.reading() as one, postgresql.reading() as two:
        assert [session.execute(text("SELECT 1")).scalar_one() for session in (one, two)] == [1, 1]
    ended = end_other_connections(postgresql)
    with postgresql.reading() as one, postgresql.reading() as two:
        answers = [session.execute(text("SELECT 1")).scalar_one() for session in (one, two)]

    assert ended == 2
    assert answers == [1, 1]


def test_a_connection_that_ended_in_between_fails_once_and_the_next_is_a_new_one(postgresql, monkeypatch):
    monkeypatch.setattr(sessions, "SECONDS_OF_TRUST", 1000.0)
    with postgresql.reading() as session:
        session.execute(text("SELECT 1"))
    end_other_connections(postgresql)
    with pytest.raises(Exception, match=r"terminat|closed"), postgresql.reading() as session:
        session.execute(text("SELECT 1"))
    with postgresql.reading() as session:
        answer = session.execute(text("SELECT 1")).scalar_one()

    assert answer == 1
