"""Services of learning platforms: scores to send, cohorts that follow courses, content that is asked for."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_IN_USE = sa.text("ended_at IS NULL")
_TIME = sa.CHAR(24)
_ID = sa.String(length=36)
_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and raise the fence of the one that is evidence."""
    _create_grade()
    _create_reading()
    _create_roster()
    _create_content_request()
    for statement in fence(op.get_bind().dialect.name, "lti_roster", ("id",), append_only=False):
        op.execute(statement)


def _create_grade() -> None:
    op.create_table(
        "lti_grade",
        sa.Column("position", _POSITION, autoincrement=False, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform_id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("resource_link_id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("competent", sa.Boolean(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.Column("stamp", _TIME, nullable=False),
        sa.Column("sequence", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _reference("lti_grade", "platform_id", "lti_platform"),
        _reference("lti_grade", "operator_id", "operator"),
        _reference("lti_grade", "resource_link_id", "lti_resource_link"),
        _reference("lti_grade", "record_id", "record"),
        _reference("lti_grade", "person_id", "person"),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_lti_grade")),
        sa.UniqueConstraint("id", name=op.f("uq_lti_grade_id")),
        sa.UniqueConstraint("source", "resource_link_id", name=op.f("uq_lti_grade_source_resource_link_id")),
    )
    for columns in (("platform_id", "position"), ("sequence", "stamp"), ("record_id",), ("person_id",)):
        _index("lti_grade", *columns)


def _create_reading() -> None:
    op.create_table(
        "lti_grade_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_grade_head")),
    )
    op.create_table(
        "lti_grade_reading",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_index", sa.BigInteger(), nullable=False),
        _reference("lti_grade_reading", "log_id", "log"),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_lti_grade_reading")),
    )


def _create_roster() -> None:
    op.create_table(
        "lti_roster",
        sa.Column("id", _ID, nullable=False),
        sa.Column("deployment_id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=False),
        sa.Column("memberships_url", sa.Text(), nullable=False),
        sa.Column("cohort_id", _ID, nullable=False),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        _reference("lti_roster", "deployment_id", "lti_deployment"),
        _reference("lti_roster", "operator_id", "operator"),
        _reference("lti_roster", "cohort_id", "cohort"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_roster")),
    )
    _index("lti_roster", "log_id", "line_index")
    _index("lti_roster", "cohort_id")
    op.create_index(
        "uq_lti_roster_in_use",
        "lti_roster",
        ["deployment_id", "context_id"],
        unique=True,
        sqlite_where=_IN_USE,
        postgresql_where=_IN_USE,
    )
    op.create_table(
        "lti_roster_state",
        sa.Column("roster_id", _ID, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("looked_at", _TIME, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        _reference("lti_roster_state", "roster_id", "lti_roster"),
        sa.PrimaryKeyConstraint("roster_id", name=op.f("pk_lti_roster_state")),
    )


def _create_content_request() -> None:
    op.create_table(
        "lti_content_request",
        sa.Column("id", _ID, nullable=False),
        sa.Column("deployment_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("answered_at", _TIME, nullable=True),
        _reference("lti_content_request", "deployment_id", "lti_deployment"),
        _reference("lti_content_request", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_content_request")),
    )
    for column in ("expires_at", "person_id"):
        _index("lti_content_request", column)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
