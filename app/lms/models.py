"""Tables of the learning platforms: who may launch, our keys, rounds of the door, activities, launches, invitations;
scores to send, cohorts that follow courses, content that is asked for; what of a platform stands for what of ours.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.lms.rules.mapping import Ground, ThingKind
from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.tables import Base, Evidenced, Passing, new_id

_IN_USE = text("ended_at IS NULL")
# In SQLite a key named INTEGER is the table's own order of rows, and needs no index of its own.
_Position = BigInteger().with_variant(Integer, "sqlite")


class Newcomers(StrEnum):
    """What becomes of somebody whom a platform vouches for and the hub does not know."""

    MADE = "made"
    LINKED = "linked"


class Platform(Evidenced, Base):
    """An LMS that may launch exercises, with its endpoints as it names them (LTI 1.3 core §3.1).

    `audience` is whom a request for an access token is addressed to, where that is not the token's own address.
    `origin` may show pages of the hub in a frame. `roles` maps the platform's roles, by their short names, to roles of
    the hub. `operator_id` says whose administrators see it, and with whose key it is signed to. `authorities` are
    certificates in PEM that vouch for the platform's own beside the usual ones; `ca_file` is a file of them on the
    hub's machine, as a release before kept it.
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
    authorities: Mapped[str | None] = mapped_column(Text)
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
    """A key of an operator, or of the hub, to sign to platforms: its public half for keysets, its private half sealed.

    The newest that is not retired signs, from `signs_from` on where that is set: platforms that know another key read
    the new one first. A retired one stays in the keyset until what it signed has expired; its private half is destroyed
    at once.
    """

    __tablename__ = "lti_tool_key"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    public_jwk: Mapped[dict[str, Any]]
    sealed_private: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    signs_from: Mapped[datetime | None]
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


class Grade(Base):
    """A score that a platform is told: a signed decision on a record, its frozen bytes, its place in the order.

    `sequence` names the person in the line item, `stamp` is the time that the score bears there. `source` is the leaf
    of the line that it follows from. Sealed under the person's key, and emptied when they are erased.
    """

    __tablename__ = "lti_grade"
    __table_args__ = (
        UniqueConstraint("source", "resource_link_id"),
        Index(None, "platform_id", "position"),
        Index(None, "sequence", "stamp"),
        Index(None, "record_id"),
        Index(None, "person_id"),
    )

    position: Mapped[int] = mapped_column(_Position, primary_key=True, autoincrement=False)
    id: Mapped[Id] = mapped_column(unique=True)
    platform_id: Mapped[Id] = mapped_column(reference("lti_platform.id"))
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    resource_link_id: Mapped[Id] = mapped_column(reference("lti_resource_link.id"))
    record_id: Mapped[Id] = mapped_column(reference("record.id"))
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    source: Mapped[Digest]
    competent: Mapped[bool]
    decided_at: Mapped[datetime]
    stamp: Mapped[datetime]
    sequence: Mapped[Digest]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class GradeHead(Base):
    """The last position that a score was given; locked by whoever gives the next."""

    __tablename__ = "lti_grade_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)


class GradeReading(Base):
    """How far a log was read for decisions: the index of the first line that was not."""

    __tablename__ = "lti_grade_reading"

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    next_index: Mapped[int] = mapped_column(BigInteger)


class Roster(Evidenced, Base):
    """That a cohort follows a course of a platform: who joins and leaves the one joins and leaves the other."""

    __tablename__ = "lti_roster"
    __table_args__ = (
        Index(
            "uq_lti_roster_in_use",
            *("deployment_id", "context_id"),
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
        Index(None, "cohort_id"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    context_id: Mapped[str] = mapped_column(String(255))
    memberships_url: Mapped[str] = mapped_column(Text)
    cohort_id: Mapped[Id] = mapped_column(reference("cohort.id"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RosterState(Base):
    """When a roster is looked at next, and what its platform answered last. Operational: it only says what is to do."""

    __tablename__ = "lti_roster_state"

    roster_id: Mapped[Id] = mapped_column(reference("lti_roster.id"), primary_key=True)
    due_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    failures: Mapped[int]
    answer: Mapped[str | None] = mapped_column(Text)


class ContentRequest(Passing, Base):
    """That a platform asked a person to pick exercises for a course: what it asked, answered once, until a moment."""

    __tablename__ = "lti_content_request"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    person_id: Mapped[Id] = mapped_column(reference("person.id"), index=True)
    asked: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class ResourceLink(Evidenced, Base):
    """An activity of a course that opens an exercise, with the addresses of its services as the last launch said.

    `named` is what launches name as its exercise, whether the hub has it or not; `exercise_code` what it opened last.
    """

    __tablename__ = "lti_resource_link"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"), Index(None, "exercise_code"))

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    context_id: Mapped[str | None] = mapped_column(String(255))
    context_title: Mapped[str | None] = mapped_column(String(500))
    title: Mapped[str | None] = mapped_column(String(500))
    named: Mapped[str | None] = mapped_column(String(100))
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


class Mapping(Evidenced, Base):
    """That something of a platform stands for an exercise or a competency, for one operator, as somebody confirmed.

    `thing_id` is the platform's: of the resource link, or Moodle's number of the activity or competency. `name` and
    `course` are what it was called then.
    """

    __tablename__ = "lti_mapping"
    __table_args__ = (
        Index(
            "uq_lti_mapping_in_use",
            *("deployment_id", "kind", "thing_id"),
            unique=True,
            sqlite_where=_IN_USE,
            postgresql_where=_IN_USE,
        ),
        Index(None, "code"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    deployment_id: Mapped[Id] = mapped_column(reference("lti_deployment.id"))
    operator_id: Mapped[Id] = mapped_column(reference("operator.id"))
    kind: Mapped[ThingKind] = mapped_column(EnumValue(ThingKind))
    thing_id: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(40))
    ground: Mapped[Ground] = mapped_column(EnumValue(Ground))
    name: Mapped[str] = mapped_column(String(500))
    course: Mapped[str | None] = mapped_column(String(500))
    set_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
