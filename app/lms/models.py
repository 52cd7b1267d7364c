"""Tables of the learning platforms: who may launch, our keys, rounds of the door, activities, launches, invitations."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import Base, Evidenced, Passing, new_id

_IN_USE = text("ended_at IS NULL")


class Newcomers(StrEnum):
    """What becomes of somebody whom a platform vouches for and the hub does not know."""

    MADE = "made"
    LINKED = "linked"


class Platform(Evidenced, Base):
    """An LMS that may launch exercises, with its endpoints as it names them (LTI 1.3 core §3.1).

    `audience` is whom a request for an access token is addressed to, where that is not the token's own address.
    `origin` may show pages of the hub in a frame. `roles` maps the platform's roles, by their short names, to roles of
    the hub. `operator_id` limits it to the deployments of one operator.
    """

    __tablename__ = "lti_platform"
    __table_args__ = (
        Index(
            "uq_lti_platform_in_use",
            *("issuer", "client_id"),
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
        Index("uq_lti_platform_name_in_use", "name", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    name: Mapped[str] = mapped_column(String(60))
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(200))
    auth_login_url: Mapped[str] = mapped_column(Text)
    auth_token_url: Mapped[str] = mapped_column(Text)
    key_set_url: Mapped[str] = mapped_column(Text)
    audience: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(300))
    roles: Mapped[dict[str, Any]]
    newcomers: Mapped[Newcomers] = mapped_column(EnumValue(Newcomers))
    ca_file: Mapped[str | None] = mapped_column(String(500))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Deployment(Evidenced, Base):
    """One place of the hub in a platform (LTI 1.3 core §3.1.3); whoever comes through it comes to its operator."""

    __tablename__ = "lti_deployment"
    __table_args__ = (
        Index(
            "uq_lti_deployment_in_use",
            *("platform_id", "deployment_id"),
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    platform_id: Mapped[Id] = mapped_column(reference("lti_platform.id"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ToolKey(Evidenced, Base):
    """A key with which the hub signs to platforms: its public half for the keyset, its private half sealed.

    The newest that is not retired signs. A retired one stays in the keyset until what it signed has expired; its
    private half is destroyed at once.
    """

    __tablename__ = "lti_tool_key"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class PlatformInvitation(Evidenced, Base):
    """A one-time token with which a platform registers itself (dynamic registration), known by its digest."""

    __tablename__ = "lti_invitation"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KeySet(Passing, Base):
    """A platform's keyset as it was fetched last, and when it was asked for last, whatever it answered."""

    __tablename__ = "lti_key_set"

    platform_id: Mapped[Id] = mapped_column(reference("lti_platform.id"), primary_key=True)
    keys: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]


class Login(Passing, Base):
    """One round through a platform's door: state, nonce and the browser's cookie as digests, spent once.

    `proved` is, sealed, what an unknown person's launch proved, until that person proved who they are here.
    """

    __tablename__ = "lti_login"
    __table_args__ = (Index(None, "expires_at"),)

    state: Mapped[Digest] = mapped_column(primary_key=True)
    nonce: Mapped[Digest]
    browser: Mapped[Digest]
    platform_id: Mapped[Id] = mapped_column(reference("lti_platform.id"))
    target: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    proved: Mapped[str | None] = mapped_column(Text)


class ResourceLink(Evidenced, Base):
    """An activity of a course that opens an exercise, with the addresses of its services as the last launch said."""

    __tablename__ = "lti_resource_link"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"), Index(None, "exercise_code"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    context_id: Mapped[str | None] = mapped_column(String(255))
    context_title: Mapped[str | None] = mapped_column(String(500))
    exercise_code: Mapped[str | None] = mapped_column(String(20))
    lineitem_url: Mapped[str | None] = mapped_column(Text)
    lineitems_url: Mapped[str | None] = mapped_column(Text)
    scopes: Mapped[list[Any]]
    memberships_url: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[datetime]


class Launch(Evidenced, Base):
    """That a person came through a resource link, as which account of the platform, and the record they stand at."""

    __tablename__ = "lti_launch"
    __table_args__ = (Index(None, "record_id"), Index(None, "person_id"), Index(None, "resource_link_id"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    resource_link_id: Mapped[Id | None] = mapped_column(reference("lti_resource_link.id"))
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    account_id: Mapped[Id] = mapped_column(reference("outside_account.id"))
    message_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[Id | None] = mapped_column(reference("record.id"))
    launched_at: Mapped[datetime]
