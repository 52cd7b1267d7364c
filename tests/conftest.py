"""What every test may ask for. A test that takes `storage` or `database_url` runs twice: on SQLite and on PostgreSQL.

Each gets a fresh database, copied from a template that the migrations made once in this run.
"""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import machine, postgresql
from tests.browser import chromium

if TYPE_CHECKING:
    from app.storage import Storage
    from tests.installation import Installation, Tablet

ENGINES = ["sqlite", "postgresql"]

# No deadline: a test that fails because the machine is busy says nothing about the code.
hypothesis.settings.register_profile("cahier", deadline=None, derandomize="CI" in os.environ, print_blob=True)
hypothesis.settings.load_profile("cahier")


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Before anything makes a temporary file, say where; and let no garbage be looked for among what is imported."""
    machine.put_files_in_memory()
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is garbage: it is looked for among what the tests make, not in the modules and the tests."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before a run of everything, say at once what is missing on this machine: nothing is ever skipped."""
    for name in [name for name in os.environ if name.startswith("CAHIER_")]:
        del os.environ[name]  # a developer's own settings must not decide what the tests find
    if session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    try:
        postgresql.programs()
        chromium.program()
    except (postgresql.PostgresqlMissing, chromium.ChromiumMissing) as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[machine.Cost | None]:
    """Let passwords cost next to nothing, and give what they usually cost.

    Where nothing that was collected knows a password (tests/house may judge a tree that does not import), nothing is
    done: then they only take longer.
    """
    if "app.factory" not in sys.modules:
        yield None
        return
    usual = machine.usual_cost()
    machine.charge(machine.cheap(usual))
    yield usual
    machine.charge(usual)


@pytest.fixture
def usual_cost(cheap_passwords: machine.Cost | None) -> Iterator[None]:
    """Let passwords cost what they do in production, for this test."""
    if cheap_passwords is None:
        yield
        return
    machine.charge(cheap_passwords)
    yield
    machine.charge(machine.cheap(cheap_passwords))


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[postgresql.Cluster]:
    """A running PostgreSQL of this run's own."""
    try:
        postgresql.programs()
    except postgresql.PostgresqlMissing as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    with postgresql.started() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_template(postgresql_cluster: postgresql.Cluster) -> str:
    """The name of a migrated, empty PostgreSQL database that is only copied."""
    name = postgresql_cluster.create()
    _migrate(postgresql_cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that is only copied."""
    path = tmp_path_factory.mktemp("template") / "cahier.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cahier.sqlite'}"
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database with nothing in it."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        path = shutil.copy(template, tmp_path / "cahier.sqlite")
        yield f"sqlite:///{path}"
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create(template=request.getfixturevalue("postgresql_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def storage(database_url: str, tmp_path: Path) -> Iterator["Storage"]:
    """A migrated database with nothing in it, open."""
    from app.storage import Storage
    from tests.installation import vault_in

    opened = Storage.open(database_url, vault_in(tmp_path / "var"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def founded_sqlite_template(sqlite_template: Path) -> Path:
    """A founded installation's SQLite file that is only copied."""
    path = Path(shutil.copy(sqlite_template, sqlite_template.with_name("founded.sqlite")))
    _found(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def founded_postgresql_template(postgresql_cluster: postgresql.Cluster, postgresql_template: str) -> str:
    """The name of a founded installation's PostgreSQL database that is only copied."""
    name = postgresql_cluster.create(template=postgresql_template)
    _found(postgresql_cluster.url(name))
    return name


@pytest.fixture(params=ENGINES)
def founded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which hub, operators and people are founded (tests/installation.py)."""
    if request.param == "sqlite":
        template = request.getfixturevalue("founded_sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'founded.sqlite')}"
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    name = cluster.create(template=request.getfixturevalue("founded_postgresql_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def house(founded_url: str, tmp_path: Path) -> Iterator["Installation"]:
    """A founded installation with its application: `house.client()`, `house.signed_in("trainee")`, `house.lines()`."""
    from tests.installation import open_installation

    opened = open_installation(founded_url, tmp_path / "var")
    yield opened
    opened.storage.close()


@pytest.fixture(scope="session")
def populated_sqlite_template(founded_sqlite_template: Path) -> Path:
    """A SQLite file with a row in every evidenced table (tests/populate.py), that is only copied."""
    path = Path(shutil.copy(founded_sqlite_template, founded_sqlite_template.with_name("populated.sqlite")))
    _populate(f"sqlite:///{path}", path.with_suffix(".var"))
    return path


@pytest.fixture(scope="session")
def populated_postgresql_template(
    postgresql_cluster: postgresql.Cluster, founded_postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A PostgreSQL database with a row in every evidenced table, that is only copied, and the folder of its keys."""
    name, var = postgresql_cluster.create(template=founded_postgresql_template), tmp_path_factory.mktemp("populated")
    _populate(postgresql_cluster.url(name), var)
    return name, var


@pytest.fixture(params=ENGINES)
def populated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Installation"]:
    """An installation with a row in every evidenced table, each put there by an act."""
    from tests.installation import copy_vault, open_installation

    if request.param == "sqlite":
        template = request.getfixturevalue("populated_sqlite_template")
        copy_vault(template.with_suffix(".var"), tmp_path / "var")
        opened = open_installation(f"sqlite:///{shutil.copy(template, tmp_path / 'p.sqlite')}", tmp_path / "var")
        yield opened
        opened.storage.close()
        return
    cluster = request.getfixturevalue("postgresql_cluster")
    template, var = request.getfixturevalue("populated_postgresql_template")
    copy_vault(var, tmp_path / "var")
    name = cluster.create(template=template)
    opened = open_installation(cluster.url(name), tmp_path / "var")
    yield opened
    opened.storage.close()
    cluster.drop(name)


@pytest.fixture
def client(house: "Installation") -> "Tablet":
    """A browser in which nobody is signed in."""
    return house.client()


def _found(url: str) -> None:
    from app.storage import Storage
    from tests.installation import found, founding_vault

    storage = Storage.open(url, founding_vault())
    found(storage)
    storage.close()


def _populate(url: str, var: Path) -> None:
    from tests.installation import open_installation
    from tests.populate import populate

    opened = open_installation(url, var)
    populate(opened)
    opened.storage.close()


def _migrate(url: str) -> None:
    # Imported here, so that tests/house can judge a tree whose application does not import.
    from app.storage import Storage, migrating

    storage = Storage.open(url)
    migrating.upgrade(storage)
    storage.close()
