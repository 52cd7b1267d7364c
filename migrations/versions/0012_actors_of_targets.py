"""As whom targets know people, and as whom launches named them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_IDENTIFIER = sa.String(length=36)


def upgrade() -> None:
    """Add both tables; they are no evidence, so no fence stands around them."""
    op.create_table(
        "xapi_known_as",
        sa.Column("target_id", _IDENTIFIER, nullable=False),
        sa.Column("person_id", _IDENTIFIER, nullable=False),
        sa.Column("registration", _IDENTIFIER, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        _to("xapi_known_as", "target_id", "target"),
        _to("xapi_known_as", "person_id", "person"),
        sa.PrimaryKeyConstraint("target_id", "person_id", "registration", "since", name=op.f("pk_xapi_known_as")),
    )
    op.create_table(
        "xapi_launch_actor",
        sa.Column("registration", _IDENTIFIER, nullable=False),
        sa.Column("person_id", _IDENTIFIER, nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        _to("xapi_launch_actor", "person_id", "person"),
        sa.PrimaryKeyConstraint("registration", "person_id", name=op.f("pk_xapi_launch_actor")),
    )
    for table in ("xapi_known_as", "xapi_launch_actor"):
        op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"], unique=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), initially="DEFERRED", deferrable=True
    )
