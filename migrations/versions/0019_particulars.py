"""What rows tell of people sealed, and found again by codes under the key store's secret (GD-25-1)."""

import json
import os
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence_changes

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TOLD_AGAIN = (
    "OLD.erased_at IS NOT NULL AND (NEW.erased_at IS NULL OR NEW.login IS NOT NULL OR NEW.name IS NOT NULL "
    "OR NEW.email IS NOT NULL OR NEW.year_of_birth IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.particulars IS NOT NULL)"
)
"""What may not happen to a person whose values were erased."""
_IN_USE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Add the columns; `cahier init` seals afterwards what stands in them as it was written."""
    dialect = op.get_bind().dialect.name
    on_person = "" if dialect == "sqlite" else " ON person"
    for name in ("stays_erased", "stays_ageless"):
        op.execute(f"DROP TRIGGER person_{name}{on_person}")
    op.add_column("person", sa.Column("particulars", sa.LargeBinary(), nullable=True))
    # A commitment is longer than a year; SQLite cannot change a column that stands.
    op.add_column("person", sa.Column("year_of_birth", sa.String(length=64), nullable=True))
    op.execute("UPDATE person SET year_of_birth = birth_year")
    op.drop_column("person", "birth_year")
    for statement in fence_changes(dialect, "person", "stays_erased", TOLD_AGAIN):
        op.execute(statement)
    _move_into_particulars("xapi_known_as", ("target_id", "person_id", "registration", "since"), "agent")
    _move_into_particulars("xapi_launch_actor", ("registration", "person_id"), "agent")
    _move_into_particulars("cmi5_channel", ("session_id",), "actor")
    _move_into_particulars("cmi5_statement", ("session_id", "position"), "body")
    op.add_column("cmi5_statement", sa.Column("person_id", sa.String(length=36), nullable=False, server_default=""))
    whose = "SELECT person_id FROM cmi5_session WHERE cmi5_session.id = cmi5_statement.session_id"
    op.execute(f"UPDATE cmi5_statement SET person_id = ({whose})")
    op.add_column("xapi_document", sa.Column("person_id", sa.String(length=36), nullable=True))
    op.add_column("token", sa.Column("particulars", sa.LargeBinary(), nullable=True))
    op.add_column("outside_account", sa.Column("particulars", sa.LargeBinary(), nullable=True))
    op.add_column("outside_account", sa.Column("name_key", sa.String(length=64), nullable=True))
    op.drop_index("uq_outside_account_in_use", "outside_account")
    op.create_index(
        "uq_outside_account_in_use",
        "outside_account",
        ["home_page", "kind", "name_key"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )


def _move_into_particulars(table: str, key: tuple[str, ...], name: str) -> None:
    """Put a column's values into the column in which they will be sealed, as the JSON that will be sealed."""
    op.add_column(table, sa.Column("particulars", sa.LargeBinary(), nullable=True))
    columns: list[sa.ColumnClause[Any]] = [sa.column(part) for part in key]
    rows = sa.table(table, *columns, sa.column(name), sa.column("particulars", sa.LargeBinary()))
    connection = op.get_bind()
    for row in connection.execute(sa.select(*columns, rows.c[name])).all():
        value = bytes(row[-1]).decode() if isinstance(row[-1], bytes | memoryview) else row[-1]
        if value:
            told = {"salt": os.urandom(16).hex(), "values": {name: value}}
            here = [column == part for column, part in zip(columns, row[:-1], strict=True)]
            connection.execute(sa.update(rows).where(*here).values(particulars=json.dumps(told).encode()))
    op.drop_column(table, name)
