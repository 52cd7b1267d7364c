"""Second factors of people, how far each was used, and what a passkey signed beside a signature."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; no fence stands around the use of factors, which is operational."""
    op.create_table(
        "factor",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("credential_id", sa.Text(), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _reference("factor", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor")),
    )
    op.create_index(op.f("ix_factor_person_id"), "factor", ["person_id"], unique=False)
    op.create_index(op.f("ix_factor_log_id_line_index"), "factor", ["log_id", "line_index"], unique=False)
    op.create_table(
        "factor_use",
        sa.Column("factor_id", sa.String(length=36), nullable=False),
        sa.Column("last_moment", sa.BigInteger(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.CHAR(24), nullable=False),
        _reference("factor_use", "factor_id", "factor"),
        sa.PrimaryKeyConstraint("factor_id", name=op.f("pk_factor_use")),
    )
    _create_passkey_signature()
    dialect = op.get_bind().dialect.name
    for statement in fence(dialect, "factor", ("id",), append_only=False):
        op.execute(statement)
    for statement in fence(dialect, "passkey_signature", ("signature_id",), append_only=True):
        op.execute(statement)


def _create_passkey_signature() -> None:
    texts = ("credential_id", "public_key", "authenticator_data", "client_data", "value")
    op.create_table(
        "passkey_signature",
        sa.Column("signature_id", sa.String(length=36), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _reference("passkey_signature", "signature_id", "signature"),
        sa.PrimaryKeyConstraint("signature_id", name=op.f("pk_passkey_signature")),
    )
    by_line = ["log_id", "line_index"]
    op.create_index(op.f("ix_passkey_signature_log_id_line_index"), "passkey_signature", by_line, unique=False)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, initially="DEFERRED", deferrable=True)
