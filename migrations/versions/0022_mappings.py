"""What of a learning platform stands for which exercise or competency; what an activity is called, and names."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_IN_USE = sa.text("ended_at IS NULL")
_TIME = sa.CHAR(24)
_ID = sa.String(length=36)


def upgrade() -> None:
    """Add the table with its fence, and two columns to activities."""
    op.add_column("lti_resource_link", sa.Column("title", sa.String(length=500), nullable=True))
    op.add_column("lti_resource_link", sa.Column("named", sa.String(length=100), nullable=True))
    op.create_table(
        "lti_mapping",
        sa.Column("id", _ID, nullable=False),
        sa.Column("deployment_id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("thing_id", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(64), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("course", sa.String(length=500), nullable=True),
        sa.Column("set_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _reference("deployment_id", "lti_deployment"),
        _reference("operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_mapping")),
    )
    op.create_index(op.f("ix_lti_mapping_log_id_line_index"), "lti_mapping", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_lti_mapping_code"), "lti_mapping", ["code"], unique=False)
    op.create_index(
        "uq_lti_mapping_in_use",
        "lti_mapping",
        ["deployment_id", "kind", "thing_id"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    for statement in fence(op.get_bind().dialect.name, "lti_mapping", ("id",), append_only=False):
        op.execute(statement)


def _reference(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_lti_mapping_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)
