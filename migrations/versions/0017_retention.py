"""Terms of retention, lists of what is over, years of birth, and what parents were told."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence, fence_changes

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BORN_AGAIN = "OLD.erased_at IS NOT NULL AND NEW.birth_year IS NOT NULL"
"""What may not happen to a person whose values were erased, beside what 0006 refuses."""
_IDENTIFIER = sa.String(length=36)
_ACTOR = sa.String(length=80)
_DIGEST = sa.String(length=64)
_FENCED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("retention_term", ("retention_class", "version"), True),
    ("expiry", ("id",), False),
    ("expiry_item", ("expiry_id", "number"), False),
    ("guardian_notice", ("id",), True),
)


def upgrade() -> None:
    """Add the tables and the column, and raise the fences."""
    op.add_column("person", sa.Column("birth_year", sa.String(length=4), nullable=True))
    _create_retention_term()
    _create_expiry()
    _create_expiry_item()
    _create_guardian_notice()
    dialect = op.get_bind().dialect.name
    for table, key, append_only in _FENCED:
        op.create_index(op.f(f"ix_{table}_log_id_line_index"), table, ["log_id", "line_index"], unique=False)
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)
    for statement in fence_changes(dialect, "person", "stays_ageless", BORN_AGAIN):
        op.execute(statement)


def _create_retention_term() -> None:
    op.create_table(
        "retention_term",
        sa.Column("retention_class", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("minor_months", sa.Integer(), nullable=False),
        sa.Column("reason", _DIGEST, nullable=False),
        sa.Column("set_by", _ACTOR, nullable=False),
        sa.Column("set_at", sa.CHAR(24), nullable=False),
        *_line_columns(),
        sa.PrimaryKeyConstraint("retention_class", "version", name=op.f("pk_retention_term")),
    )


def _create_expiry() -> None:
    op.create_table(
        "expiry",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("operator_id", _IDENTIFIER, nullable=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("found_at", sa.CHAR(24), nullable=False),
        sa.Column("decision", _DIGEST, nullable=True),
        sa.Column("approved_by", _ACTOR, nullable=True),
        sa.Column("approved_at", sa.CHAR(24), nullable=True),
        sa.Column("confirmed_by", _ACTOR, nullable=True),
        sa.Column("confirmed_at", sa.CHAR(24), nullable=True),
        *_line_columns(),
        _refers("expiry", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expiry")),
    )
    op.create_index(op.f("ix_expiry_operator_id"), "expiry", ["operator_id"], unique=False)


def _create_expiry_item() -> None:
    op.create_table(
        "expiry_item",
        sa.Column("expiry_id", _IDENTIFIER, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("retention_class", sa.String(64), nullable=False),
        sa.Column("over_since", sa.CHAR(24), nullable=False),
        sa.Column("record_id", _IDENTIFIER, nullable=True),
        sa.Column("person_id", _IDENTIFIER, nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("held_until", sa.CHAR(24), nullable=True),
        sa.Column("held_by", _ACTOR, nullable=True),
        sa.Column("hold_reason", _DIGEST, nullable=True),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("decision", _DIGEST, nullable=True),
        *_line_columns(),
        _refers("expiry_item", "expiry_id", "expiry"),
        _refers("expiry_item", "record_id", "record"),
        _refers("expiry_item", "person_id", "person"),
        sa.PrimaryKeyConstraint("expiry_id", "number", name=op.f("pk_expiry_item")),
    )
    for column in ("record_id", "person_id"):
        op.create_index(op.f(f"ix_expiry_item_{column}"), "expiry_item", [column], unique=False)


def _create_guardian_notice() -> None:
    op.create_table(
        "guardian_notice",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("person_id", _IDENTIFIER, nullable=False),
        sa.Column("guardian", _DIGEST, nullable=False),
        sa.Column("informed_on", sa.String(length=10), nullable=False),
        sa.Column("means", sa.String(64), nullable=False),
        sa.Column("recorded_by", _ACTOR, nullable=False),
        sa.Column("recorded_at", sa.CHAR(24), nullable=False),
        *_line_columns(),
        _refers("guardian_notice", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian_notice")),
    )
    op.create_index(op.f("ix_guardian_notice_person_id"), "guardian_notice", ["person_id"], unique=False)


def _line_columns() -> list[sa.Column[int]]:
    return [
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    ]


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"), initially="DEFERRED", deferrable=True
    )
