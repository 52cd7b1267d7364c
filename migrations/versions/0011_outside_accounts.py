"""Accounts of people in other systems: by which name an LMS knows somebody."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_IN_USE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Add the table and raise its fence."""
    op.create_table(
        "outside_account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("home_page", sa.String(length=500), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("name", sa.String(length=254), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("linked_at", sa.CHAR(24), nullable=False),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_outside_account_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_account")),
    )
    for columns in (["log_id", "line_index"], ["person_id"]):
        name = op.f(f"ix_outside_account_{'_'.join(columns)}")
        op.create_index(name, "outside_account", columns, unique=False)
    op.create_index(
        "uq_outside_account_in_use",
        "outside_account",
        ["home_page", "kind", "name"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    for statement in fence(op.get_bind().dialect.name, "outside_account", ("id",), append_only=False):
        op.execute(statement)
