"""Brings a database to the state this release expects, by the migrations, on both databases."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.storage.sessions import Storage

_SCRIPTS = Path(__file__).parents[2] / "migrations"


class NotMigrated(RuntimeError):
    """The database is older, or newer, than this release; the message says what to type."""


def upgrade(storage: Storage) -> None:
    """Run the migrations that are missing, each in a transaction."""
    with storage.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_migrated(storage: Storage) -> None:
    """Raise NotMigrated unless the database stands exactly where this release expects it."""
    expected, found = expected_revision(), present_revision(storage)
    if found != expected:
        raise NotMigrated(f"the database stands at {found}, this release needs {expected}: run `cahier init`")


def expected_revision() -> str | None:
    """Return the revision that this release expects."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def present_revision(storage: Storage) -> str | None:
    """Return the revision at which the database stands; None for an empty one."""
    with storage.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config
