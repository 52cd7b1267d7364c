"""The role that docs/operations.md gives to the program on PostgreSQL: it can act, and it cannot rewrite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.installation.duties import clear_away, write_strangers
from app.kernel.actors import Permission, Role, system_actor
from app.storage import Storage
from app.storage.tables import AppendOnly, Base, table_of
from tests.house import documents
from tests.postgresql import ROLE, Cluster

OPERATIONS = Path("docs/operations.md")
ACTOR = system_actor("command", Permission.PERSON_ADMINISTER)


@pytest.fixture
def restricted(postgresql_cluster: Cluster, founded_postgresql_template: str) -> Iterator[Storage]:
    """A founded hub's database, opened as the role of the page."""
    name = postgresql_cluster.create(template=founded_postgresql_template)
    owner = Storage.open(postgresql_cluster.url(name))
    with owner.engine.begin() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'cahier_app'")):
            connection.execute(text("CREATE ROLE cahier_app LOGIN"))
        connection.execute(text(grants()))
    opened = Storage.open(postgresql_cluster.url(name).replace(f"{ROLE}@", "cahier_app@"))
    yield opened
    opened.close()
    owner.close()
    postgresql_cluster.drop(name)


def grants() -> str:
    """Return the statements that the page gives."""
    return "\n".join(next(block for block in documents.blocks(OPERATIONS) if block.language == "sql").lines)


def test_the_role_can_act_and_clear_away(restricted: Storage) -> None:
    with restricted.transaction() as session:
        _, code = add_person(
            session, NewPerson("new.trainee", "New Trainee", "en", (Role.TRAINEE,)), operator_id=None, actor=ACTOR
        )
    with restricted.transaction() as session:
        person = activate_person(session, prepare_activation(session, "new.trainee", code, "four loose words of mine"))

    assert person.login == "new.trainee"
    assert not clear_away(restricted)
    assert not write_strangers(restricted)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE line SET subject = 'x'",
        "DELETE FROM line",
        "UPDATE signature SET role = 'assessor'",
        "DELETE FROM record",
        "TRUNCATE entry",
        "DROP TABLE entry",
        "ALTER TABLE line DISABLE TRIGGER ALL",
    ],
)
def test_the_role_cannot_rewrite(restricted: Storage, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
        restricted.engine.begin() as connection,
    ):
        connection.execute(text(statement))


def test_every_table_that_may_change_is_named_on_the_page(restricted: Storage) -> None:
    named = grants().replace(",", "").split()
    models: list[type[Base]] = [mapper.class_ for mapper in Base.registry.mappers]

    unnamed = set(inspect(restricted.engine).get_table_names()) - set(named)

    assert unnamed == {table_of(model).name for model in models if issubclass(model, AppendOnly)} | {"alembic_version"}
