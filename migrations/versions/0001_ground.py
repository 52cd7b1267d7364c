"""The ground: every table of the first release, and the triggers that fence what may only be added."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence, postgresql_function

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# table, primary key, append-only (otherwise rows may change state but never vanish)
FENCED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("acknowledgement", ("id",), True),
    ("checkpoint", ("log_id", "size"), True),
    ("cohort", ("id",), False),
    ("cohort_place", ("cohort_id", "person_id"), False),
    ("committed_text", ("commitment",), False),
    ("competency_version", ("code", "version"), True),
    ("credential", ("person_id",), False),
    ("decision", ("id",), True),
    ("entry", ("record_id", "sequence"), True),
    ("exercise_version", ("code", "version"), True),
    ("line", ("log_id", "line_index"), True),
    ("membership", ("id",), False),
    ("operator", ("id",), False),
    ("person", ("id",), False),
    ("record", ("id",), False),
    ("record_exception", ("record_id", "number"), False),
    ("series", ("operator_id", "name", "year"), False),
    ("signature", ("id",), True),
    ("signing_key", ("id",), False),
    ("target", ("id",), False),
    ("tile", ("log_id", "level", "tile_index"), True),
    ("token", ("id",), False),
    ("xapi_credential", ("id",), False),
    ("xapi_statement", ("ordinal",), True),
)


def upgrade() -> None:
    """Create the tables and raise the second fence."""
    _create_committed_text()
    _create_competency_version()
    _create_exercise_version()
    _create_log()
    _create_operator()
    _create_person()
    _create_receipt()
    _create_stranger_refusal()
    _create_throttle()
    _create_xapi_head()
    _create_acknowledgement()
    _create_checkpoint()
    _create_cohort()
    _create_credential()
    _create_decision()
    _create_line()
    _create_membership()
    _create_record()
    _create_series()
    _create_signing_key()
    _create_target()
    _create_tile()
    _create_token()
    _create_web_session()
    _create_xapi_credential()
    _create_xapi_cursor()
    _create_xapi_statement()
    _create_cohort_place()
    _create_delivery()
    _create_entry()
    _create_record_exception()
    _create_signature()
    _create_target_state()
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(postgresql_function())
    for table, key, append_only in FENCED:
        for statement in fence(dialect, table, key, append_only=append_only):
            op.execute(statement)


def _create_committed_text() -> None:
    op.create_table(
        "committed_text",
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("salt", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("commitment", name=op.f("pk_committed_text")),
    )
    op.create_index(
        op.f("ix_committed_text_log_id_line_index"), "committed_text", ["log_id", "line_index"], unique=False
    )
    op.create_index(op.f("ix_committed_text_person_id"), "committed_text", ["person_id"], unique=False)


def _create_competency_version() -> None:
    op.create_table(
        "competency_version",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", sa.CHAR(24), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_competency_version")),
    )
    op.create_index(
        op.f("ix_competency_version_log_id_line_index"), "competency_version", ["log_id", "line_index"], unique=False
    )


def _create_exercise_version() -> None:
    op.create_table(
        "exercise_version",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("competency", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", sa.CHAR(24), nullable=False),
        sa.Column("loaded_by", sa.String(length=80), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_exercise_version")),
    )
    op.create_index(op.f("ix_exercise_version_digest"), "exercise_version", ["digest"], unique=False)
    op.create_index(
        op.f("ix_exercise_version_log_id_line_index"), "exercise_version", ["log_id", "line_index"], unique=False
    )


def _create_log() -> None:
    op.create_table(
        "log",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log")),
        sa.UniqueConstraint("operator_id", name=op.f("uq_log_operator_id")),
        sa.UniqueConstraint("origin", name=op.f("uq_log_origin")),
    )


def _create_operator() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("code", name=op.f("uq_operator_code")),
    )
    op.create_index(op.f("ix_operator_log_id_line_index"), "operator", ["log_id", "line_index"], unique=False)


def _create_person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=True),
        sa.Column("login_key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("login_key", name=op.f("uq_person_login_key")),
    )
    op.create_index(op.f("ix_person_log_id_line_index"), "person", ["log_id", "line_index"], unique=False)


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.CHAR(24), nullable=False),
        sa.PrimaryKeyConstraint("key", "actor", name=op.f("pk_receipt")),
    )


def _create_stranger_refusal() -> None:
    op.create_table(
        "stranger_refusal",
        sa.Column("minute", sa.CHAR(24), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "kind", name=op.f("pk_stranger_refusal")),
    )


def _create_throttle() -> None:
    op.create_table(
        "throttle",
        sa.Column("door", sa.String(length=100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_failure_at", sa.CHAR(24), nullable=False),
        sa.Column("until", sa.CHAR(24), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_throttle")),
    )


def _create_xapi_head() -> None:
    op.create_table(
        "xapi_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.CHAR(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_head")),
    )


def _create_acknowledgement() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("statement_version", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.CHAR(24), nullable=False),
        sa.Column("witnessed_by", sa.String(length=36), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_acknowledgement_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["witnessed_by"],
            ["person.id"],
            name=op.f("fk_acknowledgement_witnessed_by_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
    )
    op.create_index(
        op.f("ix_acknowledgement_log_id_line_index"), "acknowledgement", ["log_id", "line_index"], unique=False
    )
    op.create_index(op.f("ix_acknowledgement_person_id"), "acknowledgement", ["person_id"], unique=False)


def _create_checkpoint() -> None:
    op.create_table(
        "checkpoint",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.CHAR(24), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_checkpoint_log_id_log"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_checkpoint")),
    )


def _create_cohort() -> None:
    op.create_table(
        "cohort",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_cohort_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_index(op.f("ix_cohort_log_id_line_index"), "cohort", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_cohort_operator_id"), "cohort", ["operator_id"], unique=False)


def _create_credential() -> None:
    op.create_table(
        "credential",
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("password_set_at", sa.CHAR(24), nullable=True),
        sa.Column("activation_hash", sa.String(length=64), nullable=True),
        sa.Column("activation_expires_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_credential_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
    )
    op.create_index(op.f("ix_credential_log_id_line_index"), "credential", ["log_id", "line_index"], unique=False)


def _create_decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("competency_code", sa.String(length=40), nullable=False),
        sa.Column("competency_version", sa.Integer(), nullable=False),
        sa.Column("competency_digest", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("record_number", sa.String(length=40), nullable=False),
        sa.Column("record_digest", sa.String(length=64), nullable=False),
        sa.Column("exercise_code", sa.String(length=20), nullable=False),
        sa.Column("exercise_version", sa.Integer(), nullable=False),
        sa.Column("exercise_digest", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(64), nullable=False),
        sa.Column("judgements", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=True),
        sa.Column("grounds", sa.String(length=64), nullable=True),
        sa.Column("assessor_id", sa.String(length=36), nullable=False),
        sa.Column("decided_at", sa.CHAR(24), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("awards", sa.Boolean(), nullable=False),
        sa.Column("valid_until", sa.CHAR(24), nullable=True),
        sa.Column("reassess_on", sa.String(length=10), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessor_id"],
            ["person.id"],
            name=op.f("fk_decision_assessor_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_decision_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_decision_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_log_id_line_index"), "decision", ["log_id", "line_index"], unique=False)
    op.create_index(
        op.f("ix_decision_person_id_competency_code"), "decision", ["person_id", "competency_code"], unique=False
    )
    op.create_index(op.f("ix_decision_record_id"), "decision", ["record_id"], unique=False)


def _create_line() -> None:
    op.create_table(
        "line",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("subject_sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_line_log_id_log"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("log_id", "line_index", name=op.f("pk_line")),
        sa.UniqueConstraint(
            "log_id", "subject", "subject_sequence", name=op.f("uq_line_log_id_subject_subject_sequence")
        ),
    )


def _create_membership() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("granted_at", sa.CHAR(24), nullable=False),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_membership_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_membership_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_log_id_line_index"), "membership", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_membership_operator_id"), "membership", ["operator_id"], unique=False)
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)


def _create_record() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("exercise_code", sa.String(length=20), nullable=False),
        sa.Column("exercise_version", sa.Integer(), nullable=False),
        sa.Column("exercise_digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.Column("performer_id", sa.String(length=36), nullable=False),
        sa.Column("issued_by", sa.String(length=80), nullable=False),
        sa.Column("cohort_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.CHAR(24), nullable=False),
        sa.Column("started_at", sa.CHAR(24), nullable=True),
        sa.Column("completed_at", sa.CHAR(24), nullable=True),
        sa.Column("closed_at", sa.CHAR(24), nullable=True),
        sa.Column("reviewer_id", sa.String(length=36), nullable=True),
        sa.Column("note", sa.String(length=64), nullable=True),
        sa.Column("conclusion", sa.String(length=64), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_record_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["performer_id"],
            ["person.id"],
            name=op.f("fk_record_performer_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("operator_id", "number", name=op.f("uq_record_operator_id_number")),
    )
    op.create_index(op.f("ix_record_log_id_line_index"), "record", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_record_operator_id_state"), "record", ["operator_id", "state"], unique=False)
    op.create_index(op.f("ix_record_performer_id_state"), "record", ["performer_id", "state"], unique=False)


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("operator_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_series_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("operator_id", "name", "year", name=op.f("pk_series")),
    )
    op.create_index(op.f("ix_series_log_id_line_index"), "series", ["log_id", "line_index"], unique=False)


def _create_signing_key() -> None:
    op.create_table(
        "signing_key",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=True),
        sa.Column("wrapping", sa.Text(), nullable=False),
        sa.Column("state", sa.String(64), nullable=False),
        sa.Column("made_at", sa.CHAR(24), nullable=False),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_signing_key_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
    )
    op.create_index(op.f("ix_signing_key_log_id_line_index"), "signing_key", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_signing_key_person_id"), "signing_key", ["person_id"], unique=False)


def _create_target() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=True),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_target_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(op.f("ix_target_log_id_line_index"), "target", ["log_id", "line_index"], unique=False)
    op.create_index(
        "uq_target_name_in_use",
        "target",
        ["name"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_tile() -> None:
    op.create_table(
        "tile",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hashes", sa.LargeBinary(length=8192), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_tile_log_id_log"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("log_id", "level", "tile_index", name=op.f("pk_tile")),
    )


def _create_token() -> None:
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("made_at", sa.CHAR(24), nullable=False),
        sa.Column("expires_at", sa.CHAR(24), nullable=False),
        sa.Column("revoked_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_token_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_token_person_id_person"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_token_token_hash")),
    )
    op.create_index(op.f("ix_token_log_id_line_index"), "token", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_token_person_id"), "token", ["person_id"], unique=False)


def _create_web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("public_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("begun_at", sa.CHAR(24), nullable=False),
        sa.Column("seen_at", sa.CHAR(24), nullable=False),
        sa.Column("locked_at", sa.CHAR(24), nullable=True),
        sa.Column("ended_at", sa.CHAR(24), nullable=True),
        sa.Column("first_signed_at", sa.CHAR(24), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_web_session_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_web_session_public_id")),
    )
    op.create_index(op.f("ix_web_session_person_id"), "web_session", ["person_id"], unique=False)


def _create_xapi_credential() -> None:
    op.create_table(
        "xapi_credential",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("password_digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("added_at", sa.CHAR(24), nullable=False),
        sa.Column("revoked_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_xapi_credential_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_credential")),
        sa.UniqueConstraint("username", name=op.f("uq_xapi_credential_username")),
    )
    op.create_index(
        op.f("ix_xapi_credential_log_id_line_index"), "xapi_credential", ["log_id", "line_index"], unique=False
    )
    op.create_index(
        "uq_xapi_credential_name_in_use",
        "xapi_credential",
        ["name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def _create_xapi_cursor() -> None:
    op.create_table(
        "xapi_cursor",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("next_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_xapi_cursor_log_id_log"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_xapi_cursor")),
    )


def _create_xapi_statement() -> None:
    op.create_table(
        "xapi_statement",
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("operator_id", sa.String(length=36), nullable=True),
        sa.Column("stored", sa.CHAR(24), nullable=False),
        sa.Column("timestamp", sa.CHAR(24), nullable=False),
        sa.Column("authority", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("agent", sa.String(length=32), nullable=True),
        sa.Column("object_agent", sa.String(length=32), nullable=True),
        sa.Column("activity", sa.String(length=32), nullable=True),
        sa.Column("registration", sa.String(length=36), nullable=True),
        sa.Column("voids", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["operator_id"],
            ["operator.id"],
            name=op.f("fk_xapi_statement_operator_id_operator"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_xapi_statement")),
        sa.UniqueConstraint("id", name=op.f("uq_xapi_statement_id")),
    )
    op.create_index(op.f("ix_xapi_statement_activity_ordinal"), "xapi_statement", ["activity", "ordinal"], unique=False)
    op.create_index(op.f("ix_xapi_statement_agent_ordinal"), "xapi_statement", ["agent", "ordinal"], unique=False)
    op.create_index(
        op.f("ix_xapi_statement_agent_verb_activity_ordinal"),
        "xapi_statement",
        ["agent", "verb", "activity", "ordinal"],
        unique=False,
    )
    op.create_index(
        op.f("ix_xapi_statement_object_agent_ordinal"), "xapi_statement", ["object_agent", "ordinal"], unique=False
    )
    op.create_index(
        op.f("ix_xapi_statement_operator_id_ordinal"), "xapi_statement", ["operator_id", "ordinal"], unique=False
    )
    op.create_index(
        op.f("ix_xapi_statement_registration_ordinal"), "xapi_statement", ["registration", "ordinal"], unique=False
    )
    op.create_index(op.f("ix_xapi_statement_stored"), "xapi_statement", ["stored"], unique=False)
    op.create_index(op.f("ix_xapi_statement_verb_ordinal"), "xapi_statement", ["verb", "ordinal"], unique=False)
    op.create_index(op.f("ix_xapi_statement_voids"), "xapi_statement", ["voids"], unique=False)


def _create_cohort_place() -> None:
    op.create_table(
        "cohort_place",
        sa.Column("cohort_id", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.String(length=36), nullable=False),
        sa.Column("joined_at", sa.CHAR(24), nullable=False),
        sa.Column("left_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohort.id"],
            name=op.f("fk_cohort_place_cohort_id_cohort"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_cohort_place_person_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("cohort_id", "person_id", name=op.f("pk_cohort_place")),
    )
    op.create_index(op.f("ix_cohort_place_log_id_line_index"), "cohort_place", ["log_id", "line_index"], unique=False)


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("parcel", sa.String(length=64), nullable=False),
        sa.Column("fate", sa.String(64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.CHAR(24), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["target.id"],
            name=op.f("fk_delivery_target_id_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("target_id", "position", name=op.f("pk_delivery")),
    )
    op.create_index(
        op.f("ix_delivery_target_id_fate_position"), "delivery", ["target_id", "fate", "position"], unique=False
    )


def _create_entry() -> None:
    op.create_table(
        "entry",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("step_id", sa.String(length=60), nullable=False),
        sa.Column("field_id", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("committed", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("evaluation", sa.Text(), nullable=True),
        sa.Column("inputs", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("performed_by", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", sa.CHAR(24), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["record.id"], name=op.f("fk_entry_record_id_record"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("record_id", "sequence", name=op.f("pk_entry")),
    )
    op.create_index(op.f("ix_entry_log_id_line_index"), "entry", ["log_id", "line_index"], unique=False)


def _create_record_exception() -> None:
    op.create_table(
        "record_exception",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("step_id", sa.String(length=60), nullable=False),
        sa.Column("field_id", sa.String(length=60), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("comment", sa.String(length=64), nullable=True),
        sa.Column("commented_by", sa.String(length=36), nullable=True),
        sa.Column("opened_by", sa.String(length=36), nullable=False),
        sa.Column("opened_at", sa.CHAR(24), nullable=False),
        sa.Column("judgement", sa.String(64), nullable=True),
        sa.Column("grounds", sa.String(length=64), nullable=True),
        sa.Column("judged_by", sa.String(length=36), nullable=True),
        sa.Column("judged_at", sa.CHAR(24), nullable=True),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["record.id"],
            name=op.f("fk_record_exception_record_id_record"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("record_id", "number", name=op.f("pk_record_exception")),
    )
    op.create_index(
        op.f("ix_record_exception_log_id_line_index"), "record_exception", ["log_id", "line_index"], unique=False
    )


def _create_signature() -> None:
    op.create_table(
        "signature",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("part", sa.String(length=100), nullable=True),
        sa.Column("subject_digest", sa.String(length=64), nullable=False),
        sa.Column("meaning", sa.String(64), nullable=False),
        sa.Column("signer_id", sa.String(length=36), nullable=False),
        sa.Column("signer_name", sa.String(length=64), nullable=False),
        sa.Column("signer_login", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("signed_at", sa.CHAR(24), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("manifest_digest", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["signing_key.id"],
            name=op.f("fk_signature_key_id_signing_key"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["signer_id"],
            ["person.id"],
            name=op.f("fk_signature_signer_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index(op.f("ix_signature_log_id_line_index"), "signature", ["log_id", "line_index"], unique=False)
    op.create_index(op.f("ix_signature_signer_id"), "signature", ["signer_id"], unique=False)
    op.create_index(op.f("ix_signature_subject_part"), "signature", ["subject", "part"], unique=False)


def _create_target_state() -> None:
    op.create_table(
        "target_state",
        sa.Column("target_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.CHAR(24), nullable=True),
        sa.Column("served_at", sa.CHAR(24), nullable=True),
        sa.Column("stopped", sa.String(64), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("last_answer_at", sa.CHAR(24), nullable=True),
        sa.Column("lease", sa.String(length=36), nullable=True),
        sa.Column("leased_until", sa.CHAR(24), nullable=True),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["target.id"],
            name=op.f("fk_target_state_target_id_target"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("target_id", name=op.f("pk_target_state")),
    )
