"""What others attest of a log: time-stamp tokens, cosignatures, and where asking for them stands."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FENCED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("cosignature", ("log_id", "size", "witness"), True),
    ("timestamp_token", ("id",), True),
)


def upgrade() -> None:
    """Create the tables and raise the second fence."""
    _create_timestamp_token()
    _create_cosignature()
    _create_outside_party()
    dialect = op.get_bind().dialect.name
    for table, key, append_only in FENCED:
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)


def _create_timestamp_token() -> None:
    op.create_table(
        "timestamp_token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("anchored_log_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("imprint", sa.String(length=64), nullable=False),
        sa.Column("authority", sa.String(length=500), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("generated_at", sa.CHAR(24), nullable=False),
        sa.Column("obtained_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchored_log_id"],
            ["log.id"],
            name=op.f("fk_timestamp_token_anchored_log_id_log"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timestamp_token")),
    )
    op.create_index(
        op.f("ix_timestamp_token_anchored_log_id_size"), "timestamp_token", ["anchored_log_id", "size"], unique=False
    )
    op.create_index(
        op.f("ix_timestamp_token_log_id_line_index"), "timestamp_token", ["log_id", "line_index"], unique=False
    )


def _create_cosignature() -> None:
    op.create_table(
        "cosignature",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=220), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("obtained_at", sa.CHAR(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_cosignature_log_id_log"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("log_id", "size", "witness", name=op.f("pk_cosignature")),
    )


def _create_outside_party() -> None:
    op.create_table(
        "outside_party",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.CHAR(24), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("last_answer_at", sa.CHAR(24), nullable=True),
        sa.Column("known_size", sa.BigInteger(), nullable=True),
        sa.Column("conflict", sa.Text(), nullable=True),
        sa.Column("conflict_at", sa.CHAR(24), nullable=True),
        sa.PrimaryKeyConstraint("kind", "name", "origin", name=op.f("pk_outside_party")),
    )
