"""Requests of people with their terms, restrictions, breaches; the mark on a person whose data must not be used."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("data_request", "restriction", "breach")


def upgrade() -> None:
    """Add the tables with their fences, and the column, empty for everybody."""
    op.add_column("person", sa.Column("restricted_at", sa.CHAR(24), nullable=True))
    _create_restriction()
    _create_data_request()
    _create_breach()
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_log_id_line_index"), table, ["log_id", "line_index"], unique=False)
        for statement in fence(op.get_bind().dialect.name, table, ("id",), append_only=False):
            op.execute(statement)


def _create_restriction() -> None:
    op.create_table(
        "restriction",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("ground", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", sa.CHAR(24), nullable=False),
        sa.Column("ending", sa.String(length=64), nullable=True),
        sa.Column("announced_by", sa.String(length=80), nullable=True),
        sa.Column("announced_at", sa.CHAR(24), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("lifted_at", sa.CHAR(24), nullable=True),
        *_evidence(),
        _reference("restriction", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index(op.f("ix_restriction_person_id"), "restriction", ["person_id"], unique=False)


def _create_data_request() -> None:
    op.create_table(
        "data_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("way", sa.String(64), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.CHAR(24), nullable=False),
        sa.Column("more_months", sa.Integer(), nullable=True),
        sa.Column("delay", sa.String(length=64), nullable=True),
        sa.Column("extended_by", sa.String(length=80), nullable=True),
        sa.Column("extended_at", sa.CHAR(24), nullable=True),
        sa.Column("outcome", sa.String(64), nullable=True),
        sa.Column("answer", sa.String(length=64), nullable=True),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.Column("erasure_id", sa.String(length=36), nullable=True),
        sa.Column("restriction_id", sa.String(length=36), nullable=True),
        *_term(),
        *_evidence(),
        _reference("data_request", "person_id", "person"),
        _reference("data_request", "erasure_id", "erasure"),
        _reference("data_request", "restriction_id", "restriction"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_request")),
    )
    op.create_index(op.f("ix_data_request_person_id"), "data_request", ["person_id"], unique=False)


def _create_breach() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("incident_id", sa.String(length=36), nullable=True),
        sa.Column("detected_at", sa.CHAR(24), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("opened_at", sa.CHAR(24), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("nature", sa.String(length=64), nullable=True),
        sa.Column("concerned", sa.String(length=64), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=True),
        sa.Column("consequences", sa.String(length=64), nullable=True),
        sa.Column("measures", sa.String(length=64), nullable=True),
        sa.Column("notify_authority", sa.Boolean(), nullable=True),
        sa.Column("notify_people", sa.Boolean(), nullable=True),
        sa.Column("grounds", sa.String(length=64), nullable=True),
        sa.Column("authority_text", sa.String(length=64), nullable=True),
        sa.Column("people_text", sa.String(length=64), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.CHAR(24), nullable=True),
        sa.Column("authority_notified_at", sa.CHAR(24), nullable=True),
        sa.Column("late", sa.String(length=64), nullable=True),
        sa.Column("people_notified_at", sa.CHAR(24), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("closed_at", sa.CHAR(24), nullable=True),
        *_term(),
        *_evidence(),
        _reference("breach", "operator_id", "operator"),
        _reference("breach", "incident_id", "incident"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_index(op.f("ix_breach_operator_id"), "breach", ["operator_id"], unique=False)


def _term() -> list[sa.Column[str]]:
    return [
        sa.Column("due_at", sa.CHAR(24), nullable=False),
        sa.Column("stopped_at", sa.CHAR(24), nullable=True),
        sa.Column("soon_at", sa.CHAR(24), nullable=True),
        sa.Column("overdue_at", sa.CHAR(24), nullable=True),
    ]


def _evidence() -> list[sa.Column[int]]:
    return [
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    ]


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)
