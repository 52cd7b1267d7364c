"""Texts sealed under keys that stand outside the database, and the keys that erasures gave up (GD-25-1)."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence_changes

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ERASED_ALREADY = "OLD.erased_at IS NOT NULL"
NOTHING_LEFT = "NEW.text IS NULL AND NEW.salt IS NULL AND NEW.sealed IS NULL"
OTHER_ROW = "NEW.commitment <> OLD.commitment OR COALESCE(NEW.person_id, '') <> COALESCE(OLD.person_id, '')"
SEALED_NOW = (
    "OLD.text IS NOT NULL AND OLD.salt IS NOT NULL AND OLD.sealed IS NULL "
    "AND NEW.text IS NULL AND NEW.salt IS NULL AND NEW.sealed IS NOT NULL AND NEW.erased_at IS NULL "
    "AND NEW.log_id = OLD.log_id AND NEW.line_index = OLD.line_index AND NEW.row_version = OLD.row_version"
)
"""What a release before kept as it was written is sealed; nothing else about the row changes."""
ERASED_NOW = f"NEW.erased_at IS NOT NULL AND {NOTHING_LEFT}"
NO_ERASURE = f"{ERASED_ALREADY} OR {OTHER_ROW} OR NOT (({SEALED_NOW}) OR ({ERASED_NOW}))"
"""What may not happen to a committed text: anything but that it is sealed, or goes, once, and the row says when."""


def upgrade() -> None:
    """Add the column and the table, and let the fence tell sealing and erasing from every other change."""
    op.add_column("committed_text", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.create_table(
        "doomed_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=40), nullable=False),
        sa.Column("bound", sa.String(length=200), nullable=False),
        sa.Column("doomed_at", sa.CHAR(24), nullable=False),
        sa.Column("destroyed_at", sa.CHAR(24), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doomed_key")),
    )
    op.create_index(op.f("ix_doomed_key_destroyed_at"), "doomed_key", ["destroyed_at"], unique=False)
    dialect = op.get_bind().dialect.name
    on_table = "" if dialect == "sqlite" else " ON committed_text"
    op.execute(f"DROP TRIGGER committed_text_only_erased{on_table}")
    for statement in fence_changes(dialect, "committed_text", "only_erased", NO_ERASURE):
        op.execute(statement)
