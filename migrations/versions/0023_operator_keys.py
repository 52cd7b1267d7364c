"""Keys of operators towards platforms, and authorities that vouch for a platform's certificate.

A key without an operator is the hub's; platforms of an operator that has none of its own go on with that.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty for what is there."""
    # Written out, because SQLite takes a foreign key with a new column only in the column's own words.
    reference = "CONSTRAINT fk_lti_tool_key_operator_id_operator REFERENCES operator (id) DEFERRABLE INITIALLY DEFERRED"
    op.execute(f"ALTER TABLE lti_tool_key ADD COLUMN operator_id VARCHAR(36) {reference}")
    op.add_column("lti_tool_key", sa.Column("signs_from", sa.CHAR(24), nullable=True))
    op.add_column("lti_platform", sa.Column("authorities", sa.Text(), nullable=True))
