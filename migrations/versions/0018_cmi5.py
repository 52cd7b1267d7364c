"""Exercises launched by courses (cmi5): LMSs that may, sessions, their channels and statements."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_IN_USE = sa.text("ended_at IS NULL")
_TIME = sa.CHAR(24)
_IDENTIFIER = sa.String(length=36)


def upgrade() -> None:
    """Add the tables and raise the fences of those that are evidence."""
    _create_lms()
    _create_session()
    _create_channel()
    _create_statement()
    for table in ("cmi5_lms", "cmi5_session"):
        for statement in fence(op.get_bind().dialect.name, table, ("id",), append_only=False):
            op.execute(statement)


def _create_lms() -> None:
    op.create_table(
        "cmi5_lms",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("operator_id", _IDENTIFIER, nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("ca_file", sa.String(length=500), nullable=True),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *_line_columns(),
        _reference("cmi5_lms", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cmi5_lms")),
    )
    _index("cmi5_lms", "log_id", "line_index")
    op.create_index(
        "uq_cmi5_lms_name_in_use", "cmi5_lms", ["name"], unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE
    )


def _create_session() -> None:
    op.create_table(
        "cmi5_session",
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("lms_id", _IDENTIFIER, nullable=False),
        sa.Column("operator_id", _IDENTIFIER, nullable=True),
        sa.Column("person_id", _IDENTIFIER, nullable=False),
        sa.Column("exercise_code", sa.String(length=20), nullable=False),
        sa.Column("registration", _IDENTIFIER, nullable=False),
        sa.Column("mode", sa.String(64), nullable=False),
        sa.Column("move_on", sa.String(64), nullable=False),
        sa.Column("record_id", _IDENTIFIER, nullable=True),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *_line_columns(),
        _reference("cmi5_session", "lms_id", "cmi5_lms"),
        _reference("cmi5_session", "operator_id", "operator"),
        _reference("cmi5_session", "person_id", "person"),
        _reference("cmi5_session", "record_id", "record"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cmi5_session")),
    )
    for columns in (("log_id", "line_index"), ("lms_id", "registration"), ("record_id",), ("person_id",)):
        _index("cmi5_session", *columns)


def _create_channel() -> None:
    op.create_table(
        "cmi5_channel",
        sa.Column("session_id", _IDENTIFIER, nullable=False),
        sa.Column("launch", sa.String(length=64), nullable=False),
        sa.Column("person_id", _IDENTIFIER, nullable=False),
        sa.Column("lms_id", _IDENTIFIER, nullable=False),
        sa.Column("claimed_at", _TIME, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("activity_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("launch_data", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("sealed_token", sa.Text(), nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", _TIME, nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("lease", _IDENTIFIER, nullable=True),
        sa.Column("leased_until", _TIME, nullable=True),
        _reference("cmi5_channel", "person_id", "person"),
        _reference("cmi5_channel", "lms_id", "cmi5_lms"),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_cmi5_channel")),
        sa.UniqueConstraint("launch", name=op.f("uq_cmi5_channel_launch")),
    )
    _index("cmi5_channel", "person_id")
    _index("cmi5_channel", "closed_at", "not_before")


def _create_statement() -> None:
    op.create_table(
        "cmi5_statement",
        sa.Column("session_id", _IDENTIFIER, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", _IDENTIFIER, nullable=False),
        sa.Column("said", sa.String(64), nullable=False),
        sa.Column("record_id", _IDENTIFIER, nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sending", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        _reference("cmi5_statement", "session_id", "cmi5_session"),
        _reference("cmi5_statement", "record_id", "record"),
        sa.PrimaryKeyConstraint("session_id", "position", name=op.f("pk_cmi5_statement")),
        sa.UniqueConstraint("id", name=op.f("uq_cmi5_statement_id")),
        sa.UniqueConstraint("session_id", "said", name=op.f("uq_cmi5_statement_session_id_said")),
    )


def _line_columns() -> tuple["sa.Column[int]", ...]:
    return (
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    )


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
