"""Learning platforms (LTI 1.3): who may launch, our keys, rounds of the door, activities, launches; marked sessions."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import fence

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_IN_USE = sa.text("ended_at IS NULL")
_TIME = sa.CHAR(24)
_ID = sa.String(length=36)
_DIGEST = sa.String(length=64)


_FENCED = ("lti_platform", "lti_deployment", "lti_tool_key", "lti_invitation", "lti_resource_link", "lti_launch")


def upgrade() -> None:
    """Add the tables, raise the fences of those that are evidence, and let sessions say that a launch began them."""
    _create_platform()
    _create_deployment()
    _create_keys()
    _create_passing()
    _create_resource_link()
    _create_launch()
    for table in (
        "lti_platform",
        "lti_deployment",
        "lti_tool_key",
        "lti_invitation",
        "lti_resource_link",
        "lti_launch",
    ):
        _index(table, "log_id", "line_index")
        for statement in fence(op.get_bind().dialect.name, table, ("id",), append_only=False):
            op.execute(statement)
    op.add_column("web_session", sa.Column("launched_at", _TIME, nullable=True))
    op.add_column("web_session", sa.Column("language", sa.String(length=2), nullable=True))


def _create_platform() -> None:
    op.create_table(
        "lti_platform",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("auth_login_url", sa.Text(), nullable=False),
        sa.Column("auth_token_url", sa.Text(), nullable=False),
        sa.Column("key_set_url", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=300), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("newcomers", sa.String(64), nullable=False),
        sa.Column("ca_file", sa.String(length=500), nullable=True),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *_evidence(),
        _refers("lti_platform", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_platform")),
    )
    _unique_in_use("lti_platform", "uq_lti_platform_in_use", "issuer", "client_id")
    _unique_in_use("lti_platform", "uq_lti_platform_name_in_use", "name")


def _create_deployment() -> None:
    op.create_table(
        "lti_deployment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("platform_id", _ID, nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *_evidence(),
        _refers("lti_deployment", "platform_id", "lti_platform"),
        _refers("lti_deployment", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_deployment")),
    )
    _unique_in_use("lti_deployment", "uq_lti_deployment_in_use", "platform_id", "deployment_id")


def _create_keys() -> None:
    op.create_table(
        "lti_tool_key",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("sealed_private", sa.Text(), nullable=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("retired_at", _TIME, nullable=True),
        *_evidence(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_tool_key")),
        sa.UniqueConstraint("kid", name=op.f("uq_lti_tool_key_kid")),
    )
    op.create_table(
        "lti_invitation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", _DIGEST, nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        *_evidence(),
        _refers("lti_invitation", "operator_id", "operator"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_lti_invitation_token_hash")),
    )


def _create_passing() -> None:
    op.create_table(
        "lti_key_set",
        sa.Column("platform_id", _ID, nullable=False),
        sa.Column("keys", sa.Text(), nullable=True),
        sa.Column("asked_at", _TIME, nullable=False),
        _refers("lti_key_set", "platform_id", "lti_platform"),
        sa.PrimaryKeyConstraint("platform_id", name=op.f("pk_lti_key_set")),
    )
    op.create_table(
        "lti_login",
        sa.Column("state", _DIGEST, nullable=False),
        sa.Column("nonce", _DIGEST, nullable=False),
        sa.Column("browser", _DIGEST, nullable=False),
        sa.Column("platform_id", _ID, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("spent_at", _TIME, nullable=True),
        sa.Column("proved", sa.Text(), nullable=True),
        _refers("lti_login", "platform_id", "lti_platform"),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_lti_login")),
    )
    _index("lti_login", "expires_at")


def _create_resource_link() -> None:
    op.create_table(
        "lti_resource_link",
        sa.Column("id", _ID, nullable=False),
        sa.Column("deployment_id", _ID, nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("context_id", sa.String(length=255), nullable=True),
        sa.Column("context_title", sa.String(length=500), nullable=True),
        sa.Column("exercise_code", sa.String(length=20), nullable=True),
        sa.Column("lineitem_url", sa.Text(), nullable=True),
        sa.Column("lineitems_url", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("memberships_url", sa.Text(), nullable=True),
        sa.Column("added_at", _TIME, nullable=False),
        *_evidence(),
        _refers("lti_resource_link", "deployment_id", "lti_deployment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_resource_link")),
        sa.UniqueConstraint(
            "deployment_id", "resource_link_id", name=op.f("uq_lti_resource_link_deployment_id_resource_link_id")
        ),
    )
    _index("lti_resource_link", "exercise_code")


def _create_launch() -> None:
    op.create_table(
        "lti_launch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("resource_link_id", _ID, nullable=True),
        sa.Column("deployment_id", _ID, nullable=False),
        sa.Column("operator_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("message_type", sa.String(length=60), nullable=False),
        sa.Column("record_id", _ID, nullable=True),
        sa.Column("launched_at", _TIME, nullable=False),
        *_evidence(),
        _refers("lti_launch", "resource_link_id", "lti_resource_link"),
        _refers("lti_launch", "deployment_id", "lti_deployment"),
        _refers("lti_launch", "operator_id", "operator"),
        _refers("lti_launch", "person_id", "person"),
        _refers("lti_launch", "account_id", "outside_account"),
        _refers("lti_launch", "record_id", "record"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_launch")),
    )
    for column in ("record_id", "person_id", "resource_link_id"):
        _index("lti_launch", column)


def _evidence() -> tuple["sa.Column[int]", ...]:
    return (
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("line_index", sa.BigInteger(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, initially="DEFERRED", deferrable=True)


def _unique_in_use(table: str, name: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
