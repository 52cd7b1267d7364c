"""Logins and e-mail addresses that were used once, as codes under the pepper; what keeps the key of a signature."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and raise its fence: what was used once stays used. Add the column, empty in older signatures."""
    op.create_table(
        "used_name",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_used_name")),
    )
    op.add_column("signature", sa.Column("custody", sa.String(64), nullable=True))
    op.create_index(op.f("ix_used_name_log_id_line_index"), "used_name", ["log_id", "line_index"], unique=False)
    for statement in fence(op.get_bind().dialect.name, "used_name", ("code",), append_only=True):
        op.execute(statement)
