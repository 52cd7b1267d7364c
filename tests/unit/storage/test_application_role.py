"""The role of the program on PostgreSQL: it can act, and it cannot rewrite (gmp-requirements §14.4.3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.identity.services.people import NewPerson, activate_person, add_person, prepare_activation
from app.installation.checking import check_installation
from app.installation.duties import clear_away, write_strangers
from app.installation.founding import found_installation
from app.kernel.actors import Permission, Role, system_actor
from app.storage import Storage
from app.storage.granting import grant_rights, rights_to_rewrite
from config.settings import Settings
from tests.installation import NOTICE, founding_vault
from tests.postgresql import ROLE, Cluster

ACTOR = system_actor("command", Permission.PERSON_ADMINISTER)


@pytest.fixture
def restricted(postgresql_cluster: Cluster, founded_postgresql_template: str) -> Iterator[Storage]:
    """A founded hub's database, opened as the role of the page."""
    name = postgresql_cluster.create(template=founded_postgresql_template)
    owner = Storage.open(postgresql_cluster.url(name))
    make_role(owner)
    grant_rights(owner, "cahier_app")
    opened = Storage.open(postgresql_cluster.url(name).replace(f"{ROLE}@", "cahier_app@"), founding_vault())
    yield opened
    opened.close()
    owner.close()
    postgresql_cluster.drop(name)


def make_role(owner: Storage) -> None:
    """Make the program's role, which the whole cluster shares."""
    with owner.engine.begin() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'cahier_app'")):
            connection.execute(text("CREATE ROLE cahier_app LOGIN"))


def test_the_role_can_act_and_clear_away(restricted: Storage) -> None:
    with restricted.transaction() as session:
        _, code = add_person(
            session,
            NewPerson("new.trainee", "New Trainee", "en", (Role.TRAINEE,)),
            operator_id=None,
            pepper=b"p" * 32,
            actor=ACTOR,
        )
    with restricted.transaction() as session:
        prepared = prepare_activation(session, "new.trainee", code, "four loose words of mine")
        person = activate_person(session, prepared, notice=NOTICE)

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


def test_the_fence_is_seen_to_stand(restricted: Storage) -> None:
    assert rights_to_rewrite(restricted) == []


def test_an_owner_who_runs_the_program_is_told_what_could_be_rewritten(storage: Storage) -> None:
    could = rights_to_rewrite(storage)

    assert storage.is_sqlite or {"superuser", "UPDATE line", "DELETE record", "TRUNCATE entry"} <= set(could)
    assert bool(could) is not storage.is_sqlite


def test_init_migrates_as_the_owner_and_the_program_runs_as_the_other(
    postgresql_cluster: Cluster, tmp_path: Path
) -> None:
    name = postgresql_cluster.create()
    owner = postgresql_cluster.url(name)
    as_owner = Storage.open(owner)
    make_role(as_owner)
    as_owner.close()
    app = owner.replace(f"{ROLE}@", "cahier_app@")
    settings = Settings(var=tmp_path / "var", database_url=app, owner_database_url=owner)

    list(found_installation(settings))
    findings = {found.name: found for found in check_installation(settings)}
    postgresql_cluster.drop(name)

    assert findings["fence"].is_well
    assert findings["hub"].is_well
