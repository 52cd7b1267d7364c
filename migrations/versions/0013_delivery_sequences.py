"""Receipts know the sequence in which nothing overtakes, and the digest of what went out."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEXES = (("target_id", "sequence", "fate"), ("parcel",))


def upgrade() -> None:
    """Add the columns, and the indexes by which sequences and receipts are found."""
    op.add_column("delivery", sa.Column("sequence", sa.String(length=64), nullable=True))
    op.add_column("delivery", sa.Column("digest", sa.String(length=64), nullable=True))
    for columns in _INDEXES:
        op.create_index(op.f(f"ix_delivery_{'_'.join(columns)}"), "delivery", list(columns), unique=False)
