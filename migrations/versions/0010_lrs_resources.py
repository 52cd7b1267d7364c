"""The whole LRS: related keys, statements about statements, attachments, activities, documents."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ORDINAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = sa.String(length=32)
_IDENTIFIER = sa.String(length=36)
_FENCED = (
    ("xapi_related", ("key", "ordinal")),
    ("xapi_referral", ("ordinal", "via")),
    ("xapi_attachment", ("scope", "digest")),
)


def upgrade() -> None:
    """Add the tables, and to each statement what it refers to; the fence stands around what is evidence."""
    op.add_column("xapi_statement", sa.Column("refers_to", _IDENTIFIER, nullable=True))
    op.create_index(op.f("ix_xapi_statement_refers_to"), "xapi_statement", ["refers_to"], unique=False)
    _create_related()
    _create_referral()
    _create_contents()
    _create_document()
    dialect = op.get_bind().dialect.name
    for table, key in _FENCED:
        for statement in fence(dialect, table, key, append_only=True):
            op.execute(statement)


def _create_related() -> None:
    op.create_table(
        "xapi_related",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("ordinal", _ORDINAL, nullable=False),
        _statement_of("xapi_related", "ordinal"),
        sa.PrimaryKeyConstraint("key", "ordinal", name=op.f("pk_xapi_related")),
    )


def _create_referral() -> None:
    op.create_table(
        "xapi_referral",
        sa.Column("ordinal", _ORDINAL, nullable=False),
        sa.Column("via", _ORDINAL, nullable=False),
        sa.Column("verb", _KEY, nullable=False),
        sa.Column("agent", _KEY, nullable=True),
        sa.Column("object_agent", _KEY, nullable=True),
        sa.Column("activity", _KEY, nullable=True),
        sa.Column("registration", _IDENTIFIER, nullable=True),
        _statement_of("xapi_referral", "ordinal"),
        _statement_of("xapi_referral", "via"),
        sa.PrimaryKeyConstraint("ordinal", "via", name=op.f("pk_xapi_referral")),
    )
    op.create_index(op.f("ix_xapi_referral_via"), "xapi_referral", ["via"], unique=False)
    for name in ("agent", "object_agent", "verb", "activity", "registration"):
        op.create_index(op.f(f"ix_xapi_referral_{name}_ordinal"), "xapi_referral", [name, "ordinal"], unique=False)


def _create_contents() -> None:
    op.create_table(
        "xapi_attachment",
        sa.Column("scope", _IDENTIFIER, nullable=False),
        sa.Column("digest", sa.String(length=128), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "digest", name=op.f("pk_xapi_attachment")),
    )
    op.create_table(
        "xapi_activity",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("scope", _IDENTIFIER, nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "scope", name=op.f("pk_xapi_activity")),
    )


def _create_document() -> None:
    op.create_table(
        "xapi_document",
        sa.Column("place", _KEY, nullable=False),
        sa.Column("operator_id", _IDENTIFIER, nullable=True),
        sa.Column("resource", sa.String(length=20), nullable=False),
        sa.Column("activity", _KEY, nullable=True),
        sa.Column("agent", _KEY, nullable=True),
        sa.Column("registration", _IDENTIFIER, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored", sa.CHAR(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_xapi_document_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_xapi_document")),
    )
    columns = ["operator_id", "resource", "activity", "agent"]
    op.create_index(op.f(f"ix_xapi_document_{'_'.join(columns)}"), "xapi_document", columns, unique=False)


def _statement_of(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        ["xapi_statement.ordinal"],
        name=op.f(f"fk_{table}_{column}_xapi_statement"),
        initially="DEFERRED",
        deferrable=True,
    )
