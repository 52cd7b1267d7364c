"""The notice as people read it; employers and what is disclosed to them; records attributed to the wrong person."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_DIGEST = sa.String(length=64)
_TIME = sa.CHAR(24)


def upgrade() -> None:
    """Add the tables, and raise their fences."""
    _create_notices()
    _create_employers()
    _create_disclosures()
    _create_attributions()
    dialect = op.get_bind().dialect.name
    for table, key, append_only in _FENCED:
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)


_FENCED = (
    ("notice_text", ("digest",), True),
    ("notice_reading", ("person_id", "digest"), True),
    ("employer", ("id",), False),
    ("employer_token", ("id",), False),
    ("disclosure", ("id",), False),
    ("disclosure_view", ("id",), True),
    ("attribution", ("id",), False),
    ("decision_set_aside", ("decision_id", "extent"), True),
)


def _create_notices() -> None:
    op.create_table(
        "notice_text",
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_read_at", _TIME, nullable=False),
        *_evidence(),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_notice_text")),
    )
    op.create_table(
        "notice_reading",
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("digest", _DIGEST, nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        *_evidence(),
        _refers("notice_reading", "digest", "notice_text", "digest"),
        _refers("notice_reading", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", "digest", name=op.f("pk_notice_reading")),
    )
    for table in ("notice_text", "notice_reading"):
        _index(table, "log_id", "line_index")


def _create_employers() -> None:
    op.create_table(
        "employer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("added_by", sa.String(length=80), nullable=False),
        *_evidence(),
        _refers("employer", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
    )
    op.create_table(
        "employer_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("employer_id", _ID, nullable=False),
        sa.Column("token_hash", _DIGEST, nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        *_evidence(),
        _refers("employer_token", "employer_id", "employer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_employer_token_token_hash")),
    )
    _index("employer", "operator_id")
    _index("employer_token", "employer_id")
    for table in ("employer", "employer_token"):
        _index(table, "log_id", "line_index")


def _create_disclosures() -> None:
    op.create_table(
        "disclosure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("employer_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("use", sa.String(length=64), nullable=False),
        sa.Column("extent", sa.String(length=64), nullable=False),
        sa.Column("competencies", sa.Text(), nullable=False),
        sa.Column("reason", _DIGEST, nullable=False),
        sa.Column("set_at", _TIME, nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("end_reason", _DIGEST, nullable=True),
        *_evidence(),
        *(_refers("disclosure", f"{name}_id", name) for name in ("operator", "employer", "person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
    )
    op.create_table(
        "disclosure_view",
        sa.Column("id", _ID, nullable=False),
        sa.Column("disclosure_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        *_evidence(),
        *(_refers("disclosure_view", f"{name}_id", name) for name in ("disclosure", "person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure_view")),
    )
    for table, columns in (
        ("disclosure", ("employer_id", "person_id")),
        ("disclosure_view", ("disclosure_id", "person_id")),
    ):
        for column in columns:
            _index(table, column)
        _index(table, "log_id", "line_index")


def _create_attributions() -> None:
    op.add_column("record", sa.Column("misattributed_at", _TIME, nullable=True))
    op.add_column("record", sa.Column("rightful_id", _ID, nullable=True))
    op.create_index(op.f("ix_record_rightful_id"), "record", ["rightful_id"], unique=False)
    op.create_table(
        "attribution",
        sa.Column("id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("performer_id", _ID, nullable=False),
        sa.Column("rightful_id", _ID, nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", _DIGEST, nullable=False),
        sa.Column("proposed_by", sa.String(length=80), nullable=False),
        sa.Column("proposed_at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        *_evidence(),
        _refers("attribution", "record_id", "record"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribution")),
    )
    op.create_table(
        "decision_set_aside",
        sa.Column("decision_id", _ID, nullable=False),
        sa.Column("extent", sa.String(length=64), nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("set_aside_at", _TIME, nullable=False),
        sa.Column("set_aside_by", sa.String(length=80), nullable=False),
        *_evidence(),
        _refers("decision_set_aside", "decision_id", "decision"),
        sa.PrimaryKeyConstraint("decision_id", "extent", name=op.f("pk_decision_set_aside")),
    )
    for table in ("attribution", "decision_set_aside"):
        _index(table, "record_id")
        _index(table, "log_id", "line_index")


def _evidence() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    )


def _refers(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.{key}"], name=name, initially="DEFERRED", deferrable=True)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
