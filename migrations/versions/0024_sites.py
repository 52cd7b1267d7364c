"""Sites and training rooms, shared or owned, and where each record is executed (ER-H4)."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TIME = sa.CHAR(24)
_ID = sa.String(length=36)


def upgrade() -> None:
    """Add the tables with their fences, and the columns of the record."""
    _create("site")
    _create("training_room", sa.Column("site_id", _ID, nullable=False), _reference("training_room", "site_id", "site"))
    op.create_index(op.f("ix_training_room_site_id"), "training_room", ["site_id"], unique=False)
    for table in ("site", "training_room"):
        for statement in fence(op.get_bind().dialect.name, table, ("id",), append_only=False):
            op.execute(statement)
    op.add_column("record", sa.Column("training_room_id", _ID, nullable=True))
    op.add_column("record", sa.Column("site", sa.String(length=200), nullable=True))
    op.add_column("record", sa.Column("room", sa.String(length=200), nullable=True))


def _create(table: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=True),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        *more,
        _reference(table, "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_log_id_line_index"), table, ["log_id", "line_index"], unique=False)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)
