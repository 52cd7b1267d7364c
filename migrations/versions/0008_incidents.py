"""Incidents end: reviewed by one person, closed by another."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who reviewed and who closed an incident, and when."""
    op.add_column("incident", sa.Column("reviewed_by", sa.String(length=80), nullable=True))
    op.add_column("incident", sa.Column("reviewed_at", sa.CHAR(24), nullable=True))
    op.add_column("incident", sa.Column("closed_by", sa.String(length=80), nullable=True))
    op.add_column("incident", sa.Column("closed_at", sa.CHAR(24), nullable=True))
