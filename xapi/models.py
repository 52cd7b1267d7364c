"""Tables of the LRS: statements and by what they are found, what is attached, documents, how far logs were read."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Digest, EnumValue, Id, reference
from app.storage.particulars import HasParticulars, Particular
from app.storage.tables import AppendOnly, Base, Evidenced, Passing, new_id
from xapi.rules.cmi5 import LaunchMode, MoveOn
from xapi.rules.cmi5_reporting import Said, Sending

# In SQLite a key named INTEGER is the table's own order of rows, and needs no index of its own.
_Ordinal = BigInteger().with_variant(Integer, "sqlite")
_IN_USE = text("revoked_at IS NULL")
_LMS_IN_USE = text("ended_at IS NULL")


HEAD: Final = 1
"""The key of the one head."""


class Head(Base):
    """The last place given and the last time of storing; locked by every transaction that stores statements."""

    __tablename__ = "xapi_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ordinal: Mapped[int] = mapped_column(BigInteger)
    stored: Mapped[datetime]


class FoundBy:
    """Short keys by which a statement is found (xapi/rules/keys.py)."""

    verb: Mapped[str] = mapped_column(String(32))
    agent: Mapped[str | None] = mapped_column(String(32))
    object_agent: Mapped[str | None] = mapped_column(String(32))
    activity: Mapped[str | None] = mapped_column(String(32))
    registration: Mapped[Id | None]


class Statement(FoundBy, AppendOnly, Base):
    """One statement: its frozen bytes, what the LRS adds to them, and short keys by which it is found.

    `refers_to` is the id of the statement that this one is about, `voids` the same where it voids it. `operator_id`
    says whose it is; None: the hub's own.
    """

    __tablename__ = "xapi_statement"
    __table_args__ = (
        Index(None, "agent", "ordinal"),
        Index(None, "agent", "verb", "activity", "ordinal"),
        Index(None, "verb", "ordinal"),
        Index(None, "activity", "ordinal"),
        Index(None, "registration", "ordinal"),
        Index(None, "object_agent", "ordinal"),
        Index(None, "operator_id", "ordinal"),
        Index(None, "stored"),
        Index(None, "voids"),
        Index(None, "refers_to"),
    )

    ordinal: Mapped[int] = mapped_column(_Ordinal, primary_key=True, autoincrement=False)
    id: Mapped[Id] = mapped_column(unique=True)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    stored: Mapped[datetime]
    timestamp: Mapped[datetime]
    authority: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    refers_to: Mapped[Id | None]
    voids: Mapped[Id | None]


class Related(AppendOnly, Base):
    """A key by which a statement is found where members of groups or related things are looked for."""

    __tablename__ = "xapi_related"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    ordinal: Mapped[int] = mapped_column(_Ordinal, reference("xapi_statement.ordinal"), primary_key=True)


class Referral(FoundBy, AppendOnly, Base):
    """A statement about another one (`via`), by whose keys it is found too (xAPI-Communication §2.1.4)."""

    __tablename__ = "xapi_referral"
    __table_args__ = (
        Index(None, "agent", "ordinal"),
        Index(None, "object_agent", "ordinal"),
        Index(None, "verb", "ordinal"),
        Index(None, "activity", "ordinal"),
        Index(None, "registration", "ordinal"),
        Index(None, "via"),
    )

    ordinal: Mapped[int] = mapped_column(_Ordinal, reference("xapi_statement.ordinal"), primary_key=True)
    via: Mapped[int] = mapped_column(_Ordinal, reference("xapi_statement.ordinal"), primary_key=True)


class StatementAttachment(AppendOnly, Base):
    """What came along with statements, once for each content; statements name it by its digest.

    `scope` is the operator whose programs sent it, empty for the hub's own: a digest alone must not open the content.
    """

    __tablename__ = "xapi_attachment"

    scope: Mapped[str] = mapped_column(String(36), primary_key=True)
    digest: Mapped[str] = mapped_column(String(128), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class KnownActivity(Base):
    """What the statements of an operator said of an activity, taken together; `scope` is empty for the hub's own."""

    __tablename__ = "xapi_activity"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope: Mapped[str] = mapped_column(String(36), primary_key=True)
    definition: Mapped[str] = mapped_column(Text)


class Document(Base):
    """A document that a program keeps here: state, or the profile of an activity or agent. Programs replace it freely.

    `place` is a key of everything that names it; `agent`, `activity` and `registration` are given where it has them.
    What is kept about a person of the hub, `person_id`, is sealed under their key (xapi/services/documents.py).
    """

    __tablename__ = "xapi_document"
    __table_args__ = (Index(None, "operator_id", "resource", "activity", "agent"),)

    place: Mapped[str] = mapped_column(String(32), primary_key=True)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    resource: Mapped[str] = mapped_column(String(20))
    activity: Mapped[str | None] = mapped_column(String(32))
    agent: Mapped[str | None] = mapped_column(String(32))
    registration: Mapped[Id | None]
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    kept: Mapped[bytes] = mapped_column("content", LargeBinary)
    stored: Mapped[datetime]
    person_id: Mapped[Id | None]


