"""The notice as people read it; employers and what is disclosed to them; records attributed to the wrong person."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.String(length=36)
_DIGEST = sa.String(length=64)
_TIME = sa.CHAR(24)


def upgrade() -> None:
    """Add the tables, and raise their fences."""
    _create_notices()
    dialect = op.get_bind().dialect.name
    for table, key, append_only in _FENCED:
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)


_FENCED = (
    ("notice_text", ("digest",), True),
    ("notice_reading", ("person_id", "digest"), True),
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
