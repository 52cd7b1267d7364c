"""Orders: what people asked to take away and the worker makes; operational, therefore without a fence."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "export_order",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", sa.CHAR(24), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.CHAR(24), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["record.id"],
            name=op.f("fk_export_order_record_id_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_order")),
    )
    op.create_index(op.f("ix_export_order_ordered_at"), "export_order", ["ordered_at"], unique=False)