class KnownAs(HasParticulars, Base):
    """As whom a target knows a person: the agent under which they went there first, as JSON, and stay.

    Frozen, because a statement that is sent again must have the same bytes, and one learner must not become two when
    their address changes. `registration` is empty except where every launch brings an actor of its own. `since` is
    that of the mapping (xapi/rules/actors.py). Personal, and forgotten with the person.
    """

    __tablename__ = "xapi_known_as"
    __table_args__ = (Index(None, "person_id"),)

    target_id: Mapped[Id] = mapped_column(reference("target.id"), primary_key=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), primary_key=True)
    registration: Mapped[str] = mapped_column(String(36), primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)

    agent = Particular()

    @property
    def subject_id(self) -> str:
        """Return who is known."""
        return self.person_id


class LaunchActor(HasParticulars, Base):
    """As whom another system launched a person into a record, named by its registration; the agent as JSON."""

    __tablename__ = "xapi_launch_actor"
    __table_args__ = (Index(None, "person_id"),)

    registration: Mapped[Id] = mapped_column(primary_key=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"), primary_key=True)

    agent = Particular()

    @property
    def subject_id(self) -> str:
        """Return who was launched."""
        return self.person_id


class Cursor(Base):
    """How far a log was read for statements: the index of the first line that was not."""

    __tablename__ = "xapi_cursor"

    log_id: Mapped[int] = mapped_column(reference("log.id"), primary_key=True, autoincrement=False)
    next_index: Mapped[int] = mapped_column(BigInteger)


class LrsCredential(Evidenced, Base):
    """A name and password by which a program opens the LRS; its scopes say for what, its operator for whose statements.

    The password is 256 random bits that we made, so its plain SHA-256 cannot be guessed back: a slow hash would protect
    nothing and cost every request a tenth of a second.
    """

    __tablename__ = "xapi_credential"
    __table_args__ = (
        Index("uq_xapi_credential_name_in_use", "name", unique=True, sqlite_where=_IN_USE, postgresql_where=_IN_USE),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    name: Mapped[str] = mapped_column(String(60))
    username: Mapped[str] = mapped_column(String(40), unique=True)
    password_digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]]
    added_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CourseLms(Evidenced, Base):
    """An LMS that may launch exercises (cmi5): only below these origins does the hub follow what a launch says.

    `operator_id` limits it to the people of one operator; None lets it launch for all.
    """

    __tablename__ = "cmi5_lms"
    __table_args__ = (
        Index("uq_cmi5_lms_name_in_use", "name", unique=True, sqlite_where=_LMS_IN_USE, postgresql_where=_LMS_IN_USE),
    )

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id)
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    name: Mapped[str] = mapped_column(String(60))
    origins: Mapped[list[Any]]
    ca_file: Mapped[str | None] = mapped_column(String(500))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CourseSession(Evidenced, Base):
    """A session that an LMS launched: who does which exercise in which registration, and the record they do it in.

    Holds no name by which the LMS knows anybody: that stands in the channel, which can be forgotten.
    """

    __tablename__ = "cmi5_session"
    __table_args__ = (Index(None, "lms_id", "registration"), Index(None, "record_id"), Index(None, "person_id"))

    id: Mapped[Id] = mapped_column(primary_key=True)
    lms_id: Mapped[Id] = mapped_column(reference("cmi5_lms.id"))
    operator_id: Mapped[Id | None] = mapped_column(reference("operator.id"))
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    exercise_code: Mapped[str] = mapped_column(String(20))
    registration: Mapped[Id]
    mode: Mapped[LaunchMode] = mapped_column(EnumValue(LaunchMode))
    move_on: Mapped[MoveOn] = mapped_column(EnumValue(MoveOn))
    record_id: Mapped[Id | None] = mapped_column(reference("record.id"))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CourseChannel(HasParticulars, Passing, Base):
    """What a session needs to speak with its LMS, and where that stands; made before the token is fetched, once.

    `launch` tells launches apart. The token is sealed, and destroyed once nothing more can be said with it. `actor` and
    `launch_data` are as the LMS gave them.
    """

    __tablename__ = "cmi5_channel"
    __table_args__ = (Index(None, "person_id"), Index(None, "closed_at", "not_before"))

    session_id: Mapped[Id] = mapped_column(primary_key=True)
    launch: Mapped[Digest] = mapped_column(unique=True)
    person_id: Mapped[Id] = mapped_column(reference("person.id"))
    lms_id: Mapped[Id] = mapped_column(reference("cmi5_lms.id"))
    claimed_at: Mapped[datetime]
    endpoint: Mapped[str] = mapped_column(Text)
    activity_id: Mapped[str] = mapped_column(Text)
    launch_data: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(2))
    sealed_token: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    last_answer: Mapped[str | None] = mapped_column(Text)
    lease: Mapped[Id | None]
    leased_until: Mapped[datetime | None]

    actor = Particular()

    @property
    def subject_id(self) -> str:
        """Return who was launched."""
        return self.person_id


class CourseStatement(HasParticulars, Passing, Base):
    """One statement of a session: its frozen bytes, and what became of it at the LMS."""

    __tablename__ = "cmi5_statement"
    __table_args__ = (UniqueConstraint("id"), UniqueConstraint("session_id", "said"))

    session_id: Mapped[Id] = mapped_column(reference("cmi5_session.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[Id] = mapped_column(default=new_id)
    said: Mapped[Said] = mapped_column(EnumValue(Said))
    record_id: Mapped[Id | None] = mapped_column(reference("record.id"))
    person_id: Mapped[Id]
    made_at: Mapped[datetime]
    sending: Mapped[Sending] = mapped_column(EnumValue(Sending))
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]

    body = Particular()

    @property
    def subject_id(self) -> str:
        """Return of whom the statement speaks."""
        return self.person_id
