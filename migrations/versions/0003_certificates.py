"""Certificates of the hub's authority, their revocation, incidents; what keys, signatures and sessions say of them."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# table, primary key, append-only (otherwise rows may change state but never vanish)
FENCED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("certificate", ("serial",), True),
    ("incident", ("id",), False),
    ("revocation", ("serial",), True),
    ("revocation_list", ("issuer", "number"), True),
)


def upgrade() -> None:
    """Add the tables with their fence, and the columns; rows that are there keep their digests (A11-4.8)."""
    _create_revocation_list()
    _create_incident()
    _create_certificate()
    _create_revocation()
    op.add_column("signing_key", sa.Column("request", sa.Text(), nullable=True))
    op.add_column("signature", sa.Column("certificate", sa.String(length=64), nullable=True))
    op.add_column("signature", sa.Column("enrolment", sa.String(64), nullable=True))
    op.add_column("signature", sa.Column("level", sa.String(64), nullable=True))
    op.add_column("web_session", sa.Column("signing_run", sa.String(length=36), nullable=True))
    dialect = op.get_bind().dialect.name
    for table, key, append_only in FENCED:
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)


def _create_revocation_list() -> None:
    op.create_table(
        "revocation_list",
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("this_update", sa.CHAR(24), nullable=False),
        sa.Column("next_update", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "number", name=op.f("pk_revocation_list")),
    )


def _create_incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("suspected_since", sa.CHAR(24), nullable=False),
        sa.Column("opened_at", sa.CHAR(24), nullable=False),
        sa.Column("opened_by", sa.String(length=80), nullable=False),
        sa.Column("signatures", sa.Text(), nullable=False),
        sa.Column("to_tell", sa.Text(), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_incident_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index(op.f("ix_incident_person_id"), "incident", ["person_id"], unique=False)


def _create_certificate() -> None:
    op.create_table(
        "certificate",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("key_id", sa.String(length=36), nullable=True),
        sa.Column("enrolment", sa.String(64), nullable=True),
        sa.Column("level", sa.String(64), nullable=True),
        sa.Column("proofing", sa.String(64), nullable=True),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("not_before", sa.CHAR(24), nullable=False),
        sa.Column("not_after", sa.CHAR(24), nullable=False),
        sa.Column("issued_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["person.id"],
            name=op.f("fk_certificate_confirmed_by_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["signing_key.id"],
            name=op.f("fk_certificate_key_id_signing_key"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_certificate_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificate")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_certificate_fingerprint")),
    )
    op.create_index(op.f("ix_certificate_key_id"), "certificate", ["key_id"], unique=False)
    op.create_index(op.f("ix_certificate_person_id"), "certificate", ["person_id"], unique=False)


def _create_revocation() -> None:
    op.create_table(
        "revocation",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("revoked_at", sa.CHAR(24), nullable=False),
        sa.Column("suspected_since", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["serial"],
            ["certificate.serial"],
            name=op.f("fk_revocation_serial_certificate"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_revocation")),
    )
