"""Erasing a person's values: decisions by two people, and fences that let nothing else happen to a committed text."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence, fence_changes

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ERASED_ALREADY = "OLD.erased_at IS NOT NULL"
NO_ERASURE = (
    f"{ERASED_ALREADY} OR NEW.erased_at IS NULL OR NEW.text IS NOT NULL OR NEW.salt IS NOT NULL "
    "OR NEW.commitment <> OLD.commitment OR COALESCE(NEW.person_id, '') <> COALESCE(OLD.person_id, '')"
)
"""What may not happen to a committed text: anything but that text and salt go, once, and the row says when."""
NAMED_AGAIN = (
    f"{ERASED_ALREADY} AND (NEW.erased_at IS NULL OR NEW.login IS NOT NULL OR NEW.name IS NOT NULL "
    "OR NEW.email IS NOT NULL OR NEW.salt IS NOT NULL)"
)
"""What may not happen to a person whose values were erased."""


def upgrade() -> None:
    """Add the table and the column, and raise the fences."""
    _create_erasure()
    op.add_column("person", sa.Column("erased_at", sa.CHAR(24), nullable=True))
    dialect = op.get_bind().dialect.name
    for statement in (
        *fence(dialect, "erasure", ("id",), append_only=False),
        *fence_changes(dialect, "committed_text", "only_erased", NO_ERASURE),
        *fence_changes(dialect, "person", "stays_erased", NAMED_AGAIN),
    ):
        op.execute(statement)


def _create_erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("ground", sa.String(64), nullable=False),
        sa.Column("shares", sa.Text(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", sa.CHAR(24), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_erasure_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_log_id_line_index"), "erasure", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"], unique=False)
